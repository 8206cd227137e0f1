package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import io.payonce.store.ConsumerClass;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.SubmitResult;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** The key is away, says no, or signs something else. */
@OnEveryGround
final class SignerScenarioTest {
  @Parameter Ground ground;

  @Test
  void while_the_signer_is_down_nothing_is_lost_and_nothing_is_sent() {
    AtomicBoolean down = new AtomicBoolean(true);
    Stage stage = new Stage(ground);
    stage.signer =
        key ->
            answering(
                key,
                request ->
                    down.get()
                        ? CompletableFuture.completedFuture(
                            new SigningOutcome.Unavailable(
                                SigningCode.DEVICE_UNAVAILABLE, "hsm is down", true))
                        : key.sign(request));
    stage.start();
    for (int i = 0; i < 3; i++) {
      assertThat(stage.submit("p" + i, stage.coins("0.5")))
          .isInstanceOf(SubmitResult.Accepted.class);
    }
    stage.blocks(60);
    for (int i = 0; i < 3; i++) {
      assertThat(stage.state("p" + i)).isEqualTo(TransferState.BOUND);
      assertThat(stage.status("p" + i).verdict().safeToRefund()).isFalse();
    }
    assertThat(stage.world.pool("alpha")).isEmpty();
    down.set(false);
    for (int i = 0; i < 3; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Test
  void later_slots_wait_unsent_while_a_lower_one_has_no_bytes() {
    AtomicBoolean down = new AtomicBoolean(true);
    Stage stage = new Stage(ground);
    stage.signer =
        key ->
            answering(
                key,
                request ->
                    down.get() && request.attempt().slot().nonce() == 0
                        ? CompletableFuture.failedFuture(new IllegalStateException("timeout"))
                        : key.sign(request));
    stage.start();
    for (int i = 0; i < 3; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.5"));
    }
    stage.untilInFlight(2);
    stage.blocks(30);
    assertThat(stage.world.pool("alpha")).isEmpty();
    down.set(false);
    for (int i = 0; i < 3; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Test
  void a_refusal_leads_to_a_cancel_of_the_nonce_and_a_refund_only_once_that_is_final() {
    Stage stage = new Stage(ground);
    stage.signer =
        key ->
            answering(
                key,
                request ->
                    request.kind().pays() && request.attempt().slot().nonce() == 0
                        ? CompletableFuture.completedFuture(
                            new SigningOutcome.Refused(SigningCode.VALUE_CAP, "too much"))
                        : key.sign(request));
    stage.start();
    var unused = stage.submit("refused", stage.coins("0.5"));
    stage.untilState("refused", TransferState.CANCELLING);
    assertThat(stage.status("refused").verdict().safeToRefund()).isFalse();
    assertThat(stage.status("refused").reason()).contains("VALUE_CAP");
    var next = stage.submit("next", stage.coins("0.5"));
    assertThat(next).isNotNull();
    assertThat(stage.end("refused").state()).isEqualTo(TransferState.CANCELLED_FINAL);
    assertThat(stage.slot(0).consumption().orElseThrow().by()).isEqualTo(ConsumerClass.CANCEL);
    assertThat(stage.end("next").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.paid("refused")).isZero();
    stage.verify();
  }

  @Test
  void a_signer_that_alters_the_payee_freezes_the_lane_and_its_bytes_are_never_sent() {
    Stage stage = new Stage(ground);
    Address thief = new TestKey(666).address();
    stage.signer =
        key ->
            answering(key, request -> signed(stage.key.sign(paying(request.transaction(), thief))));
    assertSuspected(stage);
    assertThat(stage.world.balance(thief)).isEqualTo(Wei.ZERO);
  }

  @Test
  void a_signer_that_signs_with_another_key_freezes_the_lane_and_its_bytes_are_never_sent() {
    Stage stage = new Stage(ground);
    TestKey other = new TestKey(5);
    stage.world.fund(other.address(), Wei.ofCoins("5"));
    stage.signer = key -> answering(key, request -> signed(other.sign(request.transaction())));
    assertSuspected(stage);
    assertThat(stage.world.nonce(other.address())).isZero();
  }

  @Test
  void once_a_lane_is_resumed_the_same_intent_is_signed_again_without_a_restart() {
    Stage stage = new Stage(ground);
    Address thief = new TestKey(666).address();
    AtomicBoolean broken = new AtomicBoolean(true);
    stage.signer =
        key ->
            answering(
                key,
                request ->
                    broken.get()
                        ? signed(stage.key.sign(paying(request.transaction(), thief)))
                        : key.sign(request));
    stage.start();
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilFrozen("SIGNER_SUSPECT");
    broken.set(false);
    stage.await(
        stage.payonce().nonces().resume(stage.lane, new Actor("operator"), "device is replaced"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.world.balance(thief)).isEqualTo(Wei.ZERO);
    stage.verify();
  }

  private static void assertSuspected(Stage stage) {
    stage.start();
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.untilFrozen("SIGNER_SUSPECT");
    stage.blocks(30);
    assertThat(stage.status("p").hashes()).isEmpty();
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
    for (String provider : stage.providers) {
      assertThat(stage.world.pool(provider)).isEmpty();
    }
    assertThat(stage.world.nonce(stage.lane.address())).isZero();
    stage.verifyEffects();
  }

  private static UnsignedTransaction paying(UnsignedTransaction tx, Address payee) {
    return new UnsignedTransaction.DynamicFee(
        tx.chain(),
        tx.nonce(),
        tx.maxPriorityFeePerGas(),
        tx.maxFeePerGas(),
        tx.gasLimit(),
        payee,
        tx.value(),
        tx.data(),
        java.util.List.of());
  }

  private static CompletableFuture<SigningOutcome> signed(SignedTransaction tx) {
    return CompletableFuture.completedFuture(new SigningOutcome.Signed(tx));
  }

  /** The same account with another way to answer. */
  static Signer answering(
      Signer key, Function<SigningRequest, CompletableFuture<SigningOutcome>> answer) {
    return new Signer() {
      @Override
      public Address address() {
        return key.address();
      }

      @Override
      public Set<ChainId> chains() {
        return key.chains();
      }

      @Override
      public CompletableFuture<SigningOutcome> sign(SigningRequest request) {
        return answer.apply(request);
      }

      @Override
      public void close() {
        key.close();
      }
    };
  }
}
