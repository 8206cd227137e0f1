package io.payonce.submit;

import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.LaneId;
import io.payonce.Submission;
import io.payonce.Transfer;
import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.submit.internal.LaneEvent;
import io.payonce.submit.internal.LaneRunner;
import java.sql.Connection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes payments in: checks that a wallet is there for each, refuses what there is no room for,
 * writes the rest to the journal, and tells the wallets. Thread-safe.
 */
final class Reception {
  /** Payments in one commit. */
  private static final int MAX_SUBMISSIONS = 1000;

  private final TransferStore store;
  private final Clock clock;
  private final Map<LaneId, LaneRunner> lanes;
  private final Pools pools;
  private final Set<String> proofs;
  private final Backlog backlog;
  private final Buckets buckets;
  private final LaneNews news;
  private volatile boolean open = true;

  /**
   * @param lanes every wallet of the submitter
   * @param proofs by which the payments of a group may be settled
   */
  Reception(
      TransferStore store,
      Clock clock,
      Map<LaneId, LaneRunner> lanes,
      Pools pools,
      Set<String> proofs,
      Backlog backlog,
      Buckets buckets,
      LaneNews news) {
    this.store = store;
    this.clock = clock;
    this.lanes = lanes;
    this.pools = pools;
    this.proofs = proofs;
    this.backlog = backlog;
    this.buckets = buckets;
    this.news = news;
  }

  boolean isOpen() {
    return open;
  }

  /** From now on everything is refused. */
  void close() {
    open = false;
  }

  /**
   * Each is answered on its own, in their order; an illegal one throws before anything is stored.
   */
  List<SubmitResult> takeAll(List<Submission> submissions) {
    if (submissions.isEmpty() || submissions.size() > MAX_SUBMISSIONS) {
      throw new IllegalArgumentException(
          "submissions has " + submissions.size() + " entries, must have 1 to " + MAX_SUBMISSIONS);
    }
    List<Intake> intakes = submissions.stream().map(this::intake).toList();
    List<Optional<SubmitResult>> refusals = intakes.stream().map(this::refusal).toList();
    List<Intake> wanted = new ArrayList<>();
    for (int i = 0; i < intakes.size(); i++) {
      if (refusals.get(i).isEmpty()) {
        wanted.add(intakes.get(i));
      }
    }
    Iterator<AcceptResult> accepted = acceptAll(wanted).iterator();
    List<SubmitResult> results = new ArrayList<>();
    for (int i = 0; i < intakes.size(); i++) {
      results.add(
          refusals.get(i).isPresent()
              ? refusals.get(i).get()
              : accepted(intakes.get(i), accepted.next()));
    }
    return results;
  }

  /** All members or none. */
  SubmitResult takeGroup(GroupSubmission group) {
    if (!proofs.contains(group.group().proof())) {
      throw new IllegalArgumentException(
          "proof " + group.group().proof() + " must be one of " + proofs);
    }
    for (GroupMember member : group.group().members()) {
      if (lanes.containsKey(new LaneId(member.amount().asset().chain(), member.to()))) {
        throw new IllegalArgumentException(
            "to of member " + member.key() + " is a lane of this submitter");
      }
    }
    Intake intake = intake(group.submission());
    return refusal(intake)
        .orElseGet(
            () ->
                accepted(
                    intake,
                    withUnknown(List.of(intake), () -> store.acceptGroup(group, clock.instant()))));
  }

  /** In a transaction of the host; the wallet finds the row after the host's commit. */
  SubmitResult take(@Nullable Connection hostTransaction, Submission submission) {
    if (hostTransaction == null) {
      throw new IllegalArgumentException("hostTransaction null must be an open transaction");
    }
    Intake intake = intake(submission);
    return refusal(intake)
        .orElseGet(() -> answer(intake, store.accept(hostTransaction, intake, clock.instant())));
  }

  /**
   * The wallet that would pay it now.
   *
   * @throws IllegalArgumentException when it is no lane of this submitter
   */
  LaneRunner lane(Transfer transfer) {
    LaneId id = pools.laneOf(transfer);
    LaneRunner lane = lanes.get(id);
    if (lane == null) {
      throw new IllegalArgumentException(
          "from " + id + " is no lane of this submitter, lanes are " + lanes.keySet());
    }
    return lane;
  }

  /** A submission that may be taken in here, and by whom. */
  private Intake intake(Submission submission) {
    Transfer transfer = submission.transfer();
    LaneRunner lane = lane(transfer);
    if (lanes.containsKey(new LaneId(transfer.chain(), transfer.to()))
        && !transfer.allowUnusualPayee()) {
      throw new IllegalArgumentException(
          "to " + transfer.to() + " is a lane of this submitter; allowUnusualPayee is not set");
    }
    return new Intake(submission, lane.id());
  }

  /** What is known already is answered, whatever the limits say. */
  private Optional<SubmitResult> refusal(Intake intake) {
    if (!open) {
      return Optional.of(
          new SubmitResult.NotAccepted("CLOSED", "the submitter drains or is closed"));
    }
    Optional<SubmitResult> full = backlog.take(intake);
    if (full.isEmpty() && buckets.isEmpty()) {
      return Optional.empty();
    }
    if (store.find(intake.submission().key()).isPresent()) {
      full.ifPresent(refused -> backlog.add(intake));
      return Optional.empty();
    }
    Optional<SubmitResult> refused = full.isPresent() ? full : buckets.take(intake);
    if (full.isEmpty() && refused.isPresent()) {
      backlog.giveBack(intake);
    }
    return refused;
  }

  private List<AcceptResult> acceptAll(List<Intake> intakes) {
    return intakes.isEmpty()
        ? List.of()
        : withUnknown(intakes, () -> store.acceptAll(intakes, clock.instant()));
  }

  /** An acceptance of unknown outcome may be in the journal, and nobody else tells the lane. */
  private <T> T withUnknown(List<Intake> intakes, Supplier<T> acceptance) {
    try {
      return acceptance.get();
    } catch (StoreUnavailableException unavailable) {
      if (unavailable.outcome() == StoreUnavailableException.Outcome.UNKNOWN) {
        intakes.stream()
            .map(intake -> Objects.requireNonNull(lanes.get(intake.lane())))
            .distinct()
            .forEach(lane -> lane.tell(new LaneEvent.MayHaveArrived()));
      }
      throw unavailable;
    }
  }

  /** Committed: the wallet begins now. */
  private SubmitResult accepted(Intake intake, AcceptResult result) {
    if (result instanceof AcceptResult.Accepted accepted) {
      StoredTransfer transfer = accepted.transfer();
      LaneRunner lane = Objects.requireNonNull(lanes.get(transfer.lane()));
      pools.taken(transfer.lane(), transfer.transfer().amount());
      TransferStatus status = Statuses.of(store, transfer);
      lane.tell(
          new LaneEvent.Arrived(transfer), () -> news.tell(listener -> listener.changed(status)));
    }
    return answer(intake, result);
  }

  private SubmitResult answer(Intake intake, AcceptResult result) {
    if (result instanceof AcceptResult.Accepted accepted) {
      return new SubmitResult.Accepted(
          accepted.transfer().id(), Statuses.of(store, accepted.transfer()));
    }
    backlog.giveBack(intake);
    if (result instanceof AcceptResult.AlreadyKnown known) {
      // Read again: what a transaction of the host sees of it has no slot.
      StoredTransfer transfer = store.find(known.transfer().id()).orElse(known.transfer());
      return new SubmitResult.AlreadyKnown(transfer.id(), Statuses.of(store, transfer));
    }
    if (result instanceof AcceptResult.MemberTaken taken) {
      return new SubmitResult.MemberTaken(taken.member(), taken.by(), taken.reason());
    }
    AcceptResult.KeyConflict conflict = (AcceptResult.KeyConflict) result;
    return new SubmitResult.KeyConflict(conflict.transfer().id(), conflict.differingFields());
  }
}
