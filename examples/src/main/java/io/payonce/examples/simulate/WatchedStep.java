package io.payonce.examples.simulate;

import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import java.util.List;
import java.util.Optional;

/** The engine, with the judge looking at what it was told and at what it then gives out. */
final class WatchedStep implements LaneStep {
  private final LaneStep engine;
  private final Judge judge;
  private long used;

  WatchedStep(LaneStep engine, Judge judge) {
    this.engine = engine;
    this.judge = judge;
  }

  @Override
  public List<LaneCommand> step(LaneEvent event, Moment now) {
    hears(event);
    List<LaneCommand> commands = engine.step(event, now);
    for (LaneCommand command : commands) {
      if (command instanceof LaneCommand.Commit commit) {
        commit.changes().forEach(this::binds);
      }
    }
    return commands;
  }

  private void hears(LaneEvent event) {
    if (event instanceof LaneEvent.Several several) {
      several.events().forEach(this::hears);
    } else if (event instanceof LaneEvent.Observed observed) {
      used = observed.observation().countAtHead();
    } else if (event instanceof LaneEvent.Reorged) {
      used = 0;
    }
  }

  private void binds(JournalChange change) {
    if (change instanceof JournalChange.SlotBound bound) {
      judge.require(
          bound.slot().nonce() >= used,
          "I12 nothing is bound while the journal is behind the chain",
          bound.slot() + " is given out, a quorum said that " + used + " nonces are used");
    }
  }

  @Override
  public Optional<StoredLane> lane() {
    return engine.lane();
  }
}
