package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import java.math.BigInteger;
import java.util.List;

/**
 * What a block did with one transaction.
 *
 * @param paid what really reached payees, logs aside
 */
record SimReceipt(
    SimTx tx,
    SimBlock block,
    int index,
    boolean succeeded,
    long gasUsed,
    long cumulativeGas,
    BigInteger price,
    List<Log> logs,
    List<Paid> paid) {
  /** A log; its index counts within the block. */
  record Log(Address address, List<Bytes> topics, Bytes data, int index) {}

  /** An amount that an account really received. */
  record Paid(Asset asset, Address payee, BigInteger amount) {}
}
