package io.payonce.submit;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How the engine paces itself. The defaults suit a wallet that pays all day.
 *
 * @param maxInFlight open nonces per lane, 1 to 1,000; 16 is what pools guarantee to keep per
 *     sender
 * @param bumpWindow how many of the lowest open nonces may be replaced, 1 to 64; raising the fee of
 *     a transaction that waits behind another burns money
 * @param stuckAfter time without inclusion after which the fee is looked at, at least one second
 * @param resendAfter first pause before the same bytes are sent again, 100 ms to 60 s; doubles to
 *     15 s
 * @param holdRetry pause before a held transfer is looked at again
 * @param pollInterval pause between looks at the chain
 * @param bindBatch payments that take their nonces in one commit, 1 to 500; commits are scarce
 * @param linger how long payments that could take a nonce wait for others that are being checked
 *     right now, zero to 50 ms
 * @param sendWindow transactions of a lane that no node has taken yet, above which nothing is sent,
 *     1 to 1,000
 * @param sendBatch transactions of a lane in one call to the nodes, 1 to 500
 * @param ageing a payment that waits counts as one priority higher each time that so long has
 *     passed, so that bulk never starves, 1 s to 24 h
 * @param rawRetention how long the journal keeps signed bytes after their nonce is final, 1 d to
 *     3,650 d; 90 d is longer than any reorganisation or dispute about a transfer was. Then they
 *     go, some at a time; hashes, fields, verdicts and history stay for ever
 * @param signTimeout how long a signer may take until it is asked the same again, with the same
 *     request; a late answer still counts. 30 s, 1 s to 7 d: longer where people approve
 */
public record SubmissionSettings(
    int maxInFlight,
    int bumpWindow,
    Duration stuckAfter,
    Duration resendAfter,
    Duration holdRetry,
    Duration pollInterval,
    int bindBatch,
    Duration linger,
    int sendWindow,
    int sendBatch,
    Duration ageing,
    Duration rawRetention,
    Duration signTimeout) {
  public SubmissionSettings {
    range("maxInFlight", maxInFlight, 1, 1000);
    range("bumpWindow", bumpWindow, 1, 64);
    range("stuckAfter", stuckAfter, Duration.ofSeconds(1), Duration.ofHours(24));
    range("resendAfter", resendAfter, Duration.ofMillis(100), Duration.ofSeconds(60));
    range("holdRetry", holdRetry, Duration.ofMillis(100), Duration.ofHours(1));
    range("pollInterval", pollInterval, Duration.ofMillis(50), Duration.ofSeconds(60));
    range("bindBatch", bindBatch, 1, 500);
    range("linger", linger, Duration.ZERO, Duration.ofMillis(50));
    range("sendWindow", sendWindow, 1, 1000);
    range("sendBatch", sendBatch, 1, 500);
    range("ageing", ageing, Duration.ofSeconds(1), Duration.ofHours(24));
    range("rawRetention", rawRetention, Duration.ofDays(1), Duration.ofDays(3650));
    range("signTimeout", signTimeout, Duration.ofSeconds(1), Duration.ofDays(7));
  }

  /**
   * The same with the default batches, which are 64 a commit after 2 ms, a window of 16 and 100 a
   * call, with an ageing of 5 min, a retention of 90 d, and 30 s for a signer.
   */
  public SubmissionSettings(
      int maxInFlight,
      int bumpWindow,
      Duration stuckAfter,
      Duration resendAfter,
      Duration holdRetry,
      Duration pollInterval) {
    this(
        maxInFlight,
        bumpWindow,
        stuckAfter,
        resendAfter,
        holdRetry,
        pollInterval,
        64,
        Duration.ofMillis(2),
        16,
        100,
        Duration.ofMinutes(5),
        Duration.ofDays(90),
        Duration.ofSeconds(30));
  }

  /** The defaults for a chain with this time between blocks. */
  public static SubmissionSettings forBlockTime(Duration blockTime) {
    return new SubmissionSettings(
        16,
        4,
        max(blockTime.multipliedBy(3), Duration.ofSeconds(30)),
        max(blockTime.multipliedBy(3).dividedBy(2), Duration.ofSeconds(2)),
        max(blockTime.multipliedBy(3), Duration.ofSeconds(5)),
        min(max(blockTime.dividedBy(2), Duration.ofMillis(250)), Duration.ofSeconds(4)));
  }

  public SubmissionSettings withMaxInFlight(int limit) {
    return with(copy -> copy.maxInFlight = limit);
  }

  public SubmissionSettings withBinding(int bindBatch, Duration linger) {
    return with(
        copy -> {
          copy.bindBatch = bindBatch;
          copy.linger = linger;
        });
  }

  public SubmissionSettings withSending(int sendWindow, int sendBatch) {
    return with(
        copy -> {
          copy.sendWindow = sendWindow;
          copy.sendBatch = sendBatch;
        });
  }

  public SubmissionSettings withAgeing(Duration ageing) {
    return with(copy -> copy.ageing = ageing);
  }

  public SubmissionSettings withRawRetention(Duration rawRetention) {
    return with(copy -> copy.rawRetention = rawRetention);
  }

  public SubmissionSettings withSignTimeout(Duration signTimeout) {
    return with(copy -> copy.signTimeout = signTimeout);
  }

  private SubmissionSettings with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return new SubmissionSettings(
        copy.maxInFlight,
        bumpWindow,
        stuckAfter,
        resendAfter,
        holdRetry,
        pollInterval,
        copy.bindBatch,
        copy.linger,
        copy.sendWindow,
        copy.sendBatch,
        copy.ageing,
        copy.rawRetention,
        copy.signTimeout);
  }

  /** What may be changed of settings. */
  private static final class Copy {
    private int maxInFlight;
    private int bindBatch;
    private Duration linger;
    private int sendWindow;
    private int sendBatch;
    private Duration ageing;
    private Duration rawRetention;
    private Duration signTimeout;

    Copy(SubmissionSettings of) {
      this.maxInFlight = of.maxInFlight;
      this.bindBatch = of.bindBatch;
      this.linger = of.linger;
      this.sendWindow = of.sendWindow;
      this.sendBatch = of.sendBatch;
      this.ageing = of.ageing;
      this.rawRetention = of.rawRetention;
      this.signTimeout = of.signTimeout;
    }
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static <T extends Comparable<T>> void range(String field, T value, T least, T most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(field + " " + value + " must be " + least + " to " + most);
    }
  }
}
