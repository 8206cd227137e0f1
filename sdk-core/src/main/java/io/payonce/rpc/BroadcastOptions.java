package io.payonce.rpc;

/**
 * How widely to send.
 *
 * @param reach how many operators get the bytes
 */
public record BroadcastOptions(Reach reach) {
  /** Two operators at once; more only when none of them accepted. */
  public static final BroadcastOptions DEFAULT = new BroadcastOptions(Reach.TWO);

  /** Every operator that takes transactions: for bytes that nobody seems to have. */
  public static final BroadcastOptions EVERYONE = new BroadcastOptions(Reach.ALL);

  /** Number of operators at once. */
  public enum Reach {
    TWO,
    ALL
  }
}
