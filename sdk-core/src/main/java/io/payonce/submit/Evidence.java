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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Collects what a resolution rests on, and hands it to the lane, which decides. */
final class Evidence {
  private final TransferStore store;
  private final RpcClient rpc;
  private final ChainFollower follower;

  Evidence(TransferStore store, RpcClient rpc, ChainFollower follower) {
    this.store = store;
    this.rpc = rpc;
    this.follower = follower;
  }

  CompletableFuture<ResolveResult> resolve(
      LaneRunner lane, StoredTransfer transfer, Resolution how, Actor actor) {
    CompletableFuture<ResolveResult> reply = new CompletableFuture<>();
    Optional<StoredSlot> slot =
        how instanceof Resolution.PaidByOrphan orphan
            ? orphanSlot(transfer, orphan.transaction())
            : transfer.slot().flatMap(store::slot);
    CompletableFuture<Optional<Receipt>> receipt =
        how instanceof Resolution.NotPaid notPaid
            ? receipt(notPaid.transaction())
            : CompletableFuture.completedFuture(Optional.empty());
    return receipt.thenCompose(
        read -> {
          lane.tell(new LaneEvent.ResolveAsked(transfer, slot, read, how, actor, reply));
          return reply;
        });
  }

  private Optional<StoredSlot> orphanSlot(StoredTransfer transfer, TransactionHash hash) {
    return store.orphans(transfer.transfer().chain()).stream()
        .filter(orphan -> orphan.hash().equals(hash))
        .filter(o -> o.isLike(transfer.transfer().to(), transfer.transfer().amount()))
        .findFirst()
        .map(StoredOrphan::slot)
        .flatMap(store::slot);
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
