package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.HeadEvent.FinalityAdvanced;
import io.payonce.rpc.HeadEvent.NewHead;
import io.payonce.rpc.HeadEvent.Reorg;
import io.payonce.rpc.HeadEvent.SourceChanged;
import io.payonce.rpc.HeadEvent.Stalled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscriber, and how far it has been told. It goes on to the newest tip when the subscriber
 * has taken everything and asks for more: who is slow costs nothing, and misses nothing that can
 * still be fetched.
 *
 * <p>The monitor guards what is known; subscriber, feed and network are called outside of it, but
 * for the feed's tip, whose monitor is taken after this one.
 */
final class HeadCursor implements Flow.Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  /** How deep a reorg is told, and one more for the ancestor. */
  static final int REMEMBERED = 65;

  /** Events beside the blocks; when more wait the oldest goes. */
  private static final int MOST_SIDE_EVENTS = 256;

  private final HeadFeed feed;
  private final Flow.Subscriber<? super HeadEvent> subscriber;

  /** What was told, in the order of heights, without a gap. */
  @GuardedBy("this")
  private final Deque<BlockHeader> told = new ArrayDeque<>();

  @GuardedBy("this")
  private final Deque<HeadEvent> waiting = new ArrayDeque<>();

  /** Of who pushes, as the subscriber knows it. */
  @GuardedBy("this")
  private long sourcesVersion = -1;

  /** The highest one that the subscriber knows. */
  @GuardedBy("this")
  private Optional<BlockRef> finalBlock = Optional.empty();

  @GuardedBy("this")
  private long demand;

  /** A request for less than one event, which ends the stream. */
  @GuardedBy("this")
  private Optional<Long> refused = Optional.empty();

  @GuardedBy("this")
  private boolean isTelling = true;

  @GuardedBy("this")
  private boolean isReading;

  @GuardedBy("this")
  private long movedAt;

  @GuardedBy("this")
  private boolean isSilent;

  @GuardedBy("this")
  private boolean over;

  @GuardedBy("this")
  private boolean ending;

  HeadCursor(HeadFeed feed, Flow.Subscriber<? super HeadEvent> subscriber, long now) {
    this.feed = feed;
    this.subscriber = subscriber;
    this.movedAt = now;
  }

  /** The first of all calls to the subscriber. */
  void begin() {
    if (calls(() -> subscriber.onSubscribe(this))) {
      tell();
    }
  }

  /** A call to the subscriber; false when it threw, which ends all. */
  private boolean calls(Runnable call) {
    try {
      call.run();
      return true;
    } catch (RuntimeException | Error broken) {
      LOG.error("a subscriber of heads failed, and is told nothing more", broken);
      cancel();
      return false;
    }
  }

  @Override
  public void request(long count) {
    synchronized (this) {
      if (count < 1) {
        refused = refused.or(() -> Optional.of(count));
        waiting.clear();
      } else {
        demand = Math.addExact(demand, Math.min(count, Long.MAX_VALUE - demand));
      }
    }
    wake();
  }

  @Override
  public void cancel() {
    synchronized (this) {
      over = true;
      waiting.clear();
    }
    feed.left(this);
  }

  /** Nothing will come any more. */
  void end() {
    synchronized (this) {
      ending = true;
    }
    wake();
  }

  /**
   * Who pushes now. Threads may come with it in another order than it happened in.
   *
   * @param version the number of changes before
   */
  void sources(List<String> endpoints, long version) {
    synchronized (this) {
      if (version <= sourcesVersion) {
        return;
      }
      sourcesVersion = version;
      add(new SourceChanged(endpoints));
    }
    wake();
  }

  /** A block is final; that of a thread that comes late is no news. */
  void becameFinal(BlockRef block) {
    synchronized (this) {
      if (finalBlock.filter(known -> known.number() >= block.number()).isPresent()) {
        return;
      }
      finalBlock = Optional.of(block);
      add(new FinalityAdvanced(block));
    }
    wake();
  }

  /** Something beside the blocks. */
  void say(HeadEvent event) {
    synchronized (this) {
      add(event);
    }
    wake();
  }

  @GuardedBy("this")
  private void add(HeadEvent event) {
    if (waiting.stream().filter(HeadCursor::isAside).count() >= MOST_SIDE_EVENTS) {
      boolean unused =
          waiting.removeFirstOccurrence(
              waiting.stream().filter(HeadCursor::isAside).findFirst().orElseThrow());
    }
    waiting.addLast(event);
  }

  /** All else says how the chain went on, and a subscriber that misses one has another chain. */
  private static boolean isAside(HeadEvent event) {
    return event instanceof SourceChanged
        || event instanceof FinalityAdvanced
        || (event instanceof Stalled stalled && stalled.why() == Stalled.Why.SILENCE);
  }

  /** Says once that nothing new could be told for so long to a subscriber that waits for it. */
  void watchSilence(long now, long longest) {
    Stalled silence;
    synchronized (this) {
      if (demand == 0 || !waiting.isEmpty()) {
        movedAt = now;
        return;
      }
      if (isSilent || now - movedAt < longest) {
        return;
      }
      isSilent = true;
      Optional<BlockRef> tip =
          told.isEmpty() ? Optional.empty() : Optional.of(told.getLast().ref());
      silence = new Stalled(Stalled.Why.SILENCE, tip);
    }
    say(silence);
  }

  /** There may be something to tell, or room to tell it. */
  void wake() {
    synchronized (this) {
      if (isTelling || over) {
        return;
      }
      isTelling = true;
    }
    feed.run(this::tell);
  }

  /** Makes all further calls to the subscriber: one thread at a time is in here. */
  private void tell() {
    while (true) {
      HeadEvent next = null;
      Optional<Long> wrong;
      synchronized (this) {
        wrong = refused;
        if (!over && wrong.isEmpty() && demand > 0 && !waiting.isEmpty()) {
          demand--;
          next = waiting.removeFirst();
        } else {
          isTelling = false;
          boolean ends = wrong.isPresent() || (ending && waiting.isEmpty());
          if (over || !ends) {
            break;
          }
          over = true;
        }
      }
      if (next == null) {
        feed.left(this);
        boolean unused = calls(() -> last(wrong));
        return;
      }
      HeadEvent event = next;
      boolean unused = calls(() -> subscriber.onNext(event));
    }
    goOn();
  }

  private void last(Optional<Long> wrong) {
    if (wrong.isPresent()) {
      subscriber.onError(
          new IllegalArgumentException("request " + wrong.get() + " must be above 0"));
    } else {
      subscriber.onComplete();
    }
  }

  /** Towards the newest tip, when the subscriber waits for it. */
  private void goOn() {
    HeadBoard.Tip target;
    List<BlockHeader> known;
    synchronized (this) {
      Optional<HeadBoard.Tip> tip = feed.tip();
      if (isReading
          || over
          || ending
          || demand == 0
          || !waiting.isEmpty()
          || tip.isEmpty()
          || isOld(tip.get().header())) {
        return;
      }
      isReading = true;
      target = tip.get();
      known = new ArrayList<>(told);
    }
    if (known.isEmpty()) {
      read(target, Optional.of(new HeadPath.Found(Optional.empty(), List.of(target.header()))));
      return;
    }
    Wiring.detach(
        HeadPath.find(feed.client(), known, target)
            .exceptionally(closed -> Optional.empty())
            .thenAccept(found -> read(target, found)));
  }

  @GuardedBy("this")
  private boolean isOld(BlockHeader header) {
    if (told.isEmpty()) {
      return false;
    }
    return header.number() < told.getLast().number() || told.contains(header);
  }

  private void read(HeadBoard.Tip target, Optional<HeadPath.Found> found) {
    synchronized (this) {
      isReading = false;
      if (found.isEmpty() || over) {
        return; // the next tick tries again
      }
      book(target, found.get());
    }
    wake();
  }

  @GuardedBy("this")
  private void book(HeadBoard.Tip target, HeadPath.Found found) {
    movedAt = feed.now();
    isSilent = false;
    if (!told.isEmpty()) {
      BlockHeader last = told.getLast();
      if (found.ancestor().isEmpty()) {
        boolean gap = target.header().number() - last.number() > HeadPath.MOST_MISSING;
        waiting.addLast(
            new Stalled(gap ? Stalled.Why.GAP : Stalled.Why.DEEP_REORG, Optional.of(last.ref())));
        told.clear();
      } else if (!found.ancestor().get().equals(last)) {
        BlockHeader ancestor = found.ancestor().get();
        waiting.addLast(new Reorg(last.ref(), target.header().ref(), ancestor.ref()));
        while (!told.getLast().equals(ancestor)) {
          told.removeLast();
        }
      }
    }
    for (BlockHeader block : found.blocks()) {
      waiting.addLast(new NewHead(block, target.singleSource()));
      told.addLast(block);
      if (told.size() > REMEMBERED) {
        told.removeFirst();
      }
    }
  }
}
