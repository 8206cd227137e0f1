package io.payonce.routing.indexer;

import io.payonce.BlockRef;
import io.payonce.Ticker;
import io.payonce.routing.indexer.IndexerResult.Failed;
import io.payonce.routing.indexer.IndexerResult.Page;
import io.payonce.routing.indexer.IndexerResult.Refused;
import io.payonce.routing.indexer.IndexerResult.Stop;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcRequest.MalformedValueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One page of an {@link RpcIndexer}: stride by stride until all is read or a limit is reached, and
 * then a look at whether the chain is still the one that was read. Steps follow one another.
 */
final class PageRead<H extends Hint> {
  private static final Duration LONGEST_CALL = Duration.ofSeconds(10);

  private final String source;
  private final RpcClient client;
  private final IndexerLimits limits;
  private final Ticker ticker;
  private final HistoryQuestion<H> question;
  private final Rows<H> rows;
  private final CompletableFuture<IndexerResult<H>> result = new CompletableFuture<>();
  private final long start;
  private final List<H> hints = new ArrayList<>();
  private long next;
  private long last;
  private int stride;
  private long bytes;
  private @Nullable Stop stop;

  PageRead(
      String source,
      RpcClient client,
      IndexerLimits limits,
      Ticker ticker,
      HistoryQuestion<H> question,
      Rows<H> rows) {
    this.source = source;
    this.client = client;
    this.limits = limits;
    this.ticker = ticker;
    this.question = question;
    this.rows = rows;
    this.start = ticker.nanos();
    this.next = question.blocks().first();
    this.stride = rows.stride();
  }

  /** Who completes or cancels it ends the reading. */
  CompletableFuture<IndexerResult<H>> result() {
    return result;
  }

  /** Completes normally, whatever happens. */
  CompletableFuture<IndexerResult<H>> start() {
    CompletableFuture<?> unused =
        CompletableFuture.completedFuture("latest")
            .thenCompose(this::block) // what a closed client throws fails the page
            .thenCompose(this::readTo)
            .whenComplete(
                (page, thrown) -> result.complete(thrown == null ? page : failed(thrown)));
    return result;
  }

  /** Until the newest block, what was asked for, or what a page may have. */
  private CompletableFuture<IndexerResult<H>> readTo(BlockRef newest) {
    BlockSpan asked = question.blocks();
    long most = Math.min(asked.last(), next + limits.blocks() - 1);
    last = Math.min(most, newest.number());
    if (last < asked.last()) {
      stop =
          last < most
              ? new Stop(Stop.Reason.BEHIND, "its newest block is " + newest.number())
              : new Stop(Stop.Reason.BLOCKS, "a page has " + limits.blocks() + " blocks");
    }
    if (last < next) {
      return CompletableFuture.completedFuture(page(newest));
    }
    CompletableFuture<BlockRef> end =
        last == newest.number() ? CompletableFuture.completedFuture(newest) : block(number(last));
    return end.thenCompose(
        before ->
            read()
                .thenCompose(
                    refused ->
                        refused.isPresent()
                            ? CompletableFuture.completedFuture(refused.get())
                            : block(number(last)).thenApply(after -> end(before, after, newest))));
  }

  private IndexerResult<H> end(BlockRef before, BlockRef after, BlockRef newest) {
    return before.equals(after)
        ? page(newest)
        : new Failed<>(source, "the chain was reorganised while it was read");
  }

  private IndexerResult<H> page(BlockRef newest) {
    return new Page<>(source, hints, next, newest, Optional.ofNullable(stop));
  }

  /** All strides; what it refuses, if it does. A client may answer at once: no recursion then. */
  private CompletableFuture<Optional<IndexerResult<H>>> read() {
    while (mayGoOn()) {
      BlockSpan span = new BlockSpan(next, Math.min(last, next + stride - 1));
      CompletableFuture<Optional<IndexerResult<H>>> step =
          rows.of(span, options())
              .handle((part, thrown) -> thrown == null ? book(span, part) : trouble(thrown));
      if (!step.isDone()) {
        return step.thenCompose(
            refused -> refused.isPresent() ? CompletableFuture.completedFuture(refused) : read());
      }
      Optional<IndexerResult<H>> refused = step.join();
      if (refused.isPresent()) {
        return CompletableFuture.completedFuture(refused);
      }
    }
    return CompletableFuture.completedFuture(Optional.empty());
  }

  /** Not when the caller has cancelled it either. */
  private boolean mayGoOn() {
    if (next > last || result.isDone() || isCut()) {
      return false;
    }
    if (bytes >= limits.bytes()) {
      stop = new Stop(Stop.Reason.BYTES, "a page reads " + limits.bytes() + " bytes");
    } else if (left().isNegative() || left().isZero()) {
      stop = new Stop(Stop.Reason.TIME, "a page takes " + limits.time().toMillis() + " ms");
    } else {
      return true;
    }
    return false;
  }

  /** Whether it ends before the last block of the page. */
  private boolean isCut() {
    Stop why = stop;
    return why != null && why.reason() != Stop.Reason.BEHIND && why.reason() != Stop.Reason.BLOCKS;
  }

  private Duration left() {
    return limits.time().minusNanos(ticker.nanos() - start);
  }

  private CallOptions options() {
    Duration left = left();
    return CallOptions.within(left.compareTo(LONGEST_CALL) < 0 ? left : LONGEST_CALL);
  }

  /** Whole blocks, as many as fit; a refusal when not even the first one does. */
  private Optional<IndexerResult<H>> book(BlockSpan span, Rows.Part<H> part) {
    bytes += part.bytes();
    List<H> found = part.hints();
    int from = 0;
    while (from < found.size()) {
      long block = found.get(from).block().number();
      int to = from;
      while (to < found.size() && found.get(to).block().number() == block) {
        to++;
      }
      if (to - from > limits.rows()) {
        return Optional.of(
            new Refused<>(
                source, "rows of block " + block, "" + (to - from), "at most " + limits.rows()));
      }
      if (hints.size() + to - from > limits.rows()) {
        next = block;
        stop = new Stop(Stop.Reason.ROWS, "a page has " + limits.rows() + " rows");
        return Optional.empty();
      }
      hints.addAll(found.subList(from, to));
      from = to;
    }
    next = span.last() + 1;
    return Optional.empty();
  }

  /** Fewer blocks at once, an early end, or none when there is nothing to show. */
  private Optional<IndexerResult<H>> trouble(Throwable thrown) {
    Throwable cause = cause(thrown);
    if (cause instanceof Rows.Trouble trouble && trouble.isTooLarge && stride > 1) {
      stride = (stride + 1) / 2;
      return Optional.empty();
    }
    if (next == question.blocks().first()) {
      return Optional.of(failed(cause));
    }
    stop = new Stop(Stop.Reason.FAILURE, reason(cause));
    return Optional.empty();
  }

  private Failed<H> failed(Throwable thrown) {
    return new Failed<>(source, reason(cause(thrown)));
  }

  private static Throwable cause(Throwable thrown) {
    Throwable cause = thrown.getCause();
    return thrown instanceof CompletionException && cause != null ? cause : thrown;
  }

  /** Our own words; those of a defect could quote a URL. */
  private static String reason(Throwable cause) {
    return cause instanceof Rows.Trouble || cause instanceof MalformedValueException
        ? String.valueOf(cause.getMessage())
        : "defect: " + cause.getClass().getSimpleName();
  }

  private CompletableFuture<BlockRef> block(String tagOrNumber) {
    return client
        .call(Requests.blockRef(tagOrNumber), CallOptions.DEFAULT)
        .thenApply(
            outcome -> {
              Optional<BlockRef> block = Rows.value(outcome);
              return block.orElseThrow(
                  () -> new Rows.Trouble("does not have block " + tagOrNumber, false));
            });
  }

  private static String number(long block) {
    return Requests.quantity(block);
  }
}
