package io.payonce.examples.simulate;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.PauseMode;
import io.payonce.signing.AttemptKind;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.submit.Actor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The second half of the journal's runbook, for operators whose journal lacks nonces that it gave
 * out: bytes of these are waited for, then the nonces are filled, and those that the journal shows
 * as a host's, since the lost one may have given them to a payment; what hosts were told to be
 * unpaid is cancelled again; then the frozen wallets are resumed.
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
    if (rounds > PATIENCE) {
      lanes.forEach(this::fill);
    }
    if (!isPast()) {
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

  /** The lowest that no payment has, by the present journal, or that only the lost one gave out. */
  private void fill(LaneId lane) {
    Optional<Long> idle =
        sim.medium().openSlots(lane).stream()
            .filter(slot -> slot.transfer().isEmpty())
            .filter(slot -> slot.attempts().stream().noneMatch(a -> a.kind() == AttemptKind.FILL))
            .map(slot -> slot.id().nonce())
            .findFirst();
    long next = lane(lane).nextNonce();
    boolean unknown = next < givenOut.getOrDefault(lane, 0L);
    if (lane(lane).state() == LaneState.FROZEN && (idle.isPresent() || unknown)) {
      sim.chaos().count("user/FILLED_LOST_NONCE");
      ask(
          nonces ->
              Users.drop(
                  nonces
                      .fill(lane, idle.orElse(next), operator, reason)
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
