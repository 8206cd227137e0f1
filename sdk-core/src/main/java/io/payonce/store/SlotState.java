package io.payonce.store;

import java.util.EnumSet;
import java.util.Set;

/** Where a nonce stands. */
public enum SlotState {
  /** Taken by a host for a transaction of its own; nothing intended yet. */
  RESERVED,
  /** Given back before any intent, which is the only way back; the lowest is used first. */
  RELEASED,
  /** An intent to sign is stored; bytes may exist at the signer. */
  INTENDED,
  /** Signed bytes are stored, or somebody else may have some. */
  EXPOSED,
  /** Some transaction with this nonce is in a block that is not final. */
  CONSUMED,
  /** Some transaction with this nonce is final; only {@code FinalityBroken} leads out. */
  CONSUMED_FINAL;

  /** Whether the nonce is still to be consumed on the chain. */
  public boolean isOpen() {
    return this != CONSUMED && this != CONSUMED_FINAL;
  }

  /** The edges of the state machine. */
  public Set<SlotState> next() {
    return switch (this) {
      case RESERVED -> EnumSet.of(RELEASED, INTENDED, CONSUMED);
      case RELEASED -> EnumSet.of(INTENDED, CONSUMED);
      case INTENDED -> EnumSet.of(EXPOSED, CONSUMED);
      case EXPOSED -> EnumSet.of(CONSUMED);
      case CONSUMED -> EnumSet.of(EXPOSED, INTENDED, RELEASED, RESERVED, CONSUMED, CONSUMED_FINAL);
      case CONSUMED_FINAL -> EnumSet.noneOf(SlotState.class);
    };
  }
}
