package io.payonce.failure;

/** What a node's answer to a sent transaction may cause; nothing else. */
public enum SendAction {
  /** The same bytes again, another operator first. */
  RESEND_SAME,
  /** The same bytes after a pause. */
  WAIT_AND_RESEND,
  /** A legal fee bump at the same nonce. */
  REPLACE_SAME_NONCE,
  /** Ask the chain what became of the nonce; the text itself may be false. */
  CHECK_CHAIN,
  /** Resend from the lowest open nonce upwards. */
  FILL_LOWER_NONCES,
  /** Keep nonce and bytes until the wallet is funded. */
  HOLD_FUNDS,
  /** Keep the nonce; other operators first, then a person looks at the configuration. */
  HOLD_CONFIG,
  /** Keep the nonce; other operators first, then the cancel path at the same nonce. */
  HOLD_PAYLOAD,
  /** Another operator. */
  PROVIDER_FAULT,
  /** {@link #CHECK_CHAIN} and {@link #RESEND_SAME}, and a person sees the text. */
  UNKNOWN;

  /**
   * Whether it stops a payment until a person or the cancel path acts. Only words of a known client
   * or chain may cause this.
   */
  public boolean stopsPayment() {
    return this == HOLD_CONFIG || this == HOLD_PAYLOAD;
  }
}
