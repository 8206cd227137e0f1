package io.payonce.routing.indexer;

import io.payonce.Asset;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.Erc20Calls;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Compares hints with what the quorum of an {@link RpcClient} says: receipts, and for coins and
 * senders the blocks, all as of one agreed block.
 *
 * <p>It proves what a hint says. It cannot prove that a source has said everything, so a missing
 * hint proves nothing, and neither does {@link CheckedHint.Unknown}.
 *
 * <p>It costs each operator a receipt for each transaction, and a block for each block in which a
 * hint is of coins or of a sender; one question after the other. Thread-safe; the client is the
 * caller's.
 */
public final class HintCheck {
  /** Of one check. */
  public static final int MOST_HINTS = 10_000;

  private static final int RECEIPTS_AT_ONCE = 50;

  private final RpcClient client;

  private HintCheck(RpcClient client) {
    this.client = client;
  }

  public static HintCheck against(RpcClient client) {
    return new HintCheck(client);
  }

  /**
   * Says for each hint what a quorum knows.
   *
   * @param hints at most {@link #MOST_HINTS}
   * @param tag of the block as of which it is checked. With {@link BlockTag#FINALIZED} what is
   *     confirmed stays so, and later hints are unknown
   * @return completes normally, with one for each hint, in their order
   */
  public <H extends Hint> CompletableFuture<List<CheckedHint<H>>> check(
      List<H> hints, BlockTag tag) {
    if (hints.size() > MOST_HINTS) {
      throw new IllegalArgumentException(
          "hints " + hints.size() + " must be at most " + MOST_HINTS);
    }
    for (H hint : hints) {
      if (hint instanceof TransferHint transfer
          && !transfer.amount().asset().chain().equals(client.chainId())) {
        throw new IllegalArgumentException("hints must be of chain " + client.chainId());
      }
    }
    List<H> all = List.copyOf(hints);
    if (all.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return ask(new Fact.Height(tag))
        .thenCompose(
            height ->
                height instanceof QuorumResult.Agreed<Long> agreed
                    ? ask(new Fact.BlockRefAt(agreed.value()))
                    : CompletableFuture.completedFuture(unavailable(height)))
        .thenCompose(
            end ->
                end instanceof QuorumResult.Agreed<BlockRef> agreed
                    ? new AsOf(agreed.value()).check(all)
                    : CompletableFuture.completedFuture(unknown(all, why(end))));
  }

  private <T> CompletableFuture<QuorumResult<T>> ask(Fact<T> fact) {
    return client.criticalRead(fact, CallOptions.DEFAULT);
  }

  private static <T> QuorumResult<T> unavailable(QuorumResult<?> result) {
    QuorumResult.Unavailable<?> none = (QuorumResult.Unavailable<?>) result;
    return new QuorumResult.Unavailable<>(
        none.required(), none.configured(), none.conflict(), none.reason());
  }

  private static String why(QuorumResult<?> result) {
    return "no quorum: " + ((QuorumResult.Unavailable<?>) result).reason();
  }

  private static <H extends Hint> List<CheckedHint<H>> unknown(List<H> hints, String why) {
    List<CheckedHint<H>> all = new ArrayList<>();
    hints.forEach(hint -> all.add(new CheckedHint.Unknown<>(hint, why)));
    return all;
  }

  /** Facts of the chain that ends with one block. One question follows the other. */
  private final class AsOf {
    private final BlockRef end;
    private final Map<TransactionHash, QuorumResult<Optional<Receipt>>> receipts =
        new LinkedHashMap<>();
    private final Map<Long, QuorumResult<Block>> blocks = new LinkedHashMap<>();

    AsOf(BlockRef end) {
      this.end = end;
    }

    <H extends Hint> CompletableFuture<List<CheckedHint<H>>> check(List<H> hints) {
      List<H> below = hints.stream().filter(hint -> hint.block().number() <= end.number()).toList();
      List<TransactionHash> hashes = below.stream().map(Hint::transaction).distinct().toList();
      List<Long> numbers =
          below.stream()
              .filter(HintCheck::needsBlock)
              .map(hint -> hint.block().number())
              .distinct()
              .toList();
      CompletableFuture<?> asked = CompletableFuture.completedFuture(null);
      for (int i = 0; i < hashes.size(); i += RECEIPTS_AT_ONCE) {
        List<TransactionHash> some =
            hashes.subList(i, Math.min(hashes.size(), i + RECEIPTS_AT_ONCE));
        asked = asked.thenCompose(before -> askReceipts(some));
      }
      for (long number : numbers) {
        asked =
            asked
                .thenCompose(before -> ask(new Fact.BlockAt(number)))
                .thenAccept(block -> blocks.put(number, block));
      }
      return asked.thenApply(
          done -> {
            List<CheckedHint<H>> all = new ArrayList<>();
            hints.forEach(hint -> all.add(checked(hint)));
            return all;
          });
    }

    private CompletableFuture<?> askReceipts(List<TransactionHash> hashes) {
      return ask(new Fact.ReceiptsOf(hashes, end))
          .thenAccept(
              result -> {
                for (int i = 0; i < hashes.size(); i++) {
                  receipts.put(hashes.get(i), one(result, i));
                }
              });
    }

    private QuorumResult<Optional<Receipt>> one(
        QuorumResult<List<Optional<Receipt>>> all, int place) {
      return all instanceof QuorumResult.Agreed<List<Optional<Receipt>>> agreed
          ? new QuorumResult.Agreed<>(agreed.value().get(place), agreed.votes(), agreed.dissent())
          : unavailable(all);
    }

    private <H extends Hint> CheckedHint<H> checked(H hint) {
      QuorumResult<Optional<Receipt>> found = receipts.get(hint.transaction());
      if (found == null) {
        return new CheckedHint.Unknown<>(hint, "its block is above the agreed " + end);
      }
      if (!(found instanceof QuorumResult.Agreed<Optional<Receipt>> agreed)) {
        return new CheckedHint.Unknown<>(hint, why(found));
      }
      if (agreed.value().isEmpty()) {
        return new CheckedHint.Contradicted<>(hint, end, "no block has its transaction");
      }
      Receipt receipt = agreed.value().get();
      if (!receipt.block().equals(hint.block())) {
        return new CheckedHint.Contradicted<>(
            hint, end, "its transaction is in block " + receipt.block());
      }
      if (!needsBlock(hint)) {
        return verdict(hint, hasLog(receipt, (TransferHint) hint), "its receipt has another log");
      }
      QuorumResult<Block> block = blocks.get(hint.block().number());
      if (!(block instanceof QuorumResult.Agreed<Block> known)
          || !known.value().ref().equals(hint.block())) {
        // An agreed receipt is in this block, so another one is a chain on the move.
        return new CheckedHint.Unknown<>(
            hint,
            block instanceof QuorumResult.Unavailable<Block>
                ? why(block)
                : "the chain is reorganised");
      }
      boolean same =
          known.value().transactions().stream()
              .anyMatch(entry -> entry.hash().equals(hint.transaction()) && isSame(hint, entry));
      boolean moved = hint instanceof TransactionHint || receipt.succeeded();
      return verdict(
          hint, same && moved, moved ? "its block has another transaction" : "it failed");
    }

    private <H extends Hint> CheckedHint<H> verdict(H hint, boolean holds, String otherwise) {
      return holds
          ? new CheckedHint.Confirmed<>(hint, end)
          : new CheckedHint.Contradicted<>(hint, end, otherwise);
    }
  }

  /** A receipt names neither the nonce nor the coins. */
  private static boolean needsBlock(Hint hint) {
    return !(hint instanceof TransferHint transfer && transfer.logIndex().isPresent());
  }

  private static boolean hasLog(Receipt receipt, TransferHint hint) {
    return receipt.logs().stream().anyMatch(log -> isSame(hint, log));
  }

  private static boolean isSame(TransferHint hint, Log log) {
    return log.index() == hint.logIndex().orElseThrow()
        && hint.amount().asset() instanceof Asset.Erc20 token
        && token.contract().equals(log.address())
        && Erc20Calls.transferLog(log)
            .filter(move -> move.from().equals(hint.from()))
            .filter(move -> hint.to().filter(move.to()::equals).isPresent())
            .filter(move -> move.units().equals(hint.amount().units()))
            .isPresent();
  }

  private static boolean isSame(Hint hint, Block.Entry entry) {
    if (hint instanceof TransactionHint transaction) {
      return entry.from().equals(transaction.sender()) && entry.nonce() == transaction.nonce();
    }
    TransferHint transfer = (TransferHint) hint;
    return transfer.amount().asset() instanceof Asset.Native
        && entry.from().equals(transfer.from())
        && entry.to().equals(transfer.to())
        && entry.value().value().equals(transfer.amount().units());
  }
}
