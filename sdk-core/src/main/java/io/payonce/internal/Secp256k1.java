package io.payonce.internal;

import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECMultiplier;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/** The curve (SEC 2, section 2.4.1): verification with the parity, and the signer's address. */
public final class Secp256k1 {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
  public static final BigInteger N = CURVE.getN();
  public static final BigInteger HALF_N = N.shiftRight(1);
  private static final BigInteger P = CURVE.getCurve().getField().getCharacteristic();

  private Secp256k1() {}

  /**
   * Verifies signatures of one key. The multiples of its point are in a table, as those of G are,
   * so that it takes half the time of a verification that begins anew. Thread-safe.
   */
  public static final class Verifier {
    private static final ECMultiplier COMB = new FixedPointCombMultiplier();

    private final ECPoint publicKey;

    /**
     * Takes a key.
     *
     * @param encoded any SEC 1 encoding of a point of the curve
     */
    public Verifier(byte[] encoded) {
      this.publicKey = CURVE.getCurve().decodePoint(encoded);
    }

    /**
     * The parity of the point {@code R = z/s * G + r/s * Q} of a signature, or null when {@code (r,
     * s)} is no valid signature of {@code digest} by this key.
     */
    public @Nullable Integer yParity(byte[] digest, BigInteger r, BigInteger s) {
      BigInteger w = s.modInverse(N);
      BigInteger z = new BigInteger(1, digest);
      ECPoint point =
          COMB.multiply(CURVE.getG(), z.multiply(w).mod(N))
              .add(COMB.multiply(publicKey, r.multiply(w).mod(N)))
              .normalize();
      if (point.isInfinity()) {
        return null;
      }
      BigInteger x = point.getAffineXCoord().toBigInteger();
      if (!x.equals(r)) {
        return null; // also when x >= n: such a signature has no place for its recovery id
      }
      return point.getAffineYCoord().toBigInteger().testBit(0) ? 1 : 0;
    }
  }

  /** The 20-byte address whose key made this signature, or null when no point fits. */
  public static byte @Nullable [] recoverAddress(
      byte[] digest, BigInteger r, BigInteger s, int yParity) {
    if (r.compareTo(P) >= 0) {
      return null;
    }
    ECPoint point;
    try {
      byte[] compressed = new byte[33];
      compressed[0] = (byte) (2 + yParity);
      System.arraycopy(fixed32(r), 0, compressed, 1, 32);
      point = CURVE.getCurve().decodePoint(compressed);
    } catch (IllegalArgumentException notOnTheCurve) {
      return null;
    }
    BigInteger inverse = r.modInverse(N);
    BigInteger z = new BigInteger(1, digest);
    ECPoint q =
        ECAlgorithms.sumOfTwoMultiplies(
            CURVE.getG(),
            N.subtract(z).multiply(inverse).mod(N),
            point,
            s.multiply(inverse).mod(N));
    return q.isInfinity() ? null : address(q.getEncoded(false));
  }

  /** The address of a 65-byte uncompressed public key: the last 20 bytes of its Keccak-256. */
  public static byte[] address(byte[] uncompressed) {
    byte[] hash = Keccak256.of(Arrays.copyOfRange(uncompressed, 1, 65));
    return Arrays.copyOfRange(hash, 12, 32);
  }

  /**
   * The 65-byte uncompressed form of a point in any SEC 1 encoding; throws when not on the curve.
   */
  public static byte[] uncompressed(byte[] encoded) {
    ECPoint point = CURVE.getCurve().decodePoint(encoded);
    if (point.isInfinity()) {
      throw new IllegalArgumentException("public key must not be the point at infinity");
    }
    return point.getEncoded(false);
  }

  private static byte[] fixed32(BigInteger value) {
    byte[] raw = value.toByteArray();
    byte[] out = new byte[32];
    int from = Math.max(0, raw.length - 32);
    System.arraycopy(raw, from, out, 32 - (raw.length - from), raw.length - from);
    return out;
  }
}
