package io.payonce.nonce;

import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A nonce of a wallet that is a host's, for one transaction of its own: a contract call, an
 * approval, a sweep. So it leaves from the wallet that Payonce pays from, and the journal stays the
 * only authority for the wallet's nonces.
 *
 * <pre>{@code
 * Reservation held = submitter.nonces().reserve(lane, "approve-7", actor, "approval").join();
 * UnsignedTransaction tx = approval(held.status().slot().nonce());
 * held.intend(tx).join();                     // stored: from here on the nonce is for tx alone
 * SignedTransaction bytes = hostSigner.sign(tx);
 * held.signed(bytes).join();                  // stored, then sent until it is mined
 * }</pre>
 *
 * <p>Its life is short, as the payments above it wait: a nonce for which nothing was intended in
 * time is given back. Once a transaction was intended it is never given back, however long its
 * bytes take; {@link LaneStatus#blockedBy} names it while it holds up the wallet, and {@link
 * NonceManager#fill} lets a transfer of nothing race with it. Payonce never changes or replaces the
 * transaction, whatever its fee.
 *
 * <p>After a crash the same name finds it again, {@link NonceManager#reserve} as well as {@link
 * NonceManager#reservation}, and every step may be repeated: the same step again changes nothing.
 *
 * <p>Thread-safe; works on every instance. Steps fail with {@link ReservationRefusedException},
 * which is an {@link IllegalStateException}, when they are refused, and with {@code
 * StoreUnavailableException} when the journal does not confirm; then repeat them.
 */
public interface Reservation {
  /** For how long a nonce waits for its transaction: long enough to ask a person or an HSM. */
  Duration DEFAULT_LIFE = Duration.ofMinutes(2);

  /** The shortest life. */
  Duration SHORTEST_LIFE = Duration.ofSeconds(1);

  /** The longest life: for so long a holder that forgot its nonce may stop the wallet. */
  Duration LONGEST_LIFE = Duration.ofHours(1);

  /** Of transactions that are named as others: after an old backup a person looks at each. */
  int MOST_OTHERS = 64;

  /** Where it stands, by the journal alone. Blocking and short. */
  ReservationStatus status();

  /**
   * Stores the transaction before anybody signs it. It has the chain and the nonce of the
   * reservation, and costs no more than the wallet's fee policy allows and the wallet has beyond
   * its promises; its worst fee counts in the fees of the hour.
   */
  default CompletableFuture<ReservationStatus> intend(UnsignedTransaction transaction) {
    return intend(transaction, Set.of());
  }

  /**
   * The same, for a transaction that is another one than some that pay the same and that the
   * journal never asked for; those without such word are refused as {@link
   * ReservationRefusal#POSSIBLE_DUPLICATE}, which names them.
   *
   * @param others transactions of the chain of which a person or rule knows that they are not this
   *     one; at most {@value #MOST_OTHERS}
   */
  CompletableFuture<ReservationStatus> intend(
      UnsignedTransaction transaction, Set<TransactionHash> others);

  /**
   * Hands in the bytes of what was intended: every field equal, signed by the wallet's key. They
   * are stored before the first node sees them; then they are sent, and sent again, until a block
   * has the nonce. Of two signatures of the transaction the first stays the one that is sent.
   */
  CompletableFuture<ReservationStatus> signed(SignedTransaction bytes);

  /**
   * Says that the host's own signer may have sent what was intended, and that its bytes are not to
   * be had. The nonce counts as used; what takes it on the chain is compared with the intent.
   *
   * @param evidence what the host knows, for the history, which keeps its first 2,000 characters
   */
  CompletableFuture<ReservationStatus> unknown(String evidence);

  /**
   * Gives the nonce back, for the next payment or reservation.
   *
   * @throws IllegalStateException once a transaction was intended: at once where this object
   *     intended it, else by the future
   */
  CompletableFuture<ReservationStatus> release();
}
