package io.payonce.submit.internal;

import io.payonce.rpc.Fact;
import io.payonce.submit.internal.LaneReads.Counts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the nonces of a wallet begin that the journal does not know yet. A quiet wallet is taken on
 * at once. One with transactions under way is taken on above them, once a later head names no
 * higher nonce: while a block is made, a pool may have dropped what its node does not count yet. A
 * lone higher claim delays it as it delays binding. Confined.
 */
final class Registration {
  /** As many as {@code TransferStore.registerLane} takes in. */
  private static final int MAX_HELD = 1_000;

  private final LoneClaims loneClaims = new LoneClaims();
  private final List<String> news = new ArrayList<>();
  private Optional<Long> highest = Optional.empty();
  private long highestSince;
  private boolean hadPending;

  /**
   * The first nonces of a lane.
   *
   * @param firstNonce nonces below it are used for good
   * @param nextNonce nonces from {@code firstNonce} up to it are held by foreign transactions
   */
  record Start(long firstNonce, long nextNonce) {}

  Optional<Start> start(Counts counts, long head) {
    long included = counts.included();
    Fact.Claims pending = counts.pending();
    long claimed = Math.max(included, pending.agreed());
    loneClaims.hear(pending.byOperator(), head, claimed).ifPresent(news::add);
    if (highest.isEmpty() || claimed > highest.get()) {
      highest = Optional.of(claimed);
      highestSince = head;
    }
    long next = highest.get();
    if (next > included && !hadPending) {
      hadPending = true;
      news.add(
          "LANE_HAS_PENDING: pools hold transactions of this wallet up to nonce "
              + (next - 1)
              + " that this journal did not send; their nonces are not used");
    }
    boolean settled = !hadPending || head > highestSince;
    return settled && !loneClaims.delaysBinding()
        ? Optional.of(new Start(first(counts, next), next))
        : Optional.empty();
  }

  /**
   * A block that is not final may go, and what was in it: its nonces are watched like those of
   * pools. Of more than a journal takes in, the oldest are trusted to stay.
   */
  private static long first(Counts counts, long next) {
    long held = Math.max(next - counts.included(), MAX_HELD);
    return Math.min(counts.included(), Math.max(counts.atFinal(), next - held));
  }

  /** What a person should know, once. */
  List<String> news() {
    List<String> told = List.copyOf(news);
    news.clear();
    return told;
  }
}
