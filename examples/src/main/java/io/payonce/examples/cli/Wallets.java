package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.Source;
import io.payonce.WalletPool;
import io.payonce.signing.software.SoftwareKey;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The keys of a run, which closes them.
 *
 * @param pool the name under which they pay; empty for one wallet that pays by itself
 */
record Wallets(List<SoftwareKey> keys, Optional<WalletPool> pool) implements AutoCloseable {
  Wallets {
    keys = List.copyOf(keys);
  }

  /** Where the payments come from. */
  Source source() {
    return pool.<Source>map(name -> name).orElseGet(() -> keys.get(0).address());
  }

  List<Address> addresses() {
    return keys.stream().map(SoftwareKey::address).toList();
  }

  List<LaneId> lanes(ChainId chain) {
    return addresses().stream().map(address -> new LaneId(chain, address)).toList();
  }

  /** For people. */
  String names() {
    return addresses().stream().map(Address::checksummed).collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    keys.forEach(SoftwareKey::close);
  }
}
