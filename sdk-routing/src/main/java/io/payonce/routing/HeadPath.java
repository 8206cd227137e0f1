package io.payonce.routing;

import io.payonce.BlockHeader;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The blocks between those that were told and a new tip, read by number and held together by their
 * parents' hashes: a node that mixes up forks, or invents blocks, makes a path that does not hold.
 */
final class HeadPath {
  /** More missing blocks are not fetched. */
  static final int MOST_MISSING = 1024;

  private static final int STEP = 16;

  private final RpcClient client;
  private final List<BlockHeader> told;
  private final boolean mayReorg;

  /** From the lowest that is known to lead to the tip, to the tip. */
  private final Deque<BlockHeader> path = new ArrayDeque<>();

  /**
   * @param ancestor the told block that {@code blocks} stand on; empty when none of them does
   * @param blocks from the one above the ancestor to the tip; without one from the height of the
   *     first told block on, so that none is skipped, or the tip alone when too many are missing
   */
  record Found(Optional<BlockHeader> ancestor, List<BlockHeader> blocks) {}

  private HeadPath(RpcClient client, List<BlockHeader> told, boolean mayReorg, BlockHeader target) {
    this.client = client;
    this.told = told;
    this.mayReorg = mayReorg;
    path.addFirst(target);
  }

  /**
   * Finds it; empty when nodes do not tell all of it now, or when it would take a lone word for a
   * reorg.
   *
   * @param told in the order of their heights, without a gap, not empty
   */
  static CompletableFuture<Optional<Found>> find(
      RpcClient client, List<BlockHeader> told, HeadBoard.Tip target) {
    boolean mayReorg = !target.singleSource();
    HeadPath path = new HeadPath(client, List.copyOf(told), mayReorg, target.header());
    long missing = target.header().number() - told.get(told.size() - 1).number() - 1;
    if (missing > MOST_MISSING) {
      return CompletableFuture.completedFuture(mayReorg ? path.broken() : Optional.empty());
    }
    return path.walk((int) Math.max(0, missing));
  }

  /** All that was read, which is the tip alone or begins at the height of the first told block. */
  private Optional<Found> broken() {
    return Optional.of(new Found(Optional.empty(), new ArrayList<>(path)));
  }

  /**
   * Downwards until a told block is met.
   *
   * @param missing how many blocks are between the told ones and the path
   */
  private CompletableFuture<Optional<Found>> walk(int missing) {
    Optional<BlockHeader> below = toldAt(path.getFirst().number() - 1);
    if (below.isPresent() && below.get().hash().equals(path.getFirst().parent())) {
      boolean isNext = below.get().equals(told.get(told.size() - 1));
      return CompletableFuture.completedFuture(
          isNext || mayReorg
              ? Optional.of(new Found(below, new ArrayList<>(path)))
              : Optional.empty());
    }
    if (missing == 0) {
      if (!mayReorg) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
      if (path.getFirst().number() <= told.get(0).number()) {
        return CompletableFuture.completedFuture(broken());
      }
    }
    long to = path.getFirst().number() - 1;
    int count = (int) Math.min(missing == 0 ? STEP : missing, to + 1);
    List<RpcRequest<?>> requests = new ArrayList<>();
    for (long number = to - count + 1; number <= to; number++) {
      requests.add(Requests.header(Requests.quantity(number)));
    }
    return client
        .callBatch(requests, CallOptions.DEFAULT)
        .thenCompose(
            outcomes ->
                prepend(outcomes) ? walk(0) : CompletableFuture.completedFuture(Optional.empty()));
  }

  private Optional<BlockHeader> toldAt(long number) {
    long index = number - told.get(0).number();
    return index >= 0 && index < told.size()
        ? Optional.of(told.get((int) index))
        : Optional.empty();
  }

  /** Puts the blocks before the path, newest first, as far as needed; whether all of them hold. */
  private boolean prepend(List<RpcOutcome<?>> outcomes) {
    for (int i = outcomes.size() - 1; i >= 0; i--) {
      if (!(outcomes.get(i) instanceof RpcOutcome.Ok<?> ok
          && ok.value() instanceof Optional<?> block
          && block.isPresent()
          && block.get() instanceof BlockHeader header
          && header.number() == path.getFirst().number() - 1
          && header.hash().equals(path.getFirst().parent()))) {
        return false;
      }
      path.addFirst(header);
      Optional<BlockHeader> below = toldAt(header.number() - 1);
      boolean met = below.isPresent() && below.get().hash().equals(header.parent());
      if (met || header.number() <= told.get(0).number()) {
        return true;
      }
    }
    return true;
  }
}
