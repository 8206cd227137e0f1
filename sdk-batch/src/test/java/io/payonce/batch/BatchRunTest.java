package io.payonce.batch;

import static io.payonce.batch.Samples.NATIVE;
import static io.payonce.batch.Samples.PAYEE;
import static io.payonce.batch.Samples.PAYER;
import static io.payonce.batch.Samples.TOKEN;
import static io.payonce.batch.Samples.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.TransferState;
import io.payonce.submit.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BatchRunTest {
  private final FakePayments payments = new FakePayments(PAYER);

  @Test
  void submits_every_row_under_its_own_key_with_the_batch_in_its_metadata() {
    Batch batch = batch(row("a", NATIVE, 1), row("b", TOKEN, 2));
    BatchRun run = BatchRun.start(batch, payments);

    assertThat(payments.journal.keySet())
        .extracting(IdempotencyKey::value)
        .containsExactly("batch/p/row/a", "batch/p/row/b");
    assertThat(payments.journal.get(IdempotencyKey.of("batch/p/row/b")))
        .satisfies(
            status ->
                assertThat(status.transfer())
                    .isEqualTo(
                        new Transfer(PAYER.address(), PAYEE, TokenAmount.of(TOKEN, 2), false)))
        .satisfies(
            status ->
                assertThat(status.metadata())
                    .isEqualTo(
                        Map.of(
                            "batch", "p",
                            "batchFingerprint", batch.fingerprint(),
                            "batchRow", "b")));
    assertThat(run.report().count(RowState.PENDING)).isEqualTo(2);
    assertThat(run.whenDone()).isNotDone();
  }

  @Test
  void is_done_when_the_last_row_ends_and_reports_each_end() {
    BatchRun run =
        BatchRun.start(
            batch(row("a", NATIVE, 1), row("b", NATIVE, 2), row("c", TOKEN, 4)), payments);
    CompletableFuture<BatchReport> done = run.whenDone();

    payments.pay("batch/p/row/c");
    payments.move(
        "batch/p/row/a", TransferState.REVERTED_FINAL, new Verdict.NotPaidFinal("reverted"));
    assertThat(done).isNotDone();
    payments.move(
        "batch/p/row/b", TransferState.QUARANTINED, new Verdict.Undecided("a person decides"));

    BatchReport report = done.getNow(null);
    assertThat(report.outcomes())
        .extracting(RowOutcome::state)
        .containsExactly(RowState.NOT_PAID, RowState.UNDECIDED, RowState.PAID);
    assertThat(report.total(NATIVE, RowState.NOT_PAID)).isEqualTo(TokenAmount.of(NATIVE, 1));
    assertThat(report.total(NATIVE, RowState.UNDECIDED)).isEqualTo(TokenAmount.of(NATIVE, 2));
    assertThat(report.total(TOKEN, RowState.PAID)).isEqualTo(TokenAmount.of(TOKEN, 4));
    assertThat(report.total(TOKEN, RowState.NOT_PAID)).isEqualTo(TokenAmount.of(TOKEN, 0));
    assertThat(report.allPaid()).isFalse();
    assertThat(report.summary())
        .isEqualTo(
            "batch p, 3 rows: 1 PAID, 1 NOT_PAID, 0 HELD, 1 UNDECIDED, 0 PENDING, 0 CONFLICT, 0"
                + " NOT_SUBMITTED\n"
                + "  native: 1 NOT_PAID, 2 UNDECIDED\n"
                + "  0x3333333333333333333333333333333333333333: 4 PAID");
  }

  @Test
  void only_a_final_verdict_makes_a_row_paid_or_unpaid() {
    BatchRun run = BatchRun.start(batch(row("a", NATIVE, 1)), payments);
    Verdict probable = new Verdict.PaidProbable(FakePayments.HASH, FakePayments.BLOCK);

    assertState(run, TransferState.HELD, new Verdict.Pending(), RowState.HELD);
    assertState(run, TransferState.BOUND, new Verdict.Pending(), RowState.PENDING);
    assertState(run, TransferState.INCLUDED, probable, RowState.PENDING);
    assertState(run, TransferState.SAFE, probable, RowState.PENDING);
    assertState(run, TransferState.REVERTED, new Verdict.Undecided("?"), RowState.UNDECIDED);
    assertState(run, TransferState.CANCELLING, new Verdict.Undecided("?"), RowState.UNDECIDED);
    assertThat(run.whenDone()).isNotDone();
    Verdict paid = new Verdict.PaidFinal(FakePayments.HASH, FakePayments.BLOCK);
    assertState(run, TransferState.PAID_FINAL, paid, RowState.PAID);
    assertThat(run.whenDone()).isCompletedWithValueMatching(BatchReport::allPaid);
  }

  @Test
  void running_the_same_batch_again_pays_nothing_again() {
    Batch batch = batch(row("a", NATIVE, 1), row("b", NATIVE, 2));
    BatchRun.start(batch, payments);
    payments.pay("batch/p/row/a");

    BatchRun again = BatchRun.start(batch, payments);

    assertThat(payments.journal).hasSize(2);
    assertThat(again.report().outcomes())
        .extracting(RowOutcome::state)
        .containsExactly(RowState.PAID, RowState.PENDING);
    payments.pay("batch/p/row/b");
    assertThat(again.whenDone()).isCompletedWithValueMatching(BatchReport::allPaid);
  }

  @Test
  void a_commit_that_is_not_confirmed_is_repaired_by_submitting_again() {
    Batch batch = batch(row("a", NATIVE, 1), row("b", NATIVE, 2), row("c", NATIVE, 3));
    payments.failAfter = 1;
    assertThatThrownBy(() -> BatchRun.start(batch, payments))
        .isInstanceOf(StoreUnavailableException.class);

    payments.failAfter = Integer.MAX_VALUE;
    assertThat(BatchRun.start(batch, payments).report().count(RowState.PENDING)).isEqualTo(3);
    assertThat(payments.journal).hasSize(3);
  }

  @Test
  void a_conflict_on_one_row_is_reported_and_stops_no_other() {
    BatchRun.start(batch(row("b", NATIVE, 99)), payments);
    BatchRun run =
        BatchRun.start(
            batch(row("a", NATIVE, 1), row("b", NATIVE, 2), row("c", NATIVE, 3)), payments);
    payments.pay("batch/p/row/a");
    payments.pay("batch/p/row/c");

    BatchReport report = run.whenDone().getNow(null);
    assertThat(report.outcomes())
        .extracting(RowOutcome::state)
        .containsExactly(RowState.PAID, RowState.CONFLICT, RowState.PAID);
    assertThat(report.outcomes().get(1))
        .isEqualTo(
            new RowOutcome.Conflict(
                row("b", NATIVE, 2), IdempotencyKey.of("batch/p/row/b"), List.of("amount")));
    assertThat(run.report().outcomes()).isEqualTo(report.outcomes());
    assertThat(payments.journal.get(IdempotencyKey.of("batch/p/row/b")).transfer().amount())
        .as("the other payment stays as it was")
        .isEqualTo(TokenAmount.of(NATIVE, 99));
  }

  @Test
  void rows_that_a_closed_submitter_did_not_take_are_not_called_unpaid() {
    payments.closed = true;
    BatchRun run = BatchRun.start(batch(row("a", NATIVE, 1)), payments);

    BatchReport report = run.whenDone().getNow(null);
    assertThat(report.outcomes())
        .containsExactly(
            new RowOutcome.NotSubmitted(
                row("a", NATIVE, 1),
                IdempotencyKey.of("batch/p/row/a"),
                "CLOSED",
                "closed by the test"));
    assertThat(report.count(RowState.NOT_PAID)).isZero();
  }

  @Test
  void refuses_unknown_payers_and_payees_that_are_lanes_before_the_first_row() {
    Batch batch = batch(row("a", NATIVE, 1), row("b", NATIVE, 1));
    FakePayments without = new FakePayments();
    assertThatIllegalArgumentException().isThrownBy(() -> BatchRun.start(batch, without));
    FakePayments toItself = new FakePayments(PAYER, new LaneId(Samples.CHAIN, PAYEE));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BatchRun.start(batch, toItself))
        .withMessageContaining("row 0 (key 'a')");
    assertThat(without.journal).isEmpty();
    assertThat(toItself.journal).isEmpty();
  }

  @Test
  void a_journal_that_forgets_a_row_is_an_alarm() {
    BatchRun run = BatchRun.start(batch(row("a", NATIVE, 1)), payments);
    payments.journal.clear();
    assertThatIllegalStateException().isThrownBy(run::report).withMessageContaining("lost");
  }

  @Test
  void cancelling_what_a_caller_waits_for_changes_nothing_for_others() {
    BatchRun run = BatchRun.start(batch(row("a", NATIVE, 1)), payments);
    run.whenDone().cancel(true);
    payments.pay("batch/p/row/a");
    assertThat(run.whenDone()).isCompletedWithValueMatching(BatchReport::allPaid);
  }

  @Test
  void counts_and_sums_add_up_to_the_rows_at_every_moment() {
    long seed = 20_260_101;
    Random random = new Random(seed);
    List<TransferState> states = List.of(TransferState.values());
    for (int round = 0; round < 100; round++) {
      FakePayments journal = new FakePayments(PAYER);
      List<PayoutRow> rows = new ArrayList<>();
      int size = 1 + random.nextInt(30);
      for (int i = 0; i < size; i++) {
        rows.add(row("k" + i, random.nextBoolean() ? NATIVE : TOKEN, 1 + random.nextInt(1000)));
      }
      Batch batch = batch(rows.toArray(new PayoutRow[0]));
      BatchRun run = BatchRun.start(batch, journal);
      for (int i = 0; i < size; i++) {
        String key = "batch/p/row/k" + random.nextInt(size);
        TransferState state = states.get(random.nextInt(states.size()));
        journal.move(key, state, new Verdict.Undecided("random"));
        if (random.nextInt(3) == 0) {
          journal.pay(key);
        }
      }
      assertAddsUp(batch, run.report(), "seed " + seed + ", round " + round);
    }
  }

  @Test
  void a_report_needs_the_outcome_of_each_row() {
    Batch batch = batch(row("a", NATIVE, 1), row("b", NATIVE, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> BatchReport.of(batch, List.of()));
  }

  private static void assertAddsUp(Batch batch, BatchReport report, String which) {
    assertThat(Arrays.stream(RowState.values()).mapToInt(report::count).sum())
        .as(which)
        .isEqualTo(batch.rows().size());
    for (TokenAmount sum : batch.totals()) {
      assertThat(
              Arrays.stream(RowState.values())
                  .mapToLong(state -> report.total(sum.asset(), state).units().longValueExact())
                  .sum())
          .as(which)
          .isEqualTo(sum.units().longValueExact());
    }
  }

  private void assertState(BatchRun run, TransferState state, Verdict verdict, RowState expected) {
    payments.move("batch/p/row/a", state, verdict);
    assertThat(run.report().outcomes().get(0).state()).as(state.name()).isEqualTo(expected);
  }

  private static Batch batch(PayoutRow... rows) {
    return BatchTransferBuilder.create("p", PAYER).addAll(List.of(rows)).build();
  }
}
