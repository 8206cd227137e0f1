package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.submit.internal.LaneEvent.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Finds the transaction that took a nonce. It decides by nonce, not by hash: the block in which the
 * account's count passed the nonce holds the consumer, whatever its hash. Our own hashes only say
 * where to look first. Every step is a critical read; one operator never decides.
 */
final class ConsumerFinder {
  private final RpcClient rpc;
  private final ChainFollower follower;

  ConsumerFinder(RpcClient rpc, ChainFollower follower) {
    this.rpc = rpc;
    this.follower = follower;
  }

  /** The consumers of all these nonces. */
  CompletableFuture<List<Found>> findAll(
      Address account, BlockRef head, Map<Long, List<TransactionHash>> known) {
    return Futures.all(searches(account, head, known));
  }

  /** The consumers of those nonces whose search succeeds. */
  CompletableFuture<List<Found>> findSome(
      Address account, BlockRef head, Map<Long, List<TransactionHash>> known) {
    return Futures.some(searches(account, head, known));
  }

  private List<CompletableFuture<Found>> searches(
      Address account, BlockRef head, Map<Long, List<TransactionHash>> known) {
    List<CompletableFuture<Found>> searches = new ArrayList<>();
    known.forEach((nonce, hashes) -> searches.add(find(account, nonce, head, hashes)));
    return searches;
  }

  private CompletableFuture<Found> find(
      Address account, long nonce, BlockRef head, List<TransactionHash> hints) {
    return recent(account, nonce, head)
        .map(CompletableFuture::completedFuture)
        .orElseGet(() -> byHint(account, nonce, head, hints, 0))
        .thenCompose(block -> withReceipt(block, account, nonce, head));
  }

  private Optional<Block> recent(Address account, long nonce, BlockRef head) {
    return follower.recent().headMap(head.number(), true).descendingMap().values().stream()
        .filter(block -> entry(block, account, nonce).isPresent())
        .findFirst();
  }

  private CompletableFuture<Block> byHint(
      Address account, long nonce, BlockRef head, List<TransactionHash> hints, int index) {
    if (index == hints.size()) {
      return search(account, nonce, head);
    }
    return agreed(new Fact.ReceiptOf(hints.get(index), head))
        .thenCompose(
            receipt ->
                receipt
                    .map(found -> blockAt(found.block().number()))
                    .orElseGet(() -> byHint(account, nonce, head, hints, index + 1)));
  }

  /** Steps back in doubling strides until the count is not above the nonce, then halves. */
  private CompletableFuture<Block> search(Address account, long nonce, BlockRef head) {
    return gallop(account, nonce, head.number(), 1);
  }

  private CompletableFuture<Block> gallop(Address account, long nonce, long high, long stride) {
    long low = Math.max(0, high - stride);
    if (low == 0) {
      return halve(account, nonce, -1, high);
    }
    return count(account, low)
        .thenCompose(
            count ->
                count > nonce
                    ? gallop(account, nonce, low, stride * 2)
                    : halve(account, nonce, low, high));
  }

  /** The count is above the nonce at {@code high} and not at {@code low}. */
  private CompletableFuture<Block> halve(Address account, long nonce, long low, long high) {
    if (high - low == 1) {
      return blockAt(high);
    }
    long middle = low + (high - low) / 2;
    return count(account, middle)
        .thenCompose(
            count ->
                count > nonce
                    ? halve(account, nonce, low, middle)
                    : halve(account, nonce, middle, high));
  }

  private CompletableFuture<Long> count(Address account, long number) {
    return agreed(new Fact.BlockRefAt(number))
        .thenCompose(block -> agreed(new Fact.Nonce(account, block)));
  }

  private CompletableFuture<Found> withReceipt(
      Block block, Address account, long nonce, BlockRef head) {
    Optional<Block.Entry> entry = entry(block, account, nonce);
    if (entry.isEmpty()) {
      return CompletableFuture.completedFuture(
          new Found(nonce, Optional.empty(), Optional.empty(), block.time()));
    }
    return agreed(new Fact.ReceiptOf(entry.get().hash(), head))
        .thenApply(receipt -> new Found(nonce, entry, matching(receipt, block), block.time()));
  }

  /** The receipt must be of this very block: the chain may have moved between the reads. */
  private static Optional<Receipt> matching(Optional<Receipt> receipt, Block block) {
    if (receipt.isEmpty() || !receipt.get().block().equals(block.ref())) {
      throw new RpcUnavailableException("block " + block.ref() + " was replaced meanwhile");
    }
    return receipt;
  }

  private static Optional<Block.Entry> entry(Block block, Address account, long nonce) {
    return block.transactions().stream()
        .filter(tx -> tx.from().equals(account) && tx.nonce() == nonce)
        .findFirst();
  }

  private CompletableFuture<Block> blockAt(long number) {
    return agreed(new Fact.BlockAt(number));
  }

  private <T> CompletableFuture<T> agreed(Fact<T> fact) {
    return Futures.agreed(rpc.criticalRead(fact, CallOptions.DEFAULT));
  }
}
