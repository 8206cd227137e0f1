package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.store.StoredTransfer;
import java.math.BigInteger;
import java.util.Optional;

/**
 * What a payment calls.
 *
 * @param gasLimit where the host has set it, as for groups
 */
record PaymentCall(Address to, Wei value, Bytes data, Optional<BigInteger> gasLimit) {

  static PaymentCall of(StoredTransfer transfer) {
    return transfer
        .group()
        .map(
            group ->
                new PaymentCall(
                    group.asked().contract(),
                    group.asked().value(),
                    group.asked().data(),
                    Optional.of(group.asked().gasLimit())))
        .orElseGet(() -> of(transfer.transfer()));
  }

  static PaymentCall of(Transfer transfer) {
    BigInteger units = transfer.amount().units();
    return transfer.amount().asset() instanceof Asset.Erc20 token
        ? new PaymentCall(
            token.contract(), Wei.ZERO, Erc20Calls.transfer(transfer.to(), units), Optional.empty())
        : new PaymentCall(transfer.to(), Wei.of(units), Bytes.EMPTY, Optional.empty());
  }

  /** Whether what it takes differs from call to call: then an estimate gets more on top. */
  boolean isEstimatedCall() {
    return !data.isEmpty() && gasLimit.isEmpty();
  }
}
