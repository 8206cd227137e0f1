package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.VirtualTime;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/** Endpoints that echo everything they know about themselves, in every way there is. */
final class NoSecretLeavesTest {
  private static final String USER = "markeduser";
  private static final String PASSWORD = "markedpassword";
  private static final String PATH_KEY = "markedpathkey42";
  private static final String QUERY_KEY = "markedquerykey42";
  private static final String TOKEN = "markedtoken42";
  private static final List<String> SECRETS = List.of(USER, PASSWORD, PATH_KEY, QUERY_KEY);

  /** Each begins with it: a text that was cut short shall not end with a part of one either. */
  private static final String BEGINNING = "marked";

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

  /** A push channel that says all it knows: when it is asked, unasked, and when it ends. */
  private record Talkative(VirtualTime time, Random random, int[] ended)
      implements WebSocketChannel.Opener {
    @Override
    public WebSocketChannel open(Endpoint endpoint, WebSocketChannel.Listener listener) {
      String says = endpoint.webSocket().orElseThrow().reveal() + " " + String.join(" ", SECRETS);
      boolean[] closed = {false};
      Runnable ends =
          () -> {
            if (!closed[0]) {
              closed[0] = true;
              ended[0]++;
              listener.ended("closed by " + says, random.nextBoolean());
            }
          };
      if (random.nextBoolean()) {
        time.after(Duration.ofMillis(5), listener::opened);
        time.after(Duration.ofSeconds(9), ends);
      } else {
        time.after(Duration.ofMillis(5), ends);
      }
      return new WebSocketChannel() {
        @Override
        public boolean send(String text) {
          String id = ScriptedTransport.parse(text).path("id").asText("1");
          ScriptedTransport.Says answer =
              switch (random.nextInt(3)) {
                case 0 -> ScriptedTransport.error(-32000, says);
                case 1 -> ScriptedTransport.text(says);
                default -> ScriptedTransport.text("0x1");
              };
          time.after(
              Duration.ofMillis(5),
              () -> {
                if (!closed[0]) {
                  listener.received(ScriptedTransport.element(id, answer));
                  listener.received(says);
                }
              });
          return true;
        }

        @Override
        public void close() {
          closed[0] = true;
        }
      };
    }

    @Override
    public void close() {}
  }

  @Test
  void no_secret_of_a_web_socket_leaves_not_even_into_the_log() {
    long seed = 6;
    VirtualTime time = new VirtualTime();
    RpcPoolBuilder builder = RpcPool.builder(Rig.CHAIN);
    List<String> said = new ArrayList<>();
    for (String name : List.of("one", "two")) {
      Endpoint endpoint =
          Endpoint.builder(name, name, SecretUri.of("https://" + name + ".example/"))
              .webSocket(SecretUri.of(url(name + ".example").replace("https", "wss")))
              .build();
      said.add(endpoint.toString());
      builder.endpoint(endpoint);
    }
    int[] ended = {0};
    RpcPool pool =
        builder
            .transport(endpoint -> new ScriptedTransport(time))
            .push(new Talkative(time, new Random(seed), ended))
            .clock(time.clock())
            .ticker(time.ticker())
            .random(new Random(seed))
            .scheduler(time.scheduler())
            .executor(time.executor())
            .build();
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      pool.heads().subscribe(new Written(said));
      for (int i = 0; i < 300; i++) {
        time.runFor(Duration.ofSeconds(5));
        said.add(pool.health().toString());
      }
      pool.close();
    } finally {
      System.setErr(before);
    }
    assertThat(ended[0]).isGreaterThan(20); // each is logged at INFO, as far as that is on
    said.add(log.toString(StandardCharsets.UTF_8));
    assertThat(String.join("\n", said))
        .as("seed %d", seed)
        .contains("does not tell its chain id")
        .contains("***")
        .doesNotContain(BEGINNING);
  }

  /** Every event of a stream, and every stored state, as text. */
  private record Written(List<String> said)
      implements Flow.Subscriber<HeadEvent>, RoutingStateStore {
    @Override
    public Optional<RoutingState> load() {
      return Optional.empty();
    }

    @Override
    public void save(RoutingState state) {
      said.add(RoutingStateText.of(state) + state);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(HeadEvent event) {
      said.add(event.toString());
    }

    @Override
    public void onError(Throwable failure) {
      said.add(String.valueOf(failure));
    }

    @Override
    public void onComplete() {
      said.add("complete");
    }
  }

  @Test
  void a_text_that_was_cut_short_within_a_secret_shows_no_part_of_it() {
    for (int length = 0; length <= 60; length++) {
      String echo = "key=" + QUERY_KEY + " of " + PATH_KEY + " with " + TOKEN;
      String cut = echo.substring(0, Math.min(length, echo.length()));
      Endpoint endpoint =
          Endpoint.builder("one", "a", SecretUri.of(url("one.example")))
              .header("authorization", Secret.bearer(TOKEN))
              .build();
      for (String text :
          List.of(cut, cut + "...", cut + "... and " + cut + "...", "'" + cut + "...'")) {
        assertThat(endpoint.mask(text)).doesNotContain("mark");
      }
    }
    assertThat(Endpoint.of("one", "a", url("one.example")).mask("the market... is market"))
        .isEqualTo("the market... is market");
  }

  @Test
  void a_url_in_the_place_of_an_operator_is_not_shown() {
    assertThatThrownBy(() -> Endpoint.of("one", url("one.example"), "a"))
        .hasMessage("the id of an operator must be 1 to 32 of a-z 0-9 -");
  }

  @Test
  void user_and_password_are_masked_as_they_are_given_and_as_they_travel() {
    String travels =
        Base64.getEncoder()
            .encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    String echo =
        "no user " + USER + " with " + PASSWORD + " (authorization: Basic " + travels + ")";
    String masked = "no user *** with *** (authorization: ***)";
    Endpoint inUrl = Endpoint.of("one", "a", "https://" + USER + ":" + PASSWORD + "@one.example/");
    assertThat(inUrl.mask(echo)).isEqualTo(masked.replace("***)", "Basic ***)"));
    Endpoint inHeader =
        Endpoint.builder("one", "a", SecretUri.of("https://one.example/"))
            .header("authorization", Secret.basic(USER, PASSWORD))
            .build();
    assertThat(inHeader.mask(echo)).isEqualTo(masked);
    Endpoint keyAsUser = Endpoint.of("one", "a", "https://" + QUERY_KEY + "@one.example/");
    assertThat(keyAsUser.mask("Basic bWFya2VkcXVlcnlrZXk0Mjo=")).isEqualTo("Basic ***");
  }

  @Test
  void no_secret_leaves_whatever_the_endpoints_echo() {
    long seed = 5;
    Random random = new Random(seed);
    VirtualTime time = new VirtualTime();
    boolean[] honest = {true};
    List<String> stored = new ArrayList<>();
    int[] faults = {0};
    List<String> said = new ArrayList<>();
    RecordedMetrics metrics = new RecordedMetrics();
    RpcPool pool =
        RpcPool.builder(Rig.CHAIN)
            .stateStore(new Written(stored))
            .endpoint(
                Endpoint.builder("one", "a", SecretUri.of(url("one.example")))
                    .credits(CreditTable.of("alchemy"), 100_000)
                    .build())
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
                        faults[0]++;
                        return echo(endpoint, body, random.nextInt(8));
                      }

                      @Override
                      public void close() {}
                    })
            .metrics(metrics)
            .policy(RoutingPolicy.builder().traces(1_000).build())
            .clock(time.clock())
            .ticker(time.ticker())
            .random(random)
            .scheduler(time.scheduler())
            .executor(time.executor())
            .build();
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    for (int i = 0; faults[0] < 10_000; i++) {
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
    pool.close();
    System.setErr(before);
    said.add(log.toString(StandardCharsets.UTF_8));
    said.addAll(metrics.series());
    pool.traces().forEach(trace -> said.add(trace.toString()));
    assertThat(said).hasSizeGreaterThan(4_000);
    assertThat(stored).hasSizeGreaterThan(100);
    said.addAll(stored);
    for (String text : said) {
      assertThat(text).as("seed %d", seed).doesNotContain(BEGINNING);
    }
    assertThat(String.join("\n", said)).contains("***");
  }
}
