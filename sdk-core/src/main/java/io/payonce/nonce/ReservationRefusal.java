package io.payonce.nonce;

import io.payonce.UnsignedTransaction;
import java.util.Set;

/** Why a step of a {@link Reservation} was refused. Stable: hosts match on the names. */
public enum ReservationRefusal {
  /** A person paused the wallet, or its signing. */
  LANE_PAUSED,
  /** An incident froze the wallet. */
  LANE_FROZEN,
  /** The submitter drains or leaves: ask another instance, or this one once it is started again. */
  CLOSING,
  /** No quorum has told where the wallet's nonces stand, or somebody claims more: ask again. */
  CHAIN_UNKNOWN,
  /** As many nonces are out as the wallet may have out: ask again when one is mined. */
  IN_FLIGHT_LIMIT,
  /** The nonce is not held under this name any more: it was given back, or its life ended. */
  NOT_HELD,
  /** A transaction was intended for the nonce: it is never given back. */
  INTENDED,
  /** No transaction was intended for the nonce: intend it first. */
  NOT_INTENDED,
  /** Another transaction was intended for the nonce, and stays the only one. */
  ANOTHER_TRANSACTION,
  /** The transaction cannot be of this nonce: chain, nonce, sender, type or gas limit. */
  WRONG_TRANSACTION,
  /**
   * The chain has a transaction of the key that pays the same, which this journal never asked for:
   * it may be this one, sent before an old backup was restored. Say that it is another one, by
   * {@link Reservation#intend(UnsignedTransaction, Set)}, or release the nonce.
   */
  POSSIBLE_DUPLICATE,
  /** It may cost more than the wallet's fee policy allows for one transaction. */
  FEE_CAP,
  /** The wallet has less, beyond what it has promised, than the transaction may cost. */
  FUNDS_SHORT,
  /** A transaction of this nonce is on the chain or in the pools, and nobody has said whose. */
  NONCE_IN_USE
}
