package io.payonce.examples.bench;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.nonce.LaneStatus;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.TransferStatus;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Counts the lanes that work and the payments whose bytes the node has: it took them, or they are
 * in a block, as its reply may be late while it works on one.
 */
final class Arrivals implements SubmissionListener {
  private static final int PATIENCE_MINUTES = 5;

  private final Set<IdempotencyKey> keys = ConcurrentHashMap.newKeySet();
  private final Set<LaneId> lanes = ConcurrentHashMap.newKeySet();
  private final CountDownLatch paymentsLeft;
  private final CountDownLatch lanesLeft;

  Arrivals(int payments, int lanes) {
    paymentsLeft = new CountDownLatch(payments);
    lanesLeft = new CountDownLatch(lanes);
  }

  @Override
  public void sent(IdempotencyKey key, BroadcastEvidence evidence) {
    if (evidence.outcome() == BroadcastEvidence.Outcome.ACCEPTED) {
      arrived(key);
    }
  }

  @Override
  public void changed(TransferStatus status) {
    if (status.winner().isPresent()) {
      arrived(status.key());
    }
  }

  private void arrived(IdempotencyKey key) {
    if (keys.add(key)) {
      paymentsLeft.countDown();
    }
  }

  @Override
  public void laneChanged(LaneStatus status) {
    if (status.state() == LaneStatus.State.ACTIVE && lanes.add(status.id())) {
      lanesLeft.countDown();
    }
  }

  void awaitLanes() throws InterruptedException {
    await(lanesLeft, "lanes did not start");
  }

  void awaitAll() throws InterruptedException {
    await(paymentsLeft, "payments were not sent");
  }

  private static void await(CountDownLatch left, String what) throws InterruptedException {
    if (!left.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      throw new IllegalStateException(left.getCount() + " " + what);
    }
  }
}
