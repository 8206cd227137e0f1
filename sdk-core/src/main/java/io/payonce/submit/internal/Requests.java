package io.payonce.submit.internal;

import io.payonce.SlotId;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.CancelResult;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.SpeedUpResult;
import io.payonce.submit.internal.LaneEvent.Asker;
import io.payonce.submit.internal.LaneEvent.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What hosts and operators ask of a lane. Each reply is given after the commit it speaks of. */
final class Requests {
  private static final String HANDED_OVER =
      "another wallet of the pool has just taken it over; ask again";

  private final LaneMemory m;
  private final Consumer<Runnable> replyNow;

  Requests(LaneMemory memory, Consumer<Runnable> replyNow) {
    this.m = memory;
    this.replyNow = replyNow;
  }

  void handle(LaneEvent event) {
    if (event instanceof LaneEvent.CancelAsked asked) {
      cancel(asked);
    } else if (event instanceof LaneEvent.SpeedUpAsked asked) {
      speedUp(asked);
    } else if (event instanceof LaneEvent.GiveUpAsked asked) {
      giveUp(asked);
    } else if (event instanceof LaneEvent.ReservationAsked asked) {
      reservation(asked);
    } else if (event instanceof LaneEvent.ResolveAsked asked) {
      resolve(asked);
    } else if (event instanceof LaneEvent.FillAsked asked) {
      fill(asked);
    } else if (event instanceof LaneEvent.PauseAsked asked) {
      LaneState to = m.isFrozen() ? LaneState.FROZEN : asked.to();
      m.facts.add(asked.decision().move(to));
      replyWithLane(asked.reply());
    } else if (event instanceof LaneEvent.ResumeAsked asked) {
      resume(asked);
    } else if (event instanceof LaneEvent.GiveAwayAsked asked) {
      m.givesAway |= !asked.settled();
      afterCommit(asked.asker(), true, m.facts);
    }
  }

  private void cancel(LaneEvent.CancelAsked asked) {
    StoredTransfer transfer = m.view.transfers().get(asked.transfer().id());
    if (transfer == null && isElsewhere(asked.transfer())) {
      reply(asked.asker(), new CancelResult.NotNow(HANDED_OVER));
      return;
    }
    if (transfer == null) {
      transfer = asked.transfer();
      if (!transfer.state().isUnbound()) {
        reply(asked.asker(), new CancelResult.TooLate(transfer.state().name()));
        return;
      }
    }
    if (transfer.state().isUnbound()) {
      Optional<String> doubt = m.refundDoubt(transfer);
      if (doubt.isPresent()) {
        reply(asked.asker(), new CancelResult.NotNow(doubt.get()));
        return;
      }
      m.view.put(transfer);
      m.move(transfer, TransferState.REJECTED, "CANCELLED", asked.decision().toString());
      afterCommit(asked.asker(), new CancelResult.RejectedBeforeBinding(), m.facts);
      return;
    }
    if (transfer.state() == TransferState.CANCELLING) {
      reply(asked.asker(), new CancelResult.Racing());
      return;
    }
    Optional<StoredSlot> slot = slotOf(transfer);
    boolean open =
        transfer.state() == TransferState.BOUND || transfer.state() == TransferState.IN_FLIGHT;
    if (!open || slot.isEmpty() || !slot.get().state().isOpen()) {
      reply(asked.asker(), new CancelResult.TooLate(transfer.state().name()));
      return;
    }
    Optional<String> obstacle = new Sending(m).cancel(slot.get(), transfer, asked.decision());
    if (obstacle.isPresent()) {
      reply(asked.asker(), new CancelResult.NotNow(obstacle.get()));
    } else {
      afterCommit(asked.asker(), new CancelResult.Racing(), m.spending);
    }
  }

  /** It was handed over after somebody asked, and before this lane looked at the request. */
  private boolean isElsewhere(StoredTransfer transfer) {
    return !transfer.lane().equals(m.context.lane());
  }

  private void speedUp(LaneEvent.SpeedUpAsked asked) {
    StoredTransfer transfer = m.view.transfers().get(asked.transfer());
    Optional<StoredSlot> slot = transfer == null ? Optional.empty() : slotOf(transfer);
    if (transfer == null || slot.isEmpty()) {
      boolean waits = transfer != null && transfer.state().isUnbound();
      reply(asked.asker(), waits ? SpeedUpResult.NOT_EXPOSED_YET : SpeedUpResult.ALREADY_INCLUDED);
      return;
    }
    if (transfer.state() == TransferState.CANCELLING) {
      reply(asked.asker(), SpeedUpResult.CANCEL_IN_PROGRESS);
      return;
    }
    if (!slot.get().state().isOpen()) {
      reply(asked.asker(), SpeedUpResult.ALREADY_INCLUDED);
      return;
    }
    switch (new Sending(m).replace(slot.get(), true)) {
      case STARTED -> afterCommit(asked.asker(), SpeedUpResult.STARTED, m.spending);
      case AT_CAP -> reply(asked.asker(), SpeedUpResult.AT_CAP);
      case NOT_EXPOSED, NOT_NEEDED -> reply(asked.asker(), SpeedUpResult.NOT_EXPOSED_YET);
    }
  }

  private void giveUp(LaneEvent.GiveUpAsked asked) {
    StoredTransfer transfer =
        m.view.transfers().getOrDefault(asked.transfer().id(), asked.transfer());
    if (isElsewhere(transfer)) {
      reply(asked.asker(), new GiveUpResult.NotYet(HANDED_OVER));
      return;
    }
    m.recall(asked.slot());
    boolean foreign =
        transfer
            .slot()
            .flatMap(m.view::slot) // as it is now, if it opened again since it was read
            .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
            .flatMap(StoredSlot::consumption)
            .filter(consumption -> consumption.by().isForeign())
            .isPresent();
    TransferState to;
    if (transfer.state() == TransferState.HELD) {
      Optional<String> doubt = m.refundDoubt(transfer);
      if (doubt.isPresent()) {
        reply(asked.asker(), new GiveUpResult.NotYet(doubt.get()));
        return;
      }
      to = TransferState.REJECTED;
    } else if (transfer.state() == TransferState.QUARANTINED && foreign) {
      to = TransferState.UNPAID_FINAL;
    } else {
      reply(
          asked.asker(),
          new GiveUpResult.NotYet(
              "state "
                  + transfer.state()
                  + ": only a held transfer, or one whose nonce a foreign transaction took for"
                  + " good, can be closed by hand"));
      return;
    }
    m.view.put(transfer);
    m.move(transfer, to, "GIVEN_UP", asked.decision().toString());
    afterCommit(asked.asker(), new GiveUpResult.Closed(), m.facts);
  }

  private void resume(LaneEvent.ResumeAsked asked) {
    List<JournalChange> booked = new ArrayList<>();
    for (Found found : asked.found()) {
      if (found.nonce() < m.view.lane().nextNonce()) {
        continue;
      }
      SlotId slot = new SlotId(m.context.lane(), found.nonce());
      Optional<Consumption> consumption = Consumers.foreign(found);
      if (consumption.isEmpty()) {
        replyNow.accept(() -> asked.reply().completeExceptionally(unexplained(found)));
        return;
      }
      booked.add(new JournalChange.SlotFound(slot, consumption.get()));
      Consumers.orphan(slot, found)
          .ifPresent(orphan -> booked.add(new JournalChange.OrphanFound(orphan)));
    }
    m.facts.addAll(booked);
    Optional<String> obstacle = pending(asked);
    if (obstacle.isPresent()) { // what was found is booked all the same
      replyNow.accept(
          () -> asked.reply().completeExceptionally(new IllegalStateException(obstacle.get())));
      return;
    }
    m.seen = Optional.empty(); // what stopped the lane may have changed it: the next head decides
    m.facts.add(asked.decision().move(asked.to()));
    replyWithLane(asked.reply());
  }

  /**
   * Bytes that the journal does not know may be a payment of a newer journal, whose key is not
   * known here either: nothing is bound while one may still be mined.
   */
  private Optional<String> pending(LaneEvent.ResumeAsked asked) {
    long next =
        asked.found().stream()
            .mapToLong(found -> found.nonce() + 1)
            .reduce(m.view.lane().nextNonce(), Math::max);
    if (asked.pendingClaim() > next) {
      return Optional.of(
          "pools hold transactions of %s from nonce %s up to %s that the journal did not send; wait until they are mined, or fill those nonces; then resume"
              .formatted(m.context.lane(), next, asked.pendingClaim() - 1));
    }
    return m.view.slots().values().stream()
        .filter(slot -> m.view.lane().isBehindTheChain() && isContested(slot))
        .findFirst()
        .map(
            slot ->
                "nonce %s of %s may still be taken by bytes that the journal did not send; wait until it is final, or fill it; then resume"
                    .formatted(slot.id().nonce(), m.context.lane()));
  }

  /** Somebody else's transaction may take it: none has, or our fill has and is not final. */
  private static boolean isContested(StoredSlot slot) {
    return slot.transfer().isEmpty()
        && slot.host().isEmpty()
        && (slot.state().isOpen()
            || (slot.state() == SlotState.CONSUMED
                && slot.consumption().filter(c -> c.by() == ConsumerClass.FILL).isPresent()));
  }

  private static IllegalStateException unexplained(Found found) {
    return new IllegalStateException(
        "NONCE_CONTRADICTION: nothing in block "
            + found.block()
            + " explains who took nonce "
            + found.nonce()
            + "; check the providers, then resume");
  }

  private void resolve(LaneEvent.ResolveAsked asked) {
    Resolutions resolutions = new Resolutions(m, asked);
    ResolveResult result = resolutions.plan();
    if (result instanceof ResolveResult.NotYet && !resolutions.handsOver()) {
      replyNow.accept(() -> asked.reply().complete(result));
    } else {
      m.replies.add(
          new LaneMemory.PendingReply(
              () -> asked.reply().complete(result), asked.reply()::completeExceptionally));
    }
  }

  private void reservation(LaneEvent.ReservationAsked asked) {
    Reservations.Outcome outcome = new Reservations(m).plan(asked);
    m.facts.addAll(outcome.facts());
    m.spending.addAll(outcome.spends());
    if (m.facts.isEmpty() && m.spending.isEmpty()) {
      reply(asked.asker(), outcome.answer());
    } else {
      afterCommit(
          asked.asker(), outcome.answer(), outcome.spends().isEmpty() ? m.facts : m.spending);
    }
  }

  private void fill(LaneEvent.FillAsked asked) {
    Optional<String> obstacle = new Filling(m).fill(asked.nonce(), asked.decision().toString());
    if (obstacle.isPresent()) {
      replyNow.accept(
          () -> asked.reply().completeExceptionally(new IllegalStateException(obstacle.get())));
    } else {
      replyWithLane(asked.reply());
    }
  }

  private Optional<StoredSlot> slotOf(StoredTransfer transfer) {
    return transfer.slot().map(slot -> m.view.slots().get(slot.nonce()));
  }

  private void replyWithLane(CompletableFuture<StoredLane> reply) {
    m.replies.add(
        new LaneMemory.PendingReply(
            () -> reply.complete(m.view.lane()), reply::completeExceptionally));
  }

  /** An answer for elsewhere is stored with its effect: both are there, or neither. */
  private <T> void afterCommit(Asker<T> asker, T result, List<JournalChange> effect) {
    if (asker.request().isPresent()) {
      effect.add(answered(asker, result));
    } else {
      m.replies.add(
          new LaneMemory.PendingReply(
              () -> asker.here().complete(result), asker.here()::completeExceptionally));
    }
  }

  private <T> void reply(Asker<T> asker, T result) {
    if (asker.request().isPresent()) {
      m.facts.add(answered(asker, result));
    } else {
      replyNow.accept(() -> asker.here().complete(result));
    }
  }

  private static <T> JournalChange answered(Asker<T> asker, T result) {
    return new JournalChange.RequestAnswered(asker.request().orElseThrow(), Answers.text(result));
  }
}
