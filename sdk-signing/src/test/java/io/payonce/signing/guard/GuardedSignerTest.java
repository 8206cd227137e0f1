package io.payonce.signing.guard;

import static io.payonce.signing.guard.Bench.CHAIN;
import static io.payonce.signing.guard.Bench.OTHER_CHAIN;
import static io.payonce.signing.guard.Bench.payment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Bytes;
import io.payonce.PublicKey;
import io.payonce.Signature;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningOutcome.Signed;
import io.payonce.signing.SigningOutcome.Unavailable;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.internal.RawSigner;
import io.payonce.signing.internal.RawSigner.RawSignature;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class GuardedSignerTest {
  private final Bench bench = new Bench();
  private final SigningRequest request = bench.claimed(payment());
  private final RawSignature good = goodSignature();
  private final int parity = signature().yParity();

  @Test
  void makes_a_high_s_low_and_finds_the_same_parity() {
    ScriptedKey key =
        new ScriptedKey(digest -> new RawSignature(good.r(), Secp256k1.N.subtract(good.s())));

    assertThat(sign(key)).isEqualTo(bench.sign(request));
  }

  @Test
  void flips_the_parity_that_the_key_tells_along_with_a_high_s() {
    ScriptedKey key =
        new ScriptedKey(
            digest ->
                new RawSignature(
                    good.r(), Secp256k1.N.subtract(good.s()), OptionalInt.of(1 - parity)));

    assertThat(sign(key)).isEqualTo(bench.sign(request));
    assertThat(sign(new ScriptedKey(digest -> told(parity)))).isEqualTo(bench.sign(request));
  }

  @Test
  void believes_a_verifier_only_that_names_the_pinned_key() {
    PublicKey pinned = PublicKey.of(Bench.key().publicKey());
    Bytes other =
        SoftwareKey.fromBytes(filled(1), InsecureKeyAccess.acknowledge("another key")).publicKey();
    Function<Optional<Bytes>, SigningOutcome> signedWhen =
        named -> sign(new ScriptedKey(pinned.verifiedBy((d, s) -> named), digest -> told(parity)));

    assertThat(signedWhen.apply(Optional.of(pinned.bytes()))).isEqualTo(bench.sign(request));
    assertUnavailable(signedWhen.apply(Optional.of(other)), SigningCode.KEY_SUSPECT, true);
    assertUnavailable(signedWhen.apply(Optional.empty()), SigningCode.KEY_SUSPECT, true);
  }

  @Test
  void never_releases_a_forged_answer_and_never_asks_that_key_again() {
    BigInteger n = Secp256k1.N;
    for (RawSignature forged :
        List.of(
            new RawSignature(BigInteger.ZERO, good.s()),
            new RawSignature(good.r(), BigInteger.ZERO),
            new RawSignature(n, good.s()),
            new RawSignature(good.r(), n),
            new RawSignature(good.r().negate(), good.s()),
            new RawSignature(good.r(), n.add(good.s())),
            new RawSignature(good.s(), good.r()),
            new RawSignature(good.r(), good.s().add(BigInteger.ONE).min(n.shiftRight(1))),
            told(1 - parity),
            told(2 + parity),
            told(-1),
            new RawSignature(good.r(), n.subtract(good.s()), OptionalInt.of(parity)),
            new RawSignature(BigInteger.ONE, BigInteger.ONE))) {
      ScriptedKey key = new ScriptedKey(digest -> forged);
      GuardedSigner signer = Bench.signer(key, bench.claims, Bench.LIMITS);

      assertUnavailable(signer.sign(request).join(), SigningCode.KEY_SUSPECT, true);
      assertUnavailable(signer.sign(request).join(), SigningCode.KEY_SUSPECT, false);
      assertThat(key.asked).hasSize(1);
    }
  }

  @Test
  void notices_a_signature_of_another_digest() {
    UnsignedTransaction another = Bench.bumped(request, Wei.gwei(11)).transaction();
    Signature foreign = Bench.key().sign(another).signature();
    RawSignature other = new RawSignature(foreign.r(), foreign.s());

    assertUnavailable(sign(new ScriptedKey(digest -> other)), SigningCode.KEY_SUSPECT, true);
  }

  @Test
  void may_have_signed_when_the_device_fails_and_asks_for_the_same_digest_again() {
    List<Function<byte[], RawSignature>> answers =
        new ArrayList<>(
            List.of(
                digest -> {
                  throw new IllegalStateException("pin 1234");
                },
                digest -> good));
    ScriptedKey key = new ScriptedKey(digest -> answers.remove(0).apply(digest));
    GuardedSigner signer = Bench.signer(key, bench.claims, Bench.LIMITS);

    SigningOutcome failed = signer.sign(request).join();

    assertUnavailable(failed, SigningCode.DEVICE_UNAVAILABLE, true);
    assertThat(failed.toString()).doesNotContain("1234");
    assertThat(signer.sign(request).join()).isInstanceOf(Signed.class);
    assertThat(key.asked).containsExactly(request.digest(), request.digest());
  }

  @Test
  void does_not_touch_the_key_when_it_refuses() {
    ScriptedKey key = new ScriptedKey(digest -> good);
    SigningRequest unclaimed = Bench.bumped(request, Wei.gwei(11));

    assertThat(Bench.signer(key, bench.claims, Bench.LIMITS).sign(unclaimed).join())
        .isInstanceOf(SigningOutcome.Refused.class);
    assertThat(key.asked).isEmpty();
  }

  @Test
  void waits_when_a_store_fails_in_any_way_without_repeating_its_words() {
    SigningClaims broken =
        new SigningClaims() {
          @Override
          public List<Claim> claims(SlotId slot) {
            throw new IllegalStateException("jdbc:postgresql://user:secret@host");
          }

          @Override
          public Optional<SlotId> slotOf(TransferId transfer) {
            return Optional.of(request.attempt().slot());
          }
        };

    SigningOutcome outcome = Bench.signer(Bench.key(), broken, Bench.LIMITS).sign(request).join();

    assertUnavailable(outcome, SigningCode.CLAIMS_UNREADABLE, false);
    assertThat(outcome.toString()).doesNotContain("secret");
  }

  @Test
  void waits_when_the_executor_is_full() {
    GuardedSigner signer =
        builder()
            .executor(
                task -> {
                  throw new RejectedExecutionException();
                })
            .build();

    assertUnavailable(signer.sign(request).join(), SigningCode.DEVICE_UNAVAILABLE, false);
  }

  @Test
  void works_on_the_executor_alone() {
    List<Runnable> queue = new ArrayList<>();
    GuardedSigner signer = builder().executor(queue::add).build();

    var answer = signer.sign(request);

    assertThat(answer).isNotDone();
    queue.remove(0).run();
    assertThat(answer.join()).isInstanceOf(Signed.class);
  }

  @Test
  void closes_its_key() {
    ScriptedKey key = new ScriptedKey(digest -> good);

    Bench.signer(key, bench.claims, Bench.LIMITS).close();

    assertThat(key.closed).isTrue();
  }

  @Test
  void lists_its_chains_in_order() {
    assertThat(builder().build().chains()).containsExactly(CHAIN, OTHER_CHAIN);
  }

  @Test
  void build_names_what_is_missing() {
    assertBuildFails(b -> b.chains(), "chains");
    assertBuildFails(
        b -> b.limits(GuardLimits.of(Wei.ONE, TokenAmount.ofWei(CHAIN, Wei.ONE))),
        "valueCap of the native coin of chain 10");
    GuardedSigner.Builder empty = GuardedSigner.builder().chains(CHAIN);
    assertThatThrownBy(empty::build).hasMessage("limits is missing");
    empty.limits(Bench.LIMITS);
    assertThatThrownBy(empty::build).hasMessage("key is missing");
    empty.key(Bench.key());
    assertThatThrownBy(empty::build).hasMessage("claimsIn is missing");
    empty.claimsIn(bench.claims);
    assertThatThrownBy(empty::build).hasMessage("executor is missing");
  }

  @Test
  void limits_need_a_fee_cap_and_one_cap_per_asset() {
    TokenAmount cap = TokenAmount.ofWei(CHAIN, Wei.ONE);

    assertThatThrownBy(() -> GuardLimits.of(Wei.ZERO, cap)).hasMessageContaining("maxFee");
    assertThatThrownBy(() -> GuardLimits.of(Wei.ONE, cap, cap)).hasMessageContaining("twice");
  }

  private SigningOutcome sign(SigningKey key) {
    return Bench.signer(key, bench.claims, Bench.LIMITS).sign(request).join();
  }

  private GuardedSigner.Builder builder() {
    return GuardedSigner.builder()
        .key(Bench.key())
        .chains(OTHER_CHAIN, CHAIN)
        .claimsIn(bench.claims)
        .limits(Bench.LIMITS)
        .executor(Runnable::run);
  }

  private void assertBuildFails(Consumer<GuardedSigner.Builder> change, String named) {
    GuardedSigner.Builder builder = builder();
    change.accept(builder);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(named);
  }

  private static void assertUnavailable(
      SigningOutcome outcome, SigningCode code, boolean mayHaveSigned) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Unavailable.class,
            unavailable -> {
              assertThat(unavailable.code()).isEqualTo(code);
              assertThat(unavailable.mayHaveSigned()).isEqualTo(mayHaveSigned);
            });
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private RawSignature goodSignature() {
    Signature signature = signature();
    return new RawSignature(signature.r(), signature.s());
  }

  private Signature signature() {
    return ((Signed) bench.sign(request)).transaction().signature();
  }

  /** The good signature from a key that tells a parity too. */
  private RawSignature told(int yParity) {
    return new RawSignature(good.r(), good.s(), OptionalInt.of(yParity));
  }

  /** The public key of EIP-155's example with answers of our choice. */
  private static final class ScriptedKey extends SigningKey {
    private final List<Bytes> asked;
    private boolean closed;

    ScriptedKey(Function<byte[], RawSignature> answers) {
      this(PublicKey.of(Bench.key().publicKey()), answers);
    }

    ScriptedKey(PublicKey publicKey, Function<byte[], RawSignature> answers) {
      this(publicKey, answers, new ArrayList<>());
    }

    private ScriptedKey(
        PublicKey publicKey, Function<byte[], RawSignature> answers, List<Bytes> asked) {
      super(
          publicKey,
          new RawSigner() {
            @Override
            public RawSignature sign(byte[] digest) {
              asked.add(Bytes.of(digest));
              return answers.apply(digest);
            }

            @Override
            public void close() {}
          });
      this.asked = asked;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
