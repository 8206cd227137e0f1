package io.payonce.routing.web3j;

import io.payonce.rpc.QuorumResult;
import java.io.IOException;

/**
 * Too few of the configured operators gave the same answer to a question that moves money. The
 * answer is not known: neither "absent" nor "zero" follows from it. Nothing was changed.
 */
public final class QuorumUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int required;
  private final int configured;
  private final boolean conflict;

  QuorumUnavailableException(String question, QuorumResult.Unavailable<?> result) {
    super(
        "quorum unavailable for "
            + question
            + ": "
            + result.required()
            + " of "
            + result.configured()
            + " operators must agree"
            + (result.conflict() ? ", and they contradict each other: " : ": ")
            + result.reason());
    this.required = result.required();
    this.configured = result.configured();
    this.conflict = result.conflict();
  }

  /** How many operators must agree. */
  public int required() {
    return required;
  }

  /** How many operators vote. */
  public int configured() {
    return configured;
  }

  /** Whether operators contradicted each other; otherwise too few answered. */
  public boolean conflict() {
    return conflict;
  }
}
