package io.payonce.rpc;

/**
 * How widely to send.
 *
 * @param reach how many operators of the public get the bytes at once; a private route goes to each
 *     endpoint that it names
 * @param route who may get them at all
 */
public record BroadcastOptions(Reach reach, Route route) {
  /** Two operators at once; more only when none of them accepted. */
  public static final BroadcastOptions DEFAULT = new BroadcastOptions(Reach.TWO, Route.PUBLIC);

  /** Every operator that takes transactions: for bytes that nobody seems to have. */
  public static final BroadcastOptions EVERYONE = new BroadcastOptions(Reach.ALL, Route.PUBLIC);

  /** How many get the bytes at once. */
  public enum Reach {
    TWO,
    ALL
  }

  /** The same by this route. */
  public BroadcastOptions by(Route other) {
    return new BroadcastOptions(reach, other);
  }
}
