package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.payonce.examples.node.AnvilNode;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import io.payonce.testing.RequiredPart;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code rpc check} and {@code rpc watch} on a real node, behind operators that misbehave. */
final class RpcAnvilTest {
  private static final String KEY = "SeCrEtKeY0123456789";
  private static final String QUERY_KEY = "QuErYkEy0123456789";
  private static final String USER = "uSeRnAmE";
  private static final String PASSWORD = "pAsSwOrD9876";
  private static final int LAG = 10;
  private static final String TRUST_STORE = "javax.net.ssl.trustStore";

  private static AnvilNode node;
  private final List<FaultProxy> proxies = new ArrayList<>();

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    node = RequiredPart.orSkip(() -> AnvilNode.builder().slotsInAnEpoch(1).start());
    node.mine(40);
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
    }
  }

  @AfterEach
  void close() {
    proxies.forEach(FaultProxy::close);
  }

  private FaultProxy with(FaultPolicy policy) {
    FaultProxy proxy = altering(question -> question, words -> words);
    proxy.policy(policy);
    return proxy;
  }

  /** Asks the real node something else than it was asked, or says something else than it heard. */
  private FaultProxy altering(UnaryOperator<String> question, UnaryOperator<String> answer) {
    return scripted(request -> HttpReply.json(answer.apply(post(question.apply(request.body())))));
  }

  /** The node itself knows no path, so that the URL's path with its key ends here. */
  private FaultProxy scripted(Function<ProxiedRequest, HttpReply> script) {
    FaultProxy proxy = FaultProxy.scripted(script).start();
    proxies.add(proxy);
    return proxy;
  }

  private static String post(String body) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(node.url())
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    } catch (IOException unreachable) {
      throw new UncheckedIOException(unreachable);
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  private FaultProxy lagging() {
    String old = "\"0x" + Long.toHexString(node.blockNumber() - LAG) + "\"";
    return altering(question -> question.replace("\"latest\"", old), words -> words);
  }

  private FaultProxy lying() {
    return altering(
        question -> question,
        words -> words.replaceAll("\"hash\":\"0x[0-9a-f]{8}", "\"hash\":\"0xdeadbeef"));
  }

  private FaultProxy refusing() {
    return scripted(request -> HttpReply.of(401, "no such key " + request.path()));
  }

  /** The proxy's URL with secrets in user-info, path and query. */
  private static String secret(String operator, URI url) {
    return operator
        + "="
        + url.getScheme()
        + "://"
        + USER
        + ":"
        + PASSWORD
        + "@"
        + url.getHost()
        + ":"
        + url.getPort()
        + "/v3/"
        + KEY
        + "?apikey="
        + QUERY_KEY;
  }

  private static String secret(String operator, FaultProxy proxy) {
    return secret(operator, proxy.url());
  }

  private static CliRun run(String... args) {
    return CliRun.of(Map.of(), List.of(args));
  }

  private static JsonNode object(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException notJson) {
      throw new AssertionError(line, notJson);
    }
  }

  private static void assertNoSecret(String text) {
    assertThat(text).doesNotContain(KEY, QUERY_KEY, USER, PASSWORD, "127.0.0.1", "localhost");
  }

  @Test
  void check_tells_the_good_from_the_lagging_lying_hanging_refusing_limited_and_dripping() {
    FaultProxy hanging = with(FaultPolicy.always(Fault.HUNG_REQUEST));
    String urls =
        String.join(
            ",",
            secret("alpha", with(FaultPolicy.none())),
            secret("beta", with(FaultPolicy.none())),
            secret("gamma", lagging()),
            secret("delta", lying()),
            secret("epsilon", hanging),
            secret("zeta", refusing()),
            secret("eta", with(FaultPolicy.always(Fault.RATE_LIMITED))),
            secret("theta", with(FaultPolicy.always(Fault.SLOW_DRIP))));
    CliRun run = run("rpc", "check", "--json", "--timeout", "3s", "--rpc", urls);
    assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.NOT_ALL_PAID);
    assertNoSecret(run.all());
    List<JsonNode> all = run.out().lines().map(RpcAnvilTest::object).toList();
    long head = node.blockNumber();
    assertThat(all).hasSize(8);
    JsonNode good = all.get(0);
    assertThat(good.get("chain").asLong()).isEqualTo(31337);
    assertThat(good.get("head").asLong()).isEqualTo(head);
    assertThat(good.get("lag").asLong()).isZero();
    assertThat(good.get("finalized").asLong()).isEqualTo(head - 2);
    assertThat(good.get("agreement").asText()).isEqualTo("agrees");
    assertThat(good.get("client").asText()).startsWith("anvil/");
    assertThat(good.get("can").toString()).contains("batches", "block receipts", "proofs");
    assertThat(good.get("p50Micros").asLong())
        .isPositive()
        .isLessThanOrEqualTo(good.get("p95Micros").asLong());
    assertThat(good.get("limit").asText()).isEqualTo("none seen");
    assertThat(good.has("certificateDays")).isFalse();
    assertThat(all.get(2).get("lag").asLong()).isEqualTo(LAG);
    assertThat(all.get(2).get("agreement").asText()).isEqualTo("agrees");
    assertThat(all.get(3).get("agreement").asText()).isEqualTo("differs");
    assertThat(all.get(4).get("failure").asText()).isEqualTo("no complete answer in 3 s");
    assertThat(hanging.requests()).isEqualTo(1); // its other questions are not asked in vain
    assertThat(all.get(5).get("failure").asText()).isEqualTo("HTTP 401");
    assertThat(all.get(6).get("failure").asText()).isEqualTo("HTTP 429, retry after 1");
    assertThat(all.get(7).get("failure").asText()).isEqualTo("no complete answer in 3 s");
    assertThat(all.get(6).get("limit").asText()).isEqualTo("HTTP 429, retry after 1");
  }

  @Test
  void check_is_a_table_for_a_person_and_zero_when_all_is_well() {
    CliRun run =
        run(
            "rpc",
            "check",
            "--rpc",
            secret("alpha", with(FaultPolicy.none()))
                + ","
                + secret("beta", with(FaultPolicy.none())));
    assertThat(run.exit()).as(run.all()).isZero();
    assertNoSecret(run.all());
    assertThat(run.out().lines().findFirst().orElseThrow().split(" {2,}"))
        .containsExactly(
            "ENDPOINT",
            "OPERATOR",
            "CHAIN",
            "HEAD",
            "LAG",
            "FINALIZED",
            "P50 MS",
            "P95 MS",
            "MAX MS",
            "CERT DAYS",
            "LIMIT",
            "BLOCK",
            "CLIENT");
    String second = run.out().lines().toList().get(2);
    assertThat(second).matches("rpc-2 +beta +31337 +\\d+ +0 +\\d+ .* none seen +agrees +anvil/.*");
    assertThat(run.out()).contains("rpc-1 answers batches");
  }

  @Test
  void check_counts_the_days_of_a_certificate_and_warns() throws Exception {
    HeldCertificate held =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("127.0.0.1")
            .duration(10, TimeUnit.DAYS)
            .build();
    HandshakeCertificates certificates =
        new HandshakeCertificates.Builder()
            .heldCertificate(held)
            .addTrustedCertificate(held.certificate())
            .build();
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificates.sslContext()));
    server.createContext(
        "/",
        exchange -> {
          byte[] answer =
              post(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    trust(held.certificate());
    try {
      URI url = URI.create("https://127.0.0.1:" + server.getAddress().getPort());
      CliRun run = run("rpc", "check", "--rpc", secret("alpha", url));
      assertThat(run.exit()).as(run.all()).isZero();
      assertThat(run.out()).containsPattern("rpc-1 .* 9 +none seen +agrees");
      assertThat(run.err()).contains("warning: the certificate of rpc-1 ends in 9 days");
      assertNoSecret(run.all());
      trustAsEver();
      CliRun untrusted = run("rpc", "check", "--json", "--rpc", secret("alpha", url));
      assertThat(untrusted.exit()).isEqualTo(ExitCode.NOT_ALL_PAID);
      assertThat(object(untrusted.out()).get("failure").asText()).contains("SSL");
      assertNoSecret(untrusted.all());
    } finally {
      trustAsEver();
      server.stop(0);
    }
  }

  /** As an operator makes a JVM trust an authority of its own. */
  private void trust(X509Certificate authority) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("own", authority);
    Path file = folder.resolve("trusted.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, "changeit".toCharArray());
    }
    System.setProperty(TRUST_STORE, file.toString());
    System.setProperty(TRUST_STORE + "Password", "changeit");
  }

  private static void trustAsEver() {
    System.clearProperty(TRUST_STORE);
    System.clearProperty(TRUST_STORE + "Password");
  }

  @Test
  void watch_shows_states_of_a_pool_and_ends_after_so_many_heads() {
    String urls =
        String.join(
            ",",
            secret("alpha", with(FaultPolicy.none())),
            secret("beta", with(FaultPolicy.none())),
            secret("gamma", with(FaultPolicy.always(Fault.RATE_LIMITED))),
            secret("delta", refusing()));
    CliRun run =
        run(
            "rpc", "watch", "--json", "--count", "1", "--for", "60s", "--every", "1s", "--rpc",
            urls);
    assertThat(run.exit()).as(run.all()).isZero();
    List<JsonNode> all = run.out().lines().map(RpcAnvilTest::object).toList();
    assertThat(all.stream().filter(e -> e.get("event").asText().equals("head"))).hasSize(1);
    assertThat(all.stream().filter(e -> e.path("operator").asText().equals("alpha"))).isNotEmpty();
    assertThat(run.err()).contains("warning: endpoint rpc-4 of delta does not answer");
    assertNoSecret(run.all());
  }

  @Test
  void watch_draws_in_place_on_a_terminal_and_leaves_it_as_it_was() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Terminal screen =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new BufferedReader(new StringReader("")),
            Map.of(),
            true);
    String urls =
        secret("alpha", with(FaultPolicy.none())) + "," + secret("beta", with(FaultPolicy.none()));
    Pattern overTheOldOne = Pattern.compile("\u001b\\[\\d+A\r\u001b\\[J"); // and up before
    String drawn;
    int seconds = 2; // of which a busy machine may need more
    do {
      out.reset();
      String length = seconds + "s";
      int exit = Main.run(screen, "rpc", "watch", "--for", length, "--every", "1s", "--rpc", urls);
      assertThat(exit).isZero();
      drawn = out.toString(StandardCharsets.UTF_8);
      seconds *= 2;
    } while (seconds <= 64
        && !(overTheOldOne.matcher(drawn).find() && drawn.contains("2 of 2 operators must")));
    assertThat(drawn).startsWith("\u001b[?25l").endsWith("\u001b[?25h");
    assertThat(drawn).containsPattern(overTheOldOne);
    assertThat(drawn).contains("chain 31337: 2 of 2 operators must agree", "ENDPOINT", "head ");
    assertNoSecret(drawn);
  }

  @Test
  void watch_shows_its_last_lines_when_it_is_told_to_end() throws Exception {
    List<String> command =
        OwnProcess.command(
            List.of(
                "rpc",
                "watch",
                "--every",
                "1h",
                "--rpc",
                secret("alpha", with(FaultPolicy.none()))));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> said = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        said.add(line);
        if (line.startsWith("head ")) {
          // Not signal 2, which whoever runs in the background of a script was told to ignore.
          assertThat(process.toHandle().destroy()).isTrue();
        }
      }
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
      assertThat(said.get(said.size() - 1)).startsWith("rpc-1 ");
      assertThat(String.join("\n", said)).doesNotContain("Exception");
      assertNoSecret(String.join("\n", said));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void a_count_of_nothing_and_a_timeout_without_end_are_refused() {
    String url = secret("alpha", with(FaultPolicy.none()));
    CliRun run = run("rpc", "watch", "--count", "0", "--rpc", url);
    assertThat(run.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertNoSecret(run.all());
    CliRun patient = run("rpc", "check", "--timeout", "6s", "--rpc", url);
    assertThat(patient.exit()).isEqualTo(ExitCode.BAD_INPUT);
    assertNoSecret(patient.all());
  }
}
