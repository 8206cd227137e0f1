package io.payonce.event;

import java.util.concurrent.CompletableFuture;

/**
 * Where a host wants to hear of its payments for certain: a ledger, a message queue, a webhook.
 *
 * <p>Each event comes at least once; those of one payment in their order, each only after the one
 * before it was taken. Payments do not wait for each other. An event that was not taken comes
 * again, until it is: what nobody can take is the host's to take and put aside.
 */
@FunctionalInterface
public interface EventSink {
  /**
   * Takes an event. Called on the executor of the relay; must not block.
   *
   * @return completes when the event is safe where it goes; fails, or takes longer than the relay
   *     waits, when it has to come again
   */
  CompletableFuture<Void> deliver(PaymentEvent event);
}
