package io.payonce.testing;

/**
 * What a provider can do wrong. Lies are the same for all providers that tell them at one moment,
 * so that two liars agree.
 */
public enum ProviderFault {
  /** Connection refused; no byte left. */
  DEAD,
  /** Never answers and does nothing. */
  HANG,
  /** HTTP 503; in half of the cases the request was carried out all the same. */
  SERVER_ERROR,
  /** HTTP 429 with Retry-After; nothing was carried out. */
  THROTTLED,
  /** The request disappears on its way; the caller sees a timeout. */
  LOST_REQUEST,
  /** The request is carried out, its reply disappears; the caller sees a timeout. */
  LOST_REPLY,
  /** Answers later by {@link ProviderFaults#slowBy()}. */
  SLOW,
  /** The request arrives twice; the first reply is delivered. */
  DUPLICATE_DELIVERY,
  /** The elements of a batch are answered in another order. */
  REORDERED_BATCH,
  /** Answers as of {@link ProviderFaults#lagBlocks()} before its head. */
  LAGGING,
  /** Takes a transaction and names another hash. */
  WRONG_SEND_HASH,
  /** Takes a transaction and says that it never can be taken. */
  FATAL_TEXT,
  /** Transaction counts one too high. */
  NONCE_TOO_HIGH,
  /** Transaction counts one too low. */
  NONCE_TOO_LOW,
  /** Pending transaction counts seven too high. */
  WRONG_PENDING,
  /** A success where there is none; a failure where there is success. */
  FAKE_RECEIPT,
  /** No receipt where there is one. */
  MISSING_RECEIPT,
  /** Blocks under another hash. */
  OTHER_BLOCK_HASH,
  /** The latest block as safe and as finalized. */
  WRONG_FINALIZED,
  /** Another chain id. */
  WRONG_CHAIN_ID,
  /** A thousand times what is there, in coins and tokens. */
  INFLATED_BALANCE,
  /** 21,000 gas for everything. */
  LOW_GAS_ESTIMATE,
  /** A suggested priority fee a thousand times too high. */
  HUGE_TIP,
  /**
   * Takes a transaction, and says each time that its gas or its size rules it out everywhere: the
   * texts that cancel a payment when every operator says so.
   */
  PAYLOAD_TEXT;

  /** Whether it happens to the exchange as a whole, before any answer. */
  boolean isTransport() {
    return compareTo(DUPLICATE_DELIVERY) <= 0;
  }
}
