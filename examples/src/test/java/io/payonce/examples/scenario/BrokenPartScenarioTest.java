package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.rpc.Fact;
import io.payonce.rpc.RpcClient;
import io.payonce.signing.Signer;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmitResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a host that break their word for a while: payments wait for them, and go on. */
final class BrokenPartScenarioTest {
  private final Stage stage = new Stage(Ground.SIMULATED);
  private final AtomicInteger calls = new AtomicInteger();
  private final List<Throwable> ends = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(Misbehaviour.class)
  void a_signer_that_gives_no_answer_is_asked_again(Misbehaviour how) {
    stage.signer =
        key ->
            how.in(Signer.class, key, name -> name.equals("sign") && calls.incrementAndGet() <= 3);
    payThree();
    assertThat(calls).hasValueGreaterThan(3);
  }

  @ParameterizedTest
  @EnumSource(Misbehaviour.class)
  void a_client_that_gives_no_answer_to_reads_is_asked_again(Misbehaviour how) {
    everyNthCall(how, "criticalRead", 17);
  }

  @ParameterizedTest
  @EnumSource(Misbehaviour.class)
  void a_payment_whose_check_gets_no_answer_is_checked_again(Misbehaviour how) {
    stage.rpc =
        pool ->
            how.in(
                RpcClient.class,
                pool,
                (name, arguments) ->
                    name.equals("criticalRead")
                        && isEstimate(arguments.get(0))
                        && calls.incrementAndGet() <= 2);
    payThree();
    assertThat(calls).hasValueGreaterThan(2);
  }

  private static boolean isEstimate(Object fact) {
    return fact instanceof Fact.GasEstimate || fact instanceof Fact.GasEstimates;
  }

  @ParameterizedTest
  @EnumSource(Misbehaviour.class)
  void bytes_whose_broadcast_gives_no_answer_are_sent_again(Misbehaviour how) {
    everyNthCall(how, "broadcastAll", 2);
  }

  @ParameterizedTest
  @EnumSource(Misbehaviour.class)
  void a_client_that_suggests_no_fee_stops_nothing(Misbehaviour how) {
    everyNthCall(how, "call", 2);
  }

  private void everyNthCall(Misbehaviour how, String method, int nth) {
    stage.rpc =
        pool ->
            how.in(
                RpcClient.class,
                pool,
                name -> name.equals(method) && calls.getAndIncrement() % nth == 0);
    payThree();
    assertThat(calls).hasValueGreaterThanOrEqualTo(nth);
  }

  @ParameterizedTest
  @EnumSource(names = {"THROWS_AN_EXCEPTION", "THROWS_AN_ERROR", "THROWS_A_CHECKED_EXCEPTION"})
  void a_listener_that_throws_stops_no_payment(Misbehaviour how) {
    stage.listener =
        told ->
            how.in(
                SubmissionListener.class,
                told,
                name -> !name.equals("hashCode") && calls.incrementAndGet() > 0);
    payThree();
    assertThat(calls).hasPositiveValue();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 7})
  void a_task_that_the_executor_rejects_is_offered_again(int nth) {
    stage.executor =
        threads ->
            task -> {
              if (calls.incrementAndGet() % nth == 0) {
                throw new RejectedExecutionException("queue is full");
              }
              threads.execute(task);
            };
    payThree();
    assertThat(calls).hasValueGreaterThan(nth);
  }

  /** As a pool throws that keeps the task and has no memory for a thread to run it. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 7})
  void a_task_that_the_executor_keeps_and_throws_for_runs_once(int nth) {
    stage.executor =
        threads ->
            task -> {
              threads.execute(task);
              if (calls.incrementAndGet() % nth == 0) {
                throw new OutOfMemoryError("unable to create native thread");
              }
            };
    payThree();
    assertThat(calls).hasValueGreaterThan(nth);
  }

  @ParameterizedTest
  @CsvSource({
    "THROWS_AN_EXCEPTION, commit", "THROWS_AN_ERROR, commit",
    "THROWS_AN_EXCEPTION, takeLane", "THROWS_AN_ERROR, takeLane",
    "THROWS_AN_EXCEPTION, waiting", "THROWS_AN_ERROR, waiting",
    "THROWS_AN_EXCEPTION, noticeArrivals", "THROWS_AN_ERROR, noticeArrivals",
    "THROWS_AN_EXCEPTION, openRequests", "THROWS_AN_ERROR, openRequests"
  })
  void a_defect_of_the_store_costs_a_lane_its_memory_and_nothing_else(
      Misbehaviour how, String method) {
    stage.store =
        journal ->
            how.in(
                TransferStore.class,
                journal,
                name -> name.equals(method) && calls.getAndIncrement() % 5 == 0);
    start();
    stage.until(() -> stage.journal.counts().getOrDefault(TransferState.PAID_FINAL, 0L).equals(3L));
    assertThat(stage.troubles).anyMatch(trouble -> trouble.contains("broken part"));
    assertThat(ends).isEmpty();
    for (int i = 0; i < 3; i++) {
      assertThat(stage.paid("p" + i)).isOne();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"THROWS_AN_EXCEPTION", "THROWS_AN_ERROR"})
  void whoever_asks_while_the_journal_breaks_is_told_at_once(Misbehaviour how) {
    AtomicBoolean broken = new AtomicBoolean();
    stage.store =
        journal ->
            how.in(
                TransferStore.class,
                journal,
                name -> name.equals("commit") && broken.compareAndSet(true, false));
    start();
    stage.world.stopMining();
    stage.untilState("p0", TransferState.IN_FLIGHT);
    broken.set(true);
    CompletableFuture<?> asked =
        stage.payonce().cancel(Stage.key("p0"), new Actor("ann"), "changed her mind");
    stage.time.runFor(Duration.ofMillis(500));
    assertThat(broken).isFalse();
    assertThat(asked).isCompletedExceptionally();
    assertThatThrownBy(asked::join).hasCauseInstanceOf(StoreUnavailableException.class);
    stage.world.goOnMining();
    assertThat(stage.end("p0").state()).isEqualTo(TransferState.PAID_FINAL); // nothing was asked
    assertThat(stage.paid("p0")).isOne();
    assertThat(ends).isEmpty();
  }

  /** What a thread of the host would end with. */
  private void asAWorker(Runnable task) {
    try {
      task.run();
    } catch (Throwable escaped) {
      ends.add(escaped);
    }
  }

  private void payThree() {
    start();
    for (int i = 0; i < 3; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.paid("p" + i)).isOne();
    }
    assertThat(ends).isEmpty();
    assertThat(stage.troubles)
        .noneMatch(
            trouble -> trouble.contains("internal error") && !trouble.contains("broken part"));
  }

  private void start() {
    UnaryOperator<Executor> executor = stage.executor;
    stage.executor = threads -> executor.apply(task -> threads.execute(() -> asAWorker(task)));
    stage.start();
    for (int i = 0; i < 3; i++) {
      assertThat(stage.submit("p" + i, stage.coins("0.5")))
          .isInstanceOf(SubmitResult.Accepted.class);
    }
  }
}
