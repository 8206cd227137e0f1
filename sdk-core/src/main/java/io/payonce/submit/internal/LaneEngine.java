package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.TransferId;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.internal.LaneView;
import io.payonce.submit.internal.LaneEvent.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The engine of one lane: folds events, then plans what to do now. Deterministic and confined.
 *
 * <p>States: <em>loading</em> (no memory), then working. It returns to loading whenever the journal
 * answered anything but "applied". While another instance has the lane it is <em>standing by</em>:
 * loading again and again, and handing requests on. Once it <em>left</em>, it never loads again.
 */
public final class LaneEngine implements LaneStep {
  private static final Duration RELOAD_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_RELOAD_PAUSE = Duration.ofSeconds(15);

  /** How often an instance that stands by tries to take the lane. */
  private static final Duration TAKE_PAUSE = Duration.ofMillis(500);

  /** A lane that was given away is left to others for so long; then it may be nobody's. */
  private static final Duration GIVEN_AWAY_PAUSE = Duration.ofSeconds(10);

  /** Tokens of payments whose balances are read with each head, beside those of the pools. */
  private static final int MOST_TOKENS = 64;

  private final LaneContext context;
  private @Nullable LaneMemory memory;
  private boolean loading;
  private int failures;
  private boolean draining;

  private final LostCommits lostCommits;

  /** Another instance has the lane. */
  private boolean standingBy;

  /** Until {@link #givenAwayUntil}. */
  private boolean givenAway;

  private long givenAwayUntil;
  private boolean left;
  private boolean leaving;
  private boolean leavingAtOnce;
  private final List<CompletableFuture<Integer>> leavers = new ArrayList<>();
  private final List<LaneEvent> requestsWhileLoading = new ArrayList<>();
  private final List<LaneCommand> handedOn = new ArrayList<>();
  private List<JournalChange> committing = List.of();
  private boolean committingSpending;
  private Instant committedAt = Instant.EPOCH;
  private Set<Asset> watched = Set.of();
  private final List<Runnable> replies = new ArrayList<>();
  private final List<LaneCommand> news = new ArrayList<>();

  public LaneEngine(LaneContext context) {
    this.context = context;
    this.lostCommits = new LostCommits(context.restored());
  }

  @Override
  public Optional<StoredLane> lane() {
    return Optional.ofNullable(memory).map(m -> m.view.lane());
  }

  @Override
  public List<LaneCommand> step(LaneEvent event, Moment now) {
    fold(event, now);
    List<LaneCommand> out = plan();
    leave(out);
    out.addAll(0, handedOn);
    out.addAll(0, news);
    news.clear();
    handedOn.clear();
    replies.forEach(reply -> out.add(new LaneCommand.Reply(reply)));
    replies.clear();
    return out;
  }

  private void fold(LaneEvent event, Moment now) {
    LaneMemory known = memory;
    if (event instanceof LaneEvent.Several several) {
      several.events().forEach(each -> fold(each, now));
    } else if (event instanceof LaneEvent.Loaded loaded) {
      load(loaded, now);
    } else if (event instanceof LaneEvent.LoadFailed) {
      loading = false;
      failures++;
    } else if (event instanceof LaneEvent.HeldElsewhere held) {
      loading = false;
      held.lane().ifPresent(this::watch);
      givenAway &= now.isBefore(givenAwayUntil);
      standBy();
    } else if (event instanceof LaneEvent.DrainAsked) {
      drain();
    } else if (event instanceof LaneEvent.LeaveAsked asked) {
      drain();
      leaving = true;
      leavingAtOnce |= asked.atOnce();
      leavers.add(asked.reply());
    } else if (known == null) {
      keepRequest(event);
    } else {
      known.now = now;
      handle(known, event, now);
    }
  }

  private void drain() {
    draining = true;
    if (memory != null) {
      memory.draining = true;
    }
  }

  private void standBy() {
    standingBy = true;
    requestsWhileLoading.forEach(this::handOn);
    requestsWhileLoading.clear();
  }

  /** What needs the lane here waits until it is; the rest goes to whoever has it. */
  private void handOn(LaneEvent event) {
    if (event instanceof LaneEvent.Request request && request.asker().request().isEmpty()) {
      handedOn.add(new LaneCommand.Forward(request));
    } else if (event instanceof LaneEvent.PauseAsked asked) {
      replies.add(() -> asked.reply().completeExceptionally(elsewhere()));
    } else if (event instanceof LaneEvent.ResumeAsked asked) {
      replies.add(() -> asked.reply().completeExceptionally(elsewhere()));
    } else if (event instanceof LaneEvent.ResolveAsked asked) {
      replies.add(() -> asked.reply().completeExceptionally(elsewhere()));
    } else if (event instanceof LaneEvent.FillAsked asked) {
      replies.add(() -> asked.reply().completeExceptionally(elsewhere()));
    }
  }

  private IllegalStateException elsewhere() {
    return new IllegalStateException(
        "lane " + context.lane() + " is worked on by another instance; ask again");
  }

  /** Gives the lane up for good once nothing is left to sign or to send, or at once. */
  private void leave(List<LaneCommand> out) {
    LaneMemory m = memory;
    if (left) {
      leavers.forEach(reply -> replies.add(() -> reply.complete(0)));
      leavers.clear();
    }
    if (left || !leaving || !(m == null || leavingAtOnce || isQuiet(m))) {
      return;
    }
    left = true;
    if (m != null) {
      fail(m, new IllegalStateException("the submitter left the lane; ask another instance"));
      keepAsked(m);
    }
    int unsent = m == null ? 0 : unsent(m);
    leavers.forEach(reply -> replies.add(() -> reply.complete(unsent)));
    leavers.clear();
    memory = null;
    standBy();
    out.clear(); // the next owner does it
    out.add(new LaneCommand.Release(true));
  }

  private static boolean isQuiet(LaneMemory m) {
    return m.facts.isEmpty() && m.spending.isEmpty() && unsent(m) == 0;
  }

  /** Nonces that were given out and are not signed and sent yet; hosts sign their own. */
  private static int unsent(LaneMemory m) {
    return (int)
        m.open().stream()
            .filter(
                slot ->
                    LaneMemory.newest(slot)
                        .filter(a -> a.kind() != AttemptKind.HOST || a.signed().isPresent())
                        .filter(
                            newest ->
                                newest.hash().isEmpty()
                                    || newest.state() == AttemptState.SIGNED
                                    || m.work(slot).sending)
                        .isPresent())
            .count();
  }

  private void load(LaneEvent.Loaded loaded, Moment now) {
    loading = false;
    LaneView view = new LaneView(loaded.lane(), loaded.slots(), loaded.bound(), loaded.orphans());
    LaneMemory fresh = new LaneMemory(context, view, now);
    loaded.waiting().forEach(page -> fresh.waiting.fetched(page, loaded.agenda()));
    fresh.draining = draining;
    memory = fresh;
    suspectBackup(fresh);
    standingBy = false;
    givenAway = false;
    watched = Set.of();
    List<LaneEvent> requests = List.copyOf(requestsWhileLoading);
    requestsWhileLoading.clear();
    requests.forEach(request -> handle(fresh, request, now));
  }

  /**
   * What an old backup does not know may be seen by nobody: no bytes of it are mined or in a pool
   * now, and they may be later. So it counts as behind the chain, before anything else is done, and
   * until a person has filled what they could take.
   */
  private void suspectBackup(LaneMemory m) {
    boolean unused = lostCommits.sees(m.view.lane());
    lostCommits.seesWaiting(m.view.waiting().unbound());
    freezeForLostCommits(m);
  }

  private void freezeForLostCommits(LaneMemory m) {
    lostCommits
        .suspicion(m.view.lane())
        .filter(why -> m.facts.stream().noneMatch(LaneEngine::freezes))
        .ifPresent(
            why ->
                m.facts.add(
                    Decision.own(StoredLane.JOURNAL_BEHIND + ": " + why).move(LaneState.FROZEN)));
  }

  private static boolean freezes(JournalChange change) {
    return change instanceof JournalChange.LaneMoved moved && moved.to() == LaneState.FROZEN;
  }

  /** Who stands by is a witness of what the owner gave out, should the journal forget it. */
  private void watch(StoredLane lane) {
    if (lostCommits.sees(lane)) {
      lostCommits.suspicion(lane).ifPresent(why -> news.add(new LaneCommand.Alert(why)));
    }
  }

  /** Requests of hosts wait for the lane; answers to commands of the forgotten memory do not. */
  private void keepRequest(LaneEvent event) {
    if (standingBy || left) {
      handOn(event);
    } else if (event instanceof LaneEvent.Request
        || event instanceof LaneEvent.PauseAsked
        || event instanceof LaneEvent.ResumeAsked
        || event instanceof LaneEvent.ResolveAsked
        || event instanceof LaneEvent.FillAsked) {
      requestsWhileLoading.add(event);
    }
  }

  private void handle(LaneMemory m, LaneEvent event, Moment now) {
    if (event instanceof LaneEvent.Arrived arrived) {
      if (lostCommits.hasEnded(arrived.transfer())) {
        m.waiting.lookAgain(); // it was told late, or has come back: the journal says which
      } else {
        m.waiting.arrived(arrived.transfer());
      }
    } else if (event instanceof LaneEvent.MayHaveArrived) {
      m.waiting.lookAgain();
    } else if (event instanceof LaneEvent.Fetched fetched) {
      m.reading.remove(Reading.FETCH);
      lostCommits.seesWaiting(fetched.page().transfers());
      freezeForLostCommits(m);
      m.waiting.fetched(fetched.page(), fetched.agenda());
    } else if (event instanceof LaneEvent.OrphansRead read) {
      m.reading.remove(Reading.ORPHANS);
      m.view.replaceOrphans(read.orphans());
    } else if (event instanceof LaneEvent.PoolsSeen seen) {
      new HandingOver(m).seen(seen.pools());
    } else if (event instanceof LaneEvent.Observed observed) {
      new Tracking(m).observed(observed.observation());
      m.tellFunds = true;
      new SendAnswers(m).observed();
      new Sending(m).replaceStuck();
    } else if (event instanceof LaneEvent.Reorged reorged) {
      new Tracking(m).reorged(reorged.ancestor(), reorged.belowFinal());
    } else if (event instanceof LaneEvent.ConsumersFound found) {
      m.reading.remove(Reading.CONSUMERS);
      new Tracking(m).consumed(found.found());
    } else if (event instanceof LaneEvent.BlocksChecked checked) {
      m.reading.remove(Reading.BLOCKS);
      new Tracking(m).checked(checked.canonical(), checked.finalNumber());
    } else if (event instanceof LaneEvent.FinalsChecked finals) {
      m.reading.remove(Reading.FINALS);
      new BrokenFinality(m).checked(finals);
    } else if (event instanceof LaneEvent.ReadFailed failed) {
      m.reading.remove(failed.reading());
      m.readAgainAt = now.plus(context.settings().pollInterval()).nanos();
    } else if (event instanceof LaneEvent.Prepared prepared) {
      for (int i = 0; i < prepared.transfers().size(); i++) {
        new Binding(m).prepared(prepared.transfers().get(i), prepared.preparations().get(i));
      }
    } else if (event instanceof LaneEvent.SignAnswered answer) {
      new Sending(m).signed(answer.attempt(), answer.outcome());
    } else if (event instanceof LaneEvent.SendAnswered answer) {
      new Sending(m).sent(answer.attempts(), answer.evidence());
    } else if (event instanceof LaneEvent.Committed committed) {
      committed(m, committed.result());
    } else if (event instanceof LaneEvent.CommitFailed failed) {
      forget(m, failed.reason());
    } else if (event instanceof LaneEvent.Lost lost) {
      forget(m, lost.reason());
    } else if (event instanceof LaneEvent.RequestsFound found) {
      if (m.feeWindowClosedUntil - m.now.nanos() <= 0) {
        m.asked.addAll(found.requests());
      }
    } else if (event instanceof LaneEvent.ReservationAsked asked) {
      m.asked.add(asked); // its nonce is the next one only while nothing else waits
    } else if (!(event instanceof LaneEvent.Woken)) {
      new Requests(m, replies::add).handle(event);
    }
  }

  private void committed(LaneMemory m, CommitResult result) {
    if (result instanceof CommitResult.Applied) {
      failures = 0;
      committing.forEach(change -> ends(m, change));
      committing.forEach(change -> m.view.apply(change, committedAt));
      committing.forEach(change -> applied(m, change));
      boolean unused = lostCommits.sees(m.view.lane());
      news(m).ifPresent(news::add);
      // Nothing was folded since, so they are the first ones still.
      (committingSpending ? m.spending : m.facts).subList(0, committing.size()).clear();
      if (m.facts.isEmpty() && m.spending.isEmpty()) {
        m.replies.forEach(reply -> replies.add(reply.whenApplied()));
        m.replies.clear();
        if (m.givesAway) {
          giveAway(m);
        }
      }
      if (!committing.stream().allMatch(LaneEngine::isUnderWay)) {
        m.dropFinished();
      }
      if (committingSpending) {
        m.bindAtMost = (int) Math.min(2L * m.bindAtMost, Integer.MAX_VALUE);
      }
      committing = List.of();
    } else if (result instanceof CommitResult.FeeWindowFull full) {
      m.spending.clear();
      if (!new Binding(m).refusedByFeeWindow(committing, full.detail())) {
        m.feeWindowClosedUntil = m.now.plus(context.settings().holdRetry()).nanos();
      }
      committing = List.of();
      fail(m, new IllegalStateException("maxFeePerHour has no room: " + full.detail()));
    } else {
      forget(m, result.toString());
    }
  }

  /** Signed and sent: most commits are, and they end nothing. */
  private static boolean isUnderWay(JournalChange change) {
    return change instanceof JournalChange.AttemptSigned
        || change instanceof JournalChange.AttemptSent;
  }

  private void ends(LaneMemory m, JournalChange change) {
    if (change instanceof JournalChange.TransferMoved moved
        && moved.to() == TransferState.REJECTED) {
      m.view.transfer(moved.transfer()).ifPresent(lostCommits::ended);
    }
  }

  /** What hosts are told of a commit: each payment once, as it is now. */
  private Optional<LaneCommand> news(LaneMemory m) {
    Set<TransferId> changed = new LinkedHashSet<>();
    boolean laneMoved = false;
    for (JournalChange change : committing) {
      if (change instanceof JournalChange.TransferMoved moved) {
        changed.add(moved.transfer());
      } else if (change instanceof JournalChange.OrphanClaimed claimed) {
        changed.add(claimed.transfer());
      } else if (change instanceof JournalChange.TransferHandedOver handedOver) {
        changed.add(handedOver.transfer());
      } else if (change instanceof JournalChange.AttemptSigned signed) {
        Optional.ofNullable(m.view.slots().get(signed.attempt().slot().nonce()))
            .flatMap(StoredSlot::transfer)
            .ifPresent(changed::add);
      } else if (change instanceof JournalChange.LaneMoved) {
        laneMoved = true;
      }
    }
    List<LaneCommand.Changed> payments = new ArrayList<>();
    for (TransferId id : changed) {
      Optional.ofNullable(m.view.transfers().get(id))
          .map(
              transfer ->
                  new LaneCommand.Changed(
                      transfer, transfer.slot().map(slot -> m.view.slots().get(slot.nonce()))))
          .ifPresent(payments::add);
    }
    return payments.isEmpty() && !laneMoved
        ? Optional.empty()
        : Optional.of(
            new LaneCommand.Tell(
                laneMoved ? Optional.of(m.view.lane()) : Optional.empty(), payments));
  }

  /** Another instance was promised the lane, and the promise is stored. */
  private void giveAway(LaneMemory m) {
    keepAsked(m);
    memory = null;
    givenAway = true;
    givenAwayUntil = m.now.plus(GIVEN_AWAY_PAUSE).nanos();
    standBy();
    handedOn.add(new LaneCommand.Release(false));
  }

  private static void applied(LaneMemory m, JournalChange change) {
    if (change instanceof JournalChange.AttemptSigned signed) {
      Optional.ofNullable(m.view.slots().get(signed.attempt().slot().nonce()))
          .ifPresent(slot -> m.work(slot).newBytes(m.now));
    }
  }

  /** In any doubt: nothing of this memory is true any more, and no byte of it may leave. */
  private void forget(LaneMemory m, String reason) {
    fail(
        m,
        new StoreUnavailableException(
            StoreUnavailableException.Outcome.UNKNOWN,
            "the journal did not confirm the request, ask for the status and repeat it: "
                + reason));
    failures++;
    committing = List.of();
    keepAsked(m);
    memory = null;
  }

  /** What callers here asked and nobody looked at yet. */
  private void keepAsked(LaneMemory m) {
    m.asked.stream()
        .filter(request -> request.asker().request().isEmpty())
        .forEach(requestsWhileLoading::add);
    m.asked.clear();
  }

  private List<LaneCommand> plan() {
    List<LaneCommand> out = new ArrayList<>();
    LaneMemory m = memory;
    if (m == null) {
      if (!loading && !left) {
        loading = true;
        out.add(new LaneCommand.Load(loadPause(), !givenAway));
      }
      return out;
    }
    while (m.facts.isEmpty() && m.spending.isEmpty() && !m.asked.isEmpty()) {
      new Requests(m, replies::add).handle(m.asked.remove()); // each sees what the last one did
    }
    m.alerts.forEach(alert -> out.add(new LaneCommand.Alert(alert)));
    m.alerts.clear();
    if (m.facts.isEmpty() && m.spending.isEmpty()) {
      new Deadlines(m).plan();
      new Reservations(m).expire();
    }
    List<StoredTransfer> waiting = m.waiting.inOrder();
    if (m.facts.isEmpty() && m.spending.isEmpty()) {
      new HandingOver(m).plan(waiting);
    }
    if (!m.facts.isEmpty()) {
      out.add(commit(m, m.facts, false));
      return out;
    }
    if (m.spending.isEmpty()) {
      m.spending.addAll(new Binding(m).bindings(waiting));
      if (!m.facts.isEmpty()) { // a transfer is held instead
        m.spending.clear();
        out.add(commit(m, m.facts, false));
        return out;
      }
    }
    if (!m.spending.isEmpty()) {
      out.add(commit(m, m.spending, true));
      return out;
    }
    if (m.tellFunds && m.seen.isPresent()) {
      m.tellFunds = false;
      out.add(new LaneCommand.Publish(new Binding(m).funds()));
    }
    watch(m, out);
    fetch(m, out);
    if (m.orphanHolds && m.reading.add(Reading.ORPHANS)) {
      m.orphanHolds = false; // asked again with the transfer's next turn
      out.add(new LaneCommand.ReadOrphans());
    }
    new Binding(m).prepare(waiting, out);
    new Tracking(m).read(out);
    new Sending(m).plan(out);
    wake(m, out);
    return out;
  }

  private LaneCommand commit(LaneMemory m, List<JournalChange> changes, boolean spending) {
    committing = List.copyOf(changes);
    committingSpending = spending;
    committedAt = m.now.wall();
    return new LaneCommand.Commit(m.view.lane().epoch(), committing, committedAt);
  }

  private Duration loadPause() {
    if (standingBy) {
      return TAKE_PAUSE;
    }
    return failures == 0 ? Duration.ZERO : reloadPause();
  }

  private Duration reloadPause() {
    Duration pause = RELOAD_PAUSE.multipliedBy(1L << Math.min(failures - 1, 6));
    return pause.compareTo(LONGEST_RELOAD_PAUSE) > 0 ? LONGEST_RELOAD_PAUSE : pause;
  }

  /** Balances are read for what waits and what is in flight. */
  private void watch(LaneMemory m, List<LaneCommand> out) {
    Set<Asset> assets = new LinkedHashSet<>();
    context.poolAssets().stream().filter(Asset.Erc20.class::isInstance).forEach(assets::add);
    for (Asset.Erc20 token : m.view.waiting().tokens()) {
      if (assets.size() < MOST_TOKENS) {
        assets.add(token);
      }
    }
    if (!assets.equals(watched)) {
      watched = assets;
      out.add(new LaneCommand.Watch(assets));
      out.add(new LaneCommand.ObserveSoon());
    }
  }

  private static void fetch(LaneMemory m, List<LaneCommand> out) {
    if (!m.now.isBefore(m.readAgainAt) && !m.reading.contains(Reading.FETCH)) {
      Optional<LaneCommand.Fetch> fetch = m.waiting.fetch();
      fetch.ifPresent(
          page -> {
            m.reading.add(Reading.FETCH);
            out.add(page);
          });
    }
  }

  private static void wake(LaneMemory m, List<LaneCommand> out) {
    new Sending(m)
        .nextWake()
        .ifPresent(
            left -> out.add(new LaneCommand.WakeIn(Duration.ofNanos(Math.max(1_000_000, left)))));
  }

  /** For callers whose request was not committed. */
  private void fail(LaneMemory m, RuntimeException why) {
    m.replies.forEach(reply -> replies.add(() -> reply.whenFailed().accept(why)));
    m.replies.clear();
  }
}
