package io.payonce.failure;

/**
 * What a refusal means: a hint for the next step, never proof of what happened.
 *
 * @param action the one step that it may cause: that of the code, or {@link SendAction#UNKNOWN}
 *     where the words are not of a client whose meaning is certain
 * @param rule id of the rule that decided, for logs; empty when none did
 * @param evidence the field that decided and what it said, cut to {@value #MAX_EVIDENCE}
 *     characters; nothing in it is masked
 */
public record FailureClass(FailureCode code, SendAction action, String rule, String evidence) {
  static final int MAX_EVIDENCE = 256;

  public FailureClass {
    if (action != code.action() && action != SendAction.UNKNOWN) {
      throw new IllegalArgumentException(code + " may not cause " + action);
    }
    evidence = evidence.length() > MAX_EVIDENCE ? evidence.substring(0, MAX_EVIDENCE) : evidence;
  }

  /** Whether it speaks against the health of the endpoint that said it. */
  public boolean affectsHealth() {
    return code.affectsHealth();
  }

  /** How long the endpoint wants to be left alone. */
  public Throttle throttle() {
    return code.throttle();
  }
}
