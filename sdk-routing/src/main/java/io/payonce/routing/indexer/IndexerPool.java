package io.payonce.routing.indexer;

import io.payonce.routing.indexer.IndexerResult.Failed;
import io.payonce.routing.indexer.IndexerResult.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Several sources of history, asked the same at the same time.
 *
 * <p>It chooses no winner: the report holds what each of them says, and names who is late, fails or
 * contradicts. An answer that cannot be one to the question (hints that were not asked for, twice,
 * or beyond what the source says it covers) makes its source a failed one. Thread-safe.
 *
 * <p>Futures complete normally, within the patience, on the thread of the last source to answer or
 * of the scheduler: whoever goes on with much work hands it to an executor of his own.
 */
public final class IndexerPool {
  private static final int MOST_INDEXERS = 16;
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);
  private static final Duration MOST_PATIENCE = Duration.ofMinutes(15);

  private final List<Indexer> indexers;
  private final Duration patience;
  private final ScheduledExecutorService scheduler;

  private IndexerPool(
      List<Indexer> indexers, Duration patience, ScheduledExecutorService scheduler) {
    this.indexers = List.copyOf(indexers);
    this.patience = patience;
    this.scheduler = scheduler;
  }

  /**
   * A pool of 1 to 16 sources.
   *
   * @param patience after which a source without an answer has failed: 1 s to 15 min, and longer
   *     than the time that the sources take for a page
   * @param scheduler for that; it is the caller's, and not closed
   */
  public static IndexerPool of(
      List<Indexer> indexers, Duration patience, ScheduledExecutorService scheduler) {
    if (indexers.isEmpty() || indexers.size() > MOST_INDEXERS) {
      throw new IllegalArgumentException(
          "indexers " + indexers.size() + " must be 1 to " + MOST_INDEXERS);
    }
    Set<String> names = new LinkedHashSet<>();
    for (Indexer indexer : indexers) {
      if (!names.add(checkedName(indexer.name()))) {
        throw new IllegalArgumentException("indexer " + indexer.name() + " must be named once");
      }
    }
    if (patience.compareTo(LEAST_PATIENCE) < 0 || patience.compareTo(MOST_PATIENCE) > 0) {
      throw new IllegalArgumentException(
          "patience " + patience + " must be " + LEAST_PATIENCE + " to " + MOST_PATIENCE);
    }
    return new IndexerPool(indexers, patience, scheduler);
  }

  static String checkedName(String name) {
    if (!name.matches("[a-z0-9-]{1,32}")) {
      // Deliberate: a URL in the wrong place is not repeated.
      throw new IllegalArgumentException("the name of an indexer must be 1 to 32 of a-z 0-9 -");
    }
    return name;
  }

  /** What each source says about amounts that an account paid and got. */
  public CompletableFuture<IndexerReport<TransferHint>> transfers(HistoryQuery query) {
    return askAll(query, indexer -> indexer.transfers(query));
  }

  /** What each source says about the transactions of an account. */
  public CompletableFuture<IndexerReport<TransactionHint>> bySender(SenderQuery query) {
    return askAll(query, indexer -> indexer.bySender(query));
  }

  private <H extends Hint> CompletableFuture<IndexerReport<H>> askAll(
      HistoryQuestion<H> question, Function<Indexer, CompletableFuture<IndexerResult<H>>> ask) {
    List<CompletableFuture<IndexerResult<H>>> answers = new ArrayList<>();
    for (Indexer indexer : indexers) {
      answers.add(ask(indexer, question, ask));
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            all ->
                new IndexerReport<>(
                    question, answers.stream().map(CompletableFuture::join).toList()));
  }

  private <H extends Hint> CompletableFuture<IndexerResult<H>> ask(
      Indexer indexer,
      HistoryQuestion<H> question,
      Function<Indexer, CompletableFuture<IndexerResult<H>>> ask) {
    String name = indexer.name();
    CompletableFuture<IndexerResult<H>> asked;
    try {
      asked = ask.apply(indexer);
    } catch (RuntimeException defect) {
      return CompletableFuture.completedFuture(defective(name, defect));
    }
    CompletableFuture<IndexerResult<H>> answer = new CompletableFuture<>();
    ScheduledFuture<?> timer =
        scheduler.schedule(
            () -> {
              answer.complete(
                  new Failed<>(name, "no answer within " + patience.toMillis() + " ms"));
              asked.cancel(true);
            },
            patience.toNanos(),
            TimeUnit.NANOSECONDS);
    CompletableFuture<?> unused =
        asked.whenComplete(
            (result, thrown) -> {
              timer.cancel(false);
              answer.complete(
                  thrown == null ? checked(name, question, result) : defective(name, thrown));
            });
    return answer;
  }

  /** Its words may hold a URL. */
  private static <H extends Hint> Failed<H> defective(String name, Throwable defect) {
    Throwable inner = defect.getCause();
    Throwable cause = defect instanceof CompletionException && inner != null ? inner : defect;
    return new Failed<>(name, "defect: " + cause.getClass().getSimpleName());
  }

  private static <H extends Hint> IndexerResult<H> checked(
      String name, HistoryQuestion<H> question, IndexerResult<H> result) {
    if (!result.source().equals(name)) {
      return new Failed<>(name, "answers under another name");
    }
    return result instanceof Page<H> page ? checked(name, question, page) : result;
  }

  private static <H extends Hint> IndexerResult<H> checked(
      String name, HistoryQuestion<H> question, Page<H> page) {
    BlockSpan asked = question.blocks();
    boolean mayBe =
        page.isWhole()
            ? page.next() == asked.last() + 1
            : page.next() >= asked.first() && page.next() <= asked.last();
    if (!mayBe) {
      return new Failed<>(name, "does not say which blocks it covers");
    }
    if (page.next() > asked.first() && page.next() > page.indexed().number() + 1) {
      return new Failed<>(name, "covers blocks that it does not have");
    }
    long before = 0;
    for (H hint : page.hints()) {
      long block = hint.block().number();
      if (!question.asksFor(hint) || block >= page.next() || block < before) {
        return new Failed<>(name, "answers what was not asked for, or out of order");
      }
      before = block;
    }
    return new LinkedHashSet<>(page.hints()).size() == page.hints().size()
        ? page
        : new Failed<>(name, "says the same twice");
  }
}
