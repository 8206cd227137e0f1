package io.payonce.signing.software;

import io.payonce.internal.Secp256k1;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.util.BigIntegers;

/**
 * The k of RFC 6979, section 3.2, for SHA-256 and a 256-bit order: an HMAC-DRBG seeded with key and
 * digest. One thread, one signature.
 */
final class DeterministicK {
  private static final int LENGTH = 32;

  /** A candidate is out of range with a chance of 2^-127. */
  private static final int MAX_TRIES = 8;

  private final HMac hmac = new HMac(new SHA256Digest());
  private final byte[] v = new byte[LENGTH];
  private final byte[] k = new byte[LENGTH];
  private boolean used;

  DeterministicK(byte[] secret, byte[] digest) {
    byte[] z = BigIntegers.asUnsignedByteArray(LENGTH, new BigInteger(1, digest).mod(Secp256k1.N));
    Arrays.fill(v, (byte) 1);
    rekey((byte) 0, secret, z);
    rekey((byte) 1, secret, z);
  }

  /** The next candidate, 1 to n - 1. */
  BigInteger next() {
    for (int i = 0; i < MAX_TRIES; i++) {
      if (used) {
        rekey((byte) 0);
      }
      used = true;
      mac(v);
      BigInteger candidate = new BigInteger(1, v);
      if (candidate.signum() > 0 && candidate.compareTo(Secp256k1.N) < 0) {
        return candidate;
      }
    }
    throw new IllegalStateException("no k in range in " + MAX_TRIES + " tries");
  }

  void wipe() {
    Arrays.fill(v, (byte) 0);
    Arrays.fill(k, (byte) 0);
    hmac.init(new KeyParameter(k));
  }

  /** {@code K = HMAC(K, V || separator || parts); V = HMAC(K, V)}. */
  private void rekey(byte separator, byte[]... parts) {
    hmac.init(new KeyParameter(k));
    hmac.update(v, 0, LENGTH);
    hmac.update(separator);
    for (byte[] part : parts) {
      hmac.update(part, 0, part.length);
    }
    hmac.doFinal(k, 0);
    hmac.init(new KeyParameter(k));
    mac(v);
  }

  private void mac(byte[] value) {
    hmac.update(value, 0, LENGTH);
    hmac.doFinal(value, 0);
  }
}
