package io.payonce;

/** One nonce of one lane. */
public record SlotId(LaneId lane, long nonce) {
  public SlotId {
    if (nonce < 0) {
      throw new IllegalArgumentException("nonce " + nonce + " must be 0 or more");
    }
  }

  @Override
  public String toString() {
    return lane + "#" + nonce;
  }
}
