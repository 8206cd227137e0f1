package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.ChainId;
import io.payonce.routing.Envelope.Asked;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.rpc.TransportReply.Cause;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls over one WebSocket of an endpoint, which is opened by the first call and again by the next
 * one after it was lost. Answers are paired by their ids.
 *
 * <p>Each connection has to prove its chain id: before that, nothing but questions for the chain id
 * is said on it. So no transaction goes to another chain after a reconnect, whenever its bytes were
 * handed over.
 *
 * <p>What was said to the connection counts as sent, whether or not it left this process: {@link
 * BytesSent#NONE} is only what was never said, or what the connection did not take. An endpoint
 * that wants to be left alone (close codes 1008 and 1013, HTTP 429) answers everything that waits
 * as it would over HTTP, by 429.
 *
 * <p>Thread-safe; its monitor is never held while calling out. That of an exchange is taken within
 * it, and never the other way round.
 */
final class SocketTransport implements RpcTransport {
  static final int MOST_IN_FLIGHT = 1_024;
  private static final long THROTTLED_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * A connection on which somebody waits and nothing is heard for so long is given up. Pings would
   * notice it too, after twice this time or more.
   */
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final int TOO_MANY_REQUESTS = 429;

  private final Endpoint endpoint;
  private final Wiring wiring;
  private final WebSocketChannel.Opener opener;
  private final Runnable onClose;

  /** What connections have to serve; empty where that is what is asked for. */
  private final Optional<ChainId> chain;

  private final RpcRequest<ChainId> chainRequest = Requests.chainId();

  /** By the first id of each. */
  @GuardedBy("this")
  private final TreeMap<Long, Exchange> waiting = new TreeMap<>();

  /** Those of them that were not said yet. */
  @GuardedBy("this")
  private final Deque<Exchange> unsaid = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable Line line;

  /** Somebody is about to open one. */
  @GuardedBy("this")
  private boolean isOpening;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private long restsUntil;

  @GuardedBy("this")
  private boolean closed;

  SocketTransport(
      Endpoint endpoint, Wiring wiring, WebSocketChannel.Opener opener, Runnable onClose) {
    this(endpoint, wiring, opener, onClose, Optional.of(wiring.chainId));
  }

  /** To an endpoint of which nobody knows yet what it serves: nothing has to be proven. */
  static SocketTransport ofAnyChain(
      Endpoint endpoint, Wiring wiring, WebSocketChannel.Opener opener, Runnable onClose) {
    return new SocketTransport(endpoint, wiring, opener, onClose, Optional.empty());
  }

  private SocketTransport(
      Endpoint endpoint,
      Wiring wiring,
      WebSocketChannel.Opener opener,
      Runnable onClose,
      Optional<ChainId> chain) {
    this.chain = chain;
    this.endpoint = endpoint;
    this.wiring = wiring;
    this.opener = opener;
    this.onClose = onClose;
    this.restsUntil = wiring.now();
  }

  /** One body under way. */
  private static final class Exchange {
    final Asked asked;
    final String text;
    final CompletableFuture<TransportReply> reply = new CompletableFuture<>();

    @GuardedBy("this")
    private boolean said;

    @GuardedBy("this")
    private boolean failed;

    Exchange(Asked asked, String text) {
      this.asked = asked;
      this.text = text;
    }

    synchronized boolean isSaid() {
      return said;
    }

    /** Before it is said; false when it failed unsaid, and must not leave any more. */
    synchronized boolean maySay() {
      said = !failed;
      return said;
    }

    /** The connection did not take it. */
    synchronized void isUnsaid() {
      said = false;
    }

    void fail(String why, boolean timedOut) {
      fail(why, timedOut, Cause.NETWORK);
    }

    void fail(String why, boolean timedOut, Cause cause) {
      BytesSent sent;
      synchronized (this) {
        failed = true;
        sent = said ? BytesSent.ALL : BytesSent.NONE;
      }
      reply.complete(new TransportReply.Failed(why, sent, timedOut, cause));
    }
  }

  @Override
  public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
    Exchange one;
    try {
      one = new Exchange(Envelope.asked(body), new String(body, StandardCharsets.UTF_8));
    } catch (IOException notOurs) {
      throw new IllegalArgumentException("a body without ids"); // its words could quote the body
    }
    long nanos = timeout.toNanos();
    String refusal = "";
    synchronized (this) {
      if (closed) {
        refusal = "transport is closed";
      } else if (waiting.size() >= MOST_IN_FLIGHT) {
        refusal = MOST_IN_FLIGHT + " requests wait for answers already";
      } else if (line == null && restsUntil - wiring.now() >= nanos) {
        refusal = "connection was lost, and is tried again later";
      } else {
        waiting.put(one.asked.firstId(), one);
        unsaid.add(one);
      }
    }
    if (!refusal.isEmpty()) {
      one.fail(refusal, false);
      return one.reply;
    }
    ScheduledFuture<?> timer = wiring.after(nanos, () -> late(one));
    CompletableFuture<?> unused =
        one.reply.whenComplete(
            (reply, cancelled) -> {
              timer.cancel(false);
              forget(one);
            });
    go();
    return one.reply;
  }

  private synchronized void forget(Exchange one) {
    waiting.remove(one.asked.firstId());
    if (!one.isSaid()) {
      unsaid.remove(one);
    }
  }

  /** Says what may be said, on a connection that there is or will be. */
  private void go() {
    Line open;
    long pause = 0;
    List<Exchange> ready = new ArrayList<>();
    synchronized (this) {
      open = line;
      if (open == null) {
        if (closed || isOpening || waiting.isEmpty()) {
          return;
        }
        isOpening = true;
        pause = restsUntil - wiring.now();
      } else {
        collect(open, ready);
      }
    }
    if (open == null) {
      if (pause > 0) {
        wiring.later(pause, this::connect);
      } else {
        connect();
      }
      return;
    }
    for (Exchange one : ready) {
      open.say(one);
    }
  }

  @GuardedBy("this")
  private void collect(Line open, List<Exchange> ready) {
    if (!open.isReady()) {
      return;
    }
    for (int left = unsaid.size(); left > 0; left--) {
      Exchange one = unsaid.removeFirst();
      if (one.reply.isDone()) {
        continue;
      }
      if (open.isProven || one.asked.asksChainId() || !open.foreign.isEmpty()) {
        ready.add(one);
      } else {
        unsaid.addLast(one);
      }
    }
  }

  private void connect() {
    Line fresh = new Line();
    synchronized (this) {
      isOpening = false;
      if (closed || line != null || waiting.isEmpty()) {
        return;
      }
      line = fresh;
    }
    WebSocketChannel channel = opener.open(endpoint, fresh);
    fresh.channel = channel;
    boolean late;
    synchronized (this) {
      late = line != fresh;
    }
    if (late) {
      channel.close();
    } else {
      fresh.askWhenOpen();
    }
  }

  private void late(Exchange one) {
    one.fail("no answer in time", true);
    Line silent;
    synchronized (this) {
      silent = line;
      if (silent == null || !silent.isSilent(wiring.now())) {
        return;
      }
    }
    drop(silent, "nothing for " + TimeUnit.NANOSECONDS.toSeconds(SILENCE_NANOS) + " s", false);
  }

  /** Nothing more comes on this connection: everybody who waits has to know at once. */
  private void drop(Line which, String why, boolean throttled) {
    drop(which, why, throttled, Cause.NETWORK);
  }

  private void drop(Line which, String why, boolean throttled, Cause cause) {
    List<Exchange> lost;
    synchronized (this) {
      if (line != which) {
        return;
      }
      line = null;
      lost = new ArrayList<>(waiting.values());
      unsaid.clear();
      long pause = wiring.reconnectPause(failures);
      failures++;
      restsUntil = wiring.now() + (throttled ? Math.max(THROTTLED_NANOS, pause) : pause);
    }
    WebSocketChannel channel = which.channel;
    if (channel != null) {
      channel.close();
    }
    String reason = endpoint.mask(why);
    for (Exchange one : lost) {
      if (throttled) {
        one.reply.complete(new TransportReply.Answered(TOO_MANY_REQUESTS, Map.of(), new byte[0]));
      } else {
        one.fail(reason, false, cause);
      }
    }
  }

  @Override
  public void close() {
    Line open;
    List<Exchange> lost;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      open = line;
      line = null;
      lost = new ArrayList<>(waiting.values());
      unsaid.clear();
    }
    WebSocketChannel channel = open == null ? null : open.channel;
    if (channel != null) {
      channel.close();
    }
    lost.forEach(one -> one.fail("transport is closed", false));
    onClose.run();
  }

  /** One connection. */
  private final class Line implements WebSocketChannel.Listener {
    private final long proofId = wiring.ids(1);
    volatile @Nullable WebSocketChannel channel;
    private volatile boolean isOpen;
    private volatile boolean isAsked;

    /** It has shown the right chain id. */
    volatile boolean isProven;

    /** Why nothing may be said on it. */
    volatile String foreign = "";

    /** Since when somebody waits and nothing was heard. */
    private volatile OptionalLong silentSince = OptionalLong.empty();

    boolean isReady() {
      return isAsked;
    }

    boolean isSilent(long now) {
      OptionalLong since = silentSince;
      return since.isPresent() && now - since.getAsLong() >= SILENCE_NANOS;
    }

    @Override
    public void opened() {
      isOpen = true;
      askWhenOpen();
    }

    /** The channel may be open before {@code open} has returned. */
    void askWhenOpen() {
      WebSocketChannel ready = channel;
      synchronized (this) {
        if (!isOpen || ready == null || isAsked) {
          return;
        }
        isAsked = true;
        isProven = chain.isEmpty();
      }
      if (isProven || tell(ready, text(chainRequest, proofId))) {
        go();
      } else {
        drop(this, "connection takes nothing", false);
      }
    }

    private String text(RpcRequest<?> request, long id) {
      return new String(wiring.codec.encode(List.of(request), id), StandardCharsets.UTF_8);
    }

    private boolean tell(WebSocketChannel to, String text) {
      if (silentSince.isEmpty()) {
        silentSince = OptionalLong.of(wiring.now());
      }
      return to.send(text);
    }

    /** Marked before it is said: in doubt it was. */
    void say(Exchange one) {
      WebSocketChannel ready = channel;
      if (!foreign.isEmpty() && !one.asked.asksChainId()) {
        one.fail(foreign, false);
        return;
      }
      if (one.maySay() && (ready == null || !tell(ready, one.text))) {
        one.isUnsaid();
        one.fail("connection takes nothing more", false);
      }
    }

    @Override
    public void received(String text) {
      silentSince = OptionalLong.empty();
      byte[] message = text.getBytes(StandardCharsets.UTF_8);
      Envelope.Heard heard;
      try {
        heard = Envelope.heard(message);
      } catch (IOException malformed) {
        drop(this, "sent what is no JSON-RPC", false); // its words quote the text
        return;
      }
      if (heard.isNotice()) {
        return;
      }
      if (heard.id().isEmpty()) {
        // An error for nobody: any of those who wait may be meant, and none can be told so.
        drop(this, "sent an answer that names no request", false);
      } else if (heard.id().getAsLong() == proofId) {
        proven(message);
      } else {
        Exchange one = find(heard.id().getAsLong());
        if (one != null) {
          one.reply.complete(new TransportReply.Answered(200, Map.of(), message));
        }
      }
    }

    private @Nullable Exchange find(long id) {
      synchronized (SocketTransport.this) {
        Map.Entry<Long, Exchange> entry = waiting.floorEntry(id);
        boolean ours = entry != null && entry.getValue().asked.has(id) && entry.getValue().isSaid();
        failures = ours ? 0 : failures;
        return ours ? entry.getValue() : null; // else nobody waits for it any more
      }
    }

    private void proven(byte[] message) {
      JsonRpcCodec.Answer answer = wiring.codec.decode(message, proofId, 1).answers().get(0);
      ChainId claimed;
      try {
        claimed =
            answer instanceof JsonRpcCodec.Answer.Result result
                ? chainRequest.decoder().decode(result.json())
                : null;
      } catch (RuntimeException wrongShape) {
        claimed = null;
      }
      if (claimed == null) {
        drop(this, "does not tell its chain id", false);
        return;
      }
      ChainId wanted = chain.orElse(claimed);
      if (claimed.equals(wanted)) {
        isProven = true;
      } else {
        foreign = "serves chain " + claimed + " instead of " + wanted;
      }
      go();
    }

    @Override
    public void ended(String why, boolean throttled, Cause cause) {
      drop(this, why, throttled, cause);
    }
  }
}
