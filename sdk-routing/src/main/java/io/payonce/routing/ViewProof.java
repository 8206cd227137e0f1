package io.payonce.routing;

import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.failure.FailureCode;
import io.payonce.routing.Learned.ByHash;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an endpoint is asked before it may answer a view, in one body: the newest block, the blocks
 * that its chain must hold, and a transaction that it must know. Beside these, where nobody knows
 * yet, whether it looks at hashes of blocks at all.
 */
final class ViewProof {
  /** What an endpoint has shown. */
  sealed interface Shown {
    /** All of it; {@code newest} is its newest block. */
    record All(BlockRef newest) implements Shown {}

    /** Its chain has another block where it must hold this one. */
    record Other(BlockRef missing, BlockRef there) implements Shown {}

    /** It does not have everything, or not yet, or did not answer. */
    record Nothing(RpcFailure why) implements Shown {}
  }

  private final Node node;
  private final List<BlockRef> needed;
  private final boolean needsTransaction;
  private final boolean looksAtHashes;
  private final List<RpcRequest<?>> requests = new ArrayList<>();

  ViewProof(Node node, List<BlockRef> needed, Optional<TransactionHash> known, long now) {
    this.node = node;
    this.needed = List.copyOf(needed);
    this.needsTransaction = known.isPresent();
    this.looksAtHashes = node.learned.byHash(now) == ByHash.UNKNOWN;
    requests.add(Requests.blockRef("latest"));
    needed.forEach(block -> requests.add(Requests.blockRef(Requests.quantity(block.number()))));
    known.ifPresent(hash -> requests.add(Requests.knows(hash)));
    if (looksAtHashes) {
      requests.add(Pinned.control());
      requests.add(Pinned.impossible());
    }
  }

  List<RpcRequest<?>> requests() {
    return requests;
  }

  /** Reads the answers; what it learns about the endpoint stays there. */
  Shown shown(List<RpcOutcome<?>> outcomes, long now) {
    if (looksAtHashes) {
      RpcOutcome<?> last = outcomes.get(outcomes.size() - 1);
      if (last instanceof RpcOutcome.Ok<?>) {
        node.learned.byHash(ByHash.NOT_TAKEN, now);
      } else if (isRefusal(last) && outcomes.get(outcomes.size() - 2) instanceof RpcOutcome.Ok) {
        node.learned.byHash(ByHash.TAKEN, now);
      }
    }
    Optional<BlockRef> newest = Optional.empty();
    for (int i = 0; i <= needed.size(); i++) {
      if (outcomes.get(i) instanceof RpcOutcome.Failed<?> failed) {
        return new Shown.Nothing(failed.failure());
      }
      Optional<BlockRef> there = block(outcomes.get(i));
      if (i == 0) {
        if (there.isEmpty()) {
          return behind("any block");
        }
        newest = there;
        continue;
      }
      BlockRef block = needed.get(i - 1);
      // The newest may be lower than one it has when two nodes answer under one name.
      if (there.isEmpty() || newest.orElseThrow().number() < block.number()) {
        return behind("block " + block);
      }
      if (!there.get().equals(block)) {
        return new Shown.Other(block, there.get());
      }
    }
    if (needsTransaction) {
      RpcOutcome<?> knows = outcomes.get(needed.size() + 1);
      if (knows instanceof RpcOutcome.Failed<?> failed) {
        return new Shown.Nothing(failed.failure());
      }
      if (!((RpcOutcome.Ok<?>) knows).value().equals(true)) {
        return behind("the transaction");
      }
    }
    return new Shown.All(newest.orElseThrow());
  }

  private Shown behind(String what) {
    return new Shown.Nothing(
        new RpcFailure.Behind(node.endpoint.name() + " does not have " + what));
  }

  /** The block in an answer to {@code Requests.blockRef}. */
  static Optional<BlockRef> block(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Ok<?> ok
            && ok.value() instanceof Optional<?> found
            && found.isPresent()
            && found.get() instanceof BlockRef block
        ? Optional.of(block)
        : Optional.empty();
  }

  private static boolean isRefusal(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.NodeError error
        && !ReplyReader.isRateLimit(outcome)
        && error.meaning().code() != FailureCode.METHOD_MISSING; // which says nothing about hashes
  }
}
