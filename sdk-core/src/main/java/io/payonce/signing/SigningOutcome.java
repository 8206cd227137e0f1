package io.payonce.signing;

import io.payonce.SignedTransaction;

/** A signer's answer. */
public sealed interface SigningOutcome {
  /** The signed transaction. The engine decodes and compares it before it counts. */
  record Signed(SignedTransaction transaction) implements SigningOutcome {}

  /** A real refusal: this call signed nothing and the same request will be refused again. */
  record Refused(SigningCode code, String reason) implements SigningOutcome {}

  /**
   * No answer for now; the same request is tried again.
   *
   * @param mayHaveSigned whether signed bytes may exist somewhere
   */
  record Unavailable(SigningCode code, String reason, boolean mayHaveSigned)
      implements SigningOutcome {}
}
