package io.payonce.submit.internal;

import io.payonce.BlockRef;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.TransferId;
import io.payonce.internal.StorableText;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.store.Agenda;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.internal.LaneEvent.Asker;
import io.payonce.submit.internal.LaneEvent.Request;
import io.payonce.submit.internal.LaneEvent.WaitingPage;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** What one lane reads from the journal. Blocks; throws when the journal does not answer. */
final class LaneJournal {
  /** Who asks where nobody's name is needed. */
  private static final Actor HOST = new Actor("host");

  /** Requests of other instances in one look. */
  private static final int REQUESTS = 64;

  /** Final slots in one look. */
  private static final int FINALS = 64;

  private final TransferStore store;
  private final Lease lease;
  private final LaneId lane;

  LaneJournal(TransferStore store, Lease lease, LaneId lane) {
    this.lease = lease;
    this.store = store;
    this.lane = lane;
  }

  /** The lane that was just taken, with all that is open in it. */
  LaneEvent.Loaded load(StoredLane taken, Instant now) {
    List<StoredSlot> slots = store.openSlots(lane);
    List<StoredTransfer> bound = new ArrayList<>();
    for (StoredSlot slot : slots) {
      slot.transfer().flatMap(store::find).ifPresent(bound::add);
    }
    List<StoredOrphan> orphans = store.orphans(lane.chain());
    List<WaitingPage> waiting = new ArrayList<>();
    for (Priority priority : Priority.values()) {
      waiting.add(page(priority, Optional.empty(), now));
    }
    return new LaneEvent.Loaded(taken, slots, bound, orphans, waiting, agenda(now));
  }

  /** The next waiting transfers. */
  LaneEvent.Fetched fetch(LaneCommand.Fetch next, Instant now) {
    return new LaneEvent.Fetched(page(next.priority(), next.after(), now), agenda(now));
  }

  /**
   * Final slots whose block is replaced. A block that stands proves all before it, so usually one
   * is read, that of the highest nonce, and no more than it takes to find one that stands.
   */
  CompletableFuture<LaneEvent> finals(LaneCommand.CheckFinals check, ChainFollower follower) {
    List<StoredSlot> page = store.finalSlots(lane, check.below(), FINALS);
    if (page.isEmpty()) {
      return CompletableFuture.completedFuture(
          new LaneEvent.FinalsChecked(List.of(), OptionalLong.empty()));
    }
    BlockRef newest = block(page.get(page.size() - 1));
    return follower
        .now(List.of(newest))
        .thenCompose(
            now ->
                newest.equals(now.get(newest))
                    ? CompletableFuture.completedFuture(now)
                    : follower.now(page.stream().map(LaneJournal::block).distinct().toList()))
        .thenApply(now -> finals(page, now));
  }

  private LaneEvent finals(List<StoredSlot> page, Map<BlockRef, BlockRef> now) {
    Deque<LaneEvent.Replaced> replaced = new ArrayDeque<>();
    OptionalLong more = OptionalLong.of(page.get(0).id().nonce());
    for (int i = page.size() - 1; i >= 0; i--) {
      StoredSlot slot = page.get(i);
      BlockRef by = now.get(block(slot));
      if (by == null && replaced.isEmpty()) {
        throw new RpcUnavailableException("no agreed block at the height of " + block(slot));
      } else if (by == null || by.equals(block(slot))) {
        more = by == null ? OptionalLong.of(slot.id().nonce() + 1) : OptionalLong.empty();
        break;
      }
      replaced.addFirst(new LaneEvent.Replaced(slot, slot.transfer().flatMap(store::find), by));
    }
    return new LaneEvent.FinalsChecked(List.copyOf(replaced), more);
  }

  private static BlockRef block(StoredSlot slot) {
    return slot.consumption().orElseThrow().block();
  }

  private WaitingPage page(Priority priority, Optional<TransferId> after, Instant now) {
    List<StoredTransfer> page = store.waiting(lane, priority, after, now, WaitingRoom.WINDOW);
    return new WaitingPage(priority, page, page.size() == WaitingRoom.WINDOW);
  }

  private Agenda agenda(Instant now) {
    return store.agenda(lane, now, WaitingRoom.WINDOW);
  }

  /** Transfers that other instances took in. */
  List<StoredTransfer> arrivals(long epoch, Instant at) {
    return store.noticeArrivals(lane, epoch, WaitingRoom.WINDOW, at);
  }

  /** What other instances ask and nobody answered yet. */
  List<Request> requests() {
    List<Request> found = new ArrayList<>();
    for (LaneRequest asked : store.openRequests(lane, REQUESTS)) {
      Optional<StoredTransfer> transfer = asked.transfer().flatMap(store::find);
      if (asked.kind() == LaneRequest.Kind.GIVE_AWAY) {
        boolean settled = asked.actor().equals(lease.owner());
        found.add(new LaneEvent.GiveAwayAsked(settled, Asker.elsewhere(asked.id())));
      } else if (asked.kind() == LaneRequest.Kind.RESERVATION) {
        ReservationStep step = ReservationStep.of(asked.reason());
        found.add(
            LaneEvent.ReservationAsked.of(
                store, lane, step, new Actor(asked.actor()), Asker.elsewhere(asked.id())));
      } else if (transfer.isPresent()) {
        found.add(request(asked, transfer.get()));
      }
    }
    return found;
  }

  private Request request(LaneRequest asked, StoredTransfer transfer) {
    return switch (asked.kind()) {
      case CANCEL ->
          new LaneEvent.CancelAsked(transfer, decision(asked), Asker.elsewhere(asked.id()));
      case SPEED_UP -> new LaneEvent.SpeedUpAsked(transfer.id(), Asker.elsewhere(asked.id()));
      case GIVE_UP ->
          new LaneEvent.GiveUpAsked(
              transfer,
              transfer.slot().flatMap(store::slot),
              decision(asked),
              Asker.elsewhere(asked.id()));
      case GIVE_AWAY, RESERVATION ->
          throw new IllegalStateException("no payment is meant by " + asked);
    };
  }

  /** As it was said: what another version took and this one would refuse is still answered. */
  private static Decision decision(LaneRequest asked) {
    return new Decision(new Actor(asked.actor()), asked.reason());
  }

  /** Stores a request for the owner of the lane. */
  long ask(Request request, Instant at) {
    if (request instanceof LaneEvent.CancelAsked cancel) {
      return ask(LaneRequest.Kind.CANCEL, cancel.transfer().id(), cancel.decision(), at);
    } else if (request instanceof LaneEvent.GiveUpAsked giveUp) {
      return ask(LaneRequest.Kind.GIVE_UP, giveUp.transfer().id(), giveUp.decision(), at);
    } else if (request instanceof LaneEvent.SpeedUpAsked speedUp) {
      return ask(LaneRequest.Kind.SPEED_UP, speedUp.transfer(), new Decision(HOST, ""), at);
    } else if (request instanceof LaneEvent.ReservationAsked asked) {
      return store.ask(
          lane,
          LaneRequest.Kind.RESERVATION,
          Optional.empty(),
          asked.actor().name(),
          StorableText.of(asked.step().text()),
          at);
    }
    throw new IllegalStateException("cannot be asked through the journal: " + request);
  }

  private long ask(LaneRequest.Kind kind, TransferId transfer, Decision decision, Instant at) {
    return store.ask(
        lane, kind, Optional.of(transfer), decision.actor().name(), decision.reason(), at);
  }
}
