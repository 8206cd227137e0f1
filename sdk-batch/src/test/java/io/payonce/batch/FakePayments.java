package io.payonce.batch;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.TransferState;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import io.payonce.submit.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A journal in memory whose payments move when a test says so. */
final class FakePayments implements Payments {
  static final TransactionHash HASH = new TransactionHash("0x" + "ab".repeat(32));
  static final BlockRef BLOCK = new BlockRef(7, new BlockHash("0x" + "cd".repeat(32)));

  final Map<IdempotencyKey, TransferStatus> journal = new LinkedHashMap<>();
  private final Map<IdempotencyKey, CompletableFuture<TransferStatus>> waiters =
      new LinkedHashMap<>();
  private final List<LaneId> lanes = new ArrayList<>();
  int failAfter = Integer.MAX_VALUE;
  boolean closed;

  FakePayments(LaneId... lanes) {
    this.lanes.addAll(List.of(lanes));
  }

  @Override
  public List<LaneId> lanes() {
    return lanes;
  }

  @Override
  public SubmitResult submit(IdempotencyKey key, Transfer transfer, Map<String, String> metadata) {
    if (closed) {
      return new SubmitResult.NotAccepted("CLOSED", "closed by the test");
    }
    TransferStatus known = journal.get(key);
    if (known != null) {
      boolean same = Fingerprint.of(key, transfer).equals(Fingerprint.of(key, known.transfer()));
      return same
          ? new SubmitResult.AlreadyKnown(known.id(), known)
          : new SubmitResult.KeyConflict(known.id(), List.of("amount"));
    }
    TransferStatus accepted =
        new TransferStatus(
            key,
            new TransferId(journal.size() + 1L),
            transfer,
            TransferState.ACCEPTED,
            new Verdict.Pending(),
            "",
            "",
            new LaneId(transfer.chain(), (Address) transfer.from()),
            OptionalLong.empty(),
            List.of(),
            Optional.empty(),
            metadata,
            Instant.EPOCH);
    journal.put(key, accepted);
    if (journal.size() > failAfter) {
      throw new StoreUnavailableException(
          StoreUnavailableException.Outcome.UNKNOWN, "commit not confirmed");
    }
    return new SubmitResult.Accepted(accepted.id(), accepted);
  }

  @Override
  public Optional<TransferStatus> status(IdempotencyKey key) {
    return Optional.ofNullable(journal.get(key));
  }

  @Override
  public CompletableFuture<TransferStatus> whenFinal(IdempotencyKey key) {
    CompletableFuture<TransferStatus> waiter =
        waiters.computeIfAbsent(key, k -> new CompletableFuture<>());
    tellIfEnded(journal.get(key));
    return waiter.copy();
  }

  void move(String key, TransferState state, Verdict verdict) {
    TransferStatus old = journal.get(IdempotencyKey.of(key));
    TransferStatus now =
        new TransferStatus(
            old.key(),
            old.id(),
            old.transfer(),
            state,
            verdict,
            "",
            "",
            old.lane(),
            old.nonce(),
            old.hashes(),
            old.winner(),
            old.metadata(),
            old.updatedAt());
    journal.put(old.key(), now);
    tellIfEnded(now);
  }

  void pay(String key) {
    move(key, TransferState.PAID_FINAL, new Verdict.PaidFinal(HASH, BLOCK));
  }

  private void tellIfEnded(TransferStatus status) {
    CompletableFuture<TransferStatus> waiter = waiters.get(status.key());
    boolean ended = status.state().isTerminal() || status.state() == TransferState.QUARANTINED;
    if (ended && waiter != null) {
      waiter.complete(status);
    }
  }
}
