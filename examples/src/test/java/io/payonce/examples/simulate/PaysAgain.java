package io.payonce.examples.simulate;

import io.payonce.SlotId;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import java.util.List;

/** The true engine beside a rule that calls some payments failed and queues them once more. */
abstract class PaysAgain extends PlantedStep {
  private final TwicePayable queue;
  private boolean queued;

  PaysAgain(LaneStep engine, TwicePayable queue) {
    super(engine);
    this.queue = queue;
  }

  /** The nonces whose payments the bug takes for failed now. */
  abstract List<SlotId> failed(List<LaneCommand> commands, Moment now);

  @Override
  LaneEvent before(LaneEvent event, Moment now) {
    if (queued && event instanceof LaneEvent.Woken) {
      queued = false;
      return new LaneEvent.MayHaveArrived();
    }
    return event;
  }

  @Override
  final List<LaneCommand> after(List<LaneCommand> commands, Moment now) {
    for (SlotId slot : failed(commands, now)) {
      queue.payAgain(slot, now.wall());
      queued = true;
    }
    return commands;
  }
}
