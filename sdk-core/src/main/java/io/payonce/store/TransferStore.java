package io.payonce.store;

import io.payonce.ChainId;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.signing.SigningClaims;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The journal. Blocking and short; thread-safe. Every method throws {@link
 * StoreUnavailableException} when the store cannot answer; it says whether the write may have
 * happened.
 */
public interface TransferStore extends SigningClaims, AutoCloseable {
  /**
   * P1: stores each key with its transfer as {@code ACCEPTED}, or answers what the key stands for:
   * in one commit, each answered on its own, in their order.
   */
  List<AcceptResult> acceptAll(List<Intake> intakes, Instant at);

  /** The same for one. */
  default AcceptResult accept(Intake intake, Instant at) {
    return acceptAll(List.of(intake), at).get(0);
  }

  /**
   * Accepts inside a transaction of the host: for PostgreSQL journals in the host's own database.
   * What it answers holds once the host commits; a rollback leaves the key unused. It never
   * commits, rolls back or closes, and a key that is known already is an answer, not an error, so
   * the host's transaction goes on. A key that another transaction is storing right now is waited
   * for. The event is written when the owner of the lane takes the row in.
   *
   * @param hostTransaction an open transaction with isolation READ COMMITTED
   * @throws IllegalStateException when the connection does not lead to this journal, or cannot
   *     accept in it; the host's transaction is as it was
   * @throws StoreUnavailableException when the database failed; the host has to roll back
   */
  default AcceptResult accept(Connection hostTransaction, Intake intake, Instant at) {
    throw new IllegalStateException(
        "only a journal on PostgreSQL can accept in a transaction of the host");
  }

  /**
   * P1 for a group: stores its key with the transfer as {@code ACCEPTED} and all its members as
   * {@code OPEN}, in one commit, or nothing at all. A member's key means one payee and amount for
   * ever, never a payment of its own, and is {@code OPEN} or {@code PAID} in one group at most,
   * whoever asks at the same time.
   */
  AcceptResult acceptGroup(GroupSubmission group, Instant at);

  /** Inserts a quiet lane that starts at this nonce; a lane that exists is left as it is. */
  default void registerLane(LaneId lane, long nextNonce, Instant at) {
    registerLane(lane, nextNonce, nextNonce, at);
  }

  /**
   * Inserts a lane that starts at {@code nextNonce}; a lane that exists is left as it is. The
   * nonces from {@code firstNonce} up to it are held by transactions that the journal did not send,
   * pending or in blocks that are not final: each becomes an {@code EXPOSED} slot without transfer
   * and without attempt.
   *
   * @param firstNonce at most {@code nextNonce}, and at most 1,000 below it
   */
  void registerLane(LaneId lane, long firstNonce, long nextNonce, Instant at);

  Optional<StoredLane> lane(LaneId lane);

  List<StoredLane> lanes();

  /**
   * Becomes the owner of a registered lane: raises its epoch, which shuts every former owner out,
   * and returns it. Empty while the lease of another owner has not expired by the clock of the
   * store; then nothing is written. The owner itself may take its lane again at any time.
   *
   * @param at when, for the history; the lease runs by the clock of the store
   */
  Optional<StoredLane> takeLane(LaneId lane, Lease lease, Instant at);

  /**
   * Lets the owner of this epoch keep the lane from now on for the duration of the lease.
   *
   * @param offer what the wallet could take on, for other instances to read
   * @return whether the epoch is still the lane's; if not, the lane is somebody else's
   */
  boolean renewLane(LaneId lane, long epoch, Lease lease, Optional<LaneOffer> offer);

  /**
   * Gives the lease of this epoch back, so that others need not wait for its end. The epoch stays;
   * nothing happens when it is no longer the lane's.
   */
  void releaseLane(LaneId lane, long epoch);

  /**
   * Accepted transfers of the lane that its owner may not know, by id: taken in by other instances
   * or in a transaction of the host, or handed over by another lane. Each is told once; the
   * acceptance of those that have no event yet gets its event now. Ids of transfers that were
   * accepted at the same time come in any order, so one that is told later may have a lower id.
   *
   * @return at most {@code limit}; empty also when {@code epoch} is no longer the lane's
   */
  List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at);

  /**
   * Lets the signed bytes of finished nonces go, from the lane's lowest up: of those that became
   * {@code CONSUMED_FINAL} before {@code finalBefore} by the times of the history, without a break.
   * Each attempt keeps its hash, its fields, its state and its place in the history; keys,
   * transfers and verdicts are not touched. A nonce whose finality breaks after that opens without
   * bytes to send again, and new bytes of it stay.
   *
   * @param limit of nonces, 1 to 500
   * @return how many nonces were archived; {@code limit} when there may be more, 0 also when {@code
   *     epoch} is no longer the lane's
   */
  int archiveBytes(LaneId lane, long epoch, Instant finalBefore, int limit, Instant at);

  /**
   * Stores a request for whoever works on the lane; it is answered by {@link
   * JournalChange.RequestAnswered} in a commit of the lane.
   *
   * @return the request's id, which rises with each
   */
  long ask(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at);

  /** Requests of the lane without an answer, oldest first, at most {@code limit}. */
  List<LaneRequest> openRequests(LaneId lane, int limit);

  Optional<LaneRequest> request(long id);

  /** Every slot of the lane that is not {@code CONSUMED_FINAL}, in nonce order. */
  List<StoredSlot> openSlots(LaneId lane);

  /**
   * The {@code CONSUMED_FINAL} slots of the lane with the highest nonces below {@code below}, at
   * most {@code limit}, in nonce order.
   */
  List<StoredSlot> finalSlots(LaneId lane, long below, int limit);

  /** One slot with its attempts. */
  Optional<StoredSlot> slot(SlotId slot);

  /**
   * What endpoints last said to the newest bytes of the slot that were sent, by their names.
   * Answers to older bytes, and older answers, are in {@link #events}.
   */
  List<StoredAnswer> answers(SlotId slot);

  /**
   * The nonce that a host holds under a name of its own, or used under it once; names of what was
   * given back are free again.
   */
  Optional<StoredSlot> reserved(LaneId lane, String name);

  /**
   * Unbound, unrejected transfers of the lane with this priority and an id above {@code after}, by
   * id; without those whose {@code notBefore} is after {@code now}.
   */
  List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit);

  /**
   * What the clock has brought and brings next to the unbound transfers of the lane.
   *
   * @param limit of the expired ones; when there are more, {@link Agenda#next} is {@code now}
   */
  Agenda agenda(LaneId lane, Instant now, int limit);

  /** Every orphan of the chain's lanes, ruled on or not, in the order in which they were found. */
  List<StoredOrphan> orphans(ChainId chain);

  Optional<StoredTransfer> find(IdempotencyKey key);

  Optional<StoredTransfer> find(TransferId id);

  /** The group in which this member is open or was paid; else the last one that it was in. */
  Optional<StoredTransfer> groupOf(IdempotencyKey member);

  /**
   * The newest transfers that fit, by falling id, below {@code before}. Fewer than {@code limit}
   * only when there are no more.
   */
  List<StoredTransfer> list(TransferFilter filter, Optional<TransferId> before, int limit);

  /** How many transfers stand in each state. */
  Map<TransferState, Long> counts();

  /** How many transfers have not ended, of each tenant, lane and asset that has any. */
  List<OpenCount> openCounts();

  /** Applies all changes or none, if {@code epoch} is still the lane's. */
  CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at);

  /** What sinks outside have not taken yet of the transitions of payments. */
  Outbox outbox();

  /** The events of one transfer and of its slot, oldest first. */
  List<JournalEvent> events(TransferId transfer);

  @Override
  void close();

  /**
   * One line of the hash-chained history.
   *
   * @param entity what changed, like {@code transfer/7} or {@code slot/1/0xab..#3}
   */
  record JournalEvent(long sequence, Instant at, String entity, String what, String detail) {}
}
