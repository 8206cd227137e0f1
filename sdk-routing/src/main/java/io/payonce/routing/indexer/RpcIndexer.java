package io.payonce.routing.indexer;

import io.payonce.Ticker;
import io.payonce.rpc.RpcClient;
import java.util.concurrent.CompletableFuture;

/**
 * History from the nodes behind any {@link RpcClient}, without a database: Transfer logs of tokens
 * ({@code eth_getLogs}), and for native coins and senders the blocks themselves, one by one.
 *
 * <p>It asks by plain calls, which one node answers, so it is as honest as that node. Give it a
 * client of another provider than those that the payments go through, and it is a second source.
 *
 * <ul>
 *   <li>Amounts of 0 are not told: anybody can log such a transfer in the name of anybody.
 *   <li>Coins are seen where a transaction carries them and succeeded. What contracts move inside
 *       of one, withdrawals of a beacon chain, rewards and fees are not in blocks, and not told.
 *   <li>A page is of one chain: when the block at its end is another one afterwards, or blocks do
 *       not follow one another, it is {@link IndexerResult.Failed}.
 *   <li>What was not asked for, or is no log or block by the letter, fails the page too.
 * </ul>
 *
 * <p>Reading blocks costs some 100 KB each on a busy chain; tokens alone cost next to nothing. A
 * range of logs that a node refuses as too large is asked for in halves. Thread-safe. The client is
 * the caller's, and stays open.
 */
public final class RpcIndexer implements Indexer {
  private final String name;
  private final RpcClient client;
  private final IndexerLimits limits;
  private final Ticker ticker;

  private RpcIndexer(String name, RpcClient client, IndexerLimits limits, Ticker ticker) {
    this.name = IndexerPool.checkedName(name);
    this.client = client;
    this.limits = limits;
    this.ticker = ticker;
  }

  /** With the usual limits. */
  public static RpcIndexer of(String name, RpcClient client) {
    return of(name, client, IndexerLimits.DEFAULT, Ticker.system());
  }

  /**
   * One with its own limits.
   *
   * @param name as {@link Indexer#name}
   * @param ticker for the limit of time
   */
  public static RpcIndexer of(String name, RpcClient client, IndexerLimits limits, Ticker ticker) {
    return new RpcIndexer(name, client, limits, ticker);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public CompletableFuture<IndexerResult<TransferHint>> transfers(HistoryQuery query) {
    return read(query, new TransferRows(client, query));
  }

  @Override
  public CompletableFuture<IndexerResult<TransactionHint>> bySender(SenderQuery query) {
    return read(query, new SenderRows(client, query));
  }

  private <H extends Hint> CompletableFuture<IndexerResult<H>> read(
      HistoryQuestion<H> question, Rows<H> rows) {
    return question.chain().equals(client.chainId())
        ? new PageRead<>(name, client, limits, ticker, question, rows).start()
        : CompletableFuture.completedFuture(
            new IndexerResult.Refused<>(
                name, "chain", question.chain().toString(), "chain " + client.chainId()));
  }
}
