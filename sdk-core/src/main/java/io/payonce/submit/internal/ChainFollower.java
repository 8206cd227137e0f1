package io.payonce.submit.internal;

import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.ChainProfile;
import io.payonce.Finality;
import io.payonce.fee.FeeOracle;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the blocks that a quorum agrees on, for all lanes of a chain: notices reorganisations by
 * the links between blocks, keeps the last blocks with their transactions, and never lets what is
 * final move back. One look at a time; the next is scheduled when it ended, however it ended.
 */
public final class ChainFollower implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChainFollower.class);

  /** Blocks kept with their transactions. */
  static final int RING = 256;

  /** A longer gap is not walked block by block: consumers are then found by search. */
  private static final int MAX_WALK = 64;

  private final ChainProfile profile;
  private final RpcClient rpc;
  private final FeeOracle fees;
  private final Duration pollInterval;
  private final ScheduledExecutorService scheduler;
  private final Executor executor;
  private final Listener listener;

  /** Written by the one look that runs; read by consumer searches. */
  private final NavigableMap<Long, IndexedBlock> ring = new ConcurrentSkipListMap<>();

  private volatile Optional<ChainHead> head = Optional.empty();

  /**
   * What is being asked for, and was not before the head was last told: all lanes ask for the same
   * blocks then.
   */
  private volatile Map<Long, CompletableFuture<BlockRef>> asked = new ConcurrentHashMap<>();

  /** The final block of {@link #head} is not on the chain any more; its height is all it says. */
  private volatile boolean finalReplaced;

  private volatile Optional<String> trouble = Optional.of("the chain was not looked at yet");
  private volatile boolean closed;

  /** Who wants to know. Called on the executor, one call at a time. */
  public interface Listener {
    /** After every successful look, also when the head is the same. */
    void onHead(ChainHead head);

    /** Blocks above {@code ancestor} were replaced. */
    void onReorg(long ancestor, boolean belowFinal);
  }

  public ChainFollower(
      ChainProfile profile,
      RpcClient rpc,
      FeeOracle fees,
      Duration pollInterval,
      ScheduledExecutorService scheduler,
      Executor executor,
      Listener listener) {
    this.profile = profile;
    this.rpc = rpc;
    this.fees = fees;
    this.pollInterval = pollInterval;
    this.scheduler = scheduler;
    this.executor = executor;
    this.listener = listener;
  }

  public void start() {
    executor.execute(this::look);
  }

  public Optional<ChainHead> head() {
    return head;
  }

  /** Why the last look failed; empty after a good one. */
  public Optional<String> trouble() {
    return trouble;
  }

  /** The agreed blocks that are kept, by number. */
  NavigableMap<Long, IndexedBlock> recent() {
    return Collections.unmodifiableNavigableMap(ring);
  }

  private void look() {
    if (closed) {
      return;
    }
    try {
      Futures.end(
          height(BlockTag.LATEST)
              .thenCompose(this::advance)
              .thenCompose(this::finish)
              .handleAsync(this::looked, executor));
    } catch (Throwable defect) { // the next look comes all the same
      trouble = Optional.of(Futures.reason(defect));
      if (closed) {
        log.debug("chain {}: closed", profile.id()); // and what it asks with it
      } else {
        log.error("chain {}: internal error", profile.id(), defect);
      }
      lookAgain();
    }
  }

  private @Nullable Void looked(@Nullable ChainHead seen, @Nullable Throwable failure) {
    try {
      note(seen, failure);
    } finally {
      lookAgain();
    }
    return null;
  }

  private void note(@Nullable ChainHead seen, @Nullable Throwable failure) {
    if (failure == null && seen != null) {
      trouble = Optional.empty();
      asked = new ConcurrentHashMap<>();
      head = Optional.of(seen);
      listener.onHead(seen);
    } else {
      String reason = Futures.reason(failure);
      trouble = Optional.of(reason);
      log.debug("chain {}: no agreed head: {}", profile.id(), reason);
    }
  }

  private void lookAgain() {
    if (!closed) {
      var unused =
          scheduler.schedule(
              () -> {
                if (!closed) {
                  executor.execute(this::look);
                }
              },
              pollInterval.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  /** Brings the ring up to a height and returns its newest block. */
  private CompletionStage<Block> advance(long height) {
    if (ring.isEmpty()) {
      return block(height).thenApply(this::keep);
    }
    Block last = ring.lastEntry().getValue().block();
    if (height < last.ref().number()) {
      return CompletableFuture.completedFuture(last); // whoever lags now was ahead before
    }
    return blockRef(last.ref().number())
        .thenCompose(
            now ->
                now.equals(last.ref())
                    ? extend(last, height)
                    : ancestor(last.ref().number() - 1).thenCompose(a -> reorganise(a, height)));
  }

  private CompletionStage<Block> extend(Block last, long height) {
    long from = last.ref().number();
    if (height - from > MAX_WALK) {
      ring.clear();
      return restart(height);
    }
    List<CompletableFuture<Block>> missing = new ArrayList<>();
    for (long number = from + 1; number <= height; number++) {
      missing.add(block(number));
    }
    return CompletableFuture.allOf(missing.toArray(CompletableFuture[]::new))
        .handle(
            (all, failure) -> {
              Block tip = link(last, agreed(missing));
              if (tip.equals(last) && failure != null) {
                throw new CompletionException(failure);
              }
              return tip;
            });
  }

  /** Up to the first that was not agreed on: a look that gets some of them is not in vain. */
  private static List<Block> agreed(List<CompletableFuture<Block>> reads) {
    return reads.stream()
        .takeWhile(read -> !read.isCompletedExceptionally())
        .map(CompletableFuture::join)
        .toList();
  }

  /** Keeps blocks as far as each is the child of the one before; the rest is asked for again. */
  private Block link(Block last, List<Block> blocks) {
    Block tip = last;
    for (Block block : blocks) {
      if (!block.parent().equals(tip.ref().hash())) {
        break;
      }
      tip = keep(block);
    }
    return tip;
  }

  private CompletionStage<Block> reorganise(long ancestor, long height) {
    boolean belowFinal = head.map(known -> known.finalBlock().number() > ancestor).orElse(false);
    finalReplaced |= belowFinal;
    log.warn("chain {}: blocks above {} were replaced", profile.id(), ancestor);
    ring.tailMap(ancestor, false).clear();
    CompletableFuture<Void> told =
        CompletableFuture.runAsync(() -> listener.onReorg(ancestor, belowFinal), executor);
    return told.thenCompose(
        done ->
            ring.isEmpty() ? restart(height) : extend(ring.lastEntry().getValue().block(), height));
  }

  /** Without a block to go on from: at least what was final has to be there still. */
  private CompletionStage<Block> restart(long height) {
    Optional<BlockRef> known = head.map(ChainHead::finalBlock).filter(f -> !finalReplaced);
    CompletionStage<?> told =
        known.isEmpty()
            ? CompletableFuture.completedFuture(null)
            : blockRef(known.get().number())
                .thenAcceptAsync(
                    now -> {
                      if (!now.equals(known.get())) {
                        finalReplaced = true;
                        log.warn("chain {}: final {} became {}", profile.id(), known.get(), now);
                        listener.onReorg(now.number() - 1, true);
                      }
                    },
                    executor);
    return told.thenCompose(done -> block(height).thenApply(this::keep));
  }

  /** The highest kept block that is still on the agreed chain; -1 when none is. */
  private CompletableFuture<Long> ancestor(long number) {
    IndexedBlock known = ring.get(number);
    if (known == null) {
      return CompletableFuture.completedFuture(number);
    }
    return blockRef(number)
        .thenCompose(
            now ->
                now.equals(known.ref())
                    ? CompletableFuture.completedFuture(number)
                    : ancestor(number - 1));
  }

  private Block keep(Block block) {
    ring.put(block.ref().number(), new IndexedBlock(block));
    while (ring.size() > RING) {
      ring.pollFirstEntry();
    }
    return block;
  }

  private CompletionStage<ChainHead> finish(Block tip) {
    return finalBlock(tip)
        .thenCombine(
            fees.snapshot(tip), (finalBlock, market) -> new ChainHead(tip, finalBlock, market));
  }

  /** The final block by the profile's rule; its height never moves back. */
  private CompletableFuture<BlockRef> finalBlock(Block tip) {
    CompletableFuture<Long> number;
    if (profile.finality() instanceof Finality.Depth depth) {
      number =
          CompletableFuture.completedFuture(Math.max(0, tip.ref().number() - depth.blocks() + 1));
    } else {
      BlockTag tag =
          profile.finality() instanceof Finality.Safe ? BlockTag.SAFE : BlockTag.FINALIZED;
      number = height(tag).thenApply(height -> Math.min(height, tip.ref().number()));
    }
    return number.thenCompose(
        height -> {
          Optional<BlockRef> known = head.map(ChainHead::finalBlock);
          if (known.isPresent() && known.get().number() >= height && !finalReplaced) {
            return CompletableFuture.completedFuture(known.get());
          }
          long least = known.map(BlockRef::number).orElse(0L);
          return blockRef(Math.max(height, least))
              .thenApply(this::stillKept)
              .thenApply(
                  now -> {
                    finalReplaced = false;
                    return now;
                  });
        });
  }

  /**
   * The blocks of a slow look may have been replaced before its final height was read: what the
   * chain has there now decides, and never an older block of the same height.
   */
  private BlockRef stillKept(BlockRef now) {
    IndexedBlock kept = ring.get(now.number());
    if (kept != null && !kept.ref().equals(now)) {
      throw new RpcUnavailableException("block " + kept.ref() + " was replaced meanwhile");
    }
    return now;
  }

  private CompletableFuture<Long> height(BlockTag tag) {
    return Futures.agreed(rpc.criticalRead(new Fact.Height(tag), CallOptions.DEFAULT));
  }

  private CompletableFuture<BlockRef> blockRef(long number) {
    return Futures.agreed(rpc.criticalRead(new Fact.BlockRefAt(number), CallOptions.DEFAULT));
  }

  private CompletableFuture<Block> block(long number) {
    return Futures.agreed(rpc.criticalRead(new Fact.BlockAt(number), CallOptions.DEFAULT));
  }

  /**
   * Whether these blocks are on the agreed chain, as far as that can be agreed on. What is said of
   * a block was asked for after the newest head was told.
   */
  CompletableFuture<Map<BlockRef, Boolean>> check(List<BlockRef> blocks) {
    return now(blocks)
        .thenApply(
            answers -> {
              Map<BlockRef, Boolean> canonical = new LinkedHashMap<>();
              answers.forEach((block, now) -> canonical.put(block, now.equals(block)));
              return canonical;
            });
  }

  /** What the agreed chain has at the height of each block, in the same way. */
  CompletableFuture<Map<BlockRef, BlockRef>> now(Collection<BlockRef> blocks) {
    List<CompletableFuture<Map.Entry<BlockRef, BlockRef>>> reads =
        blocks.stream()
            .map(block -> shared(block.number()).thenApply(now -> Map.entry(block, now)))
            .toList();
    return Futures.some(reads)
        .thenApply(
            answers -> {
              Map<BlockRef, BlockRef> found = new LinkedHashMap<>();
              answers.forEach(answer -> found.put(answer.getKey(), answer.getValue()));
              return found;
            });
  }

  private CompletableFuture<BlockRef> shared(long number) {
    Map<Long, CompletableFuture<BlockRef>> running = asked;
    CompletableFuture<BlockRef> one = running.computeIfAbsent(number, this::blockRef);
    return one.whenComplete((block, failure) -> running.remove(number, one));
  }

  @Override
  public void close() {
    closed = true;
  }
}
