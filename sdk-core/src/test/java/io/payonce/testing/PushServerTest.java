package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The push server as the JDK's own client sees it, which knows nothing of its code. */
@Timeout(60)
final class PushServerTest {
  private static final int MUCH = 1_000_000;
  private static final String HEAD = "{\"number\":\"0x5\",\"hash\":\"0x" + "ab".repeat(32) + "\"}";

  private final PushServer server = PushServer.start(method -> "\"" + method + "\"");
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  /** Puts down what it hears: whole messages, and that one of many characters has no end. */
  private final class Ear implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      int before = message.length();
      message.append(part);
      if (before < MUCH && message.length() >= MUCH) {
        heard.add("much");
      }
      if (last) {
        heard.add(message.toString());
        message.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      heard.add("closed " + code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
      heard.add("broken");
    }
  }

  @AfterEach
  void close() {
    server.close();
  }

  private WebSocket connect() {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(server.url(), new Ear())
        .join();
  }

  private String next() throws InterruptedException {
    String text = heard.poll(30, TimeUnit.SECONDS);
    assertThat(text).as("something in time").isNotNull();
    return text;
  }

  private void subscribe(WebSocket socket) throws InterruptedException {
    socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"eth_subscribe\"}", true).join();
    assertThat(next()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"0x1\"}");
  }

  @Test
  void calls_are_answered_and_heads_announced_to_subscribers() throws Exception {
    WebSocket socket = connect();
    server.announce(HEAD); // nobody has subscribed
    socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"eth_chainId\"}", true).join();
    assertThat(next()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":6,\"result\":\"eth_chainId\"}");
    subscribe(socket);
    server.announce(HEAD);
    assertThat(next()).contains("\"subscription\":\"0x1\"").contains(HEAD);
    assertThat(server.log()).hasSize(3);
    assertThat(server.log().get(2).text()).contains("eth_subscribe");
    assertThat(server.subscriptions()).isEqualTo(1);
    assertThat(server.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(PushFault.class)
  void each_fault_that_fits_an_answer_looks_like_itself_and_the_others_are_refused(PushFault fault)
      throws Exception {
    WebSocket socket = connect();
    subscribe(socket);
    try {
      server.answerFault(fault);
    } catch (IllegalArgumentException refused) {
      assertThat(
              fault.strikesConnections()
                  || fault.name().matches("(HUNG|REFUSED)_CALLS|OUT_.*|LIE|FOREIGN_.*"))
          .as("%s", refused)
          .isTrue();
      return;
    }
    String call = "{\"id\":%d,\"method\":\"eth_chainId\"}";
    socket.sendText(call.formatted(1), true).join();
    while (server.log().size() < 3) {
      Thread.onSpinWait(); // the class has a time limit
    }
    switch (fault) {
      case LOST -> {
        server.answerFault(PushFault.PASS);
        socket.sendText(call.formatted(2), true).join();
        assertThat(next()).contains("\"id\":2");
      }
      case DUPLICATE -> assertThat(next()).isEqualTo(next()).contains("\"id\":1");
      case GARBAGE -> assertThat(next()).isEqualTo("{\"jsonrpc\":");
      case RESET -> assertThat(next()).isEqualTo("broken");
      case CLOSE -> assertThat(next()).isEqualTo("closed 1001");
      case CLOSE_THROTTLED -> assertThat(next()).isEqualTo("closed 1013");
      // The JDK's client says so, or nothing at all; a raw socket hears it below.
      case HALF_FRAME -> assertThat(heard).allMatch("closed 1006"::equals);
      case HUGE -> assertThat(next()).isEqualTo("much");
      default -> assertThat(next()).contains("\"id\":1,\"result\":\"eth_chainId\"");
    }
    assertThat(server.log().get(2).text()).isEqualTo(call.formatted(1)); // carried out
  }

  @Test
  void half_a_frame_promises_more_than_comes_and_then_the_connection_ends() throws Exception {
    server.answerFault(PushFault.HALF_FRAME);
    try (Socket socket = new Socket(server.url().getHost(), server.url().getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "GET / HTTP/1.1\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      byte[] call = "{\"id\":1,\"method\":\"eth_chainId\"}".getBytes(StandardCharsets.US_ASCII);
      out.write(new byte[] {(byte) 0x81, (byte) (0x80 | call.length), 0, 0, 0, 0}); // mask of 0
      out.write(call);
      byte[] all = socket.getInputStream().readAllBytes();
      int frame = new String(all, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
      assertThat(all[frame]).isEqualTo((byte) 0x81);
      assertThat(all.length - frame - 2).isEqualTo(all[frame + 1] / 2).isPositive();
    }
  }

  @Test
  void a_whole_node_answers_in_its_own_words() throws Exception {
    try (PushServer node = PushServer.startNode(call -> "{\"id\":9,\"error\":{}}")) {
      WebSocket socket =
          HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(node.url(), new Ear()).join();
      socket.sendText("[{\"id\":1,\"method\":\"a\"},{\"id\":2,\"method\":\"b\"}]", true).join();
      assertThat(next()).isEqualTo("[{\"id\":9,\"error\":{}},{\"id\":9,\"error\":{}}]");
    }
  }

  @ParameterizedTest
  @EnumSource(PushFault.class)
  void each_fault_looks_like_itself(PushFault fault) throws Exception {
    if (fault.strikesConnections()) {
      server.fault(fault);
      boolean hangs = fault == PushFault.HUNG_OPENING;
      assertThat(
              HttpClient.newHttpClient()
                  .newWebSocketBuilder()
                  .buildAsync(server.url(), new Ear())
                  .handle((socket, failure) -> failure != null)
                  .completeOnTimeout(hangs, hangs ? 300 : 30_000, TimeUnit.MILLISECONDS)
                  .join())
          .isTrue();
      return;
    }
    WebSocket socket = connect();
    if (fault == PushFault.HUNG_CALLS || fault == PushFault.REFUSED_CALLS) {
      server.fault(fault);
      socket.sendText("{\"id\":7,\"method\":\"eth_subscribe\"}", true).join();
      if (fault == PushFault.REFUSED_CALLS) {
        assertThat(next()).contains("-32601");
      }
      assertThat(server.subscriptions()).isZero();
      return;
    }
    subscribe(socket);
    server.fault(fault);
    server.announce(HEAD);
    String second = HEAD.replace("0x5", "0x6");
    switch (fault) {
      case LOST -> {
        server.fault(PushFault.PASS);
        server.announce(second);
        assertThat(next()).contains(second);
      }
      case DUPLICATE -> assertThat(next()).isEqualTo(next()).contains(HEAD);
      case OUT_OF_ORDER -> {
        server.announce(second);
        assertThat(next()).contains(second);
        assertThat(next()).contains(HEAD);
      }
      case LIE -> assertThat(next()).contains("\"number\":\"0x5\"").doesNotContain("abab");
      case FOREIGN_SUBSCRIPTION -> assertThat(next()).contains("0xdead");
      case GARBAGE -> assertThat(next()).isEqualTo("{\"jsonrpc\":");
      case RESET -> assertThat(next()).isEqualTo("broken");
      case CLOSE -> assertThat(next()).isEqualTo("closed 1001");
      case CLOSE_THROTTLED -> assertThat(next()).isEqualTo("closed 1013");
      // The JDK's client says so, or nothing at all; a raw socket hears it below.
      case HALF_FRAME -> assertThat(heard).allMatch("closed 1006"::equals);
      case HUGE -> assertThat(next()).isEqualTo("much");
      default -> assertThat(next()).contains(HEAD);
    }
  }
}
