package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.ChainId;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.TransportReply.Cause;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one endpoint pushes on a connection of its own: it connects, asks for the chain id and for
 * the subscription, and believes nothing before the chain id is right. Thread-safe; its monitor is
 * never held while calling out.
 *
 * @param <T> what comes of a message
 */
final class PushSource<T> {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  private static final long UNABLE_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final long FOREIGN_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int MESSAGES_UNTIL_STEADY = 3;

  /**
   * What is subscribed to.
   *
   * @param params of {@code eth_subscribe}, the name first
   * @param decoder throws when a message has a wrong shape
   */
  record Subject<T>(List<@Nullable Object> params, RpcRequest.Decoder<T> decoder) {}

  /** Is told what comes of it; never under a lock of the source. */
  interface Heard<T> {
    void told(PushSource<T> source, T message);

    void ended(PushSource<T> source);
  }

  final Node node;
  private final Wiring wiring;
  private final WebSocketChannel.Opener opener;
  private final Subject<T> subject;
  private final Heard<T> heard;
  private final RpcRequest<ChainId> chainRequest = Requests.chainId();

  @GuardedBy("this")
  private @Nullable WebSocketChannel channel;

  /** Counts connections, so that the last words of an old one are not taken for those of a new. */
  @GuardedBy("this")
  private int connection;

  @GuardedBy("this")
  private boolean isActive;

  @GuardedBy("this")
  private long firstId;

  @GuardedBy("this")
  private boolean isVerified;

  @GuardedBy("this")
  private @Nullable String subscription;

  @GuardedBy("this")
  private boolean isRefused;

  @GuardedBy("this")
  private int messages;

  @GuardedBy("this")
  private long heardAt;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private OptionalLong restsUntil = OptionalLong.empty();

  PushSource(
      Node node,
      Wiring wiring,
      WebSocketChannel.Opener opener,
      Subject<T> subject,
      Heard<T> heard) {
    this.node = node;
    this.wiring = wiring;
    this.opener = opener;
    this.subject = subject;
    this.heard = heard;
  }

  /** One for each endpoint that has a WebSocket, of those of before where there is one. */
  static <T> List<PushSource<T>> of(
      Roster roster, List<PushSource<T>> before, Function<Node, PushSource<T>> make) {
    List<PushSource<T>> now = new ArrayList<>();
    for (Node node : roster.nodes()) {
      if (node.endpoint.webSocket().isPresent()) {
        now.add(
            before.stream()
                .filter(source -> source.node == node)
                .findFirst()
                .orElseGet(() -> make.apply(node)));
      }
    }
    return List.copyOf(now);
  }

  /** Ends those of before that are not among them. */
  static <T> void stopOthers(List<PushSource<T>> before, List<PushSource<T>> now) {
    before.stream().filter(source -> !now.contains(source)).forEach(PushSource::stop);
  }

  Operator operator() {
    return node.endpoint.operator();
  }

  synchronized boolean isActive() {
    return isActive;
  }

  /** It has pushed several messages on this connection. */
  synchronized boolean isSteady() {
    return isActive && messages >= MESSAGES_UNTIL_STEADY;
  }

  /** When last asked it would not give this subscription. */
  synchronized boolean isRefused() {
    return isRefused;
  }

  synchronized int failures() {
    return failures;
  }

  synchronized boolean mayStart(long now) {
    return !isActive
        && (restsUntil.isEmpty() || restsUntil.getAsLong() - now <= 0)
        && node.state.mayBeAsked(now);
  }

  void start() {
    Ear ear;
    synchronized (this) {
      if (isActive) {
        return;
      }
      isActive = true;
      isVerified = false;
      subscription = null;
      messages = 0;
      isRefused = false;
      heardAt = wiring.now();
      firstId = wiring.ids(2);
      ear = new Ear(++connection);
    }
    WebSocketChannel opened = opener.open(node.endpoint, ear);
    boolean late;
    synchronized (this) {
      late = !isActive || connection != ear.number;
      if (!late) {
        channel = opened;
      }
    }
    ear.channel = opened;
    if (late) {
      opened.close();
    } else {
      ear.askWhenOpen();
    }
  }

  /** Ends the connection for good, or until the next start. */
  void stop() {
    WebSocketChannel open;
    synchronized (this) {
      open = channel;
      channel = null;
      isActive = false;
      connection++;
    }
    if (open != null) {
      open.close();
    }
  }

  /** Ends the connection of an endpoint that is in quarantine: it gets probes and nothing else. */
  void leaveLiar() {
    int current;
    synchronized (this) {
      current = connection;
    }
    if (node.state.state() == State.QUARANTINED) {
      ended(current, "quarantined", 0);
    }
  }

  /** Ends a connection on which nothing was heard for so long. */
  void watchSilence(long now, long longest) {
    boolean silent;
    int current;
    synchronized (this) {
      silent = isActive && now - heardAt >= longest;
      current = connection;
    }
    if (silent) {
      ended(current, "nothing for " + TimeUnit.NANOSECONDS.toSeconds(longest) + " s", 0);
    }
  }

  private void ended(int which, String why, long leastPause) {
    WebSocketChannel open;
    long pause;
    synchronized (this) {
      if (!isActive || which != connection) {
        return;
      }
      isActive = false;
      open = channel;
      channel = null;
      pause = Math.max(leastPause, wiring.reconnectPause(failures));
      failures++;
      restsUntil = OptionalLong.of(wiring.now() + pause);
    }
    LOG.info(
        "endpoint {} pushes no {} any more: {}",
        node.endpoint.name(),
        subject.params().get(0),
        node.endpoint.mask(why));
    if (open != null) {
      open.close();
    }
    heard.ended(this);
  }

  private void received(int which, String text) {
    Object json;
    try {
      json = wiring.codec.parse(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException | NumberFormatException malformed) {
      broken(which, "pushed what is not JSON"); // its message quotes the text
      return;
    }
    if (!(json instanceof Map<?, ?> message)) {
      broken(which, "pushed what is no JSON-RPC");
    } else if (message.get("params") instanceof Map<?, ?> params) {
      pushed(which, params);
    } else if (message.get("id") instanceof BigInteger id && id.bitLength() < 63) {
      answered(which, id.longValueExact(), message);
    }
  }

  private void pushed(int which, Map<?, ?> params) {
    synchronized (this) {
      boolean ours =
          isActive
              && which == connection
              && isVerified
              && subscription != null
              && subscription.equals(params.get("subscription"));
      if (!ours) {
        return;
      }
    }
    T message;
    try {
      message = subject.decoder().decode(params.get("result"));
    } catch (RuntimeException wrongShape) {
      broken(which, "pushed a message of a wrong shape");
      return;
    }
    synchronized (this) {
      heardAt = wiring.now();
      if (++messages == MESSAGES_UNTIL_STEADY) {
        failures = 0;
      }
    }
    heard.told(this, message);
  }

  private void answered(int which, long id, Map<?, ?> reply) {
    long first;
    synchronized (this) {
      if (!isActive || which != connection) {
        return;
      }
      first = firstId;
    }
    Object result = reply.get("result");
    if (id == first) {
      verify(which, result);
    } else if (id == first + 1) {
      if (result instanceof String given) {
        synchronized (this) {
          subscription = given;
        }
      } else {
        synchronized (this) {
          isRefused = true;
        }
        ended(which, "it refuses the subscription", UNABLE_NANOS);
      }
    }
  }

  private void verify(int which, @Nullable Object result) {
    ChainId claimed;
    try {
      claimed = chainRequest.decoder().decode(result);
    } catch (RuntimeException wrongShape) {
      broken(which, "does not tell its chain id");
      return;
    }
    if (claimed.equals(wiring.chainId)) {
      synchronized (this) {
        isVerified = true;
      }
    } else {
      LOG.error(
          "endpoint {} pushes for chain {} instead of {}: not listened to",
          node.endpoint.name(),
          claimed,
          wiring.chainId);
      ended(which, "it serves chain " + claimed, FOREIGN_NANOS);
    }
  }

  private void broken(int which, String why) {
    node.state.suspect(why);
    ended(which, why, 0);
  }

  /** Hears one connection. */
  private final class Ear implements WebSocketChannel.Listener {
    private final int number;
    private volatile @Nullable WebSocketChannel channel;
    private volatile boolean isOpen;
    private boolean asked;

    Ear(int number) {
      this.number = number;
    }

    @Override
    public void opened() {
      isOpen = true;
      askWhenOpen();
    }

    /** The channel may be open before {@code open} has returned. */
    void askWhenOpen() {
      WebSocketChannel ready = channel;
      long first;
      synchronized (PushSource.this) {
        if (!isOpen || ready == null || asked) {
          return;
        }
        asked = true;
        first = firstId;
      }
      ready.send(text(chainRequest, first));
      ready.send(
          text(new RpcRequest<>("eth_subscribe", subject.params(), String::valueOf), first + 1));
    }

    private String text(RpcRequest<?> request, long id) {
      return new String(wiring.codec.encode(List.of(request), id), StandardCharsets.UTF_8);
    }

    @Override
    public void received(String text) {
      PushSource.this.received(number, text);
    }

    @Override
    public void ended(String why, boolean throttled, Cause cause) {
      long pause = throttled ? node.state.throttled(wiring.now(), OptionalLong.empty()) : 0;
      if (cause == Cause.PIN_MISMATCH) {
        node.pinMissed(why); // and as long as the endpoint rests nobody connects to it
      }
      PushSource.this.ended(number, why, pause);
    }
  }

  /** In the order of the sources. */
  static <T> List<String> namesOf(List<PushSource<T>> sources) {
    return sources.stream().map(source -> source.node.endpoint.name()).toList();
  }
}
