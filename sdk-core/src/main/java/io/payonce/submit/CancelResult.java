package io.payonce.submit;

/** What a request to cancel led to. */
public sealed interface CancelResult {
  /** No nonce was taken: the transfer is rejected and safe to refund. */
  record RejectedBeforeBinding() implements CancelResult {}

  /** A cancel races with the payment for the nonce; nobody knows who wins until it is final. */
  record Racing() implements CancelResult {}

  /** The payment is in a block or ended. */
  record TooLate(String state) implements CancelResult {}

  /**
   * Nothing changed; ask again. A cancel would cost more than the fee limits allow, the fee market
   * is not known yet, or the chain may have paid it: the journal is behind the chain or not
   * compared with it yet, or an orphan is like it.
   */
  record NotNow(String reason) implements CancelResult {}

  /** The journal has no such key; a transaction of the host that is still open may have one. */
  record UnknownKey() implements CancelResult {}
}
