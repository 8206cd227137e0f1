package io.payonce.store;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.signing.SigningClaims;
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
  /** P1: stores a key with its transfer as {@code ACCEPTED}, or answers what the key stands for. */
  AcceptResult accept(
      IdempotencyKey key, Transfer transfer, Map<String, String> metadata, Instant at);

  /** Inserts a lane that starts at this nonce; a lane that exists is left as it is. */
  void registerLane(LaneId lane, long nextNonce, Instant at);

  Optional<StoredLane> lane(LaneId lane);

  List<StoredLane> lanes();

  /** Becomes the owner of a registered lane: raises its epoch and returns it. */
  StoredLane takeLane(LaneId lane, Instant at);

  /** Every slot of the lane that is not {@code CONSUMED_FINAL}, in nonce order. */
  List<StoredSlot> openSlots(LaneId lane);

  /** One slot with its attempts. */
  Optional<StoredSlot> slot(SlotId slot);

  /** Unbound, unrejected transfers of the lane with an id above {@code after}, by id. */
  List<StoredTransfer> waiting(LaneId lane, Optional<TransferId> after, int limit);

  Optional<StoredTransfer> find(IdempotencyKey key);

  Optional<StoredTransfer> find(TransferId id);

  /** Newest first, below {@code before}; filtered by state when one is given. */
  List<StoredTransfer> list(Optional<TransferState> state, Optional<TransferId> before, int limit);

  /** How many transfers stand in each state. */
  Map<TransferState, Long> counts();

  /** Applies all changes or none, if {@code epoch} is still the lane's. */
  CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at);

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
