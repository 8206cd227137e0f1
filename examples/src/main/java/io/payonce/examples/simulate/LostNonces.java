package io.payonce.examples.simulate;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.PauseMode;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.submit.Actor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The second half of the journal's runbook, for operators whose journal lacks nonces that it gave
 * out: bytes of these are waited for, then the nonces are filled; what hosts were told to be unpaid
 * is cancelled again; then the frozen wallets are resumed.
 */
final class LostNonces {
  /** Rounds in which lost bytes may be mined by themselves. */
  private static final int PATIENCE = 4;

  private final Simulation sim;
  private final Actor operator;
  private final String reason;

  /** By the lost journal; 0 where the present one knows of all of them. */
  private final Map<LaneId, Long> givenOut = new LinkedHashMap<>();

  private int rounds;

  LostNonces(Simulation sim, Actor operator, String reason) {
    this.sim = sim;
    this.operator = operator;
    this.reason = reason;
  }

  /** An older journal takes the place of the present one. */
  void lose(Runnable replaced) {
    for (LaneId lane : sim.lanes()) {
      givenOut.merge(lane, lane(lane).nextNonce(), Math::max);
    }
    replaced.run();
    givenOut.replaceAll((lane, nonces) -> nonces > lane(lane).nextNonce() ? nonces : 0);
  }

  /** Takes the next steps; asked once in a round, while some wallet is not resumed. */
  void recover() {
    List<LaneId> lanes = sim.lanes();
    rounds++;
    if (!isPast()) {
      if (rounds > PATIENCE) {
        lanes.forEach(this::fill);
      }
      return;
    }
    List<IdempotencyKey> toCancel = sim.users().closedButOpen();
    for (LaneId lane : lanes) {
      LaneState state = lane(lane).state();
      if (state != LaneState.ACTIVE && toCancel.isEmpty()) {
        ask(nonces -> Users.drop(nonces.resume(lane, operator, reason)));
      } else if (state == LaneState.FROZEN) {
        ask(nonces -> Users.drop(nonces.resumePaused(lane, PauseMode.BINDING, operator, reason)));
      }
    }
    if (lanes.stream().noneMatch(lane -> lane(lane).state() == LaneState.FROZEN)) {
      toCancel.forEach(sim.users()::cancelAgain);
    }
  }

  /** Whether nothing that the lost journal sent can be mined any more. */
  boolean isPast() {
    return sim.lanes().stream()
        .allMatch(
            lane -> sim.chain().finalNonce(lane.address()) >= givenOut.getOrDefault(lane, 0L));
  }

  private void fill(LaneId lane) {
    long next = lane(lane).nextNonce();
    if (lane(lane).state() == LaneState.FROZEN && next < givenOut.getOrDefault(lane, 0L)) {
      sim.chaos().count("user/FILLED_LOST_NONCE");
      ask(
          nonces ->
              Users.drop(
                  nonces
                      .fill(lane, next, operator, reason)
                      .thenRun(() -> sim.time().after(Duration.ofMillis(1), () -> fill(lane)))));
    }
  }

  private void ask(Consumer<NonceManager> question) {
    sim.users().insist(submitter -> question.accept(submitter.nonces()));
  }

  private StoredLane lane(LaneId lane) {
    return sim.medium().lane(lane).orElseThrow();
  }
}
