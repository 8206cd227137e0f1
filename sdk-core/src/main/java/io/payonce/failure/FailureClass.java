package io.payonce.failure;

/**
 * What a refusal means.
 *
 * @param rule id of the rule that decided, for logs; empty when none did
 */
public record FailureClass(FailureCode code, String rule) {
  static final FailureClass UNKNOWN = new FailureClass(FailureCode.UNKNOWN, "");

  /** The one step that this meaning may cause. */
  public SendAction action() {
    return code.action();
  }
}
