package io.payonce.submit.internal;

import io.payonce.Block;
import io.payonce.SlotId;
import io.payonce.UnsignedTransaction;
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
import io.payonce.submit.SpeedUpResult;
import io.payonce.submit.internal.LaneEvent.Asker;
import io.payonce.submit.internal.LaneEvent.Found;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What hosts and operators ask of a lane. Each reply is given after the commit it speaks of. */
final class Requests {
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
    } else if (event instanceof LaneEvent.PauseAsked asked) {
      LaneState to = m.isFrozen() ? LaneState.FROZEN : LaneState.PAUSED;
      m.facts.add(new JournalChange.LaneMoved(to, asked.reason(), asked.actor().name()));
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
    if (transfer == null) {
      transfer = asked.transfer();
      if (!transfer.state().isUnbound()) {
        reply(asked.asker(), new CancelResult.TooLate(transfer.state().name()));
        return;
      }
      m.view.put(transfer);
    }
    if (transfer.state().isUnbound()) {
      m.move(transfer, TransferState.REJECTED, "CANCELLED", by(asked.actor(), asked.reason()));
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
    Optional<String> obstacle =
        new Sending(m).cancel(slot.get(), transfer, asked.actor().name(), asked.reason());
    if (obstacle.isPresent()) {
      reply(asked.asker(), new CancelResult.NotNow(obstacle.get()));
    } else {
      afterCommit(asked.asker(), new CancelResult.Racing(), m.spending);
    }
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
    boolean foreign =
        asked
            .slot()
            .filter(slot -> slot.state() == SlotState.CONSUMED_FINAL)
            .flatMap(StoredSlot::consumption)
            .filter(consumption -> consumption.by() == ConsumerClass.FOREIGN)
            .isPresent();
    TransferState to;
    if (transfer.state() == TransferState.HELD) {
      to = TransferState.REJECTED;
    } else if (transfer.state() == TransferState.QUARANTINED && foreign) {
      to = TransferState.UNPAID_FINAL;
    } else {
      reply(
          asked.asker(),
          new GiveUpResult.NotYet(
              "state "
                  + transfer.state()
                  + ": only a held transfer, or one whose nonce a foreign transaction took for good,"
                  + " can be closed by hand"));
      return;
    }
    m.view.put(transfer);
    m.move(transfer, to, "GIVEN_UP", by(asked.actor(), asked.reason()));
    afterCommit(asked.asker(), new GiveUpResult.Closed(), m.facts);
  }

  private void resume(LaneEvent.ResumeAsked asked) {
    for (Found found : asked.found()) {
      if (found.nonce() < m.view.lane().nextNonce()) {
        continue;
      }
      Block.Entry entry = found.entry().orElseThrow();
      m.facts.add(
          new JournalChange.SlotFound(
              new SlotId(m.context.lane(), found.nonce()),
              Consumption.of(
                  ConsumerClass.FOREIGN, found.receipt().orElseThrow(), found.blockTime())));
      quarantineLookAlikes(entry);
    }
    m.facts.add(
        new JournalChange.LaneMoved(LaneState.ACTIVE, asked.reason(), asked.actor().name()));
    replyWithLane(asked.reply());
  }

  /** The journal may be an old backup: what the chain paid already must not be paid again. */
  private void quarantineLookAlikes(Block.Entry entry) {
    for (StoredTransfer transfer : m.view.transfers().values()) {
      UnsignedTransaction wouldBe =
          new Binding(m).payment(transfer.transfer(), 0, new Binding(m).freeQuote());
      if (transfer.state().isUnbound() && Consumers.sameContent(wouldBe, entry)) {
        m.move(
            transfer,
            TransferState.QUARANTINED,
            "POSSIBLE_DUPLICATE",
            entry.hash() + " has the same payee, asset and amount");
      }
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

  private static String by(io.payonce.submit.Actor actor, String reason) {
    return actor.name() + ": " + reason;
  }
}
