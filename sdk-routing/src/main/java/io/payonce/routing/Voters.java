package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumRule;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who must agree. Other voters are in force only after a delay, or when a person accepts them: who
 * can write the configuration must not be able to replace a quorum unnoticed. Thread-safe.
 */
final class Voters {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  private final Wiring wiring;

  @GuardedBy("this")
  private QuorumRule rule;

  @GuardedBy("this")
  private Optional<QuorumRule> next = Optional.empty();

  /** Counts proposals, so that the timer of an old one brings in no new one. */
  @GuardedBy("this")
  private int proposals;

  Voters(Wiring wiring, QuorumRule rule) {
    this.wiring = wiring;
    this.rule = rule;
  }

  synchronized QuorumRule rule() {
    return rule;
  }

  /** Who will vote, as far as it is known. */
  synchronized Set<Operator> next() {
    return next.orElse(rule).voters();
  }

  /** Takes another rule up, to be in force later. */
  void propose(QuorumRule proposed, Duration delay, Runnable whenInForce) {
    Set<Operator> before;
    int proposal;
    synchronized (this) {
      proposal = ++proposals;
      before = new TreeSet<>(rule.voters());
      next = proposed.equals(rule) ? Optional.empty() : Optional.of(proposed);
      if (next.isEmpty()) {
        return;
      }
    }
    LOG.warn(
        "chain {}: {} will vote in place of {}, in {} s or when a person accepts it",
        wiring.chainId,
        proposed.voters(),
        before,
        delay.toSeconds());
    wiring.announcer.tell(listener -> listener.votersProposed(before, proposed.voters()));
    wiring.later(delay.toNanos(), () -> inForce(proposal, "the delay is over", whenInForce));
  }

  /** Ends the wait; false when nothing waits. */
  boolean accept(String by, Runnable whenInForce) {
    int proposal;
    synchronized (this) {
      proposal = proposals;
    }
    return inForce(proposal, "accepted by " + by, whenInForce);
  }

  private boolean inForce(int proposal, String why, Runnable whenInForce) {
    Set<Operator> before;
    QuorumRule now;
    synchronized (this) {
      if (next.isEmpty() || proposal != proposals) {
        return false;
      }
      before = rule.voters();
      now = next.get();
      rule = now;
      next = Optional.empty();
    }
    LOG.warn("chain {}: {} vote in place of {}: {}", wiring.chainId, now.voters(), before, why);
    wiring.announcer.tell(listener -> listener.votersChanged(before, now.voters()));
    whenInForce.run();
    return true;
  }
}
