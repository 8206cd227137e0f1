package io.payonce.examples.cli;

/** Why a command ends: lines for a person, with cause and remedy, and the exit code. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private Refusal(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** The request or its surroundings have to change first. */
  static Refusal badInput(String message) {
    return new Refusal(ExitCode.BAD_INPUT, message);
  }

  /** The same command may succeed later. */
  static Refusal runAgain(String message) {
    return new Refusal(ExitCode.RUN_AGAIN, message);
  }

  int exitCode() {
    return exitCode;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
