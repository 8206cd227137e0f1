package io.payonce.examples.simulate;

import io.payonce.Bytes;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.testing.SimulatedPayment;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Block producers who kept what others have replaced. In some runs a reorganisation, aimed at a
 * block that is not final, mines other bytes of the same nonce in the place of those that had won:
 * the payment instead of its cancel, the first attempt instead of its replacement, or the other way
 * round. Whoever takes one confirmation for the end has paid by then what was refunded.
 */
final class Rivals {
  /** One run of so many. */
  private static final int RUNS = 3;

  /** The most in one run. */
  private static final int MOST = 3;

  private static final Duration ROUND = Duration.ofSeconds(4);

  private final Simulation sim;
  private final SplittableRandom dice;
  private int left;

  Rivals(Simulation sim, SplittableRandom dice) {
    this.sim = sim;
    this.dice = dice;
    this.left = dice.nextInt(RUNS) == 0 ? MOST : 0;
  }

  void plan() {
    if (left > 0) {
      sim.time().after(ROUND, this::look);
    }
  }

  private void look() {
    if (sim.chaos().isOver()) {
      return;
    }
    for (LaneId lane : sim.lanes()) {
      if (left > 0 && dice.nextBoolean()) { // else it strikes a block later, and deeper
        strike(lane);
      }
    }
    if (left > 0) {
      sim.time().after(ROUND, this::look);
    }
  }

  private void strike(LaneId lane) {
    long finalized = sim.chain().finalizedHead().number();
    List<SimulatedPayment> sent = sim.chain().canonicalTransactions(lane.address());
    for (int i = sent.size() - 1; i >= 0 && sent.get(i).block().number() > finalized; i--) {
      SimulatedPayment mined = sent.get(i);
      List<Bytes> others = others(new SlotId(lane, mined.nonce()), mined.hash());
      if (!others.isEmpty()) {
        Bytes instead = others.get(dice.nextInt(others.size()));
        String which = lane + "#" + mined.nonce() + " " + sim.chain().head().number();
        if (sim.chaos().happens("chain/REORG_TO_RIVAL", which)) {
          left--;
          sim.chain().reorgInstead(mined.hash(), instead);
        }
        return;
      }
    }
  }

  /** What else was signed for this nonce, as far as the journal has it. */
  private List<Bytes> others(SlotId slot, TransactionHash mined) {
    return sim.medium().slot(slot).stream()
        .flatMap(found -> found.attempts().stream())
        .flatMap(attempt -> attempt.signed().stream())
        .filter(signed -> !signed.hash().equals(mined))
        .map(SignedTransaction::raw)
        .toList();
  }
}
