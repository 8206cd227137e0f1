package io.payonce.routing.indexer;

import java.util.concurrent.CompletableFuture;

/**
 * SPI: a source of history besides the quorum of nodes, such as a block explorer's API, an index of
 * the host's own, or one more node ({@link RpcIndexer}).
 *
 * <p>It may be late, incomplete or wrong, so it speaks in hints. An implementation covers blocks
 * from the first one asked about, without gaps, says how far it came, and names each {@link Hint}
 * once. It bounds what one answer costs: a page with a {@link IndexerResult.Stop} is a good answer.
 * What it cannot say for a block that it covers (such as coins that contracts move, for a source
 * without traces) its description tells.
 *
 * <p>Methods return at once; futures complete normally. Cancelling one ends its work. Thread-safe.
 */
public interface Indexer {
  /** 1 to 32 of {@code a-z 0-9 -}; unique in a pool, and never a URL. */
  String name();

  CompletableFuture<IndexerResult<TransferHint>> transfers(HistoryQuery query);

  CompletableFuture<IndexerResult<TransactionHint>> bySender(SenderQuery query);
}
