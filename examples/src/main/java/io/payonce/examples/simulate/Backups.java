package io.payonce.examples.simulate;

import io.payonce.LaneId;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.submit.Actor;
import io.payonce.testing.MemoryTransferStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * In some runs the journal is lost and an old backup is put back. The operators follow the runbook
 * of the journal: all processes are stopped, one is started, which is told; bytes that the backup
 * does not know are waited for, then their nonces are filled; what hosts were told to be unpaid is
 * cancelled again; the wallets are resumed; the others start. Hosts repeat the keys that are gone,
 * some too early, and decide on no refund before the end of it.
 */
final class Backups {
  static final Actor OPERATOR = new Actor("dba");
  static final String REASON = "an old backup";

  /** One run of so many. */
  private static final int RUNS = 6;

  private static final Duration ROUND = Duration.ofSeconds(7);

  private final Simulation sim;
  private final SplittableRandom dice;
  private final boolean planned;
  private final LostNonces lost;

  /** The wallets that the first process has taken on, as far as its operators saw. */
  private final Set<LaneId> frozen = new HashSet<>(); // never iterated

  private @Nullable MemoryTransferStore backup;
  private boolean down;
  private boolean recovering;
  private boolean happened;

  Backups(Simulation sim, SplittableRandom dice) {
    this.sim = sim;
    this.dice = dice;
    this.planned = dice.nextInt(RUNS) == 0;
    this.lost = new LostNonces(sim, OPERATOR, REASON);
  }

  /** Whether this is such a run. */
  boolean isPlanned() {
    return planned;
  }

  /** Whether the journal is, or was, an old one. */
  boolean hasHappened() {
    return happened;
  }

  /** Whether no process may run. */
  boolean isDown() {
    return down;
  }

  /** Whether the journal is old, as far as its operators know. */
  boolean isRecovering() {
    return recovering;
  }

  void plan() {
    if (!planned) {
      return;
    }
    Duration made = Simulation.moment(dice).multipliedBy(2).dividedBy(3).plusSeconds(5);
    Duration age = Duration.ofMillis(500 + dice.nextInt(40_000));
    sim.time().after(made, this::make);
    sim.time()
        .after(
            made.plus(age),
            () -> {
              MemoryTransferStore old = backup;
              String which = "of " + made.toMillis() + " ms, " + age.toMillis() + " ms old";
              if (old != null && sim.chaos().happens("journal/OLD_BACKUP", which)) {
                restore(old);
              }
            });
  }

  /** One of an empty journal is none: nothing in it says what a wallet has done. */
  private void make() {
    if (sim.journal().lanes().size() == sim.lanes().size()) {
      backup = sim.journal().copy();
      sim.deliveries().backedUp();
    }
  }

  private void restore(MemoryTransferStore old) {
    down = true;
    recovering = true;
    happened = true;
    sim.stopAll();
    lost.lose(() -> sim.journal().restore(old));
    sim.deliveries().restored();
    sim.judge().restored();
    sim.users().restored();
    sim.groups().restored();
    sim.time()
        .after(
            Duration.ofMillis(1_000 + dice.nextInt(25_000)),
            () -> {
              down = false;
              sim.startAll();
            });
    sim.time().after(ROUND, this::operate);
  }

  private void operate() {
    List<LaneId> lanes = sim.lanes();
    lanes.stream().filter(lane -> lane(lane).state() == LaneState.FROZEN).forEach(frozen::add);
    boolean active = lanes.stream().allMatch(lane -> lane(lane).state() == LaneState.ACTIVE);
    if (active && frozen.containsAll(lanes)) {
      recovering = false;
      sim.chaos().count("user/RECOVERED_JOURNAL");
      sim.startAll();
      return;
    }
    sim.time().after(ROUND, this::operate); // first: the process that is asked may die of it
    if (down) {
      return;
    }
    lost.recover();
  }

  private StoredLane lane(LaneId lane) {
    return sim.medium().lane(lane).orElseThrow();
  }
}
