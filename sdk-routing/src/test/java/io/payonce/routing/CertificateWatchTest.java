package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.testing.PushServer;
import io.payonce.testing.VirtualTime;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that end, as handshakes show them. */
final class CertificateWatchTest {
  private static final String KEY = "markedpathkey42";
  private static final String TRUSTED = "javax.net.ssl.trustStore";

  private final List<String> news = new ArrayList<>();
  private final VirtualTime time = new VirtualTime();
  private final CertificateWatch watch =
      new CertificateWatch(
          Rig.wiring(
              time,
              new RoutingListener() {
                @Override
                public void certificateExpiring(String endpoint, Instant end) {
                  long left = Duration.between(time.clock().instant(), end).toDays();
                  news.add(endpoint + " " + left);
                }
              }));
  private final Endpoint one = Endpoint.of("one", "a", "https://one.example/" + KEY);
  private HttpsServer server;

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(0);
    }
  }

  private List<Certificate> endingIn(long days) {
    Instant end = time.clock().instant().plus(Duration.ofDays(days));
    return List.of(
        new HeldCertificate.Builder()
            .validityInterval(0, end.toEpochMilli())
            .build()
            .certificate());
  }

  private List<String> news() {
    time.runFor(Duration.ofSeconds(1));
    List<String> all = List.copyOf(news);
    news.clear();
    return all;
  }

  @Test
  void three_warnings_are_said_once_each_though_one_connection_lives_all_the_time() {
    watch.seen(one, false, endingIn(30));
    assertThat(news()).isEmpty();
    time.runFor(Duration.ofDays(10));
    assertThat(news()).containsExactly("one 21");
    time.runFor(Duration.ofDays(18));
    assertThat(news()).containsExactly("one 3");
    time.runFor(Duration.ofDays(30));
    assertThat(news()).containsExactly("one 0");
  }

  @Test
  void handshakes_repeat_no_warning_and_a_new_certificate_has_its_own() {
    List<Certificate> old = endingIn(20);
    List<Certificate> other = endingIn(10);
    for (int i = 0; i < 100; i++) {
      watch.seen(one, false, i % 2 == 0 ? old : other); // two servers behind one name
    }
    assertThat(news()).hasSize(2);
    watch.seen(one, false, endingIn(90));
    time.runFor(Duration.ofDays(40));
    assertThat(news()).isEmpty();
    watch.seen(one, false, endingIn(2));
    assertThat(news()).containsExactly("one 2");
  }

  @Test
  void what_pushes_heads_has_a_certificate_of_its_own() {
    watch.seen(one, false, endingIn(90));
    watch.seen(one, true, endingIn(5));
    assertThat(news()).containsExactly("one 5");
  }

  @Test
  void a_removed_endpoint_is_forgotten() {
    watch.seen(one, false, endingIn(30));
    watch.forget(one);
    time.runFor(Duration.ofDays(60));
    assertThat(news()).isEmpty();
  }

  /** A server that closes each connection, so that every request is a handshake. */
  private String serve(HandshakeCertificates certificates, AtomicInteger asked) throws Exception {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificates.sslContext()));
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          byte[] body = exchange.getRequestBody().readAllBytes();
          String question = new String(body, StandardCharsets.UTF_8);
          List<String> answers = new ArrayList<>();
          var tree = ScriptedTransport.parse(question);
          (tree.isArray() ? tree : List.of(tree))
              .forEach(
                  call ->
                      answers.add(
                          ScriptedTransport.element(
                              call.path("id").asText(), ScriptedTransport.text("0x1"))));
          byte[] answer =
              (tree.isArray() ? ScriptedTransport.array(answers) : answers.get(0))
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Connection", "close");
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/" + KEY;
  }

  interface Work {
    void run() throws Exception;
  }

  private void trusting(HeldCertificate held, Work work) throws Exception {
    trusting(folder, held, work);
  }

  /** The pool trusts what the JVM trusts, and that is this certificate for now. */
  static void trusting(Path folder, HeldCertificate held, Work work) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("test", held.certificate());
    Path file = folder.resolve("trusted.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, "none".toCharArray());
    }
    System.setProperty(TRUSTED, file.toString());
    System.setProperty(TRUSTED + "Password", "none");
    try {
      work.run();
    } finally {
      System.clearProperty(TRUSTED);
      System.clearProperty(TRUSTED + "Password");
    }
  }

  @Test
  void a_pool_tells_of_it_from_the_handshakes_of_its_calls_alone() throws Exception {
    HeldCertificate held =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("127.0.0.1")
            .duration(10, TimeUnit.DAYS)
            .build();
    HandshakeCertificates certificates =
        new HandshakeCertificates.Builder().heldCertificate(held).build();
    AtomicInteger asked = new AtomicInteger();
    String url = serve(certificates, asked);
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    trusting(
        held,
        () -> {
          try (RpcPool pool =
              RpcPool.builder(Rig.CHAIN)
                  .endpoint(Endpoint.of("one", "a", url))
                  .singleOperator(true)
                  .listener(
                      new RoutingListener() {
                        @Override
                        public void certificateExpiring(String endpoint, Instant end) {
                          told.add(endpoint + " " + end + Thread.currentThread().getName());
                        }
                      })
                  .build()) {
            CallOptions patient = CallOptions.within(Duration.ofSeconds(20));
            for (int i = 0; i < 5; i++) {
              assertThat(pool.call(Requests.gasPrice(), patient).join())
                  .isInstanceOf(RpcOutcome.Ok.class);
            }
            assertThat(asked.get()).isGreaterThanOrEqualTo(6);
            String first = told.poll(60, TimeUnit.SECONDS);
            assertThat(first)
                .startsWith("one " + held.certificate().getNotAfter().toInstant())
                .contains("payonce-rpc-")
                .doesNotContain(KEY);
            assertThat(told).isEmpty();
          }
        });
  }

  @Test
  void a_websocket_tells_of_its_certificate_too() throws Exception {
    HeldCertificate held =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("127.0.0.1")
            .duration(10, TimeUnit.DAYS)
            .build();
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    RoutingListener listener =
        new RoutingListener() {
          @Override
          public void certificateExpiring(String endpoint, Instant end) {
            told.add(endpoint + " " + end);
          }
        };
    try (PushServer node = PushServer.start(method -> "\"0x1\"");
        TlsRelay relay = TlsRelay.to(node.url().getPort(), held)) {
      Endpoint endpoint = Endpoint.of("one", "a", "wss://127.0.0.1:" + relay.port() + "/" + KEY);
      trusting(
          held,
          () -> {
            try (RpcPool pool =
                RpcPool.builder(Rig.CHAIN)
                    .endpoint(endpoint)
                    .singleOperator(true)
                    .listener(listener)
                    .build()) {
              CallOptions patient = CallOptions.within(Duration.ofSeconds(20));
              assertThat(pool.call(Requests.gasPrice(), patient).join())
                  .isInstanceOf(RpcOutcome.Ok.class);
              assertThat(told.poll(60, TimeUnit.SECONDS))
                  .isEqualTo("one " + held.certificate().getNotAfter().toInstant());
            }
          });
    }
  }

  @Test
  void an_expired_certificate_is_named_as_the_reason() throws Exception {
    long now = System.currentTimeMillis();
    HeldCertificate authority = new HeldCertificate.Builder().certificateAuthority(0).build();
    HeldCertificate held =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("127.0.0.1")
            .signedBy(authority)
            .validityInterval(now - TimeUnit.DAYS.toMillis(9), now - TimeUnit.DAYS.toMillis(1))
            .build();
    AtomicInteger asked = new AtomicInteger();
    String url = serve(new HandshakeCertificates.Builder().heldCertificate(held).build(), asked);
    trusting(
        authority,
        () -> {
          try (RpcPool pool =
              RpcPool.builder(Rig.CHAIN)
                  .endpoint(Endpoint.of("one", "a", url))
                  .singleOperator(true)
                  .build()) {
            String failed =
                pool.call(Requests.gasPrice(), CallOptions.within(Duration.ofSeconds(20)))
                    .join()
                    .toString();
            assertThat(failed + pool.health()).doesNotContain(KEY);
            assertThat(pool.health().toString() + failed)
                .contains("TLS failed: its certificate has expired");
            assertThat(asked).hasValue(0);
          }
        });
  }
}
