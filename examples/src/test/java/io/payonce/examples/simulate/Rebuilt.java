package io.payonce.examples.simulate;

import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;

/** Transactions as a bug would make them. */
final class Rebuilt {
  private Rebuilt() {}

  /** The same payment for another fee. */
  static UnsignedTransaction withFees(DynamicFee tx, Wei priority, Wei max) {
    return new DynamicFee(
        tx.chain(),
        tx.nonce(),
        priority,
        max,
        tx.gasLimit(),
        tx.to(),
        tx.value(),
        tx.data(),
        tx.accessList());
  }
}
