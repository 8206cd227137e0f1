package io.payonce.examples.cli;

import io.payonce.IdempotencyKey;
import io.payonce.Ticker;
import io.payonce.nonce.LaneStatus;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.TransferState;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Hands the rows to the engine and waits until there is nothing to wait for. News arrive on the
 * engine's threads and are handled on the caller's; each is only a hint to read the journal.
 */
final class PayoutRun implements SubmissionListener {
  private static final Duration LOOK = Duration.ofMillis(200);

  /** Open rows that are read again at each look. */
  private static final int LOOKS = 16;

  /** Holds that pass without anybody's doing: providers come back, the hour's fee limit slides. */
  private static final Set<String> ENDED_BY_TIME = Set.of("NETWORK_DEGRADED", "BUDGET_WINDOW");

  private final Report report;
  private final Ticker ticker;
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final Map<IdempotencyKey, TransferStatus> rows = new LinkedHashMap<>();

  /** Place of the open row that was read last. */
  private int looked;

  private boolean lanesStopped;
  private long lastChange;

  PayoutRun(Report report, Ticker ticker) {
    this.report = report;
    this.ticker = ticker;
  }

  /** How it ended; {@code finished} means that running again alone changes nothing. */
  record Outcome(Summary summary, boolean finished) {
    int exitCode() {
      if (summary.allPaid()) {
        return ExitCode.OK;
      }
      return finished ? ExitCode.NOT_ALL_PAID : ExitCode.RUN_AGAIN;
    }
  }

  /**
   * Accepts what is new and waits.
   *
   * @param grace how long a held row has to stay so, with nothing else moving, before it counts as
   *     an end: funds may be on their way
   */
  Outcome pay(Engine engine, PayoutPlan plan, Duration grace, Duration timeout) {
    IdempotentSubmitter submitter = engine.submitter();
    long end = ticker.nanos() + timeout.toNanos();
    lastChange = ticker.nanos();
    Deque<PayoutPlan.Payment> left = new ArrayDeque<>(plan.payments());
    while (true) {
      try {
        submit(submitter, left);
        report.progress(states());
        lanesStopped =
            engine.lanes().stream().allMatch(lane -> isStopped(submitter.nonces().lane(lane)));
        if (left.isEmpty() && rows.values().stream().allMatch(row -> isEnd(row.state()))) {
          return outcome(true);
        }
        boolean quiet = ticker.nanos() - lastChange >= grace.toNanos();
        if (quiet && left.isEmpty() && rows.values().stream().allMatch(this::isSettled)) {
          return outcome(!lanesStopped);
        }
        if (ticker.nanos() - end >= 0) {
          return outcome(false);
        }
        handleNews(submitter);
        lookAround(submitter);
      } catch (StoreUnavailableException unavailable) {
        report.trouble(String.valueOf(unavailable.getMessage()));
        if (ticker.nanos() - end >= 0) {
          throw unavailable;
        }
        pause();
      }
    }
  }

  /** A row whose outcome is unknown stays first, and is submitted again under its key. */
  private void submit(IdempotentSubmitter submitter, Deque<PayoutPlan.Payment> left) {
    for (PayoutPlan.Payment next = left.peek(); next != null; next = left.peek()) {
      accepted(next.key(), submitter.submit(next.key(), next.transfer()));
      left.remove();
    }
  }

  private void accepted(IdempotencyKey key, SubmitResult result) {
    if (result instanceof SubmitResult.Accepted accepted) {
      update(accepted.status());
    } else if (result instanceof SubmitResult.AlreadyKnown known) {
      update(known.status());
    } else if (result instanceof SubmitResult.KeyConflict conflict) {
      // The plan compared every key; so another process on this journal took it since, and rows
      // before this one may be accepted: the next run refuses the file.
      throw Refusal.runAgain(
          "key '"
              + key
              + "' was just taken by another payment, with other "
              + String.join(", ", conflict.differingFields())
              + "; give the new payment a new key and run again");
    } else if (result instanceof SubmitResult.NotAccepted refused) {
      throw Refusal.runAgain("key '" + key + "' was not accepted: " + refused.reason());
    }
  }

  /**
   * Reads some of the open rows again, in turn: what another process on this journal does with them
   * is told to nobody here.
   */
  private void lookAround(IdempotentSubmitter submitter) {
    List<IdempotencyKey> open =
        rows.values().stream().filter(row -> !isEnd(row.state())).map(TransferStatus::key).toList();
    for (int i = 0; i < Math.min(LOOKS, open.size()); i++) {
      looked = (looked + 1) % open.size();
      submitter.status(open.get(looked)).ifPresent(this::update);
    }
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  private static Refusal interrupted() {
    Thread.currentThread().interrupt();
    return Refusal.runAgain("interrupted; what was accepted is in the journal, run again");
  }

  private void handleNews(IdempotentSubmitter submitter) {
    try {
      News next = news.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      while (next != null) {
        next.handle(submitter);
        next = news.poll();
      }
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  private void update(TransferStatus status) {
    TransferStatus before = rows.put(status.key(), status);
    boolean same =
        before != null
            && before.state() == status.state()
            && before.code().equals(status.code())
            && before.hashes().equals(status.hashes());
    if (!same) {
      lastChange = ticker.nanos();
      report.row(status);
    }
  }

  /** Terminal, or a person decides. */
  private static boolean isEnd(TransferState state) {
    return state.isTerminal() || state == TransferState.QUARANTINED;
  }

  /** Nothing moves it but money, a person, or a wallet that works again; time alone does not. */
  private boolean isSettled(TransferStatus row) {
    TransferState state = row.state();
    boolean held = state == TransferState.HELD && !ENDED_BY_TIME.contains(row.code());
    boolean waitsForWallets = state.isUnbound() || state == TransferState.BOUND;
    return isEnd(state) || held || (lanesStopped && waitsForWallets);
  }

  private static boolean isStopped(LaneStatus lane) {
    return lane.state() != LaneStatus.State.ACTIVE && lane.state() != LaneStatus.State.REGISTERING;
  }

  private Outcome outcome(boolean finished) {
    Summary summary = Summary.of(states());
    report.summary(summary, rows.values());
    return new Outcome(summary, finished);
  }

  private List<TransferState> states() {
    return rows.values().stream().map(TransferStatus::state).toList();
  }

  @Override
  public void changed(TransferStatus status) {
    news.add(
        submitter -> {
          if (rows.containsKey(status.key())) { // others belong to another file
            submitter.status(status.key()).ifPresent(this::update);
          }
        });
  }

  @Override
  public void sent(IdempotencyKey key, BroadcastEvidence evidence) {
    news.add(submitter -> report.sent(key, evidence));
  }

  @Override
  public void laneChanged(LaneStatus lane) {
    news.add(
        submitter -> {
          report.lane(lane);
          // After the lane was loaded again, changes may have gone untold.
          List.copyOf(rows.keySet()).forEach(key -> submitter.status(key).ifPresent(this::update));
        });
  }

  @Override
  public void trouble(String what) {
    news.add(submitter -> report.trouble(what));
  }

  /** Something that happened on another thread. */
  private interface News {
    void handle(IdempotentSubmitter submitter);
  }
}
