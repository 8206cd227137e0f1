package io.payonce.routing.indexer;

import io.payonce.routing.indexer.IndexerResult.Page;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What several sources answered to one question, side by side. Agreement of them all is still a
 * hint: they may read the same node.
 *
 * @param results one of each source, in the order of the pool
 */
public record IndexerReport<H extends Hint>(
    HistoryQuestion<H> question, List<IndexerResult<H>> results) {
  public IndexerReport {
    results = List.copyOf(results);
  }

  /** Those that answered, whole or in part. */
  public List<Page<H>> pages() {
    List<Page<H>> pages = new ArrayList<>();
    for (IndexerResult<H> result : results) {
      if (result instanceof Page<H> page) {
        pages.add(page);
      }
    }
    return pages;
  }

  /** Those that failed or refused, each with its reason. */
  public List<IndexerResult<H>> silent() {
    return results.stream().filter(result -> !(result instanceof Page<H>)).toList();
  }

  /** Those that do not have all blocks that were asked about yet. */
  public List<Page<H>> behind() {
    return pages().stream().filter(Page::isBehind).toList();
  }

  /** Every hint once, by block, with who says it and who should and does not. */
  public List<Told<H>> told() {
    List<Page<H>> pages = pages();
    Set<H> all = new LinkedHashSet<>();
    List<Set<H>> each = new ArrayList<>();
    for (Page<H> page : pages) {
      all.addAll(page.hints());
      each.add(new LinkedHashSet<>(page.hints()));
    }
    List<Told<H>> told = new ArrayList<>();
    for (H hint : all) {
      List<String> by = new ArrayList<>();
      List<String> against = new ArrayList<>();
      for (int i = 0; i < pages.size(); i++) {
        Page<H> page = pages.get(i);
        if (each.get(i).contains(hint)) {
          by.add(page.source());
        } else if (page.next() > hint.block().number()) {
          against.add(page.source());
        }
      }
      told.add(new Told<>(hint, by, against));
    }
    told.sort(Comparator.comparingLong(one -> one.hint().block().number()));
    return told;
  }

  /** Those of {@link #told} that sources contradict each other about. */
  public List<Told<H>> disputed() {
    return told().stream().filter(Told::isDisputed).toList();
  }

  /** Whether every source covered all blocks, and all say the same. */
  public boolean isUnanimous() {
    return silent().isEmpty() && pages().stream().allMatch(Page::isWhole) && disputed().isEmpty();
  }

  /**
   * Where to go on: the first block that not all sources that answered have covered. Who is {@link
   * #silent} does not hold it up; who wants his word too asks again before going on.
   */
  public long next() {
    return pages().stream().mapToLong(Page::next).min().orElse(question.blocks().first());
  }
}
