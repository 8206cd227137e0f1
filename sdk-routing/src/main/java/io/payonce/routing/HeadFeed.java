package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.ChainProfile;
import io.payonce.Finality;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * The newest heads of the chain, for any number of subscribers.
 *
 * <p>Two operators push them over WebSocket; one that is silent for three block times, or leaves,
 * is replaced by another one and comes back after a pause. Until these push steadily, two operators
 * are polled. A block of which one operator alone has told is asked for at another one. So every
 * head has a second witness, mostly, and a subscriber is told when it has not.
 *
 * <p>Works only while there are subscribers. Thread-safe; the monitor guards what is known, and
 * nothing is called out under it.
 */
final class HeadFeed implements Flow.Publisher<HeadEvent> {
  private static final int PUSHING_OPERATORS = 2;
  private static final int POLLED_OPERATORS = 2;
  private static final long LEAST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long LEAST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long MOST_POLL_NANOS = TimeUnit.SECONDS.toNanos(6);
  private static final long MOST_DOUBT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LEAST_FINALITY_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final PushSource.Subject<BlockHeader> NEW_HEADS =
      new PushSource.Subject<>(
          List.of("newHeads"),
          json ->
              Requests.header("latest")
                  .decoder()
                  .decode(json)
                  .orElseThrow(() -> new RpcRequest.MalformedValueException("no head")));

  private final RpcClient client;
  private final Roster roster;
  private final Wiring wiring;
  private final Finality finality;
  private final WebSocketChannel.Opener opener;
  private volatile List<PushSource<BlockHeader>> sources = List.of();
  private final long blockNanos;
  private final long silenceNanos;
  private final long pollNanos;
  private final long finalityNanos;

  @GuardedBy("this")
  private final HeadBoard board;

  @GuardedBy("this")
  private final List<HeadCursor> cursors = new ArrayList<>();

  @GuardedBy("this")
  private List<String> announced = List.of();

  /** How often that was another list. */
  @GuardedBy("this")
  private long announcements;

  @GuardedBy("this")
  private Optional<BlockRef> finalBlock = Optional.empty();

  @GuardedBy("this")
  private long finalityAt;

  @GuardedBy("this")
  private boolean asksFinality;

  @GuardedBy("this")
  private boolean isTicking;

  @GuardedBy("this")
  private boolean closed;

  HeadFeed(
      RpcClient client,
      Roster roster,
      Wiring wiring,
      ChainProfile chain,
      WebSocketChannel.Opener opener) {
    this.client = client;
    this.roster = roster;
    this.wiring = wiring;
    this.finality = chain.finality();
    this.blockNanos = chain.blockTime().toNanos();
    this.silenceNanos = Math.max(LEAST_SILENCE_NANOS, 3 * blockNanos);
    this.pollNanos = Math.max(LEAST_POLL_NANOS, Math.min(MOST_POLL_NANOS, blockNanos / 2));
    this.finalityNanos = Math.max(LEAST_FINALITY_NANOS, 2 * blockNanos);
    this.finalityAt = wiring.now() - finalityNanos;
    this.opener = opener;
    this.board = new HeadBoard(1, blockNanos);
    endpointsChanged();
  }

  /** Listens to those that there are now; to those that stay without a break. */
  void endpointsChanged() {
    TreeSet<Operator> operators = new TreeSet<>();
    roster.with(Endpoint.Role.READ).forEach(node -> operators.add(node.endpoint.operator()));
    List<PushSource<BlockHeader>> before = sources;
    List<PushSource<BlockHeader>> now =
        PushSource.of(
            roster, before, node -> new PushSource<>(node, wiring, opener, NEW_HEADS, new Ear()));
    synchronized (this) {
      board.operators(Math.max(1, operators.size()));
      sources = now;
    }
    PushSource.stopOthers(before, now);
  }

  @Override
  public void subscribe(Flow.Subscriber<? super HeadEvent> subscriber) {
    Objects.requireNonNull(subscriber);
    HeadCursor cursor = new HeadCursor(this, subscriber, wiring.now());
    boolean start;
    boolean late;
    List<String> sourcesNow;
    long version;
    Optional<BlockRef> finalNow;
    synchronized (this) {
      late = closed;
      start = !isTicking && !late;
      isTicking |= start;
      if (!late) {
        cursors.add(cursor);
      }
      sourcesNow = announced;
      version = announcements;
      finalNow = finalBlock;
    }
    if (late) {
      cursor.end();
    } else {
      cursor.sources(sourcesNow, version);
      finalNow.ifPresent(cursor::becameFinal);
    }
    run(cursor::begin);
    if (start) {
      run(this::tick);
    }
  }

  /** A subscriber has had enough. */
  void left(HeadCursor cursor) {
    synchronized (this) {
      cursors.remove(cursor);
    }
  }

  /** No subscriber is told anything more. */
  void close() {
    List<HeadCursor> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(cursors);
      cursors.clear();
    }
    sources.forEach(PushSource::stop);
    all.forEach(HeadCursor::end);
  }

  synchronized Optional<HeadBoard.Tip> tip() {
    return board.tip();
  }

  RpcClient client() {
    return client;
  }

  long now() {
    return wiring.now();
  }

  void run(Runnable task) {
    wiring.run(task);
  }

  /** Everything that happens by the clock. */
  private void tick() {
    long now = wiring.now();
    List<HeadCursor> all;
    boolean looksFinal;
    synchronized (this) {
      if (closed || cursors.isEmpty()) {
        isTicking = false;
        all = List.of();
      } else {
        all = List.copyOf(cursors);
        board.look(now);
      }
      looksFinal = !all.isEmpty() && !asksFinality && now - finalityAt >= finalityNanos;
      if (looksFinal) {
        asksFinality = true;
        finalityAt = now;
      }
    }
    if (all.isEmpty()) {
      sources.forEach(PushSource::stop);
      return;
    }
    sources.forEach(PushSource::leaveLiar);
    sources.forEach(source -> source.watchSilence(now, silenceNanos));
    refill();
    if (sources.stream().noneMatch(PushSource::isSteady)) {
      poll();
    }
    if (looksFinal) {
      askFinality();
    }
    all.forEach(cursor -> cursor.watchSilence(now, silenceNanos));
    all.forEach(HeadCursor::wake);
    wiring.later(pollNanos, this::tick);
  }

  /** Keeps as many operators pushing as there should be, those that fail least first. */
  private void refill() {
    long now = wiring.now();
    TreeSet<Operator> pushing = new TreeSet<>();
    sources.stream().filter(PushSource::isActive).forEach(s -> pushing.add(s.operator()));
    List<PushSource<BlockHeader>> order = new ArrayList<>(sources);
    order.sort(Comparator.comparingInt(PushSource::failures));
    for (PushSource<BlockHeader> source : order) {
      if (pushing.size() < PUSHING_OPERATORS
          && source.mayStart(now)
          && pushing.add(source.operator())) {
        source.start();
      }
    }
    tellSources();
  }

  private void tellSources() {
    List<String> steady;
    long version;
    List<HeadCursor> all;
    synchronized (this) {
      steady = PushSource.namesOf(sources.stream().filter(PushSource::isSteady).toList());
      if (steady.equals(announced)) {
        return;
      }
      announced = steady;
      version = ++announcements;
      all = List.copyOf(cursors);
    }
    all.forEach(cursor -> cursor.sources(steady, version));
  }

  private void poll() {
    List<Node> readers = roster.readers(RequestClass.READ);
    List<Node> asked = new ArrayList<>();
    for (int i = 0; i < POLLED_OPERATORS; i++) {
      Optional<Node> next = roster.forRead(readers, asked);
      if (next.isPresent()) {
        asked.add(next.get());
        ask(next.get(), "latest");
      }
    }
  }

  private void ask(Node node, String tagOrNumber) {
    Wiring.detach(
        node.ask(
                List.of(Requests.header(tagOrNumber)),
                wiring.policy.quickDeadline().toNanos(),
                Node.Use.VOTE) // who waits for heads is blind without them
            .outcomes
            .thenAccept(
                outcomes -> {
                  if (outcomes.get(0) instanceof RpcOutcome.Ok<?> ok
                      && ok.value() instanceof Optional<?> block
                      && block.isPresent()
                      && block.get() instanceof BlockHeader header) {
                    told(node.endpoint.operator(), header);
                  }
                }));
  }

  private void told(Operator operator, BlockHeader header) {
    List<HeadCursor> all = List.of();
    boolean lone;
    synchronized (this) {
      if (closed) {
        return;
      }
      boolean isNew = board.tellersOf(header).isEmpty();
      if (board.told(operator, header, wiring.now())) {
        all = List.copyOf(cursors);
      }
      lone = isNew && board.isLone(header);
    }
    all.forEach(HeadCursor::wake);
    if (lone) {
      wiring.later(Math.min(MOST_DOUBT_NANOS, blockNanos / 4), () -> secondWord(header));
      wiring.later(blockNanos, this::takeLone);
    }
  }

  /** Asks another operator for a block that one alone has told of. */
  private void secondWord(BlockHeader header) {
    Set<Operator> tellers;
    synchronized (this) {
      if (closed || !board.isLone(header)) {
        return;
      }
      tellers = board.tellersOf(header);
    }
    List<Node> others =
        roster.readers(RequestClass.READ).stream()
            .filter(node -> !tellers.contains(node.endpoint.operator()))
            .toList();
    roster
        .forRead(others, List.of())
        .ifPresent(node -> ask(node, Requests.quantity(header.number())));
  }

  private void takeLone() {
    List<HeadCursor> all;
    synchronized (this) {
      all = !closed && board.look(wiring.now()) ? List.copyOf(cursors) : List.of();
    }
    all.forEach(HeadCursor::wake);
  }

  /** A pool that is being closed on another thread refuses at once, or fails the read. */
  private void askFinality() {
    Wiring.detach(
        CompletableFuture.completedFuture(finality)
            .thenCompose(this::finalHeight)
            .thenCompose(
                height ->
                    height.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.<BlockRef>empty())
                        : agreed(new Fact.BlockRefAt(height.get())))
            .exceptionally(closedMeanwhile -> Optional.empty())
            .thenAccept(this::becameFinal));
  }

  private CompletableFuture<Optional<Long>> finalHeight(Finality model) {
    if (model instanceof Finality.Depth depth) {
      return agreed(new Fact.Height(BlockTag.LATEST))
          .thenApply(
              latest -> latest.map(n -> n - depth.blocks() + 1).filter(number -> number >= 0));
    }
    BlockTag tag = model instanceof Finality.Safe ? BlockTag.SAFE : BlockTag.FINALIZED;
    return agreed(new Fact.Height(tag));
  }

  private <T> CompletableFuture<Optional<T>> agreed(Fact<T> fact) {
    return client
        .criticalRead(fact, CallOptions.DEFAULT)
        .thenApply(
            result ->
                result instanceof QuorumResult.Agreed<T> agreed
                    ? Optional.of(agreed.value())
                    : Optional.empty());
  }

  private void becameFinal(Optional<BlockRef> block) {
    List<HeadCursor> all;
    synchronized (this) {
      asksFinality = false;
      boolean isNews =
          block.isPresent()
              && (finalBlock.isEmpty() || block.get().number() > finalBlock.get().number());
      if (!isNews) {
        return;
      }
      finalBlock = block;
      all = List.copyOf(cursors);
    }
    all.forEach(cursor -> cursor.becameFinal(block.orElseThrow()));
  }

  /** Takes what the sources hear. */
  private final class Ear implements PushSource.Heard<BlockHeader> {
    @Override
    public void told(PushSource<BlockHeader> source, BlockHeader header) {
      HeadFeed.this.told(source.operator(), header);
      tellSources();
    }

    @Override
    public void ended(PushSource<BlockHeader> source) {
      run(
          () -> {
            boolean goesOn;
            synchronized (HeadFeed.this) {
              goesOn = isTicking && !closed;
            }
            if (goesOn) {
              refill();
            }
          });
    }
  }
}
