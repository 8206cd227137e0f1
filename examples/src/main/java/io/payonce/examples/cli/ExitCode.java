package io.payonce.examples.cli;

/** What the commands answer to a script. */
final class ExitCode {
  /** Every row is final and paid; for other commands: done. */
  static final int OK = 0;

  /** Finished, and not everything is paid. */
  static final int NOT_ALL_PAID = 1;

  /** Bad input or configuration: nothing was accepted or signed. */
  static final int BAD_INPUT = 2;

  /** Not finished: the same command again goes on. */
  static final int RUN_AGAIN = 3;

  private ExitCode() {}
}
