package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Authorization;
import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * A transaction as nodes and ledger handle it; one object for all nodes.
 *
 * @param signed empty for one that nobody has signed: a foreign one, or a lie
 */
record SimTx(
    TransactionHash hash,
    Address from,
    long nonce,
    Address to,
    BigInteger value,
    Bytes data,
    BigInteger cap,
    BigInteger tip,
    long gasLimit,
    int type,
    List<Authorization> authorizations,
    Optional<SignedTransaction> signed) {

  static SimTx of(SignedTransaction signed) {
    UnsignedTransaction tx = signed.transaction();
    int type = 2;
    if (tx instanceof UnsignedTransaction.Legacy) {
      type = 0;
    } else if (tx instanceof UnsignedTransaction.AccessListTx) {
      type = 1;
    }
    return new SimTx(
        signed.hash(),
        signed.sender(),
        tx.nonce(),
        tx.to(),
        tx.value().value(),
        tx.data(),
        tx.maxFeePerGas().value(),
        tx.maxPriorityFeePerGas().value(),
        tx.gasLimit().longValueExact(),
        type,
        List.of(),
        Optional.of(signed));
  }

  /** What the sender must have for it. */
  BigInteger cost() {
    return cap.multiply(BigInteger.valueOf(gasLimit)).add(value);
  }

  /** What the block producer gets per gas; negative when the base fee is not covered. */
  BigInteger effectiveTip(BigInteger baseFee) {
    return tip.min(cap.subtract(baseFee));
  }

  /** What the sender pays per gas at a base fee that is covered. */
  BigInteger effectivePrice(BigInteger baseFee) {
    return cap.min(baseFee.add(tip));
  }

  boolean hasOnePrice() {
    return type < 2;
  }
}
