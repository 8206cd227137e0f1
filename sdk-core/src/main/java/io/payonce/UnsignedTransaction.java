package io.payonce;

import java.math.BigInteger;
import java.util.List;

/**
 * A transaction before its signature, complete: every field that the signature will cover.
 *
 * <p>A legacy transaction always carries its chain id (EIP-155); one without replay protection is
 * not representable. Contract creation is not representable either: Payonce pays.
 */
public sealed interface UnsignedTransaction {
  ChainId chain();

  /** 0 to 2^63 - 1, below the limit of EIP-2681. */
  long nonce();

  /** At least 21,000. */
  BigInteger gasLimit();

  Address to();

  Wei value();

  Bytes data();

  /** The most this transaction can pay per gas: the gas price of the types before EIP-1559. */
  Wei maxFeePerGas();

  /** The most it can pay to the block producer per gas: the gas price before EIP-1559. */
  Wei maxPriorityFeePerGas();

  /** The most the execution can cost, value not included. */
  default Wei maxFee() {
    return maxFeePerGas().times(gasLimit());
  }

  /** EIP-2718 type 0 with EIP-155. */
  record Legacy(
      ChainId chain,
      long nonce,
      Wei gasPrice,
      BigInteger gasLimit,
      Address to,
      Wei value,
      Bytes data)
      implements UnsignedTransaction {
    public Legacy {
      TransactionChecks.check(nonce, gasLimit, gasPrice, gasPrice);
    }

    @Override
    public Wei maxFeePerGas() {
      return gasPrice;
    }

    @Override
    public Wei maxPriorityFeePerGas() {
      return gasPrice;
    }
  }

  /** EIP-2930, type 1. */
  record AccessListTx(
      ChainId chain,
      long nonce,
      Wei gasPrice,
      BigInteger gasLimit,
      Address to,
      Wei value,
      Bytes data,
      List<AccessListEntry> accessList)
      implements UnsignedTransaction {
    public AccessListTx {
      TransactionChecks.check(nonce, gasLimit, gasPrice, gasPrice);
      accessList = List.copyOf(accessList);
    }

    @Override
    public Wei maxFeePerGas() {
      return gasPrice;
    }

    @Override
    public Wei maxPriorityFeePerGas() {
      return gasPrice;
    }
  }

  /** EIP-1559, type 2. */
  record DynamicFee(
      ChainId chain,
      long nonce,
      Wei maxPriorityFeePerGas,
      Wei maxFeePerGas,
      BigInteger gasLimit,
      Address to,
      Wei value,
      Bytes data,
      List<AccessListEntry> accessList)
      implements UnsignedTransaction {
    public DynamicFee {
      TransactionChecks.check(nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas);
      accessList = List.copyOf(accessList);
    }
  }
}
