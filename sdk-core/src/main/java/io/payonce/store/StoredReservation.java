package io.payonce.store;

import io.payonce.internal.StorableText;
import java.time.Instant;
import java.util.Optional;

/**
 * Who reserved a nonce for a transaction of the host's own, as the journal holds it. It goes when
 * the nonce is given back, and stays for ever once a transaction was intended.
 *
 * @param name the holder's own name for it, 1 to 128 visible ASCII characters; of one nonce of a
 *     lane at a time
 * @param actor who reserved it
 * @param reason what for
 * @param expiresAt when it is given back unless a transaction was intended
 * @param exposedBy the holder's evidence that the transaction may be out with bytes that this
 *     journal does not have; empty while nobody said so
 */
public record StoredReservation(
    String name, String actor, String reason, Instant expiresAt, Optional<String> exposedBy) {
  private static final int MOST_NAME = 128;

  public StoredReservation {
    checkName(name);
    actor = StorableText.of(actor);
    reason = StorableText.of(reason);
    exposedBy = exposedBy.map(StorableText::of);
  }

  /** Throws unless it can name a reservation. */
  public static String checkName(String name) {
    boolean visible = name.chars().allMatch(c -> c > ' ' && c < 0x7f);
    if (name.isEmpty() || name.length() > MOST_NAME || !visible) {
      throw new IllegalArgumentException(
          "name of a reservation must be 1 to "
              + MOST_NAME
              + " visible ASCII characters, not '"
              + name
              + "'");
    }
    return name;
  }

  /** The same, once its transaction may be out. */
  public StoredReservation exposedBy(String evidence) {
    return new StoredReservation(name, actor, reason, expiresAt, Optional.of(evidence));
  }
}
