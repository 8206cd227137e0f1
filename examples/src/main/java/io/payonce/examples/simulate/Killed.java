package io.payonce.examples.simulate;

/**
 * The process dies here. Whoever catches it reaches nothing any more: journal, signers and client
 * throw it again, and no task or timer of the process runs.
 */
final class Killed extends Error {
  private static final long serialVersionUID = 1L;

  Killed(Chaos.Point point) {
    super("killed at " + point, null, false, false);
  }
}
