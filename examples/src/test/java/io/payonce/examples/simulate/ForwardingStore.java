package io.payonce.examples.simulate;

import io.payonce.ChainId;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.Agenda;
import io.payonce.store.CommitResult;
import io.payonce.store.Intake;
import io.payonce.store.JournalChange;
import io.payonce.store.LaneOffer;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.OpenCount;
import io.payonce.store.Outbox;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A journal that hands everything on, for mutants that change one thing. */
abstract class ForwardingStore implements TransferStore {
  private final TransferStore store;

  ForwardingStore(TransferStore store) {
    this.store = store;
  }

  @Override
  public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
    return store.acceptAll(intakes, at);
  }

  @Override
  public AcceptResult acceptGroup(GroupSubmission group, Instant at) {
    return store.acceptGroup(group, at);
  }

  @Override
  public Optional<StoredTransfer> groupOf(IdempotencyKey member) {
    return store.groupOf(member);
  }

  @Override
  public void registerLane(LaneId lane, long firstNonce, long nextNonce, Instant at) {
    store.registerLane(lane, firstNonce, nextNonce, at);
  }

  @Override
  public List<StoredOrphan> orphans(ChainId chain) {
    return store.orphans(chain);
  }

  @Override
  public Optional<StoredLane> lane(LaneId lane) {
    return store.lane(lane);
  }

  @Override
  public List<StoredLane> lanes() {
    return store.lanes();
  }

  @Override
  public Optional<StoredLane> takeLane(LaneId lane, Lease lease, Instant at) {
    return store.takeLane(lane, lease, at);
  }

  @Override
  public boolean renewLane(LaneId lane, long epoch, Lease lease, Optional<LaneOffer> offer) {
    return store.renewLane(lane, epoch, lease, offer);
  }

  @Override
  public void releaseLane(LaneId lane, long epoch) {
    store.releaseLane(lane, epoch);
  }

  @Override
  public List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at) {
    return store.noticeArrivals(lane, epoch, limit, at);
  }

  @Override
  public int archiveBytes(LaneId lane, long epoch, Instant finalBefore, int limit, Instant at) {
    return store.archiveBytes(lane, epoch, finalBefore, limit, at);
  }

  @Override
  public long ask(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at) {
    return store.ask(lane, kind, transfer, actor, reason, at);
  }

  @Override
  public List<LaneRequest> openRequests(LaneId lane, int limit) {
    return store.openRequests(lane, limit);
  }

  @Override
  public Optional<LaneRequest> request(long id) {
    return store.request(id);
  }

  @Override
  public List<StoredSlot> openSlots(LaneId lane) {
    return store.openSlots(lane);
  }

  @Override
  public Optional<StoredSlot> reserved(LaneId lane, String name) {
    return store.reserved(lane, name);
  }

  @Override
  public List<StoredSlot> finalSlots(LaneId lane, long below, int limit) {
    return store.finalSlots(lane, below, limit);
  }

  @Override
  public Optional<StoredSlot> slot(SlotId slot) {
    return store.slot(slot);
  }

  @Override
  public List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit) {
    return store.waiting(lane, priority, after, now, limit);
  }

  @Override
  public Agenda agenda(LaneId lane, Instant now, int limit) {
    return store.agenda(lane, now, limit);
  }

  @Override
  public Optional<StoredTransfer> find(IdempotencyKey key) {
    return store.find(key);
  }

  @Override
  public Optional<StoredTransfer> find(TransferId id) {
    return store.find(id);
  }

  @Override
  public List<StoredTransfer> list(TransferFilter filter, Optional<TransferId> before, int limit) {
    return store.list(filter, before, limit);
  }

  @Override
  public Map<TransferState, Long> counts() {
    return store.counts();
  }

  @Override
  public List<OpenCount> openCounts() {
    return store.openCounts();
  }

  @Override
  public CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at) {
    return store.commit(lane, epoch, changes, at);
  }

  @Override
  public Outbox outbox() {
    return store.outbox();
  }

  @Override
  public List<StoredAnswer> answers(SlotId slot) {
    return store.answers(slot);
  }

  @Override
  public List<JournalEvent> events(TransferId transfer) {
    return store.events(transfer);
  }

  @Override
  public List<Claim> claims(SlotId slot) {
    return store.claims(slot);
  }

  @Override
  public Optional<SlotId> slotOf(TransferId transfer) {
    return store.slotOf(transfer);
  }

  @Override
  public void close() {
    store.close();
  }
}
