package io.payonce.submit;

/** What a request to speed up led to. */
public enum SpeedUpResult {
  /** A replacement with higher fees is being signed. */
  STARTED,
  /** The fee limits leave no legal replacement. */
  AT_CAP,
  /** No transaction is out yet, or the fee market is not known yet. */
  NOT_EXPOSED_YET,
  /** It is in a block already. */
  ALREADY_INCLUDED,
  /** A cancel runs; no payment is added to its nonce any more. */
  CANCEL_IN_PROGRESS,
  UNKNOWN_KEY
}
