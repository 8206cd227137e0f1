package io.payonce.submit.internal;

import io.payonce.AttemptId;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.TransferId;
import io.payonce.WalletPool;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.signing.SigningOutcome;
import io.payonce.store.Agenda;
import io.payonce.store.CommitResult;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.CancelResult;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.SpeedUpResult;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** What a lane's engine is told. */
public sealed interface LaneEvent {
  /**
   * Events that came together and are independent of each other: one commit can follow from all.
   */
  record Several(List<LaneEvent> events) implements LaneEvent {
    public Several {
      events = List.copyOf(events);
    }
  }

  /** The lane as the journal holds it, taken under a new epoch; orphans are the chain's. */
  record Loaded(
      StoredLane lane,
      List<StoredSlot> slots,
      List<StoredTransfer> bound,
      List<StoredOrphan> orphans,
      List<WaitingPage> waiting,
      Agenda agenda)
      implements LaneEvent {}

  /**
   * Waiting transfers of one priority, in the order of acceptance.
   *
   * @param more whether the journal may hold more above them
   */
  record WaitingPage(Priority priority, List<StoredTransfer> transfers, boolean more) {}

  /** It could not be loaded; try again. */
  record LoadFailed(String reason) implements LaneEvent {}

  /**
   * Another instance works on the lane; nothing was loaded.
   *
   * @param lane as the journal shows it now, where it was looked at
   */
  record HeldElsewhere(Optional<StoredLane> lane) implements LaneEvent {}

  /** The lane is taken over or this instance may not work on it any more. */
  record Lost(String reason) implements LaneEvent {}

  /** A transfer of this lane was accepted. */
  record Arrived(StoredTransfer transfer) implements LaneEvent {}

  /** A transfer may have been accepted without anybody being told: look into the journal. */
  record MayHaveArrived() implements LaneEvent {}

  /** The next page of waiting transfers. */
  record Fetched(WaitingPage page, Agenda agenda) implements LaneEvent {}

  /** The orphans of the chain as they are now: people rule on those of other lanes too. */
  record OrphansRead(List<StoredOrphan> orphans) implements LaneEvent {}

  /** The chain at a head. */
  record Observed(Observation observation) implements LaneEvent {}

  /** Blocks above this height were replaced. */
  record Reorged(long ancestor, boolean belowFinal) implements LaneEvent {}

  /** Which transactions took the nonces that were asked for. */
  record ConsumersFound(List<Found> found) implements LaneEvent {}

  /** One consumed nonce, and the block in which the account's count passed it. */
  record Found(long nonce, Taker by, BlockRef block, Instant blockTime) {}

  /** What took a nonce. */
  sealed interface Taker {
    record Transaction(Block.Entry entry, Receipt receipt) implements Taker {}

    /** An authorization of the account (EIP-7702) in somebody's transaction. */
    record Authorized(TransactionHash carrier) implements Taker {}

    /** Code that the account delegated to (EIP-7702). */
    record DelegatedCode() implements Taker {}

    /** Nothing in the block explains it: a contradiction. */
    record Nobody() implements Taker {}
  }

  /** Whether blocks are on the agreed chain as of a final block. */
  record BlocksChecked(Map<BlockRef, Boolean> canonical, long finalNumber) implements LaneEvent {}

  /**
   * Slots whose final block was replaced, the lowest nonce first.
   *
   * @param more the nonce below which there may be more of them
   */
  record FinalsChecked(List<Replaced> replaced, OptionalLong more) implements LaneEvent {}

  /**
   * One of them, as the journal holds it.
   *
   * @param by the block that the agreed chain has at that height
   */
  record Replaced(StoredSlot slot, Optional<StoredTransfer> transfer, BlockRef by) {}

  /** Transfers were checked against the chain: one result each, in the same order. */
  record Prepared(List<TransferId> transfers, List<Preparation> preparations)
      implements LaneEvent {}

  /** The result of a check. */
  sealed interface Preparation {
    record Gas(BigInteger estimate) implements Preparation {}

    /** The chain refuses it now; held and asked again. */
    record Refused(String code, String reason) implements Preparation {}
  }

  record SignAnswered(AttemptId attempt, SigningOutcome outcome) implements LaneEvent {}

  record SendAnswered(List<AttemptId> attempts, List<BroadcastEvidence> evidence)
      implements LaneEvent {}

  /** An asynchronous read did not succeed; it is asked again later. */
  record ReadFailed(Reading reading, String reason) implements LaneEvent {}

  /** The reads that run at most once at a time. */
  enum Reading {
    FETCH,
    ORPHANS,
    CONSUMERS,
    BLOCKS,
    FINALS
  }

  record Committed(CommitResult result) implements LaneEvent {}

  /** The commit failed or its outcome is unknown. */
  record CommitFailed(String reason) implements LaneEvent {}

  /** A timer that the engine asked for. */
  record Woken() implements LaneEvent {}

  /**
   * Whom an answer goes to: a caller on this instance, or one on another by way of the journal.
   *
   * @param here completed on this instance
   * @param request what the journal calls it; then the answer is stored with its effect
   */
  record Asker<T>(CompletableFuture<T> here, OptionalLong request) {
    public static <T> Asker<T> here(CompletableFuture<T> reply) {
      return new Asker<>(reply, OptionalLong.empty());
    }

    static <T> Asker<T> elsewhere(long request) {
      return new Asker<>(new CompletableFuture<>(), OptionalLong.of(request));
    }
  }

  /** What hosts ask of a lane; its owner answers, on whichever instance it was asked. */
  sealed interface Request extends LaneEvent {
    Asker<?> asker();
  }

  /** Requests of other instances, oldest first; those that are known already among them. */
  record RequestsFound(List<Request> requests) implements LaneEvent {}

  record CancelAsked(StoredTransfer transfer, Decision decision, Asker<CancelResult> asker)
      implements Request {}

  record SpeedUpAsked(TransferId transfer, Asker<SpeedUpResult> asker) implements Request {}

  /**
   * Close a transfer by hand.
   *
   * @param slot the nonce it is bound to, as the journal holds it
   */
  record GiveUpAsked(
      StoredTransfer transfer,
      Optional<StoredSlot> slot,
      Decision decision,
      Asker<GiveUpResult> asker)
      implements Request {}

  /**
   * Reserve a nonce for a transaction of the host's own, or go on with one.
   *
   * @param known what is or was reserved under the name, as the journal holds it
   * @param orphans of the chain, as the journal has them, where something is to be intended
   */
  record ReservationAsked(
      ReservationStep step,
      Optional<StoredSlot> known,
      List<StoredOrphan> orphans,
      Actor actor,
      Asker<ReservationAnswer> asker)
      implements Request {
    public ReservationAsked {
      Objects.requireNonNull(actor, "actor");
    }

    /** With what the journal says of it; blocking and short. */
    public static ReservationAsked of(
        TransferStore store,
        LaneId lane,
        ReservationStep step,
        Actor actor,
        Asker<ReservationAnswer> asker) {
      return new ReservationAsked(
          step,
          store.reserved(lane, step.name()),
          step instanceof ReservationStep.Intend ? store.orphans(lane.chain()) : List.of(),
          actor,
          asker);
    }
  }

  /**
   * Take a transfer out of quarantine, or from behind an orphan.
   *
   * @param slot the nonce that is the evidence, as the journal holds it: the transfer's own, or the
   *     orphan's
   * @param slotOfPool whether the nonce is of a wallet of the transfer's pool
   * @param orphans like the transfer, as the journal has them: other lanes rule on them too
   * @param receipt of the transaction that took the transfer's nonce, read again, where the
   *     resolution rests on it
   */
  record ResolveAsked(
      StoredTransfer transfer,
      Optional<StoredSlot> slot,
      boolean slotOfPool,
      List<StoredOrphan> orphans,
      Optional<Receipt> receipt,
      Resolution how,
      Actor actor,
      CompletableFuture<ResolveResult> reply)
      implements LaneEvent {
    public ResolveAsked {
      Objects.requireNonNull(how, "how");
      Objects.requireNonNull(actor, "actor");
    }
  }

  /** Let a transfer of nothing race for a nonce that something foreign holds. */
  record FillAsked(long nonce, Decision decision, CompletableFuture<StoredLane> reply)
      implements LaneEvent {}

  /** Pause the lane; a frozen one stays frozen. */
  record PauseAsked(LaneState to, Decision decision, CompletableFuture<StoredLane> reply)
      implements LaneEvent {}

  /** The pools that the lane is in, as they stand. */
  record PoolsSeen(Map<WalletPool, PoolView> pools) implements LaneEvent {}

  /**
   * Resume after an audit.
   *
   * @param to what the lane does from then on: works, or pauses
   * @param found nonces that the chain has consumed above the journal's next one
   * @param pendingClaim transactions that chain and pools know of
   */
  record ResumeAsked(
      LaneState to,
      Decision decision,
      List<Found> found,
      long pendingClaim,
      CompletableFuture<StoredLane> reply)
      implements LaneEvent {}

  /**
   * Another instance has fewer lanes, or an operator works there: give the lane up to it.
   *
   * @param settled this instance asked that itself, and has the lane by now
   */
  record GiveAwayAsked(boolean settled, Asker<Boolean> asker) implements Request {}

  /** The submitter drains: nothing new is bound. */
  record DrainAsked() implements LaneEvent {}

  /**
   * The submitter leaves: nothing new is bound, and the lane is given up for good once every nonce
   * that was given out is signed and sent.
   *
   * @param atOnce give it up now, however it stands
   * @param reply how many nonces were left to be sent by the next owner
   */
  record LeaveAsked(boolean atOnce, CompletableFuture<Integer> reply) implements LaneEvent {}

  /** What a caller here waits for, if one does. */
  static Optional<CompletableFuture<?>> reply(LaneEvent event) {
    if (event instanceof Request request) {
      return Optional.of(request.asker().here());
    } else if (event instanceof ResolveAsked asked) {
      return Optional.of(asked.reply());
    } else if (event instanceof FillAsked asked) {
      return Optional.of(asked.reply());
    } else if (event instanceof PauseAsked asked) {
      return Optional.of(asked.reply());
    } else if (event instanceof ResumeAsked asked) {
      return Optional.of(asked.reply());
    } else if (event instanceof LeaveAsked asked) {
      return Optional.of(asked.reply());
    }
    return Optional.empty();
  }
}
