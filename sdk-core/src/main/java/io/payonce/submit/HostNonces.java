package io.payonce.submit;

import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import io.payonce.nonce.Reservation;
import io.payonce.nonce.ReservationRefusal;
import io.payonce.nonce.ReservationRefusedException;
import io.payonce.nonce.ReservationStatus;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.Decision;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneEvent.Asker;
import io.payonce.submit.internal.LaneRunner;
import io.payonce.submit.internal.ReservationAnswer;
import io.payonce.submit.internal.ReservationStep;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Reservations for hosts: every step goes to the owner of the lane, on whichever instance. */
final class HostNonces {
  private final TransferStore store;
  private final Function<LaneId, LaneRunner> lanes;

  /**
   * Over one journal.
   *
   * @param lanes throws for a lane that is not the submitter's
   */
  HostNonces(TransferStore store, Function<LaneId, LaneRunner> lanes) {
    this.store = store;
    this.lanes = lanes;
  }

  CompletableFuture<Reservation> reserve(
      LaneId lane, String name, Duration life, Actor actor, String reason) {
    String checked = StoredReservation.checkName(name);
    Decision decision = Decision.by(actor, reason);
    if (life.compareTo(Reservation.SHORTEST_LIFE) < 0
        || life.compareTo(Reservation.LONGEST_LIFE) > 0) {
      throw new IllegalArgumentException(
          "life "
              + life
              + " must be "
              + Reservation.SHORTEST_LIFE
              + " to "
              + Reservation.LONGEST_LIFE);
    }
    return ask(lane, actor, new ReservationStep.Reserve(checked, life, decision.reason()))
        .thenApply(done -> find(lane, name).orElseThrow(() -> over(name)));
  }

  Optional<Reservation> find(LaneId lane, String name) {
    LaneId known = lanes.apply(lane).id();
    return store.reserved(known, name).map(Held::new);
  }

  Optional<Reservation> find(SlotId slot) {
    LaneId known = lanes.apply(slot.lane()).id();
    return store
        .slot(new SlotId(known, slot.nonce()))
        .filter(found -> found.reservation().isPresent())
        .map(Held::new);
  }

  /** Those of the lane whose end is not final, the lowest nonce first. */
  List<ReservationStatus> open(LaneId lane) {
    return store.openSlots(lane).stream()
        .filter(slot -> slot.reservation().isPresent())
        .map(HostNonces::status)
        .toList();
  }

  /** The reservation that all above it wait for, if the lowest open nonce is one. */
  Optional<ReservationStatus> blocking(LaneId lane) {
    return store.openSlots(lane).stream()
        .filter(slot -> slot.state().isOpen())
        .findFirst()
        .filter(slot -> slot.reservation().isPresent())
        .map(HostNonces::status);
  }

  private CompletableFuture<ReservationAnswer.Done> ask(
      LaneId lane, Actor actor, ReservationStep step) {
    LaneRunner runner = lanes.apply(lane);
    CompletableFuture<ReservationAnswer> reply = new CompletableFuture<>();
    runner.tell(LaneEvent.ReservationAsked.of(store, lane, step, actor, Asker.here(reply)));
    return reply.thenApply(
        answer -> {
          if (answer instanceof ReservationAnswer.Refused refused) {
            throw new ReservationRefusedException(refused.code(), refused.reason());
          }
          return (ReservationAnswer.Done) answer;
        });
  }

  private static ReservationRefusedException over(String name) {
    return new ReservationRefusedException(
        ReservationRefusal.NOT_HELD, name + " was given back at once: its life has ended");
  }

  private static ReservationStatus status(StoredSlot slot) {
    StoredReservation held = slot.reservation().orElseThrow();
    return new ReservationStatus(
        slot.id(),
        held.name(),
        new Actor(held.actor()),
        held.reason(),
        held.expiresAt(),
        slot.state(),
        slot.host().map(StoredAttempt::transaction),
        slot.host().flatMap(StoredAttempt::signed).map(SignedTransaction::hash),
        slot.consumption());
  }

  /** One nonce in the hands of a host. */
  private final class Held implements Reservation {
    private final ReservationStatus first;
    private volatile boolean intended;

    Held(StoredSlot slot) {
      this.first = HostNonces.status(slot);
      this.intended = slot.host().isPresent();
    }

    @Override
    public ReservationStatus status() {
      return store
          .reserved(first.slot().lane(), first.name())
          .filter(slot -> slot.id().equals(first.slot()))
          .map(HostNonces::status)
          .orElseGet(
              () ->
                  new ReservationStatus(
                      first.slot(),
                      first.name(),
                      first.holder(),
                      first.reason(),
                      first.expiresAt(),
                      SlotState.RELEASED,
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty()));
    }

    @Override
    public CompletableFuture<ReservationStatus> intend(
        UnsignedTransaction transaction, Set<TransactionHash> others) {
      if (others.size() > MOST_OTHERS) {
        throw new IllegalArgumentException(
            "others has " + others.size() + " transactions, at most " + MOST_OTHERS);
      }
      return step(new ReservationStep.Intend(
              first.name(), first.slot().nonce(), transaction, new TreeSet<>(others)))
          .thenApply(
              stored -> {
                intended = true;
                return stored;
              });
    }

    @Override
    public CompletableFuture<ReservationStatus> signed(SignedTransaction bytes) {
      return step(new ReservationStep.Signed(first.name(), first.slot().nonce(), bytes));
    }

    @Override
    public CompletableFuture<ReservationStatus> unknown(String evidence) {
      return step(new ReservationStep.Unknown(first.name(), first.slot().nonce(), evidence));
    }

    @Override
    public CompletableFuture<ReservationStatus> release() {
      if (intended) {
        throw new ReservationRefusedException(
            ReservationRefusal.INTENDED,
            "a transaction was intended for " + first.slot() + ", which is never given back");
      }
      return step(new ReservationStep.Release(first.name(), first.slot().nonce()));
    }

    private CompletableFuture<ReservationStatus> step(ReservationStep step) {
      return ask(first.slot().lane(), first.holder(), step).thenApply(done -> status());
    }

    @Override
    public String toString() {
      return first.name() + " holds " + first.slot();
    }
  }
}
