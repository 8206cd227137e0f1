package io.payonce.routing;

import io.payonce.BlockHeader;
import io.payonce.rpc.Operator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who has told of which block, and which one is the tip. Not thread-safe: its owner guards it.
 *
 * <p>A block is believed as soon as two operators have told of it. A lone word extends the chain
 * after a block time, and never replaces anything.
 */
final class HeadBoard {
  static final int REMEMBERED = 1024;

  /** The newest block as far as it can be told. */
  record Tip(BlockHeader header, boolean singleSource) {}

  private static final class Told {
    private final TreeSet<Operator> by = new TreeSet<>();
    private final long since;
    private boolean wasConfirmed;

    Told(long since) {
      this.since = since;
    }
  }

  private int needed;
  private final long patienceNanos;
  private final Map<BlockHeader, Told> all = new LinkedHashMap<>();
  private Optional<Tip> tip = Optional.empty();
  private long confirmedNumber = -1;

  /**
   * @param operators how many there are to ask
   * @param patienceNanos how long a lone word waits for a second one
   */
  HeadBoard(int operators, long patienceNanos) {
    this.needed = Math.min(2, operators);
    this.patienceNanos = patienceNanos;
  }

  /** How many there are to ask now. */
  void operators(int count) {
    needed = Math.min(2, count);
  }

  Optional<Tip> tip() {
    return tip;
  }

  /** Whether nobody else has told of it yet. */
  boolean isLone(BlockHeader header) {
    Told told = all.get(header);
    return told != null && told.by.size() < needed;
  }

  /** Who has told of it. */
  Set<Operator> tellersOf(BlockHeader header) {
    Told told = all.get(header);
    return told == null ? new TreeSet<>() : new TreeSet<>(told.by);
  }

  /** Books what an operator tells; whether the tip is another one. */
  boolean told(Operator operator, BlockHeader header, long now) {
    Told told = all.get(header);
    if (told == null) {
      if (all.size() == REMEMBERED) {
        Iterator<BlockHeader> oldest = all.keySet().iterator();
        oldest.next();
        oldest.remove();
      }
      told = new Told(now);
      all.put(header, told);
    }
    told.by.add(operator);
    if (told.by.size() < needed || told.wasConfirmed) {
      return false;
    }
    told.wasConfirmed = true;
    return confirmed(header);
  }

  private boolean confirmed(BlockHeader header) {
    long number = header.number();
    boolean isNewer = number >= confirmedNumber;
    boolean replaces =
        tip.isEmpty()
            || number >= tip.get().header().number()
            || (tip.get().singleSource() && isNewer);
    confirmedNumber = Math.max(confirmedNumber, number);
    if (!replaces) {
      return false;
    }
    boolean changed = tip.isEmpty() || !tip.get().header().equals(header);
    tip = Optional.of(new Tip(header, false));
    return changed;
  }

  /** Takes a lone word that has waited long enough; whether the tip is another one. */
  boolean look(long now) {
    boolean changed = false;
    for (Map.Entry<BlockHeader, Told> one : all.entrySet()) {
      long number = one.getKey().number();
      boolean extendsChain = tip.isEmpty() || number > tip.get().header().number();
      if (extendsChain && now - one.getValue().since >= patienceNanos) {
        tip = Optional.of(new Tip(one.getKey(), one.getValue().by.size() < needed));
        changed = true;
      }
    }
    return changed;
  }
}
