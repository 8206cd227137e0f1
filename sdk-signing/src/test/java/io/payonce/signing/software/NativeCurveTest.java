package io.payonce.signing.software;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Bytes;
import io.payonce.PublicKey;
import io.payonce.Signature;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.internal.KeyClosedException;
import io.payonce.signing.internal.RawSigner.RawSignature;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The native curve against the portable one: whatever the input, the same answer. */
@EnabledOnOs(OS.LINUX)
final class NativeCurveTest {
  private static final BigInteger ONE = BigInteger.ONE;
  private static final BigInteger MOST = ONE.shiftLeft(256).subtract(ONE);
  private static final int KEYS = 30;
  private static final int DIGESTS = 100;

  private final NativeCurve curve = (NativeCurve) NativeMode.REQUIRED.curve();
  private final PortableCurve portable = new PortableCurve();

  @Test
  void signs_and_verifies_as_the_portable_code_does() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < KEYS; i++) {
      ByteBuffer key = key(new BigInteger(256, random).mod(Secp256k1.N.subtract(ONE)).add(ONE));
      for (int j = 0; j < DIGESTS; j++) {
        assertSame(key, fixed(new BigInteger(256, random)));
      }
    }
  }

  @Test
  void agrees_at_the_edges_of_keys_and_digests() {
    BigInteger n = Secp256k1.N;
    for (BigInteger key : List.of(ONE, BigInteger.TWO, n.subtract(ONE), n.shiftRight(1))) {
      for (BigInteger digest :
          List.of(BigInteger.ZERO, ONE, n.subtract(ONE), n, n.add(ONE), MOST)) {
        assertSame(key(key), fixed(digest));
      }
    }
  }

  @Test
  void refuses_what_is_no_key_and_keeps_none_of_it() {
    for (BigInteger none : List.of(BigInteger.ZERO, Secp256k1.N, MOST)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(32);

      assertThatThrownBy(() -> new SoftwareSigner(fixed(none), curve, buffer))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("key must be 1 to n - 1");

      assertThat(bytesOf(buffer)).containsOnly(0);
    }
  }

  @Test
  void verifies_no_other_signature() {
    ByteBuffer key = key(BigInteger.valueOf(4711));
    PublicKey publicKey = curve.publicKey(key);
    byte[] digest = fixed(MOST.shiftRight(3));
    Signature good = signature(curve.sign(key, digest));
    BigInteger n = Secp256k1.N;

    assertThat(publicKey.verifies(Bytes.of(digest), good)).isTrue();
    assertThat(publicKey.verifies(Bytes.of(fixed(MOST.shiftRight(4))), good)).isFalse();
    for (Signature forged :
        List.of(
            new Signature(good.r(), good.s(), 1 - good.yParity()),
            new Signature(good.r(), good.s().subtract(ONE), good.yParity()),
            new Signature(good.s(), good.r().min(n.subtract(good.r())), good.yParity()),
            new Signature(BigInteger.valueOf(5), ONE, 0), // no point has this x
            new Signature(n.subtract(ONE), n.shiftRight(1), 1),
            new Signature(ONE, ONE, 0))) {
      assertThat(publicKey.verifies(Bytes.of(digest), forged)).as("%s", forged).isFalse();
    }
    assertThat(curve.recover(Bytes.of(digest), new Signature(BigInteger.valueOf(5), ONE, 0)))
        .isEmpty();
  }

  @Test
  void refuses_digests_of_another_length_before_the_library_sees_them() {
    ByteBuffer key = key(ONE);
    Signature good = signature(curve.sign(key, new byte[32]));

    for (int length : new int[] {0, 31, 33}) {
      assertThatThrownBy(() -> curve.sign(key, new byte[length]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> curve.recover(Bytes.of(new byte[length]), good))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Whatever runs ends with a good signature before the key is wiped; what comes later is told. */
  @Test
  void closes_once_running_calls_have_ended() throws Exception {
    int threads = 4;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 20; round++) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(32);
        SoftwareSigner signer = new SoftwareSigner(fixed(BigInteger.valueOf(7)), curve, buffer);
        byte[] digest = fixed(BigInteger.valueOf(round));
        RawSignature expected = signer.sign(digest);
        CountDownLatch busy = new CountDownLatch(threads);
        List<Future<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          Callable<Integer> caller = () -> signUntilClosed(signer, digest, expected, busy);
          callers.add(executor.submit(caller));
        }
        assertThat(busy.await(1, TimeUnit.MINUTES)).isTrue();

        signer.close();

        assertThat(bytesOf(buffer)).containsOnly(0);
        for (Future<Integer> caller : callers) {
          assertThat(caller.get(1, TimeUnit.MINUTES)).isPositive();
        }
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private static int signUntilClosed(
      SoftwareSigner signer, byte[] digest, RawSignature expected, CountDownLatch busy) {
    for (int signed = 0; ; signed++) {
      try {
        assertThat(signer.sign(digest)).isEqualTo(expected);
      } catch (KeyClosedException closed) {
        return signed;
      }
      if (signed == 0) {
        busy.countDown();
      }
    }
  }

  private void assertSame(ByteBuffer key, byte[] digest) {
    RawSignature ours = curve.sign(key, digest);
    RawSignature theirs = portable.sign(key, digest);
    PublicKey publicKey = portable.publicKey(key);
    Signature signature = signature(ours);
    assertThat(ours.r()).isEqualTo(theirs.r());
    assertThat(ours.s()).isEqualTo(theirs.s().min(Secp256k1.N.subtract(theirs.s())));
    assertThat(curve.publicKey(key)).isEqualTo(publicKey);
    assertThat(curve.recover(Bytes.of(digest), signature))
        .isEqualTo(Optional.of(publicKey.bytes()));
    assertThat(Secp256k1.recoverAddress(digest, signature.r(), signature.s(), signature.yParity()))
        .isEqualTo(Secp256k1.address(publicKey.bytes().toArray()));
  }

  private static Signature signature(RawSignature raw) {
    return new Signature(raw.r(), raw.s(), raw.yParity().orElseThrow());
  }

  private static ByteBuffer key(BigInteger key) {
    return ByteBuffer.allocateDirect(32).put(0, fixed(key));
  }

  private static byte[] fixed(BigInteger value) {
    return BigIntegers.asUnsignedByteArray(32, value);
  }

  private static byte[] bytesOf(ByteBuffer buffer) {
    byte[] bytes = new byte[32];
    buffer.get(0, bytes);
    return bytes;
  }
}
