package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.rpc.BytesSent;
import io.payonce.rpc.TransportReply;
import io.payonce.rpc.TransportReply.Answered;
import io.payonce.rpc.TransportReply.Failed;
import io.payonce.testing.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Calls over a WebSocket in virtual time: what is said when, and what is known of it. */
final class SocketTransportTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final VirtualTime time = new VirtualTime();
  private final Wire wire = new Wire();
  private final SocketTransport transport =
      new SocketTransport(
          Endpoint.of("one", "one", "wss://one.example/key0123456789"),
          Rig.wiring(time, null),
          wire,
          () -> {});

  /** Connections that a test answers by hand. */
  private static final class Wire implements WebSocketChannel.Opener {
    final List<Line> lines = new ArrayList<>();

    @Override
    public WebSocketChannel open(Endpoint endpoint, WebSocketChannel.Listener listener) {
      Line line = new Line(listener);
      lines.add(line);
      return line;
    }

    Line last() {
      return lines.get(lines.size() - 1);
    }

    @Override
    public void close() {}
  }

  private static final class Line implements WebSocketChannel {
    final Listener listener;
    final List<String> said = new ArrayList<>();
    boolean takes = true;
    boolean isClosed;

    Line(Listener listener) {
      this.listener = listener;
    }

    @Override
    public boolean send(String text) {
      if (takes) {
        said.add(text);
      }
      return takes;
    }

    @Override
    public void close() {
      isClosed = true;
    }

    /** Opens it and shows this chain id. */
    void opens(String chainId) {
      listener.opened();
      assertThat(said.get(0)).contains("eth_chainId");
      answers(said.get(0), '"' + chainId + '"');
    }

    void answers(String request, String result) {
      listener.received(
          ScriptedTransport.element(
              ScriptedTransport.parse(request).get("id").asText(),
              ScriptedTransport.result(result)));
    }
  }

  private static byte[] body(String method, long id) {
    return text(method, id).getBytes(StandardCharsets.UTF_8);
  }

  private static String text(String method, long id) {
    return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":[]}";
  }

  private CompletableFuture<TransportReply> send(String method, long id) {
    return transport.send(body(method, id), SECOND);
  }

  private static void assertFailed(
      CompletableFuture<TransportReply> reply, BytesSent sent, boolean timedOut) {
    assertThat(reply).isCompleted();
    assertThat(reply.join()).isInstanceOf(Failed.class);
    Failed failed = (Failed) reply.join();
    assertThat(failed.bytesSent()).as("%s", failed).isEqualTo(sent);
    assertThat(failed.timedOut()).as("%s", failed).isEqualTo(timedOut);
    assertThat(failed.reason()).doesNotContain("key0123456789");
  }

  @Test
  void answers_come_in_any_order_and_each_to_its_request() {
    CompletableFuture<TransportReply> first = send("eth_a", 100);
    CompletableFuture<TransportReply> second = send("eth_b", 200);
    assertThat(wire.lines).hasSize(1);
    wire.last().opens("0x1");
    assertThat(wire.last().said).hasSize(3);
    wire.last().answers(text("eth_b", 200), "\"b\"");
    assertThat(first).isNotDone();
    wire.last().answers(text("eth_a", 100), "\"a\"");
    assertThat(new String(((Answered) first.join()).body(), StandardCharsets.UTF_8))
        .contains("\"a\"");
    assertThat(new String(((Answered) second.join()).body(), StandardCharsets.UTF_8))
        .contains("\"b\"");
  }

  @Test
  void a_batch_is_paired_by_any_of_its_ids() {
    byte[] batch =
        ("[" + text("eth_a", 10) + "," + text("eth_b", 11) + "]").getBytes(StandardCharsets.UTF_8);
    CompletableFuture<TransportReply> reply = transport.send(batch, SECOND);
    wire.last().opens("0x1");
    wire.last().listener.received("[{\"jsonrpc\":\"2.0\",\"result\":{\"id\":7},\"id\":11}]");
    assertThat(reply.join()).isInstanceOf(Answered.class);
  }

  @Test
  void nothing_but_the_question_for_the_chain_leaves_before_the_chain_is_proven() {
    CompletableFuture<TransportReply> write = send("eth_sendRawTransaction", 1);
    CompletableFuture<TransportReply> check = send("eth_chainId", 2);
    wire.last().listener.opened();
    assertThat(wire.last().said).hasSize(2).allMatch(said -> said.contains("eth_chainId"));
    wire.last().answers(wire.last().said.get(0), "\"0x2\"");
    assertFailed(write, BytesSent.NONE, false);
    assertThat(((Failed) write.join()).reason()).isEqualTo("serves chain 2 instead of 1");
    assertThat(check).isNotDone();
    wire.last().answers(text("eth_chainId", 2), "\"0x2\"");
    assertThat(check.join()).isInstanceOf(Answered.class); // the pool hears of it and acts
    assertFailed(send("eth_sendRawTransaction", 3), BytesSent.NONE, false);
    assertThat(wire.last().said).noneMatch(said -> said.contains("eth_send"));
  }

  @Test
  void the_chain_is_proven_again_on_the_next_connection() {
    CompletableFuture<TransportReply> read = send("eth_a", 1);
    wire.last().opens("0x1");
    wire.last().answers(text("eth_a", 1), "1");
    wire.last().listener.ended("gone", false);
    assertThat(read.join()).isInstanceOf(Answered.class);
    CompletableFuture<TransportReply> write = send("eth_sendRawTransaction", 2);
    time.runFor(Duration.ofMillis(300));
    assertThat(wire.lines).hasSize(2);
    wire.last().listener.opened();
    assertThat(wire.last().said).hasSize(1);
    wire.last().answers(wire.last().said.get(0), "\"0x1\"");
    assertThat(wire.last().said).hasSize(2);
    assertThat(write).isNotDone();
  }

  @Test
  void what_was_said_is_in_doubt_when_the_connection_ends_and_what_was_not_is_not() {
    CompletableFuture<TransportReply> said = send("eth_a", 1);
    wire.last().opens("0x1");
    wire.last().listener.ended("gone", false);
    assertFailed(said, BytesSent.ALL, false);
    CompletableFuture<TransportReply> unsaid = send("eth_b", 2);
    time.runFor(Duration.ofMillis(300));
    wire.last().listener.ended("connection refused", false);
    assertFailed(unsaid, BytesSent.NONE, false);
  }

  @Test
  void a_time_out_knows_whether_it_was_said() {
    CompletableFuture<TransportReply> unsaid = send("eth_a", 1);
    time.runFor(SECOND);
    assertFailed(unsaid, BytesSent.NONE, true);
    CompletableFuture<TransportReply> said = send("eth_b", 2);
    wire.last().opens("0x1");
    assertThat(wire.last().said).hasSize(2).noneMatch(text -> text.contains("eth_a"));
    time.runFor(SECOND);
    assertFailed(said, BytesSent.ALL, true);
    wire.last().answers(text("eth_b", 2), "1"); // nobody waits for it, and nothing breaks
    assertThat(wire.last().isClosed).isFalse();
  }

  @Test
  void what_the_connection_does_not_take_was_not_sent() {
    CompletableFuture<TransportReply> first = send("eth_a", 1);
    wire.last().opens("0x1");
    wire.last().takes = false;
    assertFailed(send("eth_b", 2), BytesSent.NONE, false);
    assertThat(first).isNotDone();
  }

  @Test
  void an_endpoint_that_wants_to_be_left_alone_answers_as_over_http() {
    CompletableFuture<TransportReply> said = send("eth_a", 1);
    wire.last().opens("0x1");
    wire.last().listener.ended("closed with code 1013", true);
    assertThat(((Answered) said.join()).status()).isEqualTo(429);
    CompletableFuture<TransportReply> next =
        transport.send(body("eth_b", 2), SECOND.multipliedBy(3));
    time.runFor(Duration.ofMillis(900));
    assertThat(wire.lines).hasSize(1); // left alone for a second
    time.runFor(Duration.ofMillis(300));
    assertThat(wire.lines).hasSize(2);
    wire.last().listener.ended("HTTP 429", true);
    assertThat(((Answered) next.join()).status()).isEqualTo(429);
  }

  @Test
  void pauses_between_connections_grow_to_half_a_minute_and_hold_nobody_up() {
    long longest = 0;
    for (int i = 0; i < 40; i++) {
      long before = time.ticker().nanos();
      int lines = wire.lines.size();
      CompletableFuture<TransportReply> reply =
          transport.send(body("eth_a", i), Duration.ofSeconds(40));
      while (wire.lines.size() == lines) {
        time.runFor(Duration.ofMillis(10));
      }
      longest = Math.max(longest, time.ticker().nanos() - before);
      wire.last().listener.ended("refused", false);
      assertFailed(reply, BytesSent.NONE, false);
    }
    assertThat(Duration.ofNanos(longest)).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(31));
    CompletableFuture<TransportReply> brief =
        transport.send(body("eth_b", 99), Duration.ofMillis(1));
    assertFailed(brief, BytesSent.NONE, false); // at once, as no connection comes in time
  }

  @Test
  void no_more_than_its_limit_waits() {
    for (int i = 0; i < SocketTransport.MOST_IN_FLIGHT; i++) {
      assertThat(send("eth_a", i)).isNotDone();
    }
    assertFailed(send("eth_a", 9_999), BytesSent.NONE, false);
    time.runFor(SECOND);
    assertThat(send("eth_a", 9_999)).isNotDone();
  }

  @Test
  void a_connection_on_which_nothing_is_heard_is_given_up() {
    CompletableFuture<TransportReply> first = send("eth_a", 0);
    wire.last().opens("0x1");
    wire.last().answers(text("eth_a", 0), "1");
    assertThat(first).isCompleted();
    time.runFor(Duration.ofMinutes(5)); // silence when nobody asks is none
    for (int i = 1; i <= 10; i++) {
      assertThat(wire.last().isClosed).as("after %d s", i).isFalse();
      var unused = send("eth_a", i);
      time.runFor(SECOND);
    }
    assertThat(wire.lines.get(0).isClosed).isTrue();
  }

  @Test
  void what_is_no_answer_ends_the_connection_and_notices_do_not() {
    for (String wrong :
        List.of(
            "{\"jsonrpc\":",
            "7",
            "[]",
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"x\"}}",
            "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":1}")) {
      VirtualTime others = new VirtualTime();
      Wire fresh = new Wire();
      SocketTransport one =
          new SocketTransport(
              Endpoint.of("one", "one", "wss://one.example/"),
              Rig.wiring(others, null),
              fresh,
              () -> {});
      CompletableFuture<TransportReply> reply = one.send(body("eth_a", 1), SECOND);
      fresh.last().opens("0x1");
      fresh
          .last()
          .listener
          .received("{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{}}");
      assertThat(reply).isNotDone();
      fresh.last().listener.received(wrong);
      assertThat(fresh.last().isClosed).as(wrong).isTrue();
      assertFailed(reply, BytesSent.ALL, false);
    }
  }

  @Test
  void where_any_chain_will_do_nothing_is_asked_before_the_question() {
    SocketTransport any =
        SocketTransport.ofAnyChain(
            Endpoint.of("one", "one", "wss://one.example/"),
            Rig.wiring(time, null),
            wire,
            () -> {});
    CompletableFuture<TransportReply> reply = any.send(body("eth_a", 1), SECOND);
    wire.last().listener.opened();
    assertThat(wire.last().said).hasSize(1).allMatch(said -> said.contains("eth_a"));
    wire.last().listener.received("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}");
    assertThat(reply.join()).isInstanceOf(Answered.class);
  }

  @Test
  void a_cancelled_request_that_was_not_said_never_is() {
    CompletableFuture<TransportReply> reply = send("eth_a", 1);
    CompletableFuture<TransportReply> other = send("eth_b", 2);
    reply.cancel(false);
    wire.last().opens("0x1");
    assertThat(wire.last().said).hasSize(2).noneMatch(said -> said.contains("eth_a"));
    assertThat(other).isNotDone();
  }

  @Test
  void closing_ends_the_connection_and_everybody_who_waits() {
    CompletableFuture<TransportReply> said = send("eth_a", 1);
    wire.last().opens("0x1");
    transport.close();
    transport.close();
    assertThat(wire.last().isClosed).isTrue();
    assertFailed(said, BytesSent.ALL, false);
    assertFailed(send("eth_b", 2), BytesSent.NONE, false);
    assertThat(wire.lines).hasSize(1);
  }
}
