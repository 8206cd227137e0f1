package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.rpc.TransportReply.Cause;
import io.payonce.testing.PushServer;
import io.payonce.testing.VirtualTime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pinned keys and proxies, on real sockets with real TLS. */
@Timeout(180)
final class PinsTest {
  private static final String KEY = "markedpathkey42";
  private static final String TOKEN = "markedtoken4242";

  private static final HostAddresses HOSTS = HostAddresses.ofSystem();
  private static final Fact<Long> HEAD = new Fact.Height(BlockTag.LATEST);

  /** RFC 7469, section 2.1.5: the pins of its examples. */
  private static final String OF_ANOTHER = "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=";

  private static final String OF_A_THIRD = "E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g=";

  /** A name that nobody but the proxy can resolve (RFC 6761, section 6.4). */
  private static final String FAR = "node.invalid";

  private final HeldCertificate authority =
      new HeldCertificate.Builder().certificateAuthority(0).build();
  private final HeldCertificate held =
      new HeldCertificate.Builder()
          .addSubjectAlternativeName("127.0.0.1")
          .addSubjectAlternativeName(FAR)
          .signedBy(authority)
          .build();
  private final PushServer pushes = PushServer.start(method -> "\"0x1\"");
  private final AtomicInteger requests = new AtomicInteger();
  private HttpServer node;
  private TlsRelay https;
  private TlsRelay wss;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws Exception {
    node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    node.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          String question =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String id = ScriptedTransport.parse(question).path("id").asText();
          byte[] answer =
              ScriptedTransport.element(id, ScriptedTransport.text("0x1"))
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    node.start();
    https = TlsRelay.to(node.getAddress().getPort(), held, authority);
    wss = TlsRelay.to(pushes.url().getPort(), held, authority);
  }

  @AfterEach
  void stop() throws Exception {
    https.close();
    wss.close();
    node.stop(0);
    pushes.close();
  }

  /** By the words of RFC 7469, section 2.4, and not by the library that checks it. */
  private static String pin(HeldCertificate certificate) throws Exception {
    byte[] info = certificate.certificate().getPublicKey().getEncoded(); // SubjectPublicKeyInfo
    return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(info));
  }

  private Endpoint.Builder overHttp() {
    return endpoint("https://127.0.0.1:" + https.port() + "/v3/" + KEY);
  }

  private Endpoint.Builder overSocket() {
    return endpoint("wss://127.0.0.1:" + wss.port() + "/v3/" + KEY);
  }

  private static Endpoint.Builder endpoint(String url) {
    return Endpoint.builder("one", "a", SecretUri.of(url)).header("X-Token", Secret.of(TOKEN));
  }

  private static RpcPool pool(Endpoint endpoint) {
    return RpcPool.builder(Rig.CHAIN).endpoint(endpoint).singleOperator(true).build();
  }

  private void trusting(CertificateWatchTest.Work work) throws Exception {
    CertificateWatchTest.trusting(folder, authority, work);
  }

  private static void answers(RpcPool pool) {
    assertThat(pool.call(Requests.gasPrice(), CallOptions.within(Duration.ofSeconds(30))).join())
        .isInstanceOf(RpcOutcome.Ok.class);
  }

  /** Of one body, by the transport that the pool would use. */
  private static TransportReply.Failed failed(Endpoint endpoint) throws Exception {
    Wiring wiring = Rig.wiring(new VirtualTime(), null);
    CertificateWatch watch = new CertificateWatch(wiring);
    try (OkHttpWebSockets sockets = OkHttpWebSockets.forCalls(watch, 1 << 16, HOSTS);
        RpcTransport transport =
            new OkHttpTransports(1 << 16, wiring, watch, sockets, HOSTS).apply(endpoint)) {
      byte[] body = "{\"jsonrpc\":\"2.0\",\"id\":7}".getBytes(StandardCharsets.UTF_8);
      TransportReply reply = transport.send(body, Duration.ofSeconds(30)).get(60, TimeUnit.SECONDS);
      assertThat(reply.toString()).doesNotContain(KEY, TOKEN, "127.0.0.1", FAR);
      return (TransportReply.Failed) reply;
    }
  }

  @Test
  void a_pinned_key_passes_alone_as_backup_as_authority_and_over_a_websocket() throws Exception {
    List<Endpoint> all =
        List.of(
            overHttp().pin(pin(held)).build(),
            overHttp().pin(OF_ANOTHER, "sha256/" + pin(held)).build(),
            overHttp().pin(pin(authority)).build(),
            overSocket().pin(OF_ANOTHER).pin(pin(held)).build());
    trusting(
        () -> {
          for (Endpoint one : all) {
            try (RpcPool pool = pool(one)) {
              answers(pool);
            }
          }
        });
    assertThat(requests.get()).isGreaterThanOrEqualTo(6);
    assertThat(https.bytesHeard()).isPositive(); // so that a zero means something
    assertThat(wss.bytesHeard()).isPositive();
  }

  @Test
  void without_a_pinned_key_nothing_is_sent_over_either_kind_of_connection() throws Exception {
    List<Endpoint> both =
        List.of(
            overHttp().pin(OF_ANOTHER, OF_A_THIRD).build(), overSocket().pin(OF_ANOTHER).build());
    trusting(
        () -> {
          for (Endpoint one : both) {
            assertThat(failed(one))
                .isEqualTo(
                    new TransportReply.Failed(
                        "TLS failed: pin mismatch", BytesSent.NONE, false, Cause.PIN_MISMATCH));
          }
        });
    assertThat(https.connections()).isPositive();
    assertThat(wss.connections()).isPositive();
    assertThat(https.bytesHeard() + wss.bytesHeard() + requests.get()).isZero();
  }

  @Test
  void a_tool_without_a_pool_has_the_same_connections_and_learns_of_the_certificate()
      throws Exception {
    byte[] body =
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"eth_chainId\",\"params\":[]}"
            .getBytes(StandardCharsets.UTF_8);
    try (TlsRelay proxy = TlsRelay.proxy(wss.port())) {
      Endpoint.Builder far =
          endpoint("wss://" + FAR + "/" + KEY).proxy("127.0.0.1", proxy.port()).pin(pin(held));
      trusting(
          () -> {
            for (Endpoint.Builder one :
                List.of(overHttp().pin(pin(held)), overSocket().pin(pin(held)), far)) {
              try (EndpointTransport tool = EndpointTransport.open(one.build(), 1 << 16)) {
                assertThat(tool.certificateEnd()).isEmpty();
                assertThat(tool.send(body, Duration.ofSeconds(30)).get(60, TimeUnit.SECONDS))
                    .isInstanceOf(TransportReply.Answered.class);
                assertThat(tool.certificateEnd())
                    .contains(held.certificate().getNotAfter().toInstant());
              }
            }
            int heard = https.bytesHeard() + wss.bytesHeard();
            for (Endpoint.Builder one :
                List.of(overHttp().pin(OF_ANOTHER), overSocket().pin(OF_ANOTHER))) {
              try (EndpointTransport tool = EndpointTransport.open(one.build(), 1 << 16)) {
                assertThat(tool.send(body, Duration.ofSeconds(30)).get(60, TimeUnit.SECONDS))
                    .isEqualTo(
                        new TransportReply.Failed(
                            "TLS failed: pin mismatch", BytesSent.NONE, false, Cause.PIN_MISMATCH));
              }
            }
            assertThat(https.bytesHeard() + wss.bytesHeard()).isEqualTo(heard);
          });
      assertThat(proxy.asked.get(0)).startsWith("CONNECT " + FAR + ":443 HTTP/1.1\r\n");
    }
    EndpointTransport.open(overHttp().roles(Endpoint.Role.PRIVATE_SUBMIT).build(), 1 << 16).close();
    Endpoint plain =
        endpoint("ws://127.0.0.1:" + pushes.url().getPort()).proxy("127.0.0.1", 1).build();
    assertThatThrownBy(() -> EndpointTransport.open(plain, 1 << 16))
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("endpoints[0].proxy");
  }

  @Test
  void a_wrong_name_is_no_pin_mismatch() throws Exception {
    HeldCertificate other =
        new HeldCertificate.Builder().addSubjectAlternativeName(FAR).signedBy(authority).build();
    try (TlsRelay misnamed = TlsRelay.to(node.getAddress().getPort(), other, authority)) {
      Endpoint one = endpoint("https://127.0.0.1:" + misnamed.port()).pin(pin(other)).build();
      trusting(
          () -> {
            assertThat(failed(one).reason()).contains("TLS").doesNotContain("pin");
            assertThat(failed(one).cause()).isEqualTo(Cause.TLS);
          });
      assertThat(misnamed.connections()).isPositive();
      assertThat(misnamed.bytesHeard()).isZero();
    }
  }

  @Test
  void the_endpoint_is_down_at_once_for_an_hour_until_a_reload_brings_its_pin() throws Exception {
    trusting(
        () -> {
          try (RpcPool pool = pool(overHttp().pin(OF_ANOTHER).build())) {
            String told =
                pool.call(Requests.gasPrice(), CallOptions.within(Duration.ofSeconds(30)))
                    .join()
                    .toString();
            EndpointHealth health = pool.health().get(0);
            assertThat(health.state()).isEqualTo(State.DOWN);
            assertThat(health.reason()).contains("one: TLS failed: pin mismatch");
            assertThat(told + pool.health()).doesNotContain(KEY, TOKEN, "127.0.0.1");
            assertThat(https.bytesHeard()).isZero();
            pool.reload(List.of(overHttp().pin(pin(held)).build()));
            answers(pool);
          }
        });
  }

  /** An endpoint behind which somebody else stands now, by the words of a host's own transport. */
  private static ScriptedTransport.Says unpinned() {
    return new ScriptedTransport.Says.Fault(
        new TransportReply.Failed("no", BytesSent.NONE, false, Cause.PIN_MISMATCH));
  }

  @Test
  void the_state_follows_the_cause_and_not_the_words() {
    for (Cause cause : Cause.values()) {
      Rig rig = Rig.of("a");
      rig.at("a").chainId = "";
      rig.at("a").script =
          request ->
              cause == Cause.PIN_MISMATCH
                  ? unpinned()
                  : new ScriptedTransport.Says.Fault(
                      new TransportReply.Failed(
                          "TLS failed: pin mismatch", BytesSent.NONE, false, cause));
      rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
      rig.at("a").forget();
      rig.time.runFor(Duration.ofMinutes(30));
      boolean isLeftAlone = rig.at("a").bodies.isEmpty();
      assertThat(isLeftAlone).as("%s", cause).isEqualTo(cause == Cause.PIN_MISMATCH);
    }
  }

  /** Two of three are away, so that everything would have need of it. */
  private static Rig needed(Predicate<ScriptedTransport.Received> isUnpinned) {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.forEach(
        (name, transport) -> transport.script = request -> ScriptedTransport.text("0x5"));
    rig.await(rig.pool().criticalRead(HEAD, CallOptions.DEFAULT));
    rig.time.runFor(Duration.ofMinutes(1)); // a probe of each is planned
    for (String away : List.of("b", "c")) {
      rig.at(away).chainId = "";
      rig.at(away).script = request -> ScriptedTransport.fault(BytesSent.NONE);
    }
    rig.at("a").chainId = "";
    rig.at("a").script =
        request -> isUnpinned.test(request) ? unpinned() : ScriptedTransport.text("0x1");
    return rig;
  }

  /** What a host asks for, and probes in between. */
  private static void use(Rig rig, Duration howLong) {
    for (long left = howLong.toSeconds(); left > 0; left -= 20) {
      rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
      rig.await(rig.pool().criticalRead(HEAD, CallOptions.DEFAULT));
      rig.await(rig.pool().view(ViewOptions.NEWEST.within(Duration.ofSeconds(1))));
      rig.await(rig.pool().broadcast(Rig.transaction(left), BroadcastOptions.EVERYONE));
      rig.time.runFor(Duration.ofSeconds(20));
    }
  }

  @Test
  void after_a_mismatch_nothing_goes_out_for_an_hour_whoever_needs_it_and_then_one_probe() {
    Rig rig = needed(request -> true);
    rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
    assertThat(rig.health("a").reason()).isEqualTo("a: no");
    assertThat(rig.health("a").throttledFor()).isGreaterThan(Duration.ofMinutes(59));
    for (int hour = 0; hour < 3; hour++) {
      rig.at("a").forget();
      rig.at("b").forget();
      use(rig, Duration.ofMinutes(58));
      assertThat(rig.at("a").bodies).isEmpty();
      assertThat(rig.at("b").bodies).isNotEmpty(); // so that an empty list means something
      rig.time.runFor(Duration.ofMinutes(2));
      assertThat(rig.at("a").bodies).hasSize(1);
    }
    assertThat(rig.health("a").state()).isEqualTo(State.DOWN);
  }

  @Test
  void what_was_under_way_before_a_mismatch_does_not_end_its_hour() {
    Rig rig = needed(request -> request.method().equals("eth_gasPrice"));
    rig.at("a").delay = Duration.ofMillis(300);
    CompletableFuture<?> slow = rig.pool().call(Requests.clientVersion(), CallOptions.DEFAULT);
    rig.time.runFor(Duration.ofMillis(1));
    rig.at("a").delay = Duration.ofMillis(10);
    rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
    rig.await(slow);
    rig.at("a").forget();
    use(rig, Duration.ofMinutes(59));
    assertThat(rig.at("a").bodies).isEmpty();
    assertThat(rig.pool().release("a", "operations")).isTrue();
    rig.time.runFor(Duration.ofMinutes(1));
    assertThat(rig.at("a").bodies).isNotEmpty();
  }

  @Test
  void a_person_ends_the_hour_and_a_good_probe_does() {
    for (boolean byPerson : List.of(true, false)) {
      Rig rig = needed(request -> true);
      rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
      rig.at("a").chainId = "0x1";
      rig.at("a").recover();
      rig.at("a").forget();
      if (byPerson) {
        assertThat(rig.pool().release("a", "operations")).isTrue();
        assertThat(rig.health("a").state()).isEqualTo(State.SUSPECT);
        assertThat(rig.health("a").verified()).isFalse();
      } else {
        rig.time.runFor(Duration.ofMinutes(59));
        assertThat(rig.at("a").bodies).isEmpty();
        rig.time.runFor(Duration.ofMinutes(1));
      }
      rig.time.runFor(Duration.ofMinutes(2));
      assertThat(rig.health("a").state()).isEqualTo(State.UP);
      assertThat(rig.health("a").throttledFor()).isZero();
      assertThat(rig.pool().release("a", "operations")).isFalse();
    }
  }

  @Test
  void probes_are_an_hour_apart_after_one_mismatch_and_an_answer_then_ends_that() {
    long hour = TimeUnit.HOURS.toNanos(1);
    EndpointState state = new EndpointState(RoutingPolicy.DEFAULT, 1, Duration.ofSeconds(12));
    state.pinMissed(0, 1, "pin mismatch");
    assertThat(state.state()).isEqualTo(State.DOWN);
    assertThat(state.probeInNanos(0, 1)).isEqualTo(OptionalLong.of(hour));
    assertThat(state.mayBeAsked(hour - 1)).isFalse();
    state.failed(1, 1, "connection refused"); // by somebody who asked before
    assertThat(state.probeInNanos(0, 1)).isEqualTo(OptionalLong.of(hour));
    assertThat(state.reason()).isEqualTo("pin mismatch");
    assertThat(state.mayBeAsked(hour)).isTrue();
    state.answered(hour, 1);
    assertThat(state.state()).isEqualTo(State.SUSPECT);
    assertThat(state.probeInNanos(hour, 1).orElseThrow())
        .isEqualTo(EndpointState.FIRST_PROBE_NANOS);
  }

  @Test
  void pushed_heads_come_from_a_pinned_key_only() throws Exception {
    trusting(
        () -> {
          assertThat(pushed(overSocket().pin(OF_ANOTHER).build()))
              .isEqualTo("PIN_MISMATCH: TLS failed: pin mismatch");
          assertThat(wss.bytesHeard()).isZero();
          assertThat(pushed(overSocket().pin(pin(held)).build())).isEqualTo("opened");
        });
  }

  @Test
  void a_wrong_key_where_heads_come_from_rests_the_calls_of_the_endpoint_too() throws Exception {
    HeldCertificate other =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("127.0.0.1")
            .signedBy(authority)
            .build();
    CompletableFuture<EndpointHealth> down = new CompletableFuture<>();
    RoutingListener listener =
        new RoutingListener() {
          @Override
          public void changed(EndpointHealth health) {
            if (health.state() == State.DOWN) {
              down.complete(health);
            }
          }
        };
    try (TlsRelay elsewhere = TlsRelay.to(pushes.url().getPort(), other, authority)) {
      SecretUri heads = SecretUri.of("wss://127.0.0.1:" + elsewhere.port() + "/v3/" + KEY);
      Endpoint one = overHttp().webSocket(heads).pin(pin(held)).build();
      trusting(
          () -> {
            try (RpcPool pool =
                RpcPool.builder(Rig.CHAIN)
                    .endpoint(one)
                    .singleOperator(true)
                    .listener(listener)
                    .build()) {
              answers(pool);
              pool.heads().subscribe(new Ignored<>());
              EndpointHealth health = down.get(60, TimeUnit.SECONDS);
              assertThat(health.reason()).isEqualTo("one: TLS failed: pin mismatch");
              assertThat(health.throttledFor()).isGreaterThan(Duration.ofMinutes(59));
            }
          });
      assertThat(elsewhere.bytesHeard()).isZero();
    }
  }

  private static String pushed(Endpoint endpoint) throws Exception {
    CompletableFuture<String> news = new CompletableFuture<>();
    CertificateWatch watch = new CertificateWatch(Rig.wiring(new VirtualTime(), null));
    try (OkHttpWebSockets opener = OkHttpWebSockets.forHeads(watch, HOSTS)) {
      WebSocketChannel channel =
          opener.open(
              endpoint,
              new WebSocketChannel.Listener() {
                @Override
                public void opened() {
                  news.complete("opened");
                }

                @Override
                public void received(String text) {}

                @Override
                public void ended(String why, boolean throttled, Cause cause) {
                  news.complete(cause + ": " + why);
                }
              });
      String first = news.get(60, TimeUnit.SECONDS);
      channel.close();
      return first;
    }
  }

  @Test
  void a_proxy_learns_host_and_port_and_nothing_else_and_resolves_the_name() throws Exception {
    try (TlsRelay toHttp = TlsRelay.proxy(https.port());
        TlsRelay toSocket = TlsRelay.proxy(wss.port())) {
      Endpoint calls =
          endpoint("https://" + FAR + ":8443/" + KEY)
              .proxy("127.0.0.1", toHttp.port())
              .pin(pin(held))
              .build();
      Endpoint socket =
          endpoint("wss://" + FAR + "/" + KEY).proxy("127.0.0.1", toSocket.port()).build();
      trusting(
          () -> {
            for (Endpoint one : List.of(calls, socket)) {
              try (RpcPool pool = pool(one)) {
                answers(pool);
              }
            }
            Endpoint forged =
                endpoint("https://" + FAR + "/" + KEY)
                    .proxy("127.0.0.1", toHttp.port())
                    .pin(OF_ANOTHER)
                    .build();
            assertThat(failed(forged))
                .isEqualTo(
                    new TransportReply.Failed(
                        "TLS failed: pin mismatch", BytesSent.NONE, false, Cause.PIN_MISMATCH));
          });
      assertThat(toHttp.asked.get(0)).startsWith("CONNECT " + FAR + ":8443 HTTP/1.1\r\n");
      assertThat(toSocket.asked.get(0)).startsWith("CONNECT " + FAR + ":443 HTTP/1.1\r\n");
      assertThat(toHttp.asked + "" + toSocket.asked).doesNotContain(KEY, TOKEN, "X-Token");
    }
  }

  @Test
  void what_a_proxy_refuses_was_not_sent() throws Exception {
    for (String status : List.of("502 Bad Gateway", "407 Proxy Authentication Required")) {
      try (TlsRelay proxy = TlsRelay.refusingProxy(status)) {
        Endpoint one =
            endpoint("https://" + FAR + "/" + KEY).proxy("127.0.0.1", proxy.port()).build();
        assertThat(failed(one).bytesSent()).isEqualTo(BytesSent.NONE);
        assertThat(proxy.asked).hasSize(1);
      }
    }
  }

  @Test
  void what_cannot_be_a_pin_or_a_proxy_is_refused_by_name_and_without_its_text() {
    String base = "https://one.example/" + KEY;
    String[] nine = new String[8];
    for (int i = 0; i < 8; i++) {
      nine[i] = Base64.getEncoder().encodeToString(new byte[32]).replaceFirst("A", "" + i);
    }
    assertThatCode(() -> pool(endpoint(base).pin(nine[0], nine).build()).close())
        .doesNotThrowAnyException(); // eight, one of them named twice
    refused(endpoint(base).pin(OF_ANOTHER, nine), "endpoints[0].pins = 9: must be 1 to 8");
    for (String wrong :
        List.of(
            "",
            KEY,
            "sha1/" + OF_ANOTHER,
            OF_ANOTHER.replace("=", ""),
            OF_ANOTHER.replace("M=", "N="), // bits set that no hash has
            OF_ANOTHER.replace('9', '-'))) {
      refused(endpoint(base).pin(wrong), "endpoints[0].pins = (not shown): must be 44 characters");
    }
    refused(
        endpoint("http://127.0.0.1:1/").pin(OF_ANOTHER),
        "endpoints[0].pins = (not shown): must be for https and wss");
    refused(
        endpoint(base).webSocket(SecretUri.allowPlaintext("ws://one.example")).pin(OF_ANOTHER),
        "endpoints[0].pins = (not shown): must be for https and wss");
    for (String host : List.of("", "http://proxy", "user:" + KEY + "@proxy", "proxy:3128", "a b")) {
      refused(endpoint(base).proxy(host, 3128), "endpoints[0].proxy.host = (not shown)");
    }
    for (int port : new int[] {0, -1, 65_536}) {
      refused(endpoint(base).proxy("proxy", port), "endpoints[0].proxy.port = " + port);
    }
    refused(
        endpoint("http://127.0.0.1:1/").proxy("proxy", 3128),
        "endpoints[0].proxy = (not shown): must be for https and wss");
    for (String host : List.of("proxy", "10.0.0.1", "proxy.example", "::1", "[2001:db8::1]")) {
      assertThatCode(() -> pool(endpoint(base).proxy(host, 3128).build()).close())
          .doesNotThrowAnyException();
    }
  }

  private static void refused(Endpoint.Builder endpoint, String problem) {
    InvalidRoutingConfig invalid =
        catchThrowableOfType(InvalidRoutingConfig.class, () -> pool(endpoint.build()));
    assertThat(invalid).hasMessageContaining(problem).hasMessageContaining("1 problem(s)");
    assertThat(invalid.getMessage()).doesNotContain(KEY, OF_ANOTHER);
  }

  @Test
  void one_operator_has_one_proxy() {
    Endpoint first = endpoint("https://one.example").proxy("proxy", 1).build();
    Endpoint.Builder second = Endpoint.builder("two", "a", SecretUri.of("https://two.example"));
    RpcPoolBuilder without = RpcPool.builder(Rig.CHAIN).endpoint(first).endpoint(second.build());
    assertThatThrownBy(() -> without.singleOperator(true).build())
        .hasMessageContaining("endpoints[1].proxy = none: must be the same for all endpoints of");
    second.proxy("other", 1);
    RpcPoolBuilder other = RpcPool.builder(Rig.CHAIN).endpoint(first).endpoint(second.build());
    assertThatThrownBy(() -> other.singleOperator(true).build())
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("endpoints[1].proxy = another one");
    second.proxy("proxy", 1);
    RpcPoolBuilder same = RpcPool.builder(Rig.CHAIN).endpoint(first).endpoint(second.build());
    assertThatCode(() -> same.singleOperator(true).build().close()).doesNotThrowAnyException();
  }
}
