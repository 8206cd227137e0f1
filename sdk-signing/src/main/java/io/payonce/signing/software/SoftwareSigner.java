package io.payonce.signing.software;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Bytes;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.internal.KeyClosedException;
import io.payonce.signing.internal.RawSigner;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECMultiplier;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.util.BigIntegers;

/**
 * ECDSA over secp256k1 with the k of RFC 6979 (SEC 1, section 4.1.3).
 *
 * <p>The comb's tables for G are computed once and looked up without secret-dependent addresses; k
 * is inverted in constant time. The rest is {@link BigInteger}, which promises no timing.
 */
final class SoftwareSigner implements RawSigner {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
  private static final ECMultiplier COMB = new FixedPointCombMultiplier();
  private static final int LENGTH = 32;

  /** Each k fails with a chance of 2^-127 at most. */
  private static final int MAX_TRIES = 8;

  private final Bytes publicKey;

  /**
   * Signing reads, closing writes: closing waits for running calls, which never wait themselves.
   */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  @GuardedBy("lock")
  private final ByteBuffer key;

  @GuardedBy("lock")
  private boolean closed;

  SoftwareSigner(byte[] key) {
    this(key, ByteBuffer.allocateDirect(LENGTH));
  }

  /** Keeps the key in this buffer, and nowhere else. */
  SoftwareSigner(byte[] key, ByteBuffer buffer) {
    if (key.length != LENGTH) {
      throw new IllegalArgumentException("key has " + key.length + " bytes, must be " + LENGTH);
    }
    BigInteger d = new BigInteger(1, key);
    if (d.signum() == 0 || d.compareTo(Secp256k1.N) >= 0) {
      throw new IllegalArgumentException("key must be 1 to n - 1");
    }
    this.key = buffer.put(0, key);
    this.publicKey = Bytes.of(COMB.multiply(CURVE.getG(), d).getEncoded(false));
  }

  Bytes publicKey() {
    return publicKey;
  }

  @Override
  public RawSignature sign(byte[] digest) {
    return lend(secret -> sign(secret, digest));
  }

  <T> T lend(Function<byte[], T> use) {
    byte[] copy = new byte[LENGTH];
    lock.readLock().lock();
    try {
      if (closed) {
        throw new KeyClosedException();
      }
      key.get(0, copy);
      return use.apply(copy);
    } finally {
      lock.readLock().unlock();
      Arrays.fill(copy, (byte) 0);
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      key.put(0, new byte[LENGTH]);
    } finally {
      lock.writeLock().unlock();
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
