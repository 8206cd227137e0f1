package io.payonce.nonce;

import io.payonce.LaneId;
import io.payonce.submit.Actor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Lanes for operators. Nonces are taken by the engine alone, in the commit that binds a payment.
 * Thread-safe. Futures fail with {@code RpcUnavailableException} when the chain cannot be agreed on
 * and with {@code StoreUnavailableException} when the journal does not confirm.
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
  CompletableFuture<LaneStatus> pause(LaneId lane, Actor actor, String reason);

  /** Compares the lane with the chain; changes nothing. */
  CompletableFuture<LaneAudit> auditAgainstChain(LaneId lane);

  /**
   * Audits, books what the audit found above the journal's nonces as foreign, and lets the lane
   * work again. Fails with {@link IllegalStateException} while transactions that the journal does
   * not know are still pending: wait until they are mined.
   */
  CompletableFuture<LaneStatus> resume(LaneId lane, Actor actor, String reason);
}
