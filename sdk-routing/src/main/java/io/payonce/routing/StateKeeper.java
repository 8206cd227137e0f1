package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.BlockRef;
import io.payonce.Finality;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves what the pool shall know after a restart: one call of the store at a time, at once for what
 * matters and once a second for the rest. It also knows the highest block that was agreed to be
 * final, before the start too. Thread-safe; without a store it saves nothing.
 *
 * <p>When the store cannot be read, somebody may have removed a quarantine or the voters with it.
 * Nothing is saved, and no critical read answered, until a person accepts the loss.
 */
final class StateKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  private static final long APART_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LAST_SAVE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LAST_SAVE_STEP_MILLIS = 100;

  private final @Nullable RoutingStateStore store;
  private final Wiring wiring;
  private final Finality finality;
  private final Optional<RoutingState> before;
  private volatile Supplier<RoutingState> now = () -> null;
  private volatile Optional<String> unreadable = Optional.empty();

  @GuardedBy("this")
  private boolean saving;

  @GuardedBy("this")
  private boolean changed;

  /** What is to be saved shall not wait. */
  @GuardedBy("this")
  private boolean urgent;

  @GuardedBy("this")
  private long dueAt;

  @GuardedBy("this")
  private boolean isDue;

  @GuardedBy("this")
  private long savedAt;

  @GuardedBy("this")
  private boolean failing;

  @GuardedBy("this")
  private Optional<BlockRef> finalized = Optional.empty();

  @GuardedBy("this")
  private long finalHeight = -1;

  /** Reads the store. */
  StateKeeper(@Nullable RoutingStateStore store, Wiring wiring, Finality finality) {
    this.store = store;
    this.wiring = wiring;
    this.finality = finality;
    Optional<RoutingState> loaded = Optional.empty();
    try {
      loaded = store == null ? Optional.empty() : store.load();
      if (loaded.isPresent() && !loaded.get().chain().equals(wiring.chainId)) {
        throw new RoutingStateException("the stored routing state is of another chain");
      }
    } catch (RuntimeException failure) {
      loaded = Optional.empty();
      String why = why(failure);
      unreadable = Optional.of(why);
      LOG.error("chain {}: {}; critical reads wait for a person", wiring.chainId, why);
      wiring.announcer.tell(listener -> listener.stateUnreadable(why));
    }
    this.before = loaded;
    this.finalized = loaded.flatMap(RoutingState::finalized);
    this.savedAt = wiring.now() - APART_NANOS;
  }

  /** The words of a foreign store may hold a secret. */
  private static String why(Throwable failure) {
    return failure instanceof RoutingStateException
        ? String.valueOf(failure.getMessage())
        : "the store of the routing state threw " + failure.getClass().getSimpleName();
  }

  /** What was known before this process. */
  Optional<RoutingState> before() {
    return before;
  }

  /** Why no critical read is answered; empty when they are. */
  Optional<String> unreadable() {
    return unreadable;
  }

  /** False when nothing was lost. */
  boolean acceptLoss(String by) {
    if (unreadable.isEmpty()) {
      return false;
    }
    LOG.warn("chain {}: {} accepts that the routing state is lost", wiring.chainId, by);
    unreadable = Optional.empty();
    changed(true);
    return true;
  }

  /** From now on this is what is saved. */
  void saves(Supplier<RoutingState> snapshot) {
    now = snapshot;
    changed(false);
  }

  /** Something is to be saved: at once, or soon. */
  void changed(boolean atOnce) {
    if (store == null || unreadable.isPresent()) {
      return;
    }
    long delay;
    synchronized (this) {
      changed = true;
      urgent |= atOnce;
      long at = wiring.now();
      delay =
          urgent && !failing
              ? 0
              : Math.max(0, savedAt + (failing ? RETRY_NANOS : APART_NANOS) - at);
      boolean isSooner = !isDue || dueAt - (at + delay) > 0;
      if (saving || !isSooner) {
        return;
      }
      isDue = true;
      dueAt = at + delay;
    }
    if (delay == 0) {
      wiring.run(this::save);
    } else {
      wiring.later(delay, this::save);
    }
  }

  private void save() {
    synchronized (this) {
      if (saving || !changed) {
        return;
      }
      saving = true;
      changed = false;
      urgent = false;
      isDue = false;
    }
    Optional<String> failure = tryToSave();
    boolean again;
    boolean news;
    synchronized (this) {
      saving = false;
      savedAt = wiring.now();
      news = failure.isPresent() && !failing;
      failing = failure.isPresent();
      changed |= failing;
      again = changed;
      notifyAll();
    }
    if (news) {
      LOG.error("chain {}: {}; it is tried again", wiring.chainId, failure.orElseThrow());
      wiring.announcer.tell(listener -> listener.stateNotSaved(failure.orElseThrow()));
    }
    if (again && !wiring.isClosed()) {
      changed(false);
    } else if (again && failure.isEmpty()) {
      save(); // what changed while the pool was closed
    }
  }

  private Optional<String> tryToSave() {
    if (store == null) {
      return Optional.empty();
    }
    try {
      store.save(now.get());
      return Optional.empty();
    } catch (RuntimeException | Error failed) {
      return Optional.of(why(failed));
    }
  }

  /**
   * The pool ends: saves what is not saved yet, on this thread. It waits for a save that is under
   * way, so that whoever opens the store next finds all of it.
   */
  void close() {
    if (store == null || unreadable.isPresent()) {
      return;
    }
    // An interrupted thread can write no file, and whoever closes has often been interrupted.
    boolean interrupted = Thread.interrupted();
    long end = wiring.now() + LAST_SAVE_NANOS;
    try {
      synchronized (this) {
        while (saving && end - wiring.now() > 0) {
          wait(LAST_SAVE_STEP_MILLIS);
        }
      }
    } catch (InterruptedException stopped) {
      interrupted = true; // it is saved where the other save ends
    }
    save();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized Optional<BlockRef> finalized() {
    return finalized;
  }

  /**
   * Learns from an agreed answer what is final, and lets the final height never go back behind what
   * was agreed before, this process or the one before it.
   */
  <T> QuorumResult<T> learned(Fact<T> fact, QuorumResult<T> result) {
    if (!(result instanceof QuorumResult.Agreed<T> agreed)) {
      return result;
    }
    if (fact instanceof Fact.Height height && agreed.value() instanceof Long number) {
      return height(height.tag(), number, agreed);
    }
    if (fact instanceof Fact.BlockRefAt && agreed.value() instanceof BlockRef block) {
      block(block);
    }
    return result;
  }

  @SuppressWarnings("unchecked") // a height is a Long
  private <T> QuorumResult<T> height(BlockTag tag, long number, QuorumResult.Agreed<T> agreed) {
    synchronized (this) {
      if (finality instanceof Finality.Depth depth) {
        finalHeight =
            tag == BlockTag.LATEST
                ? Math.max(finalHeight, number - depth.blocks() + 1)
                : finalHeight;
        return agreed;
      }
      BlockTag own = finality instanceof Finality.Safe ? BlockTag.SAFE : BlockTag.FINALIZED;
      if (tag != own) {
        return agreed;
      }
      finalHeight = Math.max(finalHeight, number);
      long least = finalized.map(BlockRef::number).orElse(number);
      return number >= least
          ? agreed
          : new QuorumResult.Agreed<>(
              (T) (Long) least, agreed.votes(), agreed.dissent(), agreed.proof());
    }
  }

  private void block(BlockRef block) {
    Optional<BlockRef> contradicted = Optional.empty();
    synchronized (this) {
      long known = finalized.map(BlockRef::number).orElse(-1L);
      boolean isNews = block.number() <= finalHeight && block.number() > known;
      if (block.number() == known && !finalized.orElseThrow().equals(block)) {
        contradicted = finalized;
      } else if (!isNews) {
        return;
      }
      finalized = Optional.of(block);
    }
    contradicted.ifPresent(
        old -> {
          LOG.error("chain {}: final block {} is agreed to be {} now", wiring.chainId, old, block);
          wiring.announcer.tell(listener -> listener.finalityContradicted(old, block));
        });
    changed(true);
  }
}
