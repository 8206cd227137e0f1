package io.payonce.routing;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** What was asked of one endpoint since it last said anything. Its owner guards it. */
final class Silence {
  /** So long without any answer to several requests is a hang, whatever their timeouts are. */
  static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** One call, and the probe that its silence causes. */
  static final int HANG_REQUESTS = 2;

  /**
   * A lone request that waits for so long needs a second witness, in time for both to be silent.
   */
  static final long LONE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** So that an endpoint which is slow now and then is not probed for it more than an idle one. */
  static final long LEAST_WITNESSES_APART_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Requests since the last answer, among those that a healthy node answers at once. */
  private int unanswered;

  private long since;
  private OptionalLong witnessedAt = OptionalLong.empty();

  /** A body that a healthy node answers at once is under way. */
  void sent(long now) {
    if (unanswered++ == 0) {
      since = now;
    }
  }

  /** It said something, or begins anew. */
  void end() {
    unanswered = 0;
  }

  int unanswered() {
    return unanswered;
  }

  boolean isHang(long now) {
    return unanswered >= HANG_REQUESTS && now - since >= HANG_NANOS;
  }

  /** When it will be a hang, or needs a witness; empty where neither comes by time alone. */
  OptionalLong dueInNanos(long now) {
    if (unanswered >= HANG_REQUESTS) {
      return OptionalLong.of(Math.max(0, since + HANG_NANOS - now));
    }
    long lone = since + LONE_NANOS - now;
    return unanswered == 1 && lone > 0 ? OptionalLong.of(lone) : OptionalLong.empty();
  }

  /** Whether a lone request has waited for so long that another one has to be sent beside it. */
  boolean needsWitness(long now) {
    return unanswered == 1
        && now - since >= LONE_NANOS
        && (witnessedAt.isEmpty() || now - witnessedAt.getAsLong() >= LEAST_WITNESSES_APART_NANOS);
  }

  void witnessed(long now) {
    witnessedAt = OptionalLong.of(now);
  }
}
