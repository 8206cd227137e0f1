package io.payonce.submit.internal;

import io.payonce.Asset;
import io.payonce.AttemptId;
import io.payonce.BlockRef;
import io.payonce.IdempotencyKey;
import io.payonce.Priority;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.TransferId;
import io.payonce.nonce.LaneFunds;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.signing.SigningRequest;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a lane's engine wants done. Most of it is answered by an event; {@link Reply}, {@link
 * Alert}, {@link Publish}, {@link Forward} and {@link Release} are not.
 */
public sealed interface LaneCommand {
  /**
   * Take the lane under a new epoch and load it.
   *
   * @param take whether to take it; else merely look at it, as at one that another instance has
   */
  record Load(Duration delay, boolean take) implements LaneCommand {}

  /** All or nothing, and before anything else. */
  record Commit(long epoch, List<JournalChange> changes, Instant at) implements LaneCommand {}

  /** Read the next page of waiting transfers of this priority. */
  record Fetch(Priority priority, Optional<TransferId> after) implements LaneCommand {}

  /** Read what people said of orphans. */
  record ReadOrphans() implements LaneCommand {}

  /** Check transfers against the chain and estimate their gas, in one question. */
  record Prepare(List<StoredTransfer> transfers) implements LaneCommand {}

  record Sign(SigningRequest request) implements LaneCommand {}

  /**
   * Send bytes.
   *
   * @param payments whose bytes these are; empty for a fill and for a host's own
   */
  record Send(
      List<AttemptId> attempts,
      List<SignedTransaction> bytes,
      List<Optional<IdempotencyKey>> payments,
      BroadcastOptions options)
      implements LaneCommand {}

  /**
   * Find what took these nonces.
   *
   * @param known hashes of our attempts for each nonce: hints
   */
  record FindConsumers(BlockRef head, Map<Long, List<TransactionHash>> known)
      implements LaneCommand {}

  /** Ask whether these blocks are on the agreed chain. */
  record CheckBlocks(List<BlockRef> blocks, long finalNumber) implements LaneCommand {}

  /** Ask whether what is final in the journal, below this nonce, is still on the agreed chain. */
  record CheckFinals(long below) implements LaneCommand {}

  /** Read these balances too from now on; the native coin is always read. */
  record Watch(Set<Asset> assets) implements LaneCommand {}

  /** Look at the chain soon. */
  record ObserveSoon() implements LaneCommand {}

  record WakeIn(Duration delay) implements LaneCommand {}

  /** What the wallet can still promise; for whoever asks the shell. */
  record Publish(LaneFunds funds) implements LaneCommand {}

  /** Hand a request to the owner of the lane, on another instance, through the journal. */
  record Forward(LaneEvent.Request request) implements LaneCommand {}

  /**
   * Give the lane up; the memory is gone already.
   *
   * @param forGood never to load it again
   */
  record Release(boolean forGood) implements LaneCommand {}

  /** Something a person should know; the engine goes on by itself. */
  record Alert(String what) implements LaneCommand {}

  /**
   * Tell what was committed.
   *
   * @param lane when its state changed
   */
  record Tell(Optional<StoredLane> lane, List<Changed> payments) implements LaneCommand {}

  /** A payment as it is now, with the nonce it is bound to. */
  record Changed(StoredTransfer transfer, Optional<StoredSlot> slot) {}

  /** Completes a caller's future. */
  record Reply(Runnable completion) implements LaneCommand {}
}
