package io.payonce.examples.simulate;

import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import java.util.List;
import java.util.Optional;

/** The true engine with something before it that changes events, and behind it, commands. */
abstract class PlantedStep implements LaneStep {
  private final LaneStep engine;

  PlantedStep(LaneStep engine) {
    this.engine = engine;
  }

  @Override
  public final List<LaneCommand> step(LaneEvent event, Moment now) {
    LaneEvent planted =
        event instanceof LaneEvent.Several several
            ? new LaneEvent.Several(
                several.events().stream().map(each -> before(each, now)).toList())
            : before(event, now);
    return after(engine.step(planted, now), now);
  }

  @Override
  public final Optional<StoredLane> lane() {
    return engine.lane();
  }

  LaneEvent before(LaneEvent event, Moment now) {
    return event;
  }

  List<LaneCommand> after(List<LaneCommand> commands, Moment now) {
    return commands;
  }

  /** What is about to be committed. */
  static List<JournalChange> changes(List<LaneCommand> commands) {
    return commands.stream()
        .filter(LaneCommand.Commit.class::isInstance)
        .flatMap(commit -> ((LaneCommand.Commit) commit).changes().stream())
        .toList();
  }

  /** Makes the engine take what the bug wrote into the journal. */
  static LaneEvent loadAgain() {
    return new LaneEvent.CommitFailed("planted");
  }
}
