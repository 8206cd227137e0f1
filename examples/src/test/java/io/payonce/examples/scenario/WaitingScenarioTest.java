package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.PauseMode;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.DrainReport;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.Level;
import io.payonce.submit.Resolution;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Futures that callers hold: each completes, however long they meant to wait. */
final class WaitingScenarioTest {
  private static final Actor OPERATOR = new Actor("operator");
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final Stage stage = new Stage(Ground.SIMULATED);

  @Test
  void whoever_waits_when_it_closes_or_asks_afterwards_is_told() {
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    List<CompletableFuture<?>> asked = new ArrayList<>(askAll());
    stage.payonce().close();
    asked.addAll(askAll());
    stage.blocks(20);
    assertThat(asked).allMatch(CompletableFuture::isDone);
    for (CompletableFuture<?> future : asked) {
      assertThatThrownBy(future::join)
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
    stage.world.goOnMining();
    stage.kill();
    stage.start();
    assertThat(stage.end("p").state())
        .isIn(TransferState.PAID_FINAL, TransferState.CANCELLED_FINAL);
    stage.verifyEffects();
  }

  private List<CompletableFuture<?>> askAll() {
    IdempotentSubmitter payonce = stage.payonce();
    NonceManager nonces = payonce.nonces();
    return List.of(
        payonce.whenFinal(Stage.key("p")),
        payonce.await(Stage.key("p"), Level.FINAL, FOR_EVER),
        payonce.speedUp(Stage.key("p")),
        payonce.cancel(Stage.key("p"), OPERATOR, "typo"),
        payonce.giveUp(Stage.key("p"), OPERATOR, "typo"),
        nonces.pause(stage.lane, PauseMode.ALL, OPERATOR, "maintenance"),
        nonces.resume(stage.lane, OPERATOR, "done"),
        nonces.fill(stage.lane, 0, OPERATOR, "stuck"),
        nonces.reserve(stage.lane, "approve", OPERATOR, "approval"),
        payonce.drain(Duration.ofHours(1)));
  }

  @Test
  void what_was_ended_when_it_closed_is_still_told() {
    stage.start();
    var unused = stage.submit("p", stage.coins("0.5"));
    TransferStatus end = stage.end("p");
    stage.payonce().close();
    assertThat(stage.payonce().whenFinal(Stage.key("p"))).isCompletedWithValue(end);
    assertThat(stage.payonce().await(Stage.key("p"), Level.FINAL, Duration.ZERO))
        .isCompletedWithValue(end);
  }

  @Test
  void questions_without_an_actor_or_a_reason_are_refused_and_harm_nobody() {
    Actor nobody = absent();
    String nothing = absent();
    stage.start();
    stage.inFlight("p");
    IdempotencyKey key = Stage.key("p");
    IdempotentSubmitter payonce = stage.payonce();
    NonceManager nonces = payonce.nonces();
    assertThatNullPointerException().isThrownBy(() -> payonce.cancel(key, nobody, "typo"));
    assertThatNullPointerException().isThrownBy(() -> payonce.cancel(key, OPERATOR, nothing));
    assertThatNullPointerException().isThrownBy(() -> payonce.giveUp(key, nobody, "typo"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> nonces.fill(stage.lane, -1, OPERATOR, "stuck"))
        .withMessageContaining("nonce -1");
    List<ThrowingCallable> orders =
        List.of(
            () -> nonces.pause(stage.lane, PauseMode.ALL, nobody, "maintenance"),
            () -> nonces.pause(stage.lane, PauseMode.ALL, OPERATOR, nothing),
            () -> nonces.resume(stage.lane, nobody, "done"),
            () -> nonces.fill(stage.lane, 0, nobody, "stuck"));
    for (ThrowingCallable order : orders) {
      assertThatNullPointerException().isThrownBy(order);
    }
    CompletableFuture<?> resolved = payonce.resolve(key, new Resolution.AsFinal("over"), nobody);
    stage.blocks(1);
    assertThatThrownBy(resolved::join).hasCauseInstanceOf(NullPointerException.class);
    assertThat(nonces.lane(stage.lane).state()).isEqualTo(LaneStatus.State.ACTIVE);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  /** What hosts that are not checked for null may hand in. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T absent() {
    return (T) null;
  }

  @Test
  void a_payment_that_was_stored_while_it_closed_is_accepted() {
    AtomicBoolean ended = new AtomicBoolean();
    stage.executor =
        threads ->
            task -> {
              if (ended.get()) {
                throw new RejectedExecutionException("shut down");
              }
              threads.execute(task);
            };
    stage.store =
        journal ->
            (TransferStore)
                Proxy.newProxyInstance(
                    TransferStore.class.getClassLoader(),
                    new Class<?>[] {TransferStore.class},
                    (proxy, method, arguments) -> {
                      Object stored = method.invoke(journal, arguments);
                      if (method.getName().equals("acceptAll")) {
                        stage.payonce().close();
                        ended.set(true);
                      }
                      return stored;
                    });
    stage.start();
    stage.blocks(3);
    assertThat(stage.submit("p", stage.coins("0.5"))).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(stage.journal.find(Stage.key("p"))).isPresent();
  }

  @Test
  void every_drain_is_answered_however_many_there_are() {
    stage.start();
    stage.inFlight("p");
    List<CompletableFuture<DrainReport>> drains = new ArrayList<>();
    drains.add(stage.payonce().drain(Duration.ofHours(1)));
    drains.add(stage.payonce().drain(Duration.ofMinutes(1)));
    stage.blocks(60);
    drains.add(stage.payonce().drain(Duration.ZERO));
    stage.blocks(5);
    assertThat(drains).allSatisfy(drain -> assertThat(drain).isCompleted());
  }

  @Test
  void times_too_long_for_timers_are_for_ever_and_negative_ones_are_refused() {
    stage.start();
    stage.inFlight("p");
    CompletableFuture<TransferStatus> patient =
        stage.payonce().await(Stage.key("p"), Level.FINAL, FOR_EVER);
    assertThat(stage.await(patient).state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(
            stage
                .payonce()
                .listStuck(TransferFilter.all(), FOR_EVER, Optional.empty(), 10)
                .entries())
        .isEmpty();
    Duration negative = Duration.ofSeconds(-1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stage.payonce().await(Stage.key("p"), Level.FINAL, negative))
        .withMessageContaining("max PT-1S");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> stage.payonce().listStuck(TransferFilter.all(), negative, Optional.empty(), 10))
        .withMessageContaining("age PT-1S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stage.payonce().drain(negative))
        .withMessageContaining("max PT-1S");
    assertThat(stage.await(stage.payonce().drain(FOR_EVER)).unsent()).containsValue(0);
  }
}
