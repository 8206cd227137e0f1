package io.payonce.routing;

import io.payonce.BlockRef;
import io.payonce.rpc.BroadcastEvidence;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Which block a view may be fixed at: the newest one, and what has to be seen there.
 *
 * @param after the view's chain holds this block, so that whatever it did is seen; empty for none
 * @param known the endpoint that answers the view knows this transaction, in its pool or in a
 *     block; empty for none
 * @param deadline until there is such a view, from now; empty for the policy's {@code
 *     readDeadline}. Wait longer than a block time for a block that is only just coming
 */
public record ViewOptions(
    Optional<BlockRef> after, Optional<BroadcastEvidence> known, Optional<Duration> deadline) {
  /** The newest block, whatever it holds. */
  public static final ViewOptions NEWEST =
      new ViewOptions(Optional.empty(), Optional.empty(), Optional.empty());

  public ViewOptions {
    if (deadline.isPresent() && (deadline.get().isNegative() || deadline.get().isZero())) {
      throw new IllegalArgumentException("deadline " + deadline.get() + " must be above 0");
    }
  }

  /** At this block or one of its descendants: reads see what it has written. */
  public static ViewOptions after(BlockRef block) {
    return new ViewOptions(Optional.of(block), Optional.empty(), Optional.empty());
  }

  /** Where this transaction is known, once it was sent. */
  public static ViewOptions after(BroadcastEvidence sent) {
    return new ViewOptions(Optional.empty(), Optional.of(sent), Optional.empty());
  }

  /** The same within this time from now. */
  public ViewOptions within(Duration time) {
    return new ViewOptions(after, known, Optional.of(Objects.requireNonNull(time)));
  }
}
