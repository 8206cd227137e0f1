package io.payonce.routing.indexer;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.Receipt;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.IncludedLog;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** What an account paid and got: tokens from logs, coins from blocks. */
final class TransferRows implements Rows<TransferHint> {
  /** Where only logs are read. Most providers give these many blocks at once. */
  private static final int LOG_STRIDE = 1_000;

  private static final int RECEIPTS_AT_ONCE = 50;

  /** Coins first within a block; what is equal stays in the order of transactions. */
  private static final Comparator<TransferHint> CHAIN_ORDER =
      Comparator.<TransferHint>comparingLong(hint -> hint.block().number())
          .thenComparingLong(hint -> hint.logIndex().orElse(-1));

  private final RpcClient client;
  private final BlockScan scan;
  private final HistoryQuery query;
  private final List<Address> tokens = new ArrayList<>();
  private final boolean coins;

  TransferRows(RpcClient client, HistoryQuery query) {
    this.client = client;
    this.scan = new BlockScan(client);
    this.query = query;
    for (Asset asset : query.assets()) {
      if (asset instanceof Asset.Erc20 token) {
        tokens.add(token.contract());
      }
    }
    this.coins = tokens.size() < query.assets().size();
  }

  @Override
  public int stride() {
    return coins ? BlockScan.STRIDE : LOG_STRIDE;
  }

  @Override
  public CompletableFuture<Part<TransferHint>> of(BlockSpan span, CallOptions options) {
    Bytes account = word(query.account());
    CompletableFuture<Part<TransferHint>> part = none();
    if (!tokens.isEmpty() && query.goesOut()) {
      part = joined(part, logs(span, List.of(List.of(account)), options));
    }
    if (!tokens.isEmpty() && query.comesIn()) {
      part = joined(part, logs(span, List.of(List.of(), List.of(account)), options));
    }
    if (coins) {
      part = joined(part, coins(span, options));
    }
    return part.thenApply(
        all ->
            new Part<>(
                // To itself shows on both sides.
                all.hints().stream().distinct().sorted(CHAIN_ORDER).toList(), all.bytes()));
  }

  private static CompletableFuture<Part<TransferHint>> none() {
    return CompletableFuture.completedFuture(new Part<>(List.of(), 0));
  }

  private static CompletableFuture<Part<TransferHint>> joined(
      CompletableFuture<Part<TransferHint>> one, CompletableFuture<Part<TransferHint>> other) {
    return one.thenCombine(
        other,
        (first, second) -> {
          List<TransferHint> hints = new ArrayList<>(first.hints());
          hints.addAll(second.hints());
          return new Part<>(hints, first.bytes() + second.bytes());
        });
  }

  private static Bytes word(Address address) {
    byte[] word = new byte[32];
    System.arraycopy(address.toArray(), 0, word, 12, 20);
    return Bytes.of(word);
  }

  private CompletableFuture<Part<TransferHint>> logs(
      BlockSpan span, List<List<Bytes>> parties, CallOptions options) {
    List<List<Bytes>> topics = new ArrayList<>();
    topics.add(List.of(Erc20Calls.TRANSFER_EVENT));
    topics.addAll(parties);
    RpcRequest<Sized<List<IncludedLog>>> request =
        Rows.sized(Requests.logs(tokens, topics, span.first(), span.last()));
    return client
        .call(request, options)
        .thenApply(
            outcome -> {
              Sized<List<IncludedLog>> found = Rows.value(outcome);
              Map<Long, BlockRef> blocks = new TreeMap<>();
              List<TransferHint> hints = new ArrayList<>();
              for (IncludedLog log : found.value()) {
                BlockRef before = blocks.putIfAbsent(log.block().number(), log.block());
                if (!span.has(log.block().number()) || !tokens.contains(log.log().address())) {
                  throw new Trouble("answers logs that were not asked for", false);
                }
                if (before != null && !before.equals(log.block())) {
                  throw new Trouble("has two blocks " + before.number(), false);
                }
                tokens(log).ifPresent(hints::add);
              }
              return new Part<>(hints, found.bytes());
            });
  }

  /** Empty for a log of the same name by another standard, and where nothing moved. */
  private Optional<TransferHint> tokens(IncludedLog found) {
    Optional<TransferHint> hint =
        Erc20Calls.transferLog(found.log())
            .filter(move -> move.units().signum() > 0)
            .map(
                move ->
                    new TransferHint(
                        move.from(),
                        Optional.of(move.to()),
                        TokenAmount.of(
                            new Asset.Erc20(query.chain(), found.log().address()), move.units()),
                        found.transaction(),
                        found.block(),
                        OptionalLong.of(found.log().index())));
    if (hint.isPresent() && !query.asksFor(hint.get())) {
      throw new Trouble("answers logs that were not asked for", false);
    }
    return hint;
  }

  private CompletableFuture<Part<TransferHint>> coins(BlockSpan span, CallOptions options) {
    return scan.read(span, options)
        .thenCompose(
            blocks -> {
              List<TransferHint> carried = new ArrayList<>();
              for (Block block : blocks.value()) {
                for (Block.Entry entry : block.transactions()) {
                  if (!entry.value().isZero()) {
                    TransferHint hint = coins(block.ref(), entry);
                    if (query.asksFor(hint)) {
                      carried.add(hint);
                    }
                  }
                }
              }
              return succeeded(carried, blocks.bytes(), options);
            });
  }

  private TransferHint coins(BlockRef block, Block.Entry entry) {
    return new TransferHint(
        entry.from(),
        entry.to(),
        TokenAmount.ofWei(query.chain(), entry.value()),
        entry.hash(),
        block,
        OptionalLong.empty());
  }

  /** Of those that blocks have: what a failed transaction carries goes back to its sender. */
  private CompletableFuture<Part<TransferHint>> succeeded(
      List<TransferHint> carried, long bytes, CallOptions options) {
    CompletableFuture<Part<TransferHint>> all =
        CompletableFuture.completedFuture(new Part<>(List.of(), bytes));
    for (int i = 0; i < carried.size(); i += RECEIPTS_AT_ONCE) {
      List<TransferHint> some = carried.subList(i, Math.min(carried.size(), i + RECEIPTS_AT_ONCE));
      all =
          all.thenCompose(
              before ->
                  joined(CompletableFuture.completedFuture(before), withReceipts(some, options)));
    }
    return all;
  }

  private CompletableFuture<Part<TransferHint>> withReceipts(
      List<TransferHint> carried, CallOptions options) {
    List<RpcRequest<Sized<Optional<Receipt>>>> requests = new ArrayList<>();
    carried.forEach(hint -> requests.add(Rows.sized(Requests.receipt(hint.transaction()))));
    return client
        .callBatch(List.copyOf(requests), options)
        .thenApply(
            outcomes -> {
              List<TransferHint> hints = new ArrayList<>();
              long bytes = 0;
              for (int i = 0; i < outcomes.size(); i++) {
                Sized<Optional<Receipt>> receipt = Rows.value(requests.get(i), outcomes.get(i));
                TransferHint hint = carried.get(i);
                bytes += receipt.bytes();
                if (receipt(hint, receipt.value()).succeeded()) {
                  hints.add(hint);
                }
              }
              return new Part<>(hints, bytes);
            });
  }

  private static Receipt receipt(TransferHint hint, Optional<Receipt> receipt) {
    TransactionHash hash = hint.transaction();
    if (receipt.isEmpty()) {
      throw new Trouble("has no receipt of " + hash, false);
    }
    if (!receipt.get().block().equals(hint.block())) {
      throw new Trouble("has " + hash + " in two blocks", false);
    }
    return receipt.get();
  }
}
