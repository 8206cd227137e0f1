package io.payonce.signing.software;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.PublicKey;
import io.payonce.signing.internal.KeyClosedException;
import io.payonce.signing.internal.RawSigner;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/** Holds a key in one buffer outside the heap until it is closed. */
final class SoftwareSigner implements RawSigner {
  private final Curve curve;
  private final PublicKey publicKey;

  /**
   * Signing reads, closing writes: closing waits for running calls, which never wait themselves.
   */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  @GuardedBy("lock")
  private final ByteBuffer key;

  @GuardedBy("lock")
  private boolean closed;

  SoftwareSigner(byte[] key, Curve curve) {
    this(key, curve, ByteBuffer.allocateDirect(Curve.KEY_LENGTH));
  }

  /** Keeps the key in this buffer, and nowhere else. */
  SoftwareSigner(byte[] key, Curve curve, ByteBuffer buffer) {
    if (key.length != Curve.KEY_LENGTH) {
      throw new IllegalArgumentException(
          "key has " + key.length + " bytes, must be " + Curve.KEY_LENGTH);
    }
    this.curve = curve;
    this.key = buffer.put(0, key);
    try {
      this.publicKey = curve.publicKey(buffer);
    } catch (RuntimeException notAKey) {
      wipe(buffer);
      throw notAKey;
    }
  }

  PublicKey publicKey() {
    return publicKey;
  }

  boolean isNative() {
    return curve instanceof NativeCurve;
  }

  @Override
  public RawSignature sign(byte[] digest) {
    return use(buffer -> curve.sign(buffer, digest));
  }

  /** Lends a copy of the key, wiped on return. */
  <T> T lend(Function<byte[], T> use) {
    return use(buffer -> PortableCurve.lend(buffer, use));
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      wipe(key);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private <T> T use(Function<ByteBuffer, T> work) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new KeyClosedException();
      }
      return work.apply(key);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static void wipe(ByteBuffer buffer) {
    buffer.put(0, new byte[Curve.KEY_LENGTH]);
  }
}
