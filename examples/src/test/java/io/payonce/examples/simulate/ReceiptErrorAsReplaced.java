package io.payonce.examples.simulate;

import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.store.StoredAttempt;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneCommand;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The nonce is used and asking for the receipt of our hash gives an error: read as "another
 * transaction replaced it", as a {@code catch} around the read does. It was our own, and the
 * payment is made again.
 */
final class ReceiptErrorAsReplaced implements Seams {
  private final Set<TransactionHash> errors = new HashSet<>();
  private @Nullable MemoryTransferStore journal;
  private @Nullable TwicePayable queue;

  @Override
  public RpcClient rpc(RpcClient client) {
    return new ForwardingClient(client) {
      @Override
      public <T> CompletableFuture<QuorumResult<T>> criticalRead(
          Fact<T> fact, CallOptions options) {
        return client
            .criticalRead(fact, options)
            .thenApply(
                answer -> {
                  if (fact instanceof Fact.ReceiptOf receipt
                      && answer instanceof QuorumResult.Unavailable<T>) {
                    errors.add(receipt.hash());
                  }
                  return answer;
                });
      }
    };
  }

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    journal = medium;
    TwicePayable payable = new TwicePayable(store, medium);
    queue = payable;
    return payable;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    MemoryTransferStore medium = Objects.requireNonNull(journal);
    return new PaysAgain(engine, Objects.requireNonNull(queue)) {
      @Override
      List<SlotId> failed(List<LaneCommand> commands, Moment now) {
        if (errors.isEmpty() || lane().isEmpty()) {
          return List.of();
        }
        List<SlotId> replaced =
            medium.openSlots(lane().get().id()).stream()
                .flatMap(slot -> slot.attempts().stream())
                .filter(attempt -> hash(attempt).filter(errors::contains).isPresent())
                .map(attempt -> attempt.id().slot())
                .distinct()
                .toList();
        errors.clear();
        return replaced;
      }
    };
  }

  private static Optional<TransactionHash> hash(StoredAttempt attempt) {
    return attempt.signed().map(SignedTransaction::hash);
  }
}
