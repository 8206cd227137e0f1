package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.payonce.testing.PushServer;
import io.payonce.testing.TcpRelay;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins, a proxy and headers of endpoints, from a file. */
final class EndpointFileTest {
  private static final String KEY = "SeCrEtKeY0123456789";
  private static final String TOKEN = "tOkEn9876543210";
  private static final String TRUSTED = "javax.net.ssl.trustStore";

  /** An example of RFC 7469, section 2.1.5. */
  private static final String OF_ANOTHER = "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=";

  private final HeldCertificate held =
      new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private HttpsServer node;

  @TempDir private Path folder;

  /** A node of Ethereum whose certificate this process trusts. */
  @BeforeEach
  void start() throws Exception {
    node = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    node.setHttpsConfigurator(
        new HttpsConfigurator(
            new HandshakeCertificates.Builder().heldCertificate(held).build().sslContext()));
    node.createContext("/", this::answer);
    node.start();
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("test", held.certificate());
    Path trusted = folder.resolve("trusted.p12");
    try (OutputStream out = Files.newOutputStream(trusted)) {
      store.store(out, "none".toCharArray());
    }
    System.setProperty(TRUSTED, trusted.toString());
    System.setProperty(TRUSTED + "Password", "none");
  }

  @AfterEach
  void stop() {
    System.clearProperty(TRUSTED);
    System.clearProperty(TRUSTED + "Password");
    node.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("X-Token")));
    JsonNode asked = new ObjectMapper().readTree(exchange.getRequestBody());
    byte[] body =
        ("{\"jsonrpc\":\"2.0\",\"id\":"
                + asked.path("id")
                + ",\"result\":"
                + result(asked.path("method").asText())
                + "}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static String result(String method) {
    return switch (method) {
      case "eth_chainId" -> "\"0x1\"";
      case "eth_getBlockByNumber" -> "{\"number\":\"0x64\",\"hash\":\"0x" + "64".repeat(32) + "\"}";
      case "web3_clientVersion" -> "\"Geth/" + TOKEN + "\"";
      default -> "\"0x64\"";
    };
  }

  private String url() {
    return "https://127.0.0.1:" + node.getAddress().getPort() + "/v3/" + KEY;
  }

  private String pin() throws Exception {
    byte[] info = held.certificate().getPublicKey().getEncoded();
    return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(info));
  }

  private Path file(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("endpoints.json"), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private CliRun check(Path file, String... more) {
    List<String> args = new ArrayList<>(List.of("rpc", "check", "--endpoints", file.toString()));
    args.addAll(List.of(more));
    CliRun run = CliRun.of(Map.of(), args);
    assertThat(run.all()).doesNotContain(KEY, TOKEN, "127.0.0.1", OF_ANOTHER);
    return run;
  }

  /** One endpoint with these fields besides. */
  private CliRun check(String fields) throws Exception {
    return check(file("[{\"operator\":\"alpha\",\"url\":\"" + url() + "\"" + fields + "}]"));
  }

  @Test
  void an_endpoint_of_a_file_is_asked_with_its_headers_when_it_shows_its_pinned_key()
      throws Exception {
    CliRun run =
        check(
            ",\"name\":\"main\",\"tier\":\"own\",\"roles\":[\"read\",\"vote\"],"
                + "\"headers\":{\"X-Token\":\""
                + TOKEN
                + "\"},\"pins\":[\""
                + OF_ANOTHER
                + "\",\"sha256/"
                + pin()
                + "\"]");
    assertThat(run.exit()).as(run.all()).isZero();
    assertThat(run.out()).contains("main", "alpha", "agrees", "Geth/");
    assertThat(tokens).isNotEmpty().containsOnly(TOKEN);
  }

  @Test
  void a_wrong_pin_shows_as_such_and_nothing_is_sent() throws Exception {
    CliRun run = check(",\"pins\":[\"" + OF_ANOTHER + "\"]");
    assertThat(run.exit()).isEqualTo(ExitCode.NOT_ALL_PAID);
    assertThat(run.out()).contains("rpc-1", "no answer: TLS failed: pin mismatch");
    CliRun watch =
        CliRun.of(
            Map.of(),
            List.of("rpc", "watch", "--for", "20s", "--endpoints", folder + "/endpoints.json"));
    assertThat(watch.err())
        .contains("endpoint rpc-1 of alpha does not answer: TLS failed: pin mismatch");
    assertThat(tokens).isEmpty();
  }

  private ServerSocket tls() throws IOException {
    return new HandshakeCertificates.Builder()
        .heldCertificate(held)
        .build()
        .sslContext()
        .getServerSocketFactory()
        .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** Of what is said within TLS. */
  private static TcpRelay.Watch counting(AtomicInteger heard) {
    return (bytes, count) -> {
      heard.addAndGet(count);
      return count;
    };
  }

  @Test
  void a_websocket_is_checked_as_http_is_with_certificate_and_pins() throws Exception {
    AtomicInteger heard = new AtomicInteger();
    try (PushServer pushes = PushServer.start(EndpointFileTest::result);
        TcpRelay wss = TcpRelay.to(pushes.url().getPort(), tls(), counting(heard))) {
      String endpoint =
          "[{\"operator\":\"alpha\",\"url\":\"wss://127.0.0.1:%d/v3/%s\",\"pins\":[\"%s\"],"
              + "\"headers\":{\"X-Token\":\""
              + TOKEN
              + "\"}%s}]";
      CliRun wrong = check(file(endpoint.formatted(wss.port(), KEY, OF_ANOTHER, "")));
      assertThat(wrong.exit()).isEqualTo(ExitCode.NOT_ALL_PAID);
      assertThat(wrong.out()).contains("no answer: TLS failed: pin mismatch");
      assertThat(wss.connections()).isPositive();
      assertThat(heard.get()).isZero();
      CliRun right = check(file(endpoint.formatted(wss.port(), KEY, pin(), "")), "--json");
      assertThat(right.exit()).as(right.all()).isZero();
      JsonNode report = new ObjectMapper().readTree(right.out());
      assertThat(report.get("certificateDays").asLong()).isZero(); // it is good for a day
      assertThat(report.get("chain").asLong()).isEqualTo(1);
      assertThat(report.get("agreement").asText()).isEqualTo("agrees");
      assertThat(report.get("can").toString()).contains("batches", "finalized");
      assertThat(heard.get()).isPositive();
      assertThat(pushes.log().stream().filter(seen -> seen.text().contains("eth_blockNumber")))
          .hasSize(21); // twenty for latency, one in a batch
      int nobody;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        nobody = free.getLocalPort();
      }
      int before = wss.connections();
      String proxy = ",\"proxy\":\"127.0.0.1:" + nobody + "\"";
      CliRun away = check(file(endpoint.formatted(wss.port(), KEY, pin(), proxy)));
      assertThat(away.out()).contains("no answer: connection refused");
      assertThat(wss.connections()).isEqualTo(before);
      CliRun plain =
          check(
              file(
                  "[{\"operator\":\"alpha\",\"url\":\"ws://127.0.0.1:%d/%s\"%s}]"
                      .formatted(pushes.url().getPort(), KEY, proxy)));
      assertThat(plain.exit()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(plain.err()).contains("endpoints[0].proxy", "must be for https and wss");
    }
  }

  @Test
  void an_endpoint_goes_through_its_proxy_and_by_no_other_way() throws Exception {
    int nobody;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = free.getLocalPort();
    }
    CliRun run = check(",\"proxy\":\"127.0.0.1:" + nobody + "\"");
    assertThat(run.out()).contains("no answer: connection refused");
    assertThat(tokens).isEmpty();
  }

  @Test
  void what_is_wrong_is_named_by_its_place_and_not_by_its_text() throws Exception {
    Map<String, String> wrong =
        Map.ofEntries(
            Map.entry(",\"pin\":[\"" + KEY + "\"]", "[0] may have the fields"),
            Map.entry(",\"operator\":\"" + KEY + "\"", "no JSON at line 1"),
            Map.entry(",\"" + KEY + "\":1", "[0] may have the fields"),
            Map.entry(",\"pins\":\"" + KEY + "\"", "[0].pins must be a list of texts"),
            Map.entry(",\"pins\":[]", "[0].pins must be a list of texts, and not an empty one"),
            Map.entry(",\"pins\":[\"" + KEY + "\"]", "endpoints[0].pins"),
            Map.entry(",\"roles\":[\"" + KEY + "\"]", "[0].roles must be of [read, vote,"),
            Map.entry(",\"tier\":\"" + KEY + "\"", "[0].tier must be of [own, paid, community]"),
            Map.entry(",\"headers\":[\"" + KEY + "\"]", "[0].headers must be an object"),
            Map.entry(",\"headers\":{\"a\":1}", "[0].headers must be an object of texts"),
            Map.entry(
                ",\"headers\":{\"a\":\"" + KEY + "\\n\"}", "[0].headers is refused: a secret"),
            Map.entry(",\"proxy\":\"" + KEY + "\"", "[0].proxy must be like proxy.example:3128"),
            Map.entry(",\"proxy\":\"proxy:99999\"", "endpoints[0].proxy.port"),
            Map.entry(",\"name\":7", "[0].name must be a text"),
            Map.entry(",\"name\":\"" + KEY + "\"", "endpoints[0].name"));
    for (Map.Entry<String, String> one : wrong.entrySet()) {
      CliRun run = check(one.getKey());
      assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err()).contains(one.getValue());
    }
    CliRun swapped = check(file("[{\"operator\":\"" + KEY + "\",\"url\":\"" + url() + "\"}]"));
    assertThat(swapped.err()).contains("[0].operator is refused: ").doesNotContain(KEY);
    for (String text : List.of("", "[]", "{}", "[1]", "[{}]", "[{\"operator\":\"a\"}]")) {
      assertThat(check(file(text)).exit()).as(text).isEqualTo(ExitCode.BAD_INPUT);
    }
    assertThat(tokens).isEmpty();
  }

  @Test
  void a_file_that_others_may_read_and_two_lists_are_refused() throws Exception {
    Path file = file("[{\"operator\":\"alpha\",\"url\":\"" + url() + "\"}]");
    CliRun both = check(file, "--rpc", "beta=http://localhost:1");
    assertThat(both.err()).contains("--rpc and --endpoints exclude each other");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(check(file).err()).contains("others than its owner may use the endpoints file");
    assertThat(check(folder.resolve("none")).err()).contains("cannot be read");
    assertThat(tokens).isEmpty();
  }
}
