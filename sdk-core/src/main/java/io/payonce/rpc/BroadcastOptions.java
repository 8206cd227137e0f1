package io.payonce.rpc;

/**
 * How widely to send.
 *
 * @param reach which operators get the bytes, and how many at once
 */
public record BroadcastOptions(Reach reach) {
  /** Two operators at once; more only when none of them accepted. */
  public static final BroadcastOptions DEFAULT = new BroadcastOptions(Reach.TWO);

  /** Every operator that takes transactions: for bytes that nobody seems to have. */
  public static final BroadcastOptions EVERYONE = new BroadcastOptions(Reach.ALL);

  /** Only endpoints that show it to nobody before it is mined; never anyone else. */
  public static final BroadcastOptions PRIVATE = new BroadcastOptions(Reach.PRIVATE);

  /** Who gets the bytes. */
  public enum Reach {
    TWO,
    ALL,
    PRIVATE
  }
}
