package io.payonce.signing.software;

import io.payonce.Address;
import io.payonce.internal.Keccak256;
import io.payonce.signing.software.KeystoreException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.CTRModeCipher;
import org.bouncycastle.crypto.modes.SICBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/**
 * Reads and writes Web3 Secret Storage files, version 3, the keystore format of Ethereum clients.
 *
 * <p>Supported: scrypt and pbkdf2 with HMAC-SHA-256, AES-128-CTR. Limits hold before any
 * derivation: file 64 KiB, scrypt memory 512 MiB with n a power of 2 up to 2^20, r up to 32, p up
 * to 16; pbkdf2 up to 10^7 rounds; salt up to 128 bytes; derived key 32 bytes. Reading a file of
 * the default cost takes about a second and 256 MiB of heap.
 *
 * <p>Every password array is wiped before the call returns, whatever its outcome. Everything that
 * goes wrong with a file is a {@link KeystoreException}; no message holds a secret. Thread-safe.
 */
public final class KeystoreV3 {
  private KeystoreV3() {}

  /**
   * What scrypt costs (RFC 7914).
   *
   * @param n a power of 2, 2 to 2^20: time and memory
   * @param r 1 to 32: block size; memory is {@code 128 * n * r} bytes, at most 512 MiB
   * @param p 1 to 16: repetitions, which cost time only
   */
  public record ScryptCost(int n, int r, int p) {
    /** What Ethereum clients write: about a second, 256 MiB. */
    public static final ScryptCost STANDARD = new ScryptCost(1 << 18, 8, 1);
  }

  /** Opens a file. The password array is wiped. */
  public static SoftwareKey read(Path file, char[] password) {
    return read(file, password, NativeMode.AUTO);
  }

  /**
   * The same, for a key that computes in native code or not.
   *
   * @throws NativeUnavailableException when native code is required and cannot be had; the file was
   *     not read
   */
  public static SoftwareKey read(Path file, char[] password, NativeMode mode) {
    return wiping(
        password,
        () -> {
          Curve curve = mode.curve();
          return named(file, () -> decrypt(KeystoreFile.parse(contentOf(file)), password, curve));
        });
  }

  /** Writes a file of {@linkplain ScryptCost#STANDARD standard cost}. */
  public static void write(Path file, SoftwareKey key, char[] password, SecureRandom random) {
    write(file, key, password, random, ScryptCost.STANDARD);
  }

  /**
   * Writes a new file, readable by its owner only: written beside its place, synced, then renamed.
   * A file that exists is never replaced, since it may hold the only copy of a key. Needs a file
   * system with POSIX permissions. The password array is wiped.
   */
  public static void write(
      Path file, SoftwareKey key, char[] password, SecureRandom random, ScryptCost cost) {
    wiping(
        password,
        () ->
            named(
                file,
                () -> {
                  store(file, encrypt(key, password, random, cost));
                  return file;
                }));
  }

  private static SoftwareKey decrypt(KeystoreFile file, char[] password, Curve curve) {
    byte[] derived = derive(file.kdf(), password);
    byte[] key = new byte[0];
    try {
      if (!MessageDigest.isEqual(mac(derived, file.ciphertext()), file.mac())) {
        throw new KeystoreException(
            Code.KEYSTORE_PASSWORD,
            "wrong password, or the file was altered; try another password");
      }
      key = aes(derived, file.iv(), file.ciphertext());
      return open(key, curve, file.address());
    } finally {
      Arrays.fill(derived, (byte) 0);
      Arrays.fill(key, (byte) 0);
    }
  }

  private static SoftwareKey open(byte[] secret, Curve curve, Optional<Address> expected) {
    SoftwareKey key;
    try {
      key = SoftwareKey.of(secret, curve);
    } catch (IllegalArgumentException notAKey) {
      throw new KeystoreException(Code.KEYSTORE_FORMAT, "the content is no secp256k1 key");
    }
    if (expected.isPresent() && !expected.get().equals(key.address())) {
      Address actual = key.address();
      key.close();
      throw new KeystoreException(
          Code.KEYSTORE_ADDRESS,
          "says address "
              + expected.get()
              + " but holds the key of "
              + actual
              + "; check its origin");
    }
    return key;
  }

  private static byte[] encrypt(
      SoftwareKey key, char[] password, SecureRandom random, ScryptCost cost) {
    KeystoreKdf.Scrypt kdf =
        new KeystoreKdf.Scrypt(cost.n(), cost.r(), cost.p(), randomBytes(random, 32));
    byte[] iv = randomBytes(random, 16);
    byte[] derived = derive(kdf, password);
    try {
      byte[] ciphertext = key.lend(secret -> aes(derived, iv, secret));
      return new KeystoreFile(kdf, iv, ciphertext, mac(derived, ciphertext), Optional.empty())
          .toJson(kdf, key.address(), randomId(random));
    } finally {
      Arrays.fill(derived, (byte) 0);
    }
  }

  private static byte[] derive(KeystoreKdf kdf, char[] password) {
    byte[] utf8 = utf8(password);
    try {
      return kdf.derive(utf8);
    } finally {
      Arrays.fill(utf8, (byte) 0);
    }
  }

  private static byte[] mac(byte[] derived, byte[] ciphertext) {
    byte[] half = Arrays.copyOfRange(derived, 16, 32);
    try {
      return Keccak256.of(half, ciphertext);
    } finally {
      Arrays.fill(half, (byte) 0);
    }
  }

  /** AES-128-CTR (NIST SP 800-38A): encrypting and decrypting are the same. */
  private static byte[] aes(byte[] derived, byte[] iv, byte[] input) {
    CTRModeCipher cipher = SICBlockCipher.newInstance(AESEngine.newInstance());
    cipher.init(true, new ParametersWithIV(new KeyParameter(derived, 0, 16), iv));
    byte[] output = new byte[input.length];
    cipher.processBytes(input, 0, input.length, output, 0);
    return output;
  }

  /** UTF-8 without a String on the way, which could not be wiped. */
  private static byte[] utf8(char[] password) {
    CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
    ByteBuffer buffer = ByteBuffer.allocate(password.length * 3);
    try {
      CoderResult result = encoder.encode(CharBuffer.wrap(password), buffer, true);
      if (result.isError()) {
        throw new IllegalArgumentException("password is no valid Unicode text");
      }
      return Arrays.copyOf(buffer.array(), buffer.position());
    } finally {
      Arrays.fill(buffer.array(), (byte) 0);
    }
  }

  private static byte[] contentOf(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(KeystoreFile.MAX_BYTES + 1);
    } catch (IOException unreadable) {
      throw io("cannot be read; check path and permissions", unreadable);
    }
  }

  private static void store(Path file, byte[] json) {
    Path target = file.toAbsolutePath();
    Path directory = target.getParent();
    if (directory == null || Files.exists(target)) {
      throw new KeystoreException(
          Code.KEYSTORE_IO, "exists, and a keystore is never replaced; choose another name");
    }
    try {
      Path draft =
          Files.createTempFile(
              directory,
              ".keystore",
              ".draft",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        try (FileChannel out = FileChannel.open(draft, StandardOpenOption.WRITE)) {
          ByteBuffer bytes = ByteBuffer.wrap(json);
          while (bytes.hasRemaining()) {
            out.write(bytes);
          }
          out.force(true);
        }
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(draft);
      }
      try (FileChannel synced = FileChannel.open(directory, StandardOpenOption.READ)) {
        synced.force(true);
      }
    } catch (IOException unwritable) {
      throw io("cannot be written; check directory and permissions", unwritable);
    } catch (UnsupportedOperationException noPermissions) {
      throw io("needs a file system with POSIX permissions", noPermissions);
    }
  }

  private static byte[] randomBytes(SecureRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A random identifier of RFC 9562, version 4. */
  private static UUID randomId(SecureRandom random) {
    long high = (random.nextLong() & ~0xf000L) | 0x4000L;
    long low = (random.nextLong() & ~(3L << 62)) | (1L << 63);
    return new UUID(high, low);
  }

  private static <T> T wiping(char[] password, Supplier<T> work) {
    try {
      return work.get();
    } finally {
      Arrays.fill(password, '\0');
    }
  }

  /** Puts the file's name before what went wrong with it. */
  private static <T> T named(Path file, Supplier<T> work) {
    try {
      return work.get();
    } catch (KeystoreException e) {
      throw new KeystoreException(
          e.code(), "keystore " + file + ": " + e.getMessage(), e.getCause());
    }
  }

  private static KeystoreException io(String problem, Exception cause) {
    return new KeystoreException(Code.KEYSTORE_IO, problem, cause);
  }
}
