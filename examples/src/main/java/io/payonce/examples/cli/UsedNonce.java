package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.rpc.Fact;
import io.payonce.rpc.RpcUnavailableException;
import java.util.List;
import java.util.Optional;

/**
 * Which transaction used a nonce that is known to be used.
 *
 * <p>No node is asked for a hash as long as its transaction could be on a private route: nobody but
 * the block that holds it is asked for what was used within the last blocks of the pool's private
 * window, and the nonce finds that block. What was used before is in the chain for good, or never
 * will be, so that its hash tells nobody anything.
 */
final class UsedNonce {
  /** A payment with more replacements than this is rare, and the newest are the likely ones. */
  private static final int HASHES = 12;

  private final Network network;
  private final Address wallet;
  private final long nonce;

  UsedNonce(Network network, Address wallet, long nonce) {
    this.network = network;
    this.wallet = wallet;
    this.nonce = nonce;
  }

  /**
   * Which of these used it; empty when another one did. At most fourteen reads. Throws {@link
   * RpcUnavailableException} without a quorum.
   *
   * @param hashes the oldest first
   * @param head a block at which it is used
   */
  Optional<TransactionHash> by(List<TransactionHash> hashes, BlockRef head) {
    int window = network.pool().policy().privateWindow();
    BlockRef before = block(Math.max(0, head.number() - window));
    return isUsedAt(before) ? byHash(hashes, head) : inItsBlock(hashes, before, head);
  }

  private Optional<TransactionHash> byHash(List<TransactionHash> hashes, BlockRef head) {
    return hashes.subList(Math.max(0, hashes.size() - HASHES), hashes.size()).stream()
        .filter(hash -> network.agreed(new Fact.ReceiptOf(hash, head)).isPresent())
        .findFirst();
  }

  private Optional<TransactionHash> inItsBlock(
      List<TransactionHash> hashes, BlockRef open, BlockRef used) {
    BlockRef last = open;
    BlockRef first = used;
    while (first.number() - last.number() > 1) {
      BlockRef middle = block((first.number() + last.number()) / 2);
      if (isUsedAt(middle)) {
        first = middle;
      } else {
        last = middle;
      }
    }
    Block block = network.agreed(new Fact.BlockAt(first.number()));
    if (!block.ref().equals(first) || !block.parent().equals(last.hash())) {
      throw new RpcUnavailableException("the chain was reorganised meanwhile");
    }
    return block.transactions().stream()
        .map(Block.Entry::hash)
        .filter(hashes::contains)
        .findFirst();
  }

  private BlockRef block(long number) {
    return network.agreed(new Fact.BlockRefAt(number));
  }

  private boolean isUsedAt(BlockRef block) {
    return network.agreed(new Fact.Nonce(wallet, block)) > nonce;
  }
}
