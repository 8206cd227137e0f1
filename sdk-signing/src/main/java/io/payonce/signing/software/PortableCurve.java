package io.payonce.signing.software;

import io.payonce.Bytes;
import io.payonce.PublicKey;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.internal.RawSigner.RawSignature;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECMultiplier;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.util.BigIntegers;

/**
 * ECDSA over secp256k1 in Java, for every platform (SEC 1, section 4.1.3).
 *
 * <p>The comb's tables for G are computed once and looked up without secret-dependent addresses; k
 * is inverted in constant time. The rest is {@link BigInteger}, which promises no timing, and whose
 * copies of the key wait for the garbage collector.
 */
final class PortableCurve implements Curve {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
  private static final ECMultiplier COMB = new FixedPointCombMultiplier();

  /** Each k fails with a chance of 2^-127 at most. */
  private static final int MAX_TRIES = 8;

  @Override
  public PublicKey publicKey(ByteBuffer key) {
    return lend(
        key,
        secret -> {
          BigInteger d = new BigInteger(1, secret);
          if (d.signum() == 0 || d.compareTo(Secp256k1.N) >= 0) {
            throw Curve.notAKey();
          }
          return PublicKey.of(Bytes.of(COMB.multiply(CURVE.getG(), d).getEncoded(false)));
        });
  }

  @Override
  public RawSignature sign(ByteBuffer key, byte[] digest) {
    return lend(key, secret -> sign(secret, digest));
  }

  /** Lends a copy of the key, wiped on return. */
  static <T> T lend(ByteBuffer key, Function<byte[], T> use) {
    byte[] copy = new byte[KEY_LENGTH];
    try {
      key.get(0, copy);
      return use.apply(copy);
    } finally {
      Arrays.fill(copy, (byte) 0);
    }
  }

  private static RawSignature sign(byte[] secret, byte[] digest) {
    BigInteger d = new BigInteger(1, secret);
    BigInteger z = new BigInteger(1, digest);
    DeterministicK candidates = new DeterministicK(secret, digest);
    try {
      for (int i = 0; i < MAX_TRIES; i++) {
        BigInteger k = candidates.next();
        ECPoint point = COMB.multiply(CURVE.getG(), k).normalize();
        BigInteger r = point.getAffineXCoord().toBigInteger();
        if (r.signum() == 0 || r.compareTo(Secp256k1.N) >= 0) {
          continue; // at n and above, r = x - n has no place in Ethereum's parity bit
        }
        BigInteger inverse = BigIntegers.modOddInverse(Secp256k1.N, k);
        BigInteger s = inverse.multiply(z.add(r.multiply(d))).mod(Secp256k1.N);
        if (s.signum() != 0) {
          return new RawSignature(r, s);
        }
      }
      throw new IllegalStateException("no usable k in " + MAX_TRIES + " tries");
    } finally {
      candidates.wipe();
    }
  }
}
