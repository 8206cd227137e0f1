package io.payonce.examples.simulate;

import io.payonce.BlockRef;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.submit.internal.Observation;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A payment that was in a block once only counts confirmations from there on; nobody looks whether
 * the block still stands, nor whether the nonce is still used at the final one.
 */
final class InclusionKeptAfterReorg implements Seams {
  @Override
  public LaneStep engine(LaneStep engine) {
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        if (event instanceof LaneEvent.Reorged) {
          return new LaneEvent.Woken();
        } else if (event instanceof LaneEvent.BlocksChecked checked) {
          Map<BlockRef, Boolean> kept = new LinkedHashMap<>(checked.canonical());
          kept.replaceAll((block, stands) -> true);
          return new LaneEvent.BlocksChecked(kept, checked.finalNumber());
        } else if (event instanceof LaneEvent.Observed observed) {
          Observation o = observed.observation();
          return new LaneEvent.Observed(
              new Observation(
                  o.head(),
                  o.finalBlock(),
                  o.countAtHead(),
                  Long.MAX_VALUE,
                  o.hasCode(),
                  o.claims(),
                  o.balances(),
                  o.unreadable(),
                  o.fees()));
        }
        return event;
      }
    };
  }
}
