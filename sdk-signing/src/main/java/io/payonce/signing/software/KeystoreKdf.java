package io.payonce.signing.software;

import io.payonce.signing.software.KeystoreException.Code;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * Turns a password into 32 bytes. What exists is within limits: they are checked here, before any
 * work, because a hostile file could otherwise ask for any memory and time.
 */
sealed interface KeystoreKdf {
  int LENGTH = 32;
  int MAX_SALT = 128;

  byte[] derive(byte[] password);

  /** RFC 7914. */
  record Scrypt(int n, int r, int p, byte[] salt) implements KeystoreKdf {
    private static final int MAX_N = 1 << 20;
    private static final int MAX_R = 32;
    private static final int MAX_P = 16;
    private static final long MAX_MEMORY = 512L << 20;

    public Scrypt {
      within("scrypt n", n, 2, MAX_N);
      within("scrypt r", r, 1, MAX_R);
      within("scrypt p", p, 1, MAX_P);
      within("scrypt memory in bytes", 128L * n * r, 1, MAX_MEMORY);
      within("salt length", salt.length, 0, MAX_SALT);
      if (Integer.bitCount(n) != 1) {
        throw new KeystoreException(Code.KEYSTORE_LIMIT, "scrypt n " + n + " must be a power of 2");
      }
    }

    @Override
    public byte[] derive(byte[] password) {
      return ScryptMix.derive(password, salt, n, r, p, LENGTH);
    }
  }

  /** RFC 8018 with HMAC-SHA-256. */
  record Pbkdf2(int rounds, byte[] salt) implements KeystoreKdf {
    private static final int MAX_ROUNDS = 10_000_000;

    public Pbkdf2 {
      within("pbkdf2 c", rounds, 1, MAX_ROUNDS);
      within("salt length", salt.length, 0, MAX_SALT);
    }

    @Override
    public byte[] derive(byte[] password) {
      PBEParametersGenerator generator = new PKCS5S2ParametersGenerator(new SHA256Digest());
      generator.init(password, salt, rounds);
      return ((KeyParameter) generator.generateDerivedMacParameters(8 * LENGTH)).getKey();
    }
  }

  private static void within(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new KeystoreException(
          Code.KEYSTORE_LIMIT, field + " " + value + " must be " + min + " to " + max);
    }
  }
}
