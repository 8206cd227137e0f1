package io.payonce.examples.simulate;

import io.payonce.Bytes;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.submit.Actor;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * In some runs the journal fails over to a replica that is behind: the newest commits are gone,
 * under processes that live on and know more than the journal does. Epochs, nonces and numbers of
 * payments are given out twice then. Often every pool is emptied with it, and bytes that only the
 * lost journal knew come back later. Nobody is told; operators look after the wallets that freeze,
 * and hosts repeat the keys that are gone.
 */
final class FailOvers {
  private static final Actor OPERATOR = new Actor("dba");

  /** One run of so many. */
  private static final int RUNS = 5;

  private static final Duration ROUND = Duration.ofSeconds(7);

  private final Simulation sim;
  private final SplittableRandom dice;
  private final boolean planned;
  private final LostNonces lost;
  private @Nullable MemoryTransferStore replica;
  private boolean happened;
  private boolean recovered;

  FailOvers(Simulation sim, SplittableRandom dice) {
    this.sim = sim;
    this.dice = dice;
    this.planned = !sim.backups().isPlanned() && dice.nextInt(RUNS) == 0;
    this.lost = new LostNonces(sim, OPERATOR, "failed over");
  }

  /** Whether this is such a run. */
  boolean isPlanned() {
    return planned;
  }

  /** Whether frozen wallets are looked after by the operators of the journal. */
  boolean hasHappened() {
    return happened;
  }

  /** Whether whoever starts is told, as it saw nothing of the lost journal. */
  boolean isRecovering() {
    return happened && !recovered;
  }

  void plan() {
    if (!planned) {
      return;
    }
    Duration at = Simulation.moment(dice).multipliedBy(2).dividedBy(3).plusSeconds(5);
    Duration behind = Duration.ofMillis(20 + dice.nextInt(dice.nextBoolean() ? 1_000 : 15_000));
    sim.time().after(at, this::replicate);
    sim.time()
        .after(
            at.plus(behind),
            () -> {
              MemoryTransferStore copy = replica;
              String which = "at " + at.toMillis() + " ms, " + behind.toMillis() + " ms behind";
              if (copy != null && sim.chaos().happens("journal/FAILED_OVER", which)) {
                failOver(copy);
              }
            });
  }

  /** One that does not know a wallet says nothing of it; whoever starts then registers it anew. */
  private void replicate() {
    if (sim.journal().lanes().size() == sim.lanes().size()) {
      replica = sim.journal().copy();
      sim.deliveries().backedUp();
    }
  }

  private void failOver(MemoryTransferStore copy) {
    happened = true;
    List<Bytes> known = signed();
    lost.lose(() -> sim.journal().restore(copy));
    known.removeAll(signed());
    sim.deliveries().failedOver();
    sim.judge().failedOver();
    sim.users().restored();
    for (ProcessLife process : sim.processes()) {
      process.cutOff(true);
      sim.time().after(Duration.ofMillis(dice.nextInt(3_000)), () -> process.cutOff(false));
    }
    if (dice.nextInt(3) > 0) {
      sim.chain().wipePools();
      known.forEach(this::comesBack);
    }
    sim.time().after(ROUND, this::operate);
  }

  /** Everything signed that the journal has now. */
  private List<Bytes> signed() {
    List<Bytes> all = new ArrayList<>();
    for (LaneId lane : sim.lanes()) {
      sim.journal().openSlots(lane).stream()
          .flatMap(slot -> slot.attempts().stream())
          .map(StoredAttempt::signed)
          .flatMap(bytes -> bytes.map(SignedTransaction::raw).stream())
          .forEach(all::add);
    }
    return all;
  }

  private void comesBack(Bytes bytes) {
    if (dice.nextInt(3) > 0) {
      sim.time()
          .after(
              Duration.ofMillis(dice.nextInt(40_000)),
              () -> {
                sim.chaos().count("chain/LOST_BYTES_CAME_BACK");
                var unused = sim.chain().injectForeign(bytes);
              });
    }
  }

  private void operate() {
    sim.time().after(ROUND, this::operate); // first: the process that is asked may die of it
    boolean active = sim.lanes().stream().allMatch(lane -> lane(lane).state() == LaneState.ACTIVE);
    recovered |= active && lost.isPast();
    if (!active) {
      lost.recover();
    } else {
      sim.users().closedButOpen().forEach(sim.users()::cancelUnlessHeld);
    }
  }

  private StoredLane lane(LaneId lane) {
    return sim.medium().lane(lane).orElseThrow();
  }
}
