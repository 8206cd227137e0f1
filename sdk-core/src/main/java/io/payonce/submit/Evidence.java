package io.payonce.submit;

import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.ChainFollower;
import io.payonce.submit.internal.ChainHead;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneRunner;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Collects what a resolution rests on, and hands it to the lane, which decides. */
final class Evidence {
  private final TransferStore store;
  private final Pools pools;
  private final RpcClient rpc;
  private final ChainFollower follower;

  Evidence(TransferStore store, Pools pools, RpcClient rpc, ChainFollower follower) {
    this.store = store;
    this.pools = pools;
    this.rpc = rpc;
    this.follower = follower;
  }

  CompletableFuture<ResolveResult> resolve(
      LaneRunner lane, StoredTransfer transfer, Resolution how, Actor actor) {
    CompletableFuture<ResolveResult> reply = new CompletableFuture<>();
    List<StoredOrphan> orphans = orphansLike(transfer);
    Optional<StoredSlot> slot =
        how instanceof Resolution.PaidByOrphan named
            ? orphans.stream()
                .filter(orphan -> orphan.hash().equals(named.transaction()))
                .findFirst()
                .map(StoredOrphan::slot)
                .flatMap(store::slot)
            : transfer.slot().flatMap(store::slot);
    boolean ofPool =
        slot.filter(one -> pools.isOf(transfer.transfer(), one.id().lane())).isPresent();
    CompletableFuture<Optional<Receipt>> receipt =
        how instanceof Resolution.NotPaid notPaid
            ? receipt(notPaid.transaction())
            : CompletableFuture.completedFuture(Optional.empty());
    return receipt.thenCompose(
        read -> {
          lane.tell(
              new LaneEvent.ResolveAsked(transfer, slot, ofPool, orphans, read, how, actor, reply));
          return reply;
        });
  }

  private List<StoredOrphan> orphansLike(StoredTransfer transfer) {
    return store.orphans(transfer.transfer().chain()).stream()
        .filter(o -> o.isLike(transfer))
        .toList();
  }

  /** As of the final block, by the quorum. */
  private CompletableFuture<Optional<Receipt>> receipt(TransactionHash hash) {
    Optional<ChainHead> head = follower.head();
    if (head.isEmpty()) {
      return CompletableFuture.failedFuture(
          new RpcUnavailableException("the chain was not looked at yet"));
    }
    return rpc.criticalRead(new Fact.ReceiptOf(hash, head.get().finalBlock()), CallOptions.DEFAULT)
        .thenApply(
            result -> {
              if (result instanceof QuorumResult.Agreed<Optional<Receipt>> agreed) {
                return agreed.value();
              }
              throw new RpcUnavailableException(
                  ((QuorumResult.Unavailable<Optional<Receipt>>) result).reason());
            });
  }
}
