package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Block;
import io.payonce.BlockRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A block in which each wallet finds its own transactions at once: there are many wallets, and a
 * block may hold thousands of transactions. Immutable.
 */
final class IndexedBlock {
  private final Block block;

  /** Only looked up, never walked through. */
  private final Map<Address, List<Block.Entry>> bySender = new HashMap<>();

  private final List<Block.Entry> authorizing;

  IndexedBlock(Block block) {
    this.block = block;
    for (Block.Entry entry : block.transactions()) {
      bySender.computeIfAbsent(entry.from(), sender -> new ArrayList<>(1)).add(entry);
    }
    this.authorizing =
        block.transactions().stream().filter(entry -> !entry.authorizations().isEmpty()).toList();
  }

  Block block() {
    return block;
  }

  BlockRef ref() {
    return block.ref();
  }

  /** In the order of the block. */
  List<Block.Entry> sentBy(Address sender) {
    return bySender.getOrDefault(sender, List.of());
  }

  Optional<Block.Entry> sentBy(Address sender, long nonce) {
    return sentBy(sender).stream().filter(entry -> entry.nonce() == nonce).findFirst();
  }

  /** Those that carry authorizations of EIP-7702, whoever sent them. */
  List<Block.Entry> authorizing() {
    return authorizing;
  }
}
