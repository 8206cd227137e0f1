package io.payonce.nonce;

import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.submit.Actor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Lanes for operators, and nonces for hosts that have transactions of their own. Nonces are taken
 * by the engine alone, in the commit that binds a payment or stores a reservation. Thread-safe.
 * Futures fail with {@code RpcUnavailableException} when the chain cannot be agreed on and with
 * {@code StoreUnavailableException} when the journal does not confirm.
 *
 * <p>A reason is for the history: 1 to 1,000 characters, not blank; U+FFFD is stored for U+0000.
 * Every call that takes one throws {@link IllegalArgumentException} for another, and asks nothing.
 */
public interface NonceManager {
  List<LaneStatus> lanes();

  LaneStatus lane(LaneId lane);

  /**
   * What the wallet can still promise, as of the newest head that was looked at. Empty until then,
   * and while another instance works on the wallet.
   */
  Optional<LaneFunds> funds(LaneId lane);

  /** Binds nothing new from now on; payments that are out are brought to their end. */
  default CompletableFuture<LaneStatus> pause(LaneId lane, Actor actor, String reason) {
    return pause(lane, PauseMode.BINDING, actor, reason);
  }

  /**
   * Stops the lane from doing something from now on, until {@link #resume}. Bytes that are out may
   * be mined all the same. A frozen lane stays frozen.
   */
  CompletableFuture<LaneStatus> pause(LaneId lane, PauseMode mode, Actor actor, String reason);

  /** Compares the lane with the chain; changes nothing. */
  CompletableFuture<LaneAudit> auditAgainstChain(LaneId lane);

  /**
   * Takes the lane's next nonce, or the lowest one that was given back, for a transaction of the
   * host's own; it is stored before the future completes. Only while a payment could be bound: the
   * lane is active, its nonces are agreed on, and fewer than the limit are out. Otherwise the
   * future fails with {@link ReservationRefusedException}, and no nonce is taken. The nonce counts
   * as out, and nothing above it is sent before its own transaction.
   *
   * <p>A name stands for one transaction, like the key of a payment: the same name again gives the
   * same reservation, after a crash and on every instance, and for ever once a transaction was
   * intended. It is free again when its nonce is given back.
   *
   * @param name the holder's own, 1 to 128 visible ASCII characters
   * @param life how long the nonce waits for its transaction to be intended, {@link
   *     Reservation#SHORTEST_LIFE} to {@link Reservation#LONGEST_LIFE}; then it is given back
   */
  CompletableFuture<Reservation> reserve(
      LaneId lane, String name, Duration life, Actor actor, String reason);

  /** The same for {@link Reservation#DEFAULT_LIFE}. */
  default CompletableFuture<Reservation> reserve(
      LaneId lane, String name, Actor actor, String reason) {
    return reserve(lane, name, Reservation.DEFAULT_LIFE, actor, reason);
  }

  /** What was reserved under a name and not given back. Blocking and short. */
  Optional<Reservation> reservation(LaneId lane, String name);

  /** The reservation of a nonce, if it has one. Blocking and short. */
  Optional<Reservation> reservation(SlotId slot);

  /** Reservations of the lane whose end is not final, the lowest nonce first. */
  List<ReservationStatus> reservations(LaneId lane);

  /**
   * Lets a transfer of nothing race for one nonce that a transaction of somebody else holds, or a
   * transaction that a host {@linkplain Reservation#intend intended}, or for the lane's next nonce,
   * for which bytes may exist that this journal does not know: after a backup was restored.
   * Whichever a final block holds has won. Fails with {@link IllegalStateException} for a nonce
   * that pays or paid something, and while the lane is frozen, unless the chain is ahead of it:
   * there this is the way out when foreign bytes are never mined.
   */
  CompletableFuture<LaneStatus> fill(LaneId lane, long nonce, Actor actor, String reason);

  /**
   * Audits, books what the audit found above the journal's nonces as foreign, and lets the lane
   * work again. Payments among it become orphans: a transfer with the same chain, payee, asset and
   * amount is held as {@code POSSIBLE_DUPLICATE}, also one that is accepted later, until somebody
   * says whose payment it was ({@code IdempotentSubmitter.resolve}). Fails with {@link
   * IllegalStateException}, though what was found is booked, while transactions that the journal
   * does not know are pending, or a nonce that they may take has no final consumer: wait until they
   * are mined, or {@link #fill} the nonces.
   */
  CompletableFuture<LaneStatus> resume(LaneId lane, Actor actor, String reason);

  /**
   * As {@link #resume}, into a pause: the incident is over, and nothing is bound in between. So a
   * host can cancel what an old backup would still pay, and pays out only then.
   */
  CompletableFuture<LaneStatus> resumePaused(
      LaneId lane, PauseMode mode, Actor actor, String reason);
}
