package io.payonce.examples.simulate;

import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneEvent.Found;
import io.payonce.submit.internal.LaneEvent.Taker;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;

/**
 * Code that a wallet delegates to is not looked for where no transaction and no authorization took
 * a nonce. What it took is a contradiction then, which nobody can resolve.
 */
final class DelegatedCodeIgnored implements Seams {
  @Override
  public LaneStep engine(LaneStep engine) {
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        return event instanceof LaneEvent.ConsumersFound consumers
            ? new LaneEvent.ConsumersFound(
                consumers.found().stream().map(DelegatedCodeIgnored::blind).toList())
            : event;
      }
    };
  }

  private static Found blind(Found found) {
    return found.by() instanceof Taker.DelegatedCode
        ? new Found(found.nonce(), new Taker.Nobody(), found.block(), found.blockTime())
        : found;
  }
}
