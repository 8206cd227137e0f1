package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.internal.JsonValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The subscriptions of one pool that one endpoint serves at a time. Thread-safe. */
final class Relays {
  /** Each has a connection; more are a leak of the caller. */
  static final int MOST = 64;

  private final Roster roster;
  private final Wiring wiring;
  private final WebSocketChannel.Opener opener;

  @GuardedBy("this")
  private final List<Relay> open = new ArrayList<>();

  @GuardedBy("this")
  private boolean closed;

  Relays(Roster roster, Wiring wiring, WebSocketChannel.Opener opener) {
    this.roster = roster;
    this.wiring = wiring;
    this.opener = opener;
  }

  /** Throws when no endpoint could push it. */
  Flow.Publisher<Object> of(List<?> params) {
    if (params.isEmpty() || !(params.get(0) instanceof String)) {
      throw new IllegalArgumentException("the first parameter must name what is subscribed to");
    }
    JsonValues.requireWritable(params);
    List<@Nullable Object> kept = new ArrayList<>(params);
    if (roster.nodes().stream().noneMatch(node -> node.endpoint.webSocket().isPresent())) {
      throw new UnsupportedOperationException(
          "a subscription to " + kept.get(0) + " needs an endpoint with a WebSocket");
    }
    return subscriber -> start(kept, Objects.requireNonNull(subscriber));
  }

  private void start(List<@Nullable Object> params, Flow.Subscriber<? super Object> subscriber) {
    Relay relay = new Relay(roster, wiring, opener, params, this::over);
    String refusal = "";
    synchronized (this) {
      if (closed) {
        refusal = "the pool is closed";
      } else if (open.size() == MOST) {
        refusal = "the pool has " + MOST + " subscriptions, and no more";
      } else {
        open.add(relay);
      }
    }
    if (refusal.isEmpty()) {
      relay.start(subscriber);
    } else {
      relay.refuse(subscriber, new IllegalStateException(refusal));
    }
  }

  private synchronized void over(Relay relay) {
    open.remove(relay);
  }

  /** Completes all of them. */
  void close() {
    List<Relay> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(open);
    }
    all.forEach(relay -> relay.end(null));
  }
}
