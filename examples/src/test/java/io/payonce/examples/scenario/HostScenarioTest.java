package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfileException;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.signing.Signer;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.SubmitterBuilder;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.MemoryTransferStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** What hosts do: repeat, race, contradict themselves, misconfigure, and close. */
@OnEveryGround
final class HostScenarioTest {
  @Parameter Ground ground;

  @TempDir Path folder;

  @Test
  void a_key_means_one_request_for_ever() {
    Stage stage = new Stage(ground);
    stage.start();
    Transfer transfer = stage.coins("0.5");
    assertThat(stage.submit("p", transfer)).isInstanceOf(SubmitResult.Accepted.class);
    assertThat(stage.submit("p", transfer)).isInstanceOf(SubmitResult.AlreadyKnown.class);
    stage.end("p");
    assertThat(stage.submit("p", transfer)).isInstanceOf(SubmitResult.AlreadyKnown.class);
    Transfer other =
        Transfer.of(TokenAmount.ofWei(Stage.CHAIN, Wei.ofCoins("0.6")))
            .from(stage.lane.address())
            .to(new TestKey(3).address());
    TransferStatus before = stage.status("p");
    SubmitResult conflict = stage.payonce().submit(Stage.key("p"), other);
    assertThat(((SubmitResult.KeyConflict) conflict).differingFields())
        .containsExactlyInAnyOrder("to", "amount");
    stage.kill();
    stage.start();
    assertThat(stage.submit("p", transfer)).isInstanceOf(SubmitResult.AlreadyKnown.class);
    stage.blocks(20);
    assertThat(stage.paid("p")).isOne();
    stage.outliveRetention();
    TransferStatus archived = stage.status("p");
    assertThat(archived).isEqualTo(before);
    assertThat(stage.payonce().history(Stage.key("p")).orElseThrow().attempts())
        .allMatch(attempt -> attempt.signed().isEmpty() && attempt.hash().isPresent());
    assertThat(stage.submit("p", transfer)).isInstanceOf(SubmitResult.AlreadyKnown.class);
    assertThat(stage.payonce().submit(Stage.key("p"), other)).isEqualTo(conflict);
    stage.kill();
    stage.start();
    assertThat(stage.submit("p", transfer)).isInstanceOf(SubmitResult.AlreadyKnown.class);
    stage.blocks(20);
    assertThat(stage.status("p")).isEqualTo(before);
    assertThat(stage.paid("p")).isOne();
    stage.verify();
  }

  @Test
  void racing_submits_of_one_key_from_many_threads_make_one_payment() throws Exception {
    Stage stage = new Stage(ground);
    Transfer transfer = stage.coins("0.5");
    IdempotencyKey key = Stage.key("raced");
    int threads = 16;
    ExecutorService callers = Executors.newFixedThreadPool(threads);
    List<SubmitResult> results = new ArrayList<>();
    try (JdbcTransferStore journal = open()) {
      try (RpcPool pool = deadPool();
          Signer signer = signer(journal);
          IdempotentSubmitter payonce =
              IdempotentSubmitter.builder()
                  .store(journal)
                  .chain(profile(), pool)
                  .lane(Stage.CHAIN, signer)
                  .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")))
                  .build()) {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Future<SubmitResult>> calls = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          calls.add(
              callers.submit(
                  () -> {
                    start.await();
                    return payonce.submit(key, transfer);
                  }));
        }
        for (Future<SubmitResult> call : calls) {
          results.add(call.get());
        }
      }
      assertThat(results).filteredOn(SubmitResult.Accepted.class::isInstance).hasSize(1);
      assertThat(results)
          .filteredOn(SubmitResult.AlreadyKnown.class::isInstance)
          .hasSize(threads - 1);
      assertThat(journal.counts()).containsEntry(TransferState.ACCEPTED, 1L);

      stage.journal = journal; // the same journal, now where time is virtual
      stage.start();
      assertThat(stage.submit("raced", transfer)).isInstanceOf(SubmitResult.AlreadyKnown.class);
      assertThat(stage.end("raced").state()).isEqualTo(TransferState.PAID_FINAL);
      assertThat(stage.paid("raced")).isOne();
      stage.verify();
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void close_leaves_everything_resumable_and_no_thread_behind() throws Exception {
    List<Thread> before = ownThreads();
    List<Thread> own;
    try (JdbcTransferStore journal = open();
        RpcPool pool = deadPool();
        Signer signer = signer(journal)) {
      IdempotentSubmitter payonce =
          IdempotentSubmitter.builder()
              .store(journal)
              .chain(profile(), pool)
              .lane(Stage.CHAIN, signer)
              .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")))
              .build();
      Stage stage = new Stage(ground);
      Transfer transfer = stage.coins("0.5");
      assertThat(payonce.submit(Stage.key("p"), transfer))
          .isInstanceOf(SubmitResult.Accepted.class);
      own = ownThreads();
      own.removeAll(before);
      assertThat(own).isNotEmpty();
      payonce.close();
      payonce.close(); // idempotent
      assertThat(payonce.submit(Stage.key("q"), transfer))
          .isInstanceOfSatisfying(
              SubmitResult.NotAccepted.class, no -> assertThat(no.code()).isEqualTo("CLOSED"));
      assertThat(journal.find(Stage.key("q"))).isEmpty();
      stage.journal = journal;
      stage.start();
      assertThat(stage.submit("p", transfer)).isInstanceOf(SubmitResult.AlreadyKnown.class);
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
      stage.verify();
    }
    for (Thread thread : own) {
      thread.join(Duration.ofSeconds(60).toMillis());
      assertThat(thread.isAlive()).as(thread.getName()).isFalse();
    }
  }

  /** What throws in a task comes out of the stage, and is a stack trace of a thread of a host. */
  @Test
  void tasks_that_run_while_threads_end_after_close_throw_nothing() {
    for (int task = 1; task <= 80; task += 3) {
      Stage stage = new Stage(ground);
      ClosedIn closing = new ClosedIn(task, () -> stage.payonce().close());
      stage.executor = closing::over;
      stage.start();
      assertThat(stage.submit("p", stage.coins("0.5"))).isInstanceOf(SubmitResult.Accepted.class);
      stage.blocks(8);
      assertThat(closing.closed).as("closed in task " + task).isTrue();
      stage.executor = UnaryOperator.identity();
      stage.kill();
      stage.start();
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
      stage.verify();
    }
  }

  /** Closes in the middle of a task and takes no task after that, as threads that end. */
  private static final class ClosedIn {
    private final int task;
    private final Runnable close;
    private int tasks;
    private boolean closed;

    ClosedIn(int task, Runnable close) {
      this.task = task;
      this.close = close;
    }

    Executor over(Executor threads) {
      return work -> {
        if (closed) {
          throw new RejectedExecutionException("shut down");
        }
        threads.execute(
            () -> {
              tasks++;
              if (tasks == task) {
                close.run();
                closed = true;
              }
              work.run();
            });
      };
    }
  }

  @Test
  void payments_in_every_state_resume_after_close() {
    Stage stage = new Stage(ground);
    stage.maxInFlight = 2;
    stage.start();
    stage.world.stopMining();
    for (int i = 0; i < 5; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.5"));
    }
    stage.untilInFlight(2);
    stage.blocks(3);
    assertThat(stage.journal.counts()).containsEntry(TransferState.ACCEPTED, 3L);
    stage.payonce().close();
    stage.world.goOnMining();
    stage.blocks(10);
    stage.start();
    for (int i = 0; i < 5; i++) {
      assertThat(stage.end("p" + i).state()).isEqualTo(TransferState.PAID_FINAL);
    }
    stage.verify();
  }

  @Test
  void drained_means_nothing_new_and_everything_out_comes_to_its_end() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.inFlight("p");
    stage.payonce().drain();
    assertThat(stage.payonce().submit(Stage.key("q"), stage.coins("0.5")))
        .isInstanceOf(SubmitResult.NotAccepted.class);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void bad_input_is_refused_by_field_value_and_limit() {
    Stage stage = new Stage(ground);
    stage.start();
    Address self = stage.lane.address();
    TokenAmount one = TokenAmount.ofWei(Stage.CHAIN, Wei.ONE);
    Address stranger = new TestKey(9).address();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> stage.payonce().submit(Stage.key("p"), Transfer.of(one).from(stranger).to(self)))
        .withMessageContaining("from")
        .withMessageContaining(stranger.value().toLowerCase(java.util.Locale.ROOT))
        .withMessageContaining("lane");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Transfer.of(one).from(self).to(self))
        .withMessageContaining("to")
        .withMessageContaining("allowUnusualPayee");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Transfer.of(TokenAmount.ofWei(Stage.CHAIN, Wei.ZERO)).from(self).to(stranger))
        .withMessageContaining("amount 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdempotencyKey.of("x".repeat(256)))
        .withMessageContaining("255");
    assertThat(stage.journal.find(Stage.key("p"))).isEmpty();
  }

  @Test
  void a_build_without_fee_limits_or_with_a_chain_nobody_can_price_is_refused() {
    MemoryTransferStore journal = new MemoryTransferStore();
    try (RpcPool pool = deadPool();
        Signer signer = signer(journal)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  IdempotentSubmitter.builder()
                      .store(journal)
                      .chain(profile(), pool)
                      .lane(Stage.CHAIN, signer)
                      .build())
          .withMessageContaining("fees");
      for (ChainProfile unsupported :
          ChainProfiles.builtIn().all().stream()
              .filter(profile -> profile.unsupported().isPresent())
              .toList()) {
        assertThatThrownBy(() -> IdempotentSubmitter.builder().chain(unsupported, pool))
            .isInstanceOf(ChainProfileException.class)
            .hasMessageContaining("PROFILE_UNSUPPORTED")
            .hasMessageContaining(unsupported.name());
      }
      assertThatThrownBy(() -> ChainProfiles.builtIn().require(ChainId.of(424242)))
          .hasMessageContaining("PROFILE_MISSING")
          .hasMessageContaining("424242");
    }
  }

  @Test
  void a_wallet_or_a_chain_that_is_configured_twice_is_refused() {
    MemoryTransferStore journal = new MemoryTransferStore();
    try (RpcPool pool = deadPool();
        Signer signer = signer(journal)) {
      SubmitterBuilder builder =
          IdempotentSubmitter.builder()
              .store(journal)
              .chain(profile(), pool)
              .lane(Stage.CHAIN, signer)
              .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.chain(profile(), pool))
          .withMessageContaining("chain 31337 is configured twice");
      builder.lane(Stage.CHAIN, signer);
      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessageContaining("lane 31337/")
          .withMessageContaining("configured twice");
    }
  }

  @Test
  void closing_one_submitter_leaves_another_of_the_same_builder_its_threads() {
    try (JdbcTransferStore journal = open();
        RpcPool pool = deadPool();
        Signer signer = signer(journal)) {
      SubmitterBuilder builder =
          IdempotentSubmitter.builder()
              .store(journal)
              .chain(profile(), pool)
              .lane(Stage.CHAIN, signer)
              .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")));
      builder.build().close();
      try (IdempotentSubmitter second = builder.build()) {
        assertThat(second.submit(Stage.key("p"), new Stage(ground).coins("0.5")))
            .isInstanceOf(SubmitResult.Accepted.class);
      }
    }
  }

  private JdbcTransferStore open() {
    return JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults());
  }

  private static ChainProfile profile() {
    return ChainProfiles.builtIn().require(Stage.CHAIN).withFinality(new Finality.Finalized());
  }

  /** Real time, and nobody listens: port 9 of this machine discards. */
  private static RpcPool deadPool() {
    return RpcPool.builder(profile())
        .endpoint(Endpoint.of("nobody", "nobody", "http://127.0.0.1:9/"))
        .endpoint(Endpoint.of("no-one", "no-one", "http://127.0.0.1:9/no-one"))
        .build();
  }

  private static Signer signer(io.payonce.store.TransferStore journal) {
    return GuardedSigner.builder()
        .key(
            SoftwareKey.fromBytes(
                new TestKey(1).bytes(), InsecureKeyAccess.acknowledge("simulated chain")))
        .chains(Stage.CHAIN)
        .claimsIn(journal)
        .limits(
            io.payonce.signing.guard.GuardLimits.of(
                Wei.ofCoins("0.01"), TokenAmount.ofWei(Stage.CHAIN, Wei.ofCoins("1"))))
        .executor(Runnable::run)
        .build();
  }

  private static List<Thread> ownThreads() {
    List<Thread> own = new ArrayList<>(Thread.getAllStackTraces().keySet());
    own.removeIf(thread -> !thread.getName().startsWith("payonce-"));
    return own;
  }
}
