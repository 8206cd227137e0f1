package io.payonce.signing.software;

import io.payonce.signing.software.NativeUnavailableException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Brings libsecp256k1 from the optional jar into this process, or says why not; nothing of it is
 * ever thrown.
 *
 * <p>Deliberate: no type of JNA is mentioned here, so that this class works without it.
 *
 * @param os as {@code os.name}
 * @param arch as {@code os.arch}
 * @param resources opens a file of the class path; null when there is none
 * @param directory where the library is put for the moment of loading
 */
record NativeLoader(
    String os, String arch, Function<String, @Nullable InputStream> resources, Path directory) {
  private static final String JNA = "net.java.dev.jna:jna";
  private static final String LIBRARY = "fr.acinq.secp256k1:secp256k1-kmp-jni-jvm-linux:0.23.0";

  /** The library has less than 2 MiB; more is not read. */
  private static final int MAX_BYTES = 16 << 20;

  private static final int MAX_MESSAGE = 300;

  /** What came of it. */
  sealed interface Outcome {
    record Ready(NativeCurve curve) implements Outcome {}

    record Unavailable(NativeUnavailableException why) implements Outcome {}
  }

  /** A file of {@link #LIBRARY} and its SHA-256. */
  private record Pinned(String resource, String sha256) {}

  static NativeLoader ofThisProcess() {
    return new NativeLoader(
        System.getProperty("os.name", ""),
        System.getProperty("os.arch", ""),
        NativeLoader.class::getResourceAsStream,
        Path.of(System.getProperty("java.io.tmpdir", "")));
  }

  Outcome load() {
    try {
      Pinned pinned = pinned();
      requireJna();
      return new Outcome.Ready(open(pinned));
    } catch (NativeUnavailableException why) {
      return new Outcome.Unavailable(why);
    } catch (IOException | RuntimeException failed) {
      return new Outcome.Unavailable(notLoadable(failed));
    } catch (VirtualMachineError fatal) {
      throw fatal;
    } catch (Error failed) {
      // Deliberate: what cannot be linked is a LinkageError, but JNA throws a plain Error when it
      // finds a wrong version of its own library on this machine.
      return new Outcome.Unavailable(notLoadable(failed));
    }
  }

  private Pinned pinned() {
    if (os.equals("Linux") && arch.equals("amd64")) {
      return new Pinned(
          "/fr/acinq/secp256k1/jni/native/linux-x86_64/libsecp256k1-jni.so",
          "25f0f0bfd3e4b202563f772963ea803f0f949e5593476d3cd4b755f800bf7704");
    }
    if (os.equals("Linux") && arch.equals("aarch64")) {
      return new Pinned(
          "/fr/acinq/secp256k1/jni/native/linux-aarch64/libsecp256k1-jni.so",
          "4e9c780ba134d130799c5f2d15ba90bf9fb477b34fc78d0f5b55fee90a734e37");
    }
    throw new NativeUnavailableException(
        Reason.PLATFORM_UNSUPPORTED,
        os + " on " + arch + " has no library; Linux on amd64 or aarch64 has one");
  }

  private static void requireJna() {
    try {
      Class.forName("com.sun.jna.Native", false, NativeLoader.class.getClassLoader());
    } catch (ClassNotFoundException absent) {
      throw missing(JNA);
    }
  }

  private NativeCurve open(Pinned pinned) throws IOException {
    byte[] content;
    try (InputStream in = resources.apply(pinned.resource())) {
      if (in == null) {
        throw missing(LIBRARY);
      }
      content = in.readNBytes(MAX_BYTES);
    }
    Path folder =
        Files.createTempDirectory(
            directory,
            "payonce-native",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path file = folder.resolve("libsecp256k1.so");
    try {
      Files.write(file, content, StandardOpenOption.CREATE_NEW);
      // As it lies on the disk, which is what will be loaded.
      String sha256 = sha256(Files.readAllBytes(file));
      if (!sha256.equals(pinned.sha256())) {
        throw new NativeUnavailableException(
            Reason.LIBRARY_ALTERED,
            "library has SHA-256 " + sha256 + ", must be that of " + LIBRARY);
      }
      return NativeCurve.open(file, new SecureRandom());
    } finally {
      Files.deleteIfExists(file); // once loaded it stays mapped
      Files.delete(folder);
    }
  }

  private NativeUnavailableException notLoadable(Throwable failed) {
    return new NativeUnavailableException(
        Reason.NOT_LOADABLE,
        failed.getClass().getSimpleName()
            + " while loading it by way of java.io.tmpdir "
            + directory
            + ", which must be writable and not mounted noexec: "
            + shortened(failed),
        failed);
  }

  /** JNA says what went wrong first, and then, in lines, the whole class path. */
  private static String shortened(Throwable failed) {
    String line = String.valueOf(failed.getMessage()).strip().replaceAll("\\s+", " ");
    return line.length() <= MAX_MESSAGE ? line : line.substring(0, MAX_MESSAGE) + " ...";
  }

  private static NativeUnavailableException missing(String coordinates) {
    return new NativeUnavailableException(
        Reason.DEPENDENCY_MISSING, "add " + coordinates + " to the class path");
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
