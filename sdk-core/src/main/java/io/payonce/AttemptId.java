package io.payonce;

/**
 * One exact transaction for a slot.
 *
 * @param sequence 1 for the first, counting up with each replacement
 */
public record AttemptId(SlotId slot, int sequence) {
  public AttemptId {
    if (sequence < 1) {
      throw new IllegalArgumentException("sequence " + sequence + " must be 1 or more");
    }
  }

  @Override
  public String toString() {
    return slot + "." + sequence;
  }
}
