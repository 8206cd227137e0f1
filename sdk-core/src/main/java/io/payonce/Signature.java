package io.payonce;

import io.payonce.internal.Secp256k1;
import java.math.BigInteger;

/**
 * A secp256k1 signature in the only form Payonce lets pass: low s (EIP-2) and a known parity.
 *
 * @param r 1 to n - 1
 * @param s 1 to n / 2
 * @param yParity 0 or 1
 */
public record Signature(BigInteger r, BigInteger s, int yParity) {
  public Signature {
    if (r.signum() <= 0 || r.compareTo(Secp256k1.N) >= 0) {
      throw new IllegalArgumentException("signature r must be 1 to n - 1");
    }
    if (s.signum() <= 0 || s.compareTo(Secp256k1.HALF_N) > 0) {
      throw new IllegalArgumentException("signature s must be 1 to n / 2 (EIP-2)");
    }
    if (yParity != 0 && yParity != 1) {
      throw new IllegalArgumentException("yParity " + yParity + " must be 0 or 1");
    }
  }
}
