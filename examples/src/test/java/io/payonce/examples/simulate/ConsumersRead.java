package io.payonce.examples.simulate;

import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneEvent.Found;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;

/** The true engine that is told something else about what took a nonce. */
abstract class ConsumersRead extends PlantedStep {
  ConsumersRead(LaneStep engine) {
    super(engine);
  }

  abstract Found read(Found found);

  @Override
  final LaneEvent before(LaneEvent event, Moment now) {
    return event instanceof LaneEvent.ConsumersFound consumers
        ? new LaneEvent.ConsumersFound(consumers.found().stream().map(this::read).toList())
        : event;
  }
}
