package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.AttemptId;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.Ticker;
import io.payonce.TransferId;
import io.payonce.nonce.LaneFunds;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.PrivateTransactionException;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.UnknownEndpointException;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.store.CommitResult;
import io.payonce.store.LaneOffer;
import io.payonce.store.Lease;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent.Reading;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell of one lane: runs the engine's commands and brings their answers back as events, one
 * event at a time. A commit is answered before anything else happens, so the engine never acts on
 * what may not be durable. No lock is held while a command runs.
 */
public final class LaneRunner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LaneRunner.class);

  /** So that a defect that comes again at once keeps nobody busy. */
  private static final Duration AFTER_A_DEFECT = Duration.ofSeconds(1);

  private final LaneStep engine;
  private final Surroundings with;
  private final LaneId lane;
  private final Serial serial;
  private final Inbox inbox = new Inbox();
  private final ConsumerFinder finder;
  private final LaneReads reads;
  private final LaneJournal journal;
  private final LaneLease lease;
  private final Archiving archiving;
  private final LaneRegistration registration;
  private final AtomicBoolean roundWaits = new AtomicBoolean();
  private volatile Set<Asset> watched = Set.of();
  private volatile boolean closed;
  private volatile boolean left;
  private volatile Optional<StoredLane> lastLane = Optional.empty();
  private volatile Optional<LaneFunds> funds = Optional.empty();
  private final AtomicLong loads = new AtomicLong();

  private final ExpectedReplies expected = new ExpectedReplies();

  // Confined to the serial executor.
  private final List<LaneEvent> early = new ArrayList<>();
  private boolean observing;
  private Optional<ChainHead> observed = Optional.empty();
  private Set<Asset> observedAssets = Set.of();
  private @Nullable ScheduledFuture<?> wake;
  private long wakeAt;

  /**
   * Everything around a lane.
   *
   * @param lease what this instance takes lanes under
   * @param asked the requests that other instances have to answer
   * @param rawRetention how long signed bytes stay after their nonce is final
   * @param signTimeout a signer that has not answered by then is asked the same again
   */
  public record Surroundings(
      TransferStore store,
      Lease lease,
      AskedElsewhere asked,
      RpcClient rpc,
      Signer signer,
      ChainFollower follower,
      LaneListener listener,
      Clock clock,
      Ticker ticker,
      Executor executor,
      ScheduledExecutorService scheduler,
      Duration rawRetention,
      Duration signTimeout) {}

  /** Told after each commit. Called on the lane's executor; must not block. */
  public interface LaneListener {
    void committed(LaneCommand.Tell news);

    /** The lane was loaded from the journal; commits may have gone untold. */
    void loaded(StoredLane lane);

    /** What became of bytes; those without a key are fills, or a host's own. */
    void sent(
        LaneId lane, List<Optional<IdempotencyKey>> payments, List<BroadcastEvidence> evidence);

    /** The journal or the chain gives trouble; for logs and people. */
    void trouble(LaneId lane, String what);
  }

  public LaneRunner(LaneId lane, LaneStep engine, Surroundings with) {
    this.lane = lane;
    this.engine = engine;
    this.with = with;
    this.serial = new Serial(with.executor(), this::lost);
    this.reads = new LaneReads(lane, with.rpc());
    this.registration = new LaneRegistration(lane, with, reads, serial);
    this.journal = new LaneJournal(with.store(), with.lease(), lane);
    this.lease = new LaneLease(with.store(), lane, with.lease(), with.clock(), with.ticker());
    this.archiving = new Archiving(with.store(), lane, with.rawRetention());
    this.finder = new ConsumerFinder(with.rpc(), with.follower());
  }

  public LaneId id() {
    return lane;
  }

  /** The lane as last committed, while this instance works on it. */
  public Optional<StoredLane> lane() {
    return lastLane;
  }

  /**
   * How often the lane was loaded here: what was told it before is forgotten. Its epoch does not
   * say so, as a journal that has lost commits gives the same owner one of its own again.
   */
  public long loads() {
    return loads.get();
  }

  /** What the wallet can still promise, while this instance works on it and has looked. */
  public Optional<LaneFunds> funds() {
    return lastLane.isPresent() ? funds : Optional.empty();
  }

  public void tell(LaneEvent event) {
    tell(event, () -> {});
  }

  /**
   * The same.
   *
   * @param first runs on the lane right before the event is handled, so before anything that
   *     follows from it is told
   */
  public void tell(LaneEvent event, Runnable first) {
    LaneEvent.reply(event).ifPresent(expected::add);
    inbox.add(new Inbox.Told(event, first));
    try {
      serial.execute(this::handleNext);
    } catch (RejectedExecutionException ended) {
      if (!closed) {
        throw ended;
      }
      log.debug("lane {}: closed", lane); // whoever tells has stored already what matters
    }
  }

  private void handleNext() {
    List<Inbox.Told> told = inbox.next();
    if (told.isEmpty()) {
      return;
    }
    told.forEach(each -> each.first().run());
    List<LaneEvent> next = told.stream().map(Inbox.Told::event).toList();
    LaneEvent event = next.size() == 1 ? next.get(0) : new LaneEvent.Several(next);
    if (registration.isDone() || event instanceof LaneEvent.LeaveAsked) {
      handle(event);
    } else {
      next.stream()
          .filter(each -> !(each instanceof LaneEvent.Arrived)) // loading finds what arrived
          .forEach(early::add);
    }
  }

  /** A new agreed head, or the same again: looks at the lane unless it has just done so. */
  public void onHead(ChainHead head) {
    serial.execute(() -> observe(head));
  }

  private void handle(LaneEvent first) {
    Deque<LaneEvent> events = new ArrayDeque<>();
    events.add(first);
    while (!events.isEmpty() && !closed) {
      for (LaneCommand command : step(events.remove())) {
        run(command).ifPresent(events::add);
      }
      lastLane = engine.lane();
    }
  }

  /** The answer of a command that has one at once; a command that fails is a defect. */
  private Optional<LaneEvent> run(LaneCommand command) {
    try {
      if (command instanceof LaneCommand.Commit commit) {
        return Optional.of(commit(commit));
      } else if (command instanceof LaneCommand.Load load && load.delay().isZero()) {
        return Optional.of(load(load));
      }
      start(command);
      return Optional.empty();
    } catch (Throwable defect) { // the engine waits for its answer
      defect(defect);
      return Optional.of(forget(defect));
    }
  }

  /** A defect in the engine must not become a guess: the memory is dropped and loaded again. */
  private List<LaneCommand> step(LaneEvent event) {
    try {
      return engine.step(event, now());
    } catch (Throwable defect) { // an Error too: what it left half done is nothing to go on from
      defect(defect);
      tellAsker(event, defect);
      return engine.step(forget(defect), now());
    }
  }

  private static void tellAsker(LaneEvent event, Throwable defect) {
    List<LaneEvent> all =
        event instanceof LaneEvent.Several several ? several.events() : List.of(event);
    all.stream()
        .flatMap(each -> LaneEvent.reply(each).stream())
        .forEach(reply -> reply.completeExceptionally(new IllegalStateException(defect)));
  }

  private static LaneEvent forget(Throwable defect) {
    return new LaneEvent.CommitFailed("internal error: " + defect);
  }

  /** A defect outside the engine, which may wait for what will never come now. */
  private void lost(Throwable defect) {
    if (!closed) {
      var unused = later(AFTER_A_DEFECT, () -> serial.execute(() -> forgetAll(defect)));
    }
    defect(defect);
  }

  private void forgetAll(Throwable defect) {
    handle(
        engine.lane().isPresent()
            ? forget(defect)
            : new LaneEvent.LoadFailed("internal error: " + defect));
  }

  private void defect(Throwable defect) {
    if (closed && defect instanceof RejectedExecutionException) {
      return; // the threads stop under a lane that is closed; the journal has what matters
    }
    log.error("lane {}: internal error", lane, defect);
    with.listener().trouble(lane, "internal error: " + defect);
  }

  private Moment now() {
    return new Moment(with.clock().instant(), with.ticker().nanos());
  }

  private void start(LaneCommand command) {
    if (command instanceof LaneCommand.Load load) {
      var unused = later(load.delay(), () -> serial.execute(() -> handle(load(load))));
    } else if (command instanceof LaneCommand.Fetch fetch) {
      serial.execute(() -> handle(fetch(fetch)));
    } else if (command instanceof LaneCommand.ReadOrphans) {
      serial.execute(() -> handle(orphans()));
    } else if (command instanceof LaneCommand.Prepare prepare) {
      List<TransferId> ids = prepare.transfers().stream().map(StoredTransfer::id).toList();
      Futures.end(
          reads
              .preparations(prepare.transfers().stream().map(PaymentCall::of).toList())
              .thenAccept(results -> tell(new LaneEvent.Prepared(ids, results))));
    } else if (command instanceof LaneCommand.Sign sign) {
      sign(sign);
    } else if (command instanceof LaneCommand.Send send) {
      send(send);
    } else if (command instanceof LaneCommand.FindConsumers find) {
      Futures.end(
          finder
              .findSome(lane.address(), find.head(), find.known())
              .<LaneEvent>thenApply(LaneEvent.ConsumersFound::new)
              .exceptionally(failure -> failed(Reading.CONSUMERS, failure))
              .thenAccept(this::tell));
    } else if (command instanceof LaneCommand.CheckBlocks check) {
      Futures.end(
          with.follower()
              .check(check.blocks())
              .<LaneEvent>thenApply(
                  canonical -> new LaneEvent.BlocksChecked(canonical, check.finalNumber()))
              .exceptionally(failure -> failed(Reading.BLOCKS, failure))
              .thenAccept(this::tell));
    } else if (command instanceof LaneCommand.CheckFinals check) {
      serial.execute(() -> checkFinals(check));
    } else if (command instanceof LaneCommand.Watch watch) {
      watched = watch.assets();
    } else if (command instanceof LaneCommand.ObserveSoon) {
      with.follower().head().ifPresent(this::onHead);
    } else if (command instanceof LaneCommand.WakeIn wakeIn) {
      wakeIn(wakeIn.delay());
    } else if (command instanceof LaneCommand.Alert alert) {
      with.listener().trouble(lane, alert.what());
    } else if (command instanceof LaneCommand.Publish publish) {
      funds = Optional.of(publish.funds());
    } else if (command instanceof LaneCommand.Forward forward) {
      forward(forward.request());
    } else if (command instanceof LaneCommand.Release release) {
      release(release.forGood());
    } else if (command instanceof LaneCommand.Tell news) {
      with.listener().committed(news);
    } else if (command instanceof LaneCommand.Reply reply) {
      with.executor().execute(reply.completion());
    }
  }

  private LaneEvent commit(LaneCommand.Commit commit) {
    try {
      CommitResult result =
          with.store().commit(lane, commit.epoch(), commit.changes(), commit.at());
      if (!(result instanceof CommitResult.Applied)) {
        log.warn("lane {}: commit answered {}", lane, result);
        with.listener().trouble(lane, result.toString());
      }
      return new LaneEvent.Committed(result);
    } catch (StoreUnavailableException unavailable) {
      with.listener().trouble(lane, String.valueOf(unavailable.getMessage()));
      return new LaneEvent.CommitFailed(String.valueOf(unavailable.getMessage()));
    }
  }

  private LaneEvent load(LaneCommand.Load how) {
    if (closed || left) {
      return new LaneEvent.HeldElsewhere(Optional.empty());
    }
    try {
      Optional<StoredLane> taken = how.take() ? lease.take() : Optional.empty();
      if (taken.isEmpty()) {
        return new LaneEvent.HeldElsewhere(with.store().lane(lane));
      }
      LaneEvent.Loaded loaded = journal.load(taken.get(), with.clock().instant());
      loads.incrementAndGet();
      observed = Optional.empty();
      funds = Optional.empty();
      with.follower().head().ifPresent(this::onHead);
      with.listener().loaded(taken.get());
      return loaded;
    } catch (StoreUnavailableException unavailable) {
      with.listener().trouble(lane, String.valueOf(unavailable.getMessage()));
      return new LaneEvent.LoadFailed(String.valueOf(unavailable.getMessage()));
    } catch (Throwable defect) {
      defect(defect);
      return new LaneEvent.LoadFailed("internal error: " + defect);
    }
  }

  private LaneEvent fetch(LaneCommand.Fetch next) {
    try {
      return journal.fetch(next, with.clock().instant());
    } catch (StoreUnavailableException unavailable) {
      return failed(Reading.FETCH, unavailable);
    }
  }

  private void checkFinals(LaneCommand.CheckFinals check) {
    try {
      Futures.end(
          journal
              .finals(check, with.follower())
              .exceptionally(failure -> failed(Reading.FINALS, failure))
              .thenAccept(this::tell));
    } catch (StoreUnavailableException unavailable) {
      handle(failed(Reading.FINALS, unavailable));
    }
  }

  private LaneEvent orphans() {
    try {
      return new LaneEvent.OrphansRead(with.store().orphans(lane.chain()));
    } catch (StoreUnavailableException unavailable) {
      return failed(Reading.ORPHANS, unavailable);
    }
  }

  /** Due several times a second: renews the lease, and looks for what other instances left. */
  public void round() {
    if (roundWaits.compareAndSet(false, true)) {
      serial.execute(
          () -> {
            roundWaits.set(false);
            lookAround();
          });
    }
  }

  private void lookAround() {
    Optional<StoredLane> mine = engine.lane();
    if (closed || mine.isEmpty()) {
      return;
    }
    try {
      LaneLease.Renewal renewal = lease.renew(funds().map(LaneRunner::offer));
      if (renewal == LaneLease.Renewal.LOST) {
        handle(new LaneEvent.Lost("another instance took the lane"));
        return;
      }
      if (renewal == LaneLease.Renewal.RENEWED && isForgetful(mine.get())) {
        handle(new LaneEvent.Lost("the journal has lost commits"));
        return;
      }
      List<StoredTransfer> arrivals = journal.arrivals(mine.get().epoch(), with.clock().instant());
      if (!arrivals.isEmpty()) {
        handle(new LaneEvent.Several(arrivals.stream().map(this::arrived).toList()));
      }
      List<LaneEvent.Request> requests = journal.requests();
      if (!requests.isEmpty()) {
        handle(new LaneEvent.RequestsFound(requests));
      }
      archiving.step(mine.get().epoch(), now());
    } catch (StoreUnavailableException unavailable) {
      // What arrived may be taken for told, so the lane looks for itself.
      log.debug("lane {}: journal: {}", lane, unavailable.getMessage());
      handle(new LaneEvent.MayHaveArrived());
    }
  }

  /** The journal shows less than was committed here; loading the lane says what follows. */
  private boolean isForgetful(StoredLane mine) {
    return with.store()
        .lane(lane)
        .filter(now -> now.nextNonce() < mine.nextNonce() || now.finalNonce() < mine.finalNonce())
        .isPresent();
  }

  private LaneEvent arrived(StoredTransfer transfer) {
    return new LaneEvent.Arrived(transfer);
  }

  /** Hands a request to the owner through the journal; it says itself what became of it. */
  private void forward(LaneEvent.Request request) {
    try {
      with.asked().add(journal.ask(request, with.clock().instant()), request);
    } catch (Throwable broken) { // of the journal: the caller is told of it
      with.executor().execute(() -> request.asker().here().completeExceptionally(broken));
    }
  }

  private void release(boolean forGood) {
    left = forGood;
    try {
      lease.release();
    } catch (StoreUnavailableException unavailable) {
      log.debug("lane {}: the lease ends by itself: {}", lane, unavailable.getMessage());
    }
  }

  private void sign(LaneCommand.Sign sign) {
    CompletableFuture<SigningOutcome> answer;
    try {
      if (!lease.allowsSigning()) {
        throw new IllegalStateException("the lease of the lane was not renewed in time");
      }
      answer =
          Objects.requireNonNull(with.signer().sign(sign.request()), "the signer gave no future");
    } catch (Throwable broken) { // whatever it is, it may have signed
      answer = CompletableFuture.failedFuture(broken);
    }
    AttemptId attempt = sign.request().attempt();
    ScheduledFuture<?> patience = later(with.signTimeout(), () -> unsigned(attempt));
    Futures.end(
        answer
            .thenApply(outcome -> Objects.requireNonNull(outcome, "the signer answered null"))
            .exceptionally(broken -> unavailable(Futures.reason(broken)))
            .thenAccept(
                outcome -> {
                  patience.cancel(false);
                  tell(new LaneEvent.SignAnswered(attempt, outcome));
                }));
  }

  private void unsigned(AttemptId attempt) {
    String late = "the signer has not answered in " + with.signTimeout() + ", it is asked again: ";
    tell(
        new LaneEvent.SignAnswered(attempt, unavailable(late + attempt)),
        () -> with.listener().trouble(lane, late + attempt));
  }

  private static SigningOutcome unavailable(String reason) {
    return new SigningOutcome.Unavailable(SigningCode.DEVICE_UNAVAILABLE, reason, true);
  }

  private void send(LaneCommand.Send send) {
    Futures.end(
        with.rpc()
            .broadcastAll(send.bytes(), send.options())
            .thenApply(evidence -> ofEach(evidence, send.bytes().size()))
            .exceptionally(failure -> unheard(send.bytes(), failure))
            .thenAccept(
                evidence -> {
                  with.listener().sent(lane, send.payments(), evidence);
                  tell(new LaneEvent.SendAnswered(send.attempts(), evidence));
                }));
  }

  private static List<BroadcastEvidence> ofEach(List<BroadcastEvidence> evidence, int sent) {
    if (evidence.size() != sent) {
      throw new IllegalStateException(
          "the client answered for " + evidence.size() + " transactions of " + sent);
    }
    return List.copyOf(evidence);
  }

  /** It is tried again: the client may change, and the same bytes do no harm. */
  private List<BroadcastEvidence> unheard(List<SignedTransaction> bytes, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    boolean routeKept =
        cause instanceof UnknownEndpointException || cause instanceof PrivateTransactionException;
    with.listener()
        .trouble(lane, (routeKept ? "not sent: " : "sent without an answer: ") + reason(cause));
    return bytes.stream().map(tx -> new BroadcastEvidence(tx.hash(), List.of())).toList();
  }

  private static String reason(@Nullable Throwable cause) {
    return cause == null || cause.getMessage() == null ? String.valueOf(cause) : cause.getMessage();
  }

  private void observe(ChainHead head) {
    if (!registration.isDone()) {
      if (!closed) {
        registration.attempt(head, this::registered);
      }
      return;
    }
    if (engine.lane().isEmpty()) {
      return; // another instance looks after it, or it is looked at once it is loaded
    }
    Set<Asset> assets = watched;
    boolean same =
        observed.filter(o -> o.block().ref().equals(head.block().ref())).isPresent()
            && observed.get().finalBlock().equals(head.finalBlock())
            && observedAssets.equals(assets);
    if (observing || closed || same) {
      return;
    }
    CompletableFuture<Observation> observation = reads.observation(head, assets);
    observing = true;
    Futures.end(
        observation.handle(
            (read, failure) -> {
              serial.execute(() -> observed(head, assets, read, failure));
              return read;
            }));
  }

  private void registered() {
    handle(new LaneEvent.Woken());
    early.forEach(this::handle);
    early.clear();
  }

  private void observed(
      ChainHead head,
      Set<Asset> assets,
      @Nullable Observation observation,
      @Nullable Throwable failure) {
    observing = false;
    if (observation == null) {
      log.debug("lane {}: not observed: {}", lane, Futures.reason(failure));
      return; // the follower comes again
    }
    observed = Optional.of(head);
    observedAssets = assets;
    handle(new LaneEvent.Observed(observation));
  }

  private static LaneOffer offer(LaneFunds funds) {
    return new LaneOffer(funds.available(), funds.room());
  }

  private static LaneEvent failed(Reading reading, Throwable failure) {
    return new LaneEvent.ReadFailed(reading, Futures.reason(failure));
  }

  /** Keeps the earliest of the wishes. */
  private void wakeIn(Duration delay) {
    long at = with.ticker().nanos() + delay.toNanos();
    ScheduledFuture<?> pending = wake;
    if (pending != null && !pending.isDone() && wakeAt - at <= 0) {
      return;
    }
    if (pending != null) {
      pending.cancel(false);
    }
    wakeAt = at;
    wake = later(delay, () -> tell(new LaneEvent.Woken()));
  }

  private ScheduledFuture<?> later(Duration delay, Runnable task) {
    Runnable unlessClosed =
        () -> {
          if (!closed) {
            task.run();
          }
        };
    return with.scheduler().schedule(unlessClosed, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Stops, gives the lane back so that nobody waits for the end of its lease, and fails what
   * callers wait for.
   */
  @Override
  public void close() {
    closed = true;
    release(true);
    expected.close();
  }
}
