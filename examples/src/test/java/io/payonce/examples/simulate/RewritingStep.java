package io.payonce.examples.simulate;

import io.payonce.store.JournalChange;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import java.util.List;

/**
 * The true engine whose commits are changed on their way to the journal. It then loads what was
 * really committed, so that the bug is in the journal and nowhere else.
 */
abstract class RewritingStep extends PlantedStep {
  private boolean rewritten;

  RewritingStep(LaneStep engine) {
    super(engine);
  }

  /** The changes to commit instead; the same list when there is nothing to change. */
  abstract List<JournalChange> rewrite(List<JournalChange> changes, Moment now);

  @Override
  final LaneEvent before(LaneEvent event, Moment now) {
    boolean load = rewritten && event instanceof LaneEvent.Committed;
    if (load) {
      rewritten = false;
    }
    return load ? loadAgain() : event;
  }

  @Override
  final List<LaneCommand> after(List<LaneCommand> commands, Moment now) {
    return commands.stream().map(command -> after(command, now)).toList();
  }

  private LaneCommand after(LaneCommand command, Moment now) {
    if (command instanceof LaneCommand.Commit commit) {
      List<JournalChange> changes = rewrite(commit.changes(), now);
      rewritten = !changes.equals(commit.changes());
      return new LaneCommand.Commit(commit.epoch(), changes, commit.at());
    }
    return command;
  }
}
