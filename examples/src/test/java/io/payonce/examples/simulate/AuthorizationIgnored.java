package io.payonce.examples.simulate;

import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneEvent.Taker;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;

/**
 * Only transactions of the wallet are looked for where its count has passed a nonce, as before
 * EIP-7702. A nonce that an authorization took is then never explained, and its payment waits for
 * ever.
 */
final class AuthorizationIgnored implements Seams {
  @Override
  public LaneStep engine(LaneStep engine) {
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        return event instanceof LaneEvent.ConsumersFound consumers
            ? new LaneEvent.ConsumersFound(
                consumers.found().stream()
                    .filter(found -> !(found.by() instanceof Taker.Authorized))
                    .toList())
            : event;
      }
    };
  }
}
