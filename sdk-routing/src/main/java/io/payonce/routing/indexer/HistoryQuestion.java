package io.payonce.routing.indexer;

import io.payonce.ChainId;

/** What an {@link Indexer} is asked. Immutable. */
public sealed interface HistoryQuestion<H extends Hint> permits HistoryQuery, SenderQuery {
  ChainId chain();

  BlockSpan blocks();

  /** Whether it is part of an answer, if it is true. */
  boolean asksFor(H hint);

  /** The same about what is left from this block on. */
  HistoryQuestion<H> from(long block);
}
