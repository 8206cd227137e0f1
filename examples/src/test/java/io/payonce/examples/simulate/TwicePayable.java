package io.payonce.examples.simulate;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.Submission;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.Intake;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import io.payonce.testing.MemoryTransferStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The journal of an implementation that binds attempts and not keys to nonces: a payment may be
 * queued once more, as an entry of its own that speaks for the same key. Journal and guard see two
 * payments and have nothing to refuse.
 */
class TwicePayable extends ForwardingStore {
  private static final String AGAIN = "~again";

  private final MemoryTransferStore medium;

  TwicePayable(TransferStore store, MemoryTransferStore medium) {
    super(store);
    this.medium = medium;
  }

  /** Queues the payment that holds a slot once more; without effect for a cancel or a fill. */
  final void payAgain(SlotId slot, Instant at) {
    medium
        .slot(slot)
        .flatMap(bound -> bound.transfer())
        .flatMap(medium::find)
        .filter(payment -> !payment.key().value().endsWith(AGAIN))
        .ifPresent(payment -> payAgain(payment, at));
  }

  /** The second entry of a payment, new or known; under the payment's own key. */
  final StoredTransfer payAgain(StoredTransfer payment, Instant at) {
    IdempotencyKey second = IdempotencyKey.of(payment.key().value() + AGAIN);
    Submission again = new Submission(second, payment.transfer());
    AcceptResult ignored = medium.accept(new Intake(again, payment.lane()), at);
    return underItsKey(medium.find(second).orElseThrow());
  }

  @Override
  public List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit) {
    return super.waiting(lane, priority, after, now, limit).stream()
        .map(TwicePayable::underItsKey)
        .toList();
  }

  @Override
  public List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at) {
    return super.noticeArrivals(lane, epoch, limit, at).stream()
        .map(TwicePayable::underItsKey)
        .toList();
  }

  @Override
  public Optional<StoredTransfer> find(TransferId id) {
    return super.find(id).map(TwicePayable::underItsKey);
  }

  private static StoredTransfer underItsKey(StoredTransfer t) {
    String key = t.key().value();
    return key.endsWith(AGAIN)
        ? new StoredTransfer(
            t.id(),
            IdempotencyKey.of(key.substring(0, key.length() - AGAIN.length())),
            t.fingerprint(),
            t.transfer(),
            t.options(),
            t.lane(),
            t.state(),
            t.code(),
            t.reason(),
            t.slot(),
            t.cancelRequested(),
            t.acceptedAt(),
            t.updatedAt(),
            t.group())
        : t;
  }
}
