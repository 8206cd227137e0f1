package io.payonce.routing.indexer;

import io.payonce.BlockRef;
import java.util.List;
import java.util.Optional;

/** What one source answered. Whatever it says are hints. */
public sealed interface IndexerResult<H extends Hint> {
  /** The name of the {@link Indexer}. */
  String source();

  /**
   * Everything that the source knows of a beginning of the blocks that were asked about, in the
   * order of the chain.
   *
   * @param next blocks below it are covered, as far as they were asked about; the answer goes on
   *     with {@link HistoryQuestion#from from} here
   * @param indexed the newest block that the source has
   * @param stop why it does not cover all blocks; empty when it does
   */
  record Page<H extends Hint>(
      String source, List<H> hints, long next, BlockRef indexed, Optional<Stop> stop)
      implements IndexerResult<H> {
    public Page {
      hints = List.copyOf(hints);
    }

    public boolean isWhole() {
      return stop.isEmpty();
    }

    /** Whether it ends before what was asked about because the source is not there yet. */
    public boolean isBehind() {
      return stop.filter(why -> why.reason() == Stop.Reason.BEHIND).isPresent();
    }
  }

  /**
   * Why a page ends early. Asking on helps.
   *
   * @param detail for people, without a URL or credential
   */
  record Stop(Reason reason, String detail) {
    /** What ended it. */
    public enum Reason {
      /** A page has no more blocks. */
      BLOCKS,
      /** A page has no more hints. */
      ROWS,
      /** A page reads no more bytes. */
      BYTES,
      /** A page takes no longer. */
      TIME,
      /** The source has no later blocks yet. */
      BEHIND,
      /** The source stopped answering. */
      FAILURE
    }
  }

  /** The question is beyond what this source takes: the same again will be refused again. */
  record Refused<H extends Hint>(String source, String field, String value, String limit)
      implements IndexerResult<H> {
    @Override
    public String toString() {
      return source + " refuses " + field + " " + value + ": it takes " + limit;
    }
  }

  /**
   * It does not know now, or what it said cannot be.
   *
   * @param reason for people, without a URL or credential
   */
  record Failed<H extends Hint>(String source, String reason) implements IndexerResult<H> {}
}
