package io.payonce.rpc;

import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import java.util.List;
import java.util.Optional;

/**
 * What happened at the tip of the chain.
 *
 * <p>A stream of these gives each canonical block once, in the order of heights, each the child of
 * the one before, unless an event in between says otherwise. It is a reason to look, never a proof:
 * what moves money is asked by {@link RpcClient#criticalRead}.
 */
public sealed interface HeadEvent {
  /**
   * The next block.
   *
   * @param singleSource whether only one operator has told of it, within a block time. It may be a
   *     lie; the chain goes on without it then, which is a {@link Reorg}
   */
  record NewHead(BlockHeader header, boolean singleSource) implements HeadEvent {}

  /**
   * Blocks that were told are not in the chain any more. Those that replace them follow as {@link
   * NewHead}, from the one above {@code commonAncestor} on.
   */
  record Reorg(BlockRef oldTip, BlockRef newTip, BlockRef commonAncestor) implements HeadEvent {
    /** How many told blocks are gone. */
    public long depth() {
      return oldTip.number() - commonAncestor.number();
    }
  }

  /** A quorum agrees that this block, and with it every one before, is final. */
  record FinalityAdvanced(BlockRef block) implements HeadEvent {}

  /**
   * The order is broken, or nothing is heard.
   *
   * @param tip the last block that was told
   */
  record Stalled(Why why, Optional<BlockRef> tip) implements HeadEvent {
    /** What is the matter. */
    public enum Why {
      /** No new block for three block times, and 3 s at least. */
      SILENCE,
      /** More blocks are missing than are fetched: the next one stands on none that was told. */
      GAP,
      /**
       * No told block that is remembered is left in the chain: the next one stands on none, and is
       * at the height of the oldest of them.
       */
      DEEP_REORG
    }
  }

  /**
   * News come from elsewhere now.
   *
   * @param endpoints the names of those that push them; empty while all are polled
   */
  record SourceChanged(List<String> endpoints) implements HeadEvent {
    public SourceChanged {
      endpoints = List.copyOf(endpoints);
    }
  }
}
