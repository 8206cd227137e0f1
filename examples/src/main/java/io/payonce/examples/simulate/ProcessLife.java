package io.payonce.examples.simulate;

import io.payonce.testing.VirtualTime;

/** One life of the payment process, between start and crash. */
final class ProcessLife {
  private final VirtualTime.Process process;

  ProcessLife(VirtualTime.Process process) {
    this.process = process;
  }

  VirtualTime.Process process() {
    return process;
  }

  boolean isOver() {
    return process.isKilled();
  }

  /** A dead process touches nothing any more, whatever its stack still holds. */
  void check() {
    if (process.isKilled()) {
      throw new Killed(Chaos.Point.LOAD);
    }
  }

  /** Signal 9, now. */
  Killed kill(Chaos.Point point) {
    process.kill();
    return new Killed(point);
  }
}
