package io.payonce.submit.internal;

import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.nonce.LaneAudit;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.RpcClient;
import io.payonce.store.Consumption;
import io.payonce.store.StoredLane;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Compares a lane with the chain and names what the journal does not know. */
public final class LaneAuditor {
  /** Unknown transactions that are named and booked at once; the next audit goes on. */
  private static final int LIMIT = 256;

  private final RpcClient rpc;
  private final ConsumerFinder finder;

  public LaneAuditor(RpcClient rpc, ChainFollower follower) {
    this.rpc = rpc;
    this.finder = new ConsumerFinder(rpc, follower);
  }

  /** An audit with the transactions it found above the journal's nonces. */
  public record Audited(LaneAudit audit, List<LaneEvent.Found> found) {}

  public CompletableFuture<Audited> audit(StoredLane lane) {
    CompletableFuture<Long> pending = agreed(new Fact.PendingNonce(lane.id().address()));
    return agreed(new Fact.Height(BlockTag.LATEST))
        .thenCompose(height -> agreed(new Fact.BlockRefAt(height)))
        .thenCompose(
            head ->
                agreed(new Fact.Nonce(lane.id().address(), head))
                    .thenCombine(pending, (count, claim) -> new long[] {count, claim})
                    .thenCompose(counts -> name(lane, head, counts[0], counts[1])));
  }

  private CompletableFuture<Audited> name(StoredLane lane, BlockRef head, long count, long claim) {
    Map<Long, List<TransactionHash>> unknown = new TreeMap<>();
    long end = Math.min(count, lane.nextNonce() + LIMIT);
    for (long nonce = lane.nextNonce(); nonce < end; nonce++) {
      unknown.put(nonce, List.of());
    }
    return finder
        .findAll(lane.id().address(), head, unknown)
        .thenApply(
            found ->
                new Audited(
                    new LaneAudit(
                        lane.nextNonce(),
                        count,
                        claim,
                        found.stream()
                            .flatMap(one -> Consumers.foreign(one).stream())
                            .map(Consumption::hash)
                            .toList()),
                    found));
  }

  private <T> CompletableFuture<T> agreed(Fact<T> fact) {
    return Futures.agreed(rpc.criticalRead(fact, CallOptions.DEFAULT));
  }
}
