package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Endpoints that echo everything they know about themselves, in every way there is. */
final class NoSecretLeavesTest {
  private static final String USER = "markeduser";
  private static final String PASSWORD = "markedpassword";
  private static final String PATH_KEY = "markedpathkey42";
  private static final String QUERY_KEY = "markedquerykey42";
  private static final List<String> SECRETS = List.of(USER, PASSWORD, PATH_KEY, QUERY_KEY);

  private static String url(String host) {
    return "https://"
        + USER
        + ":"
        + PASSWORD
        + "@"
        + host
        + "/v3/"
        + PATH_KEY
        + "?key="
        + QUERY_KEY;
  }

  private static CompletableFuture<TransportReply> echo(Endpoint endpoint, byte[] body, int kind) {
    String url = endpoint.uri().reveal();
    String says = url + " " + String.join(" ", SECRETS);
    String request = new String(body, StandardCharsets.UTF_8);
    String id = ScriptedTransport.parse(request).path("id").asText("1");
    String error =
        "{\"jsonrpc\":\"2.0\",\"id\":"
            + id
            + ",\"error\":{\"code\":-32000,\"message\":\""
            + says
            + "\",\"data\":\""
            + says
            + "\"}}";
    String result = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":\"" + says + "\"}";
    return switch (kind) {
      case 0 -> CompletableFuture.completedFuture(ScriptedTransport.answered(200, error));
      case 1 -> CompletableFuture.completedFuture(ScriptedTransport.answered(200, result));
      case 2 -> CompletableFuture.completedFuture(ScriptedTransport.answered(502, says));
      case 3 -> CompletableFuture.completedFuture(ScriptedTransport.answered(200, says));
      case 4 ->
          CompletableFuture.completedFuture(
              new TransportReply.Failed("lost " + says, BytesSent.ALL, false));
      case 5 -> CompletableFuture.failedFuture(new IllegalStateException(says));
      case 6 ->
          CompletableFuture.completedFuture(
              new TransportReply.Answered(
                  429, Map.of("retry-after", says), says.getBytes(StandardCharsets.UTF_8)));
      default -> throw new IllegalStateException(says);
    };
  }

  @Test
  void no_secret_leaves_whatever_the_endpoints_echo() {
    long seed = 5;
    Random random = new Random(seed);
    VirtualTime time = new VirtualTime();
    boolean[] honest = {true};
    RpcPool pool =
        RpcPool.builder(Rig.CHAIN)
            .endpoint(Endpoint.of("one", "a", url("one.example")))
            .endpoint(Endpoint.of("two", "b", url("two.example")))
            .transport(
                endpoint ->
                    new RpcTransport() {
                      @Override
                      public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
                        if (honest[0]) {
                          String text = new String(body, StandardCharsets.UTF_8);
                          String id = ScriptedTransport.parse(text).path("id").asText("1");
                          return CompletableFuture.completedFuture(
                              ScriptedTransport.answered(
                                  200,
                                  ScriptedTransport.element(id, ScriptedTransport.text("0x1"))));
                        }
                        return echo(endpoint, body, random.nextInt(8));
                      }

                      @Override
                      public void close() {}
                    })
            .clock(time.clock())
            .ticker(time.ticker())
            .random(random)
            .scheduler(time.scheduler())
            .executor(time.executor())
            .build();
    List<String> said = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      honest[0] = i % 4 == 0;
      Duration limit = Duration.ofMinutes(1);
      said.add(time.await(pool.call(Requests.gasPrice(), CallOptions.DEFAULT), limit).toString());
      said.add(
          time.await(pool.broadcast(Rig.transaction(i), BroadcastOptions.EVERYONE), limit)
              .toString());
      said.add(
          time.await(pool.criticalRead(new Fact.Chain(), CallOptions.DEFAULT), limit).toString());
      said.add(pool.health().toString());
      time.runFor(Duration.ofSeconds(2));
    }
    said.add(Endpoint.of("one", "a", url("one.example")).toString());
    said.add(pool.toString());
    assertThat(said).hasSizeGreaterThan(8_000);
    for (String text : said) {
      assertThat(text).as("seed %d", seed).doesNotContain(SECRETS);
    }
    assertThat(String.join("\n", said)).contains("***");
  }
}
