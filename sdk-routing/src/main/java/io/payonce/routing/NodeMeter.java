package io.payonce.routing;

import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Asked;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What is measured about one endpoint. Each method does nothing without metrics. Thread-safe. */
final class NodeMeter {
  private static final String ENDPOINT = "endpoint";
  private static final double MILLIS_OF_SECOND = 1_000;

  private final String name;
  private final Wiring wiring;
  private final Meters meters;
  private final AtomicLong bodies = new AtomicLong();
  private final AtomicLong probes = new AtomicLong();

  NodeMeter(Endpoint endpoint, Wiring wiring) {
    this.name = endpoint.name();
    this.wiring = wiring;
    this.meters = wiring.meters;
  }

  /** One body is over, whoever still waits for it. */
  void attempted(
      List<RpcRequest<?>> requests, Asked asked, List<RpcOutcome<?>> outcomes, long start) {
    if (!meters.isOn()) {
      return;
    }
    String kind = kind(requests, asked);
    meters.count("attempts", 1, ENDPOINT, name, "class", kind, "outcome", outcome(outcomes));
    meters.time("attempt.latency", wiring.now() - start, ENDPOINT, name, "class", kind);
    long all = bodies.incrementAndGet();
    long looks = asked.isProbe ? probes.incrementAndGet() : probes.get();
    meters.gauge("probe.share", (double) looks / all, ENDPOINT, name);
  }

  private static String kind(List<RpcRequest<?>> requests, Asked asked) {
    if (asked.isProbe) {
      return "probe";
    }
    if (requests.get(0).method().equals("eth_sendRawTransaction")) {
      return "submit";
    }
    return asked.isUrgent ? "critical" : Meters.label(RequestClass.of(requests));
  }

  /** The first that is no value speaks for the body. */
  static String outcome(List<RpcOutcome<?>> outcomes) {
    for (RpcOutcome<?> outcome : outcomes) {
      if (outcome instanceof RpcOutcome.Failed<?> failed) {
        return ReplyReader.isRateLimit(outcome) ? "throttled" : failure(failed.failure());
      }
    }
    return "ok";
  }

  private static String failure(RpcFailure failure) {
    if (failure instanceof RpcFailure.NodeError) {
      return "error";
    }
    if (failure instanceof RpcFailure.DeadlineExceeded) {
      return "timeout";
    }
    if (failure instanceof RpcFailure.Throttled) {
      return "throttled";
    }
    if (failure instanceof RpcFailure.Malformed) {
      return "malformed";
    }
    if (failure instanceof RpcFailure.Behind) {
      return "behind";
    }
    return failure instanceof RpcFailure.Cancelled ? "overtaken" : "transport";
  }

  /** Something about it may be otherwise. */
  void stands(EndpointState state, long now) {
    if (!meters.isOn()) {
      return;
    }
    int open =
        switch (state.state()) {
          case UP -> 0;
          case SUSPECT -> 1;
          case DOWN -> 2;
          case QUARANTINED -> 3;
        };
    meters.gauge("breaker.state", open, ENDPOINT, name);
    meters.gauge("inconsistent", state.isInconsistent() ? 1 : 0, ENDPOINT, name);
    long pause = state.throttledNanos(now);
    if (pause > 0) {
      long until = wiring.clock().millis() + TimeUnit.NANOSECONDS.toMillis(pause);
      meters.gauge("throttle.until", until / MILLIS_OF_SECOND, ENDPOINT, name);
    }
  }

  /**
   * How far its chain ends before that of others.
   *
   * @param of which end of it
   */
  void lags(String of, long blocks) {
    meters.gauge("lag", (double) Math.max(0, blocks), ENDPOINT, name, "of", of);
  }

  /** Another one was preferred, or it may not be asked now. */
  void skipped(String reason) {
    if (meters.isOn()) {
      meters.count("selection.skips", 1, ENDPOINT, name, "reason", reason);
    }
  }

  /** Why it is not of the best rank. */
  static String reason(Node node, Use use, long now) {
    State stands = node.state.state();
    Turnstile.Room room = node.turnstile.room(now, use);
    if (stands == State.QUARANTINED) {
      return "quarantined";
    }
    if (node.state.isThrottled(now)) {
      return "throttled";
    }
    if (!node.credits.allows(use)) {
      return "credits";
    }
    if (room == Turnstile.Room.NONE) {
      return "full";
    }
    if (stands == State.DOWN) {
      return "down";
    }
    if (room == Turnstile.Room.LATER) {
      return "line";
    }
    if (stands == State.SUSPECT) {
      return "suspect";
    }
    return node.state.isBehind() ? "behind" : "inconsistent";
  }

  void hedged(boolean won) {
    meters.count("hedge", 1, ENDPOINT, name, "won", Boolean.toString(won));
  }

  void answered(Verdict verdict) {
    meters.count("broadcast", 1, ENDPOINT, name, "verdict", Meters.label(verdict));
  }

  void sighted(long tookNanos) {
    meters.time("sighting.delay", tookNanos, ENDPOINT, name);
  }
}
