package io.payonce.routing;

import io.payonce.BlockHeader;
import io.payonce.rpc.TransportReply.Cause;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Endpoints that push in memory and virtual time, and remember who listened when. */
final class ScriptedPush implements WebSocketChannel.Opener {
  /** One connection. */
  final class Channel implements WebSocketChannel {
    final Listener listener;
    final List<String> sent = new ArrayList<>();
    boolean closed;

    Channel(Listener listener) {
      this.listener = listener;
    }

    @Override
    public boolean send(String text) {
      sent.add(text);
      String id = ScriptedTransport.parse(text).get("id").asText();
      boolean subscribes = text.contains("eth_subscribe");
      String result = subscribes ? '"' + SUBSCRIPTION + '"' : '"' + chainId + '"';
      String error = "\"error\":{\"code\":-32601,\"message\":\"no\"}";
      String said = subscribes && refuses ? error : "\"result\":" + result;
      says("{\"jsonrpc\":\"2.0\",\"id\":" + id + "," + said + "}");
      return true;
    }

    void says(String text) {
      time.after(
          Duration.ofMillis(5),
          () -> {
            if (!closed) {
              listener.received(text);
            }
          });
    }

    void ends(boolean throttled) {
      ends("gone", throttled, Cause.NETWORK);
    }

    void ends(String why, boolean throttled, Cause cause) {
      time.after(
          Duration.ofMillis(5),
          () -> {
            if (!closed) {
              closed = true;
              listener.ended(why, throttled, cause);
            }
          });
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final String SUBSCRIPTION = "0x7";

  private final VirtualTime time;
  private final Map<String, List<Channel>> opened = new TreeMap<>();
  final List<Long> openedAtMillis = new ArrayList<>();
  String chainId = "0x1";
  boolean refuses;
  boolean isDead;

  /** Which endpoints show a key that is not pinned on such a connection. */
  final Set<String> unpinned = new TreeSet<>();

  boolean isClosed;

  ScriptedPush(VirtualTime time) {
    this.time = time;
  }

  @Override
  public WebSocketChannel open(Endpoint endpoint, WebSocketChannel.Listener listener) {
    Channel channel = new Channel(listener);
    opened.computeIfAbsent(endpoint.name(), name -> new ArrayList<>()).add(channel);
    openedAtMillis.add(time.ticker().nanos() / 1_000_000);
    if (unpinned.contains(endpoint.name())) {
      channel.ends("TLS failed: pin mismatch", false, Cause.PIN_MISMATCH);
    } else if (isDead) {
      channel.ends(false);
    } else {
      time.after(Duration.ofMillis(5), listener::opened);
    }
    return channel;
  }

  List<Channel> at(String name) {
    return opened.getOrDefault(name, List.of());
  }

  /** Whether this endpoint is listened to now. */
  boolean hears(String name) {
    return at(name).stream().anyMatch(channel -> !channel.closed);
  }

  /** This endpoint pushes a head to whoever listens. */
  void push(String name, BlockHeader head) {
    at(name).stream()
        .filter(channel -> !channel.closed)
        .forEach(channel -> channel.says(notification(SUBSCRIPTION, head)));
  }

  static String notification(String subscription, BlockHeader head) {
    return "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":\""
        + subscription
        + "\",\"result\":"
        + ScriptedChain.json(head)
        + "}}";
  }

  @Override
  public void close() {
    isClosed = true;
  }
}
