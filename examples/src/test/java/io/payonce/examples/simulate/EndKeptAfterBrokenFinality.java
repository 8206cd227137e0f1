package io.payonce.examples.simulate;

import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import java.util.List;
import java.util.OptionalLong;

/** What has ended is looked at no more: its block is final, and final is for ever. */
final class EndKeptAfterBrokenFinality implements Seams {
  @Override
  public LaneStep engine(LaneStep engine) {
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        return event instanceof LaneEvent.FinalsChecked
            ? new LaneEvent.FinalsChecked(List.of(), OptionalLong.empty())
            : event;
      }
    };
  }
}
