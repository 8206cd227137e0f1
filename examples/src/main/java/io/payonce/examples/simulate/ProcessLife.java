package io.payonce.examples.simulate;

import io.payonce.testing.VirtualTime;

/** One life of a payment process, between start and crash. */
final class ProcessLife {
  private final VirtualTime.Process process;
  private boolean paused;
  private boolean cutOff;

  ProcessLife(VirtualTime.Process process) {
    this.process = process;
  }

  VirtualTime.Process process() {
    return process;
  }

  boolean isOver() {
    return process.isKilled();
  }

  /** Whether a host's call would get an answer now. */
  boolean isRunning() {
    return !paused && !process.isKilled();
  }

  void pause() {
    paused = true;
    process.pause();
  }

  void resume() {
    paused = false;
    process.resume();
  }

  /** Whether the way to the journal is closed. */
  boolean isCutOff() {
    return cutOff;
  }

  void cutOff(boolean now) {
    cutOff = now;
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
