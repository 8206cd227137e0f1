package io.payonce.testing;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One block with the state it changed. Sealed once by the {@link Ledger}; then only cached text.
 */
final class SimBlock {
  final @Nullable SimBlock parent;
  final long number;
  final long timestamp;
  final BigInteger baseFee;
  final long gasLimit;
  final List<SimReceipt> receipts = new ArrayList<>(0);
  final Map<Object, Object> changes = new LinkedHashMap<>(0);
  final Map<Object, BigInteger> credits = new LinkedHashMap<>(0);
  final Map<Address, Address> delegations = new LinkedHashMap<>(0);
  long gasUsed;
  int logs;
  boolean canonical;
  @Nullable String headerJson;
  @Nullable String fullJson;
  private @Nullable BlockRef ref;

  SimBlock(
      @Nullable SimBlock parent, long number, long timestamp, BigInteger baseFee, long gasLimit) {
    this.parent = parent;
    this.number = number;
    this.timestamp = timestamp;
    this.baseFee = baseFee;
    this.gasLimit = gasLimit;
  }

  void seal(BlockHash hash) {
    ref = new BlockRef(number, hash);
  }

  BlockRef ref() {
    if (ref == null) {
      throw new IllegalStateException("block " + number + " is not sealed");
    }
    return ref;
  }

  String hash() {
    return ref().hash().value();
  }

  /** The ancestor {@code steps} below, or the first block. */
  SimBlock ancestor(long steps) {
    SimBlock block = this;
    for (long i = 0; i < steps && block.parent != null; i++) {
      block = block.parent;
    }
    return block;
  }
}
