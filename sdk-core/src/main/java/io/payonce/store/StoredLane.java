package io.payonce.store;

import io.payonce.LaneId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * A lane as the journal holds it.
 *
 * @param nextNonce the next nonce that was never taken: the journal is its authority
 * @param finalNonce every nonce below it is final
 * @param epoch raised each time somebody takes the lane, by 1 to 2^32; every write carries it
 * @param incident why it is frozen or paused; empty while active
 * @param leaseOwner who took it last and did not release it
 * @param leaseExpiresAt until when, by the clock of the store; present with the owner
 * @param offer what its owner said last that it could take on
 */
public record StoredLane(
    LaneId id,
    long nextNonce,
    long finalNonce,
    long epoch,
    LaneState state,
    String incident,
    Optional<String> leaseOwner,
    Optional<Instant> leaseExpiresAt,
    Optional<LaneOffer> offer) {

  /** With it begins the incident of a lane that the chain is ahead of. */
  public static final String JOURNAL_BEHIND = "JOURNAL_BEHIND";

  public StoredLane {
    if (leaseOwner.isPresent() != leaseExpiresAt.isPresent()) {
      throw new IllegalArgumentException("a lease has an owner and an end, or neither");
    }
  }

  /** A lane that nobody took yet. */
  public static StoredLane registered(LaneId id, long nextNonce) {
    return new StoredLane(
        id,
        nextNonce,
        0,
        0,
        LaneState.ACTIVE,
        "",
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same lane with the next nonce moved up. */
  public StoredLane withNextNonce(long nonce) {
    return new StoredLane(
        id, nonce, finalNonce, epoch, state, incident, leaseOwner, leaseExpiresAt, offer);
  }

  /** The same lane with more of it final. */
  public StoredLane withFinalNonce(long nonce) {
    return new StoredLane(
        id, nextNonce, nonce, epoch, state, incident, leaseOwner, leaseExpiresAt, offer);
  }

  /**
   * The same lane under a new owner, in a higher epoch. How much higher is made of the owner's
   * name: where a fail-over lost the commit by which one owner took the lane, the next takes it
   * from the same row, and must not come to the same epoch.
   */
  public StoredLane taken(String owner, Instant expiresAt) {
    CRC32 name = new CRC32();
    name.update(owner.getBytes(StandardCharsets.US_ASCII));
    return new StoredLane(
        id,
        nextNonce,
        finalNonce,
        epoch + 1 + name.getValue(),
        state,
        incident,
        Optional.of(owner),
        Optional.of(expiresAt),
        Optional.empty());
  }

  /**
   * Whether it is frozen because the chain has more of its nonces than the journal: an old backup,
   * or somebody else with its key.
   */
  public boolean isBehindTheChain() {
    return state == LaneState.FROZEN && incident.startsWith(JOURNAL_BEHIND);
  }

  /** Whether somebody else has a lease that has not expired. */
  public boolean isLeasedToOther(String owner, Instant now) {
    return leaseOwner.filter(holder -> !holder.equals(owner)).isPresent()
        && leaseExpiresAt.filter(now::isBefore).isPresent();
  }

  /** The same lane and epoch with another end of its lease, and a new offer. */
  public StoredLane renewed(String owner, Instant expiresAt, Optional<LaneOffer> now) {
    return new StoredLane(
        id,
        nextNonce,
        finalNonce,
        epoch,
        state,
        incident,
        Optional.of(owner),
        Optional.of(expiresAt),
        now);
  }

  /** The same lane and epoch, free to be taken. */
  public StoredLane released() {
    return new StoredLane(
        id,
        nextNonce,
        finalNonce,
        epoch,
        state,
        incident,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same lane in another state; an active one has no incident. */
  public StoredLane moved(LaneState to, String why) {
    return new StoredLane(
        id,
        nextNonce,
        finalNonce,
        epoch,
        to,
        to == LaneState.ACTIVE ? "" : why,
        leaseOwner,
        leaseExpiresAt,
        offer);
  }

  /** Whether a lane binds and signs. */
  public enum LaneState {
    ACTIVE,
    /** Asked by a person: nothing new is bound. */
    PAUSED,
    /** Asked by a person: nothing is bound or signed. What is signed is sent and sent again. */
    SIGNING_PAUSED,
    /** Asked by a person: nothing is bound, signed or sent. The chain is still watched. */
    ALL_PAUSED,
    /** An incident: nothing is bound or signed until a person resumes it. */
    FROZEN
  }
}
