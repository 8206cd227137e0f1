package io.payonce.examples.simulate;

/** The process dies here: unwinds to whoever drives time. Nothing may catch it and go on. */
final class Killed extends Error {
  private static final long serialVersionUID = 1L;

  Killed(Chaos.Point point) {
    super("killed at " + point, null, false, false);
  }
}
