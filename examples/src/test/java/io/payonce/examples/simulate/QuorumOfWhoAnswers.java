package io.payonce.examples.simulate;

import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumRule;
import io.payonce.rpc.RpcClient;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The quorum is a majority of the operators that can be reached. When the honest ones are down, the
 * liar is its own majority.
 */
final class QuorumOfWhoAnswers implements Seams {
  private static final Operator ALONE = new Operator("alone");

  @Override
  public RpcClient rpc(RpcClient client) {
    return new ForwardingClient(client) {
      @Override
      public <T> CompletableFuture<QuorumResult<T>> criticalRead(
          Fact<T> fact, CallOptions options) {
        return client
            .criticalRead(fact, options)
            .thenCompose(
                answer ->
                    answer instanceof QuorumResult.Unavailable<T> none && !none.conflict()
                        ? oneOfOne(fact, options)
                        : CompletableFuture.completedFuture(answer));
      }

      private <T> CompletableFuture<QuorumResult<T>> oneOfOne(Fact<T> fact, CallOptions options) {
        return client
            .callBatch(fact.requests(), options)
            .thenApply(
                outcomes ->
                    fact.tally(
                        QuorumRule.majority(Set.of(ALONE)), Map.of(ALONE, fact.ballot(outcomes))));
      }
    };
  }
}
