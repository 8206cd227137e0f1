package io.payonce.signing.software;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.signing.internal.RawSigner.RawSignature;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a process does with and without the two optional jars, each in a process of its own. */
@EnabledOnOs(OS.LINUX)
final class NativeModeTest {
  @TempDir Path directory;

  /** A host: two keys by default, one that must be native. */
  static final class Host {
    public static void main(String[] arguments) {
      InsecureKeyAccess access = InsecureKeyAccess.acknowledge("a test's own key");
      byte[] key = new byte[32];
      Arrays.fill(key, (byte) 0x46);
      for (int i = 0; i < 2; i++) {
        System.out.println("native " + SoftwareKey.fromBytes(key, access).isNative());
      }
      RawSignature signature = new SoftwareSigner(key, NativeMode.AUTO.curve()).sign(new byte[32]);
      System.out.println("r " + signature.r().toString(16));
      System.out.println("off " + SoftwareKey.fromBytes(key, access, NativeMode.OFF).isNative());
      try {
        SoftwareKey.fromBytes(key, access, NativeMode.REQUIRED);
        System.out.println("required is met");
      } catch (NativeUnavailableException refused) {
        System.out.println("required " + refused.reason());
      }
    }
  }

  @Test
  void computes_in_native_code_where_both_jars_are_there() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("tmp"));

    assertThat(run(jar -> true, List.of("-Djava.io.tmpdir=" + folder)))
        .containsSubsequence("native true", "native true", "off false", "required is met")
        .noneMatch(line -> line.contains("WARN"))
        .contains("r " + portableR());
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void falls_back_and_says_so_once_without_jna() throws Exception {
    assertFallback(
        run(jar -> !jar.contains("jna"), List.of()), "DEPENDENCY_MISSING", "net.java.dev.jna:jna");
  }

  @Test
  void falls_back_and_says_so_once_without_the_library() throws Exception {
    assertFallback(
        run(jar -> !jar.contains("secp256k1-kmp"), List.of()),
        "DEPENDENCY_MISSING",
        "fr.acinq.secp256k1");
  }

  @Test
  void falls_back_and_says_so_once_where_nothing_can_be_loaded_from() throws Exception {
    String absent = directory.resolve("absent").toString();

    assertFallback(
        run(jar -> true, List.of("-Djava.io.tmpdir=" + absent, "-Djna.tmpdir=" + absent)),
        "NOT_LOADABLE",
        "absent");
  }

  private static void assertFallback(List<String> lines, String reason, String named) {
    assertThat(lines).contains("r " + portableR(), "off false", "required " + reason);
    assertThat(lines.stream().filter("native false"::equals)).hasSize(2);
    assertThat(lines.stream().filter(line -> line.contains("portable code")))
        .singleElement()
        .satisfies(line -> assertThat(line).contains("WARN", reason, named));
  }

  private static String portableR() {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) 0x46);
    return new SoftwareSigner(key, new PortableCurve()).sign(new byte[32]).r().toString(16);
  }

  private List<String> run(Predicate<String> wanted, List<String> options)
      throws IOException, InterruptedException {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> wanted.test(Path.of(entry).getFileName().toString()))
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", path));
    command.add(Host.class.getName());
    Path output = directory.resolve("output");
    Process host =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int exit = host.waitFor();
    List<String> lines = Files.readAllLines(output);
    assertThat(exit).as("%s", lines).isZero();
    return lines;
  }
}
