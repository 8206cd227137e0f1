package io.payonce.submit.internal;

import io.payonce.internal.StorableText;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.submit.Actor;
import java.util.Objects;

/**
 * Who decided something, and why.
 *
 * @param reason as the journal has it; another version may have had another rule for it
 */
public record Decision(Actor actor, String reason) {
  private static final Actor ENGINE = new Actor("payonce");

  public Decision {
    Objects.requireNonNull(actor, "actor");
    Objects.requireNonNull(reason, "reason");
  }

  /**
   * As somebody says it now.
   *
   * @throws IllegalArgumentException for a reason that {@link StorableText#reason} refuses
   */
  public static Decision by(Actor actor, String reason) {
    Objects.requireNonNull(actor, "actor");
    return new Decision(actor, StorableText.reason(reason));
  }

  /** The engine's own, by what it was told to do. */
  static Decision own(String reason) {
    return new Decision(ENGINE, reason);
  }

  /** That the lane pauses, freezes or resumes. */
  JournalChange move(LaneState to) {
    return new JournalChange.LaneMoved(to, reason, actor.name());
  }

  /** For texts that name both. */
  @Override
  public String toString() {
    return actor.name() + ": " + reason;
  }
}
