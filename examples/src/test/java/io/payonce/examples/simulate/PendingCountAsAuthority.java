package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.SlotId;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.store.SlotState;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneStep;
import io.payonce.submit.internal.Moment;
import io.payonce.testing.MemoryTransferStore;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Each payment takes the nonce that the nodes' pools call the next one: web3j's {@code
 * RawTransactionManager}, ethers and viem without a nonce manager. Two payments at once, a lost
 * send or a wiped pool, and one nonce has two payments. Here even a quorum of nodes is asked, just
 * before binding.
 */
final class PendingCountAsAuthority implements Seams {
  private @Nullable MemoryTransferStore journal;
  private Optional<Long> pending = Optional.empty();

  @Override
  public RpcClient rpc(RpcClient client) {
    return new ForwardingClient(client) {
      @Override
      public <T> CompletableFuture<QuorumResult<T>> criticalRead(
          Fact<T> fact, CallOptions options) {
        Optional<Address> payer = payer(fact);
        if (payer.isEmpty()) {
          return client.criticalRead(fact, options);
        }
        return client
            .criticalRead(new Fact.PendingNonce(payer.get()), options)
            .thenCompose(
                count -> {
                  pending =
                      count instanceof QuorumResult.Agreed<Long> agreed
                          ? Optional.of(agreed.value())
                          : Optional.empty();
                  return client.criticalRead(fact, options);
                });
      }
    };
  }

  /** Whose payments are being checked. */
  private static Optional<Address> payer(Fact<?> fact) {
    if (fact instanceof Fact.GasEstimates estimates) {
      return Optional.of(estimates.calls().get(0).from());
    }
    return fact instanceof Fact.GasEstimate estimate
        ? Optional.of(estimate.from())
        : Optional.empty();
  }

  @Override
  public TransferStore store(TransferStore store, MemoryTransferStore medium) {
    journal = medium;
    return store;
  }

  @Override
  public LaneStep engine(LaneStep engine) {
    MemoryTransferStore medium = Objects.requireNonNull(journal);
    return new PlantedStep(engine) {
      @Override
      LaneEvent before(LaneEvent event, Moment now) {
        boolean binds =
            event instanceof LaneEvent.Prepared ready
                && ready.preparations().stream()
                    .anyMatch(LaneEvent.Preparation.Gas.class::isInstance);
        Optional<SlotId> next =
            lane().flatMap(lane -> pending.map(nonce -> new SlotId(lane.id(), nonce)));
        boolean taken =
            next.flatMap(medium::slot)
                .filter(slot -> slot.state() == SlotState.EXPOSED && slot.transfer().isPresent())
                .isPresent();
        if (binds && taken) {
          FreedNonces.free(medium, next.orElseThrow());
          return loadAgain();
        }
        return event;
      }
    };
  }
}
