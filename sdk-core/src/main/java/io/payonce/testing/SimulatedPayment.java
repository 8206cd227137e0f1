package io.payonce.testing;

import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import java.util.Optional;

/**
 * A transaction on the canonical chain of a {@link SimulatedChain}, and what it really did.
 *
 * @param to the address it was sent to: for a token, the contract
 * @param succeeded its status; a contract that lies says true and moved nothing
 * @param moved the payee and what it really received, whatever logs and call data say; empty when
 *     nobody received anything, and for the transaction of a payout contract as a whole, which pays
 *     several
 */
public record SimulatedPayment(
    TransactionHash hash,
    Address from,
    long nonce,
    Address to,
    BlockRef block,
    boolean succeeded,
    Optional<Moved> moved) {
  /** An amount that arrived. */
  public record Moved(Address payee, TokenAmount amount) {}

  static SimulatedPayment of(SimReceipt receipt) {
    return of(
        receipt,
        receipt.paid().size() == 1 ? Optional.of(receipt.paid().get(0)) : Optional.empty());
  }

  /** One of several payments of a transaction, where it makes several. */
  static SimulatedPayment of(SimReceipt receipt, Optional<SimReceipt.Paid> one) {
    SimTx tx = receipt.tx();
    return new SimulatedPayment(
        tx.hash(),
        tx.from(),
        tx.nonce(),
        tx.to(),
        receipt.block().ref(),
        receipt.succeeded(),
        one.map(paid -> new Moved(paid.payee(), new TokenAmount(paid.asset(), paid.amount()))));
  }
}
