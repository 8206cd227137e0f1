package io.payonce.store;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;

/**
 * How long an owner asks to keep a lane without renewing.
 *
 * <p>A lease only says who works: it keeps several instances from taking a lane from each other all
 * the time. It guards no money. What keeps a former owner from writing is the lane's epoch,
 * whatever clocks and leases say.
 *
 * @param owner names the instance, 1 to 200 visible ASCII characters; two instances that run at the
 *     same time need different names
 * @param duration 5 to 60 s: shorter ones fall to every pause of an instance, longer ones delay
 *     payments after a crash
 */
public record Lease(String owner, Duration duration) {
  private static final Duration MIN = Duration.ofSeconds(5);
  private static final Duration MAX = Duration.ofSeconds(60);
  private static final int MAX_OWNER = 200;

  public Lease {
    if (owner.isEmpty()
        || owner.length() > MAX_OWNER
        || !owner.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          "owner '" + owner + "' must be 1 to " + MAX_OWNER + " visible ASCII characters");
    }
    if (duration.compareTo(MIN) < 0 || duration.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("duration " + duration + " must be " + MIN + " to " + MAX);
    }
  }

  /** A name that no other instance has: {@code prefix-} and 64 random bits. */
  public static String randomOwner(String prefix) {
    byte[] name = new byte[8];
    new SecureRandom().nextBytes(name);
    return prefix + "-" + HexFormat.of().formatHex(name);
  }
}
