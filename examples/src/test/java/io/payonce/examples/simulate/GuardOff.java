package io.payonce.examples.simulate;

import io.payonce.rpc.Fact;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.submit.internal.Observation;
import java.util.Map;
import java.util.Optional;

/**
 * Nobody compares the journal with the chain before a nonce is given out: whoever counts by himself
 * goes on from his own number, whatever a second instance, a restored backup or a thief has used.
 */
final class GuardOff implements Seams {
  @Override
  public LaneStep engine(LaneStep engine) {
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        if (event instanceof LaneEvent.Observed observed && lane().isPresent()) {
          Observation o = observed.observation();
          return new LaneEvent.Observed(
              new Observation(
                  o.head(),
                  o.finalBlock(),
                  Math.min(o.countAtHead(), lane().get().nextNonce()),
                  o.countAtFinal(),
                  o.hasCode(),
                  Optional.of(new Fact.Claims(0, Map.of())),
                  o.balances(),
                  o.unreadable(),
                  o.fees()));
        }
        return event;
      }
    };
  }
}
