package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import io.payonce.testing.PushFault;
import io.payonce.testing.PushServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@code rpc check} and {@code rpc watch} find out about scripted endpoints. */
final class RpcCommandTest {
  private static final String KEY = "SeCrEtKeY0123456789";
  private static final String USER = "uSeRnAmE";
  private static final String PASSWORD = "pAsSwOrD9876";

  private final List<FaultProxy> nodes = new ArrayList<>();
  private final List<PushServer> pushers = new ArrayList<>();

  @AfterEach
  void close() {
    nodes.forEach(FaultProxy::close);
    pushers.forEach(PushServer::close);
  }

  /** A node of Ethereum at this height, on a chain of its own when it forks. */
  private FaultProxy node(String chain, long head, char fork) {
    FaultProxy node = FaultProxy.scripted(request -> reply(request, chain, head, fork)).start();
    nodes.add(node);
    return node;
  }

  private static HttpReply reply(ProxiedRequest request, String chain, long head, char fork) {
    List<String> answers = new ArrayList<>();
    for (ProxiedRequest.Call call : request.calls()) {
      answers.add(
          "{\"jsonrpc\":\"2.0\",\"id\":" + call.id() + "," + answer(call, chain, head, fork) + "}");
    }
    return HttpReply.json(request.batch() ? "[" + String.join(",", answers) + "]" : answers.get(0));
  }

  private static String answer(ProxiedRequest.Call call, String chain, long head, char fork) {
    return switch (call.method()) {
      case "eth_chainId" -> "\"result\":\"" + chain + "\"";
      case "web3_clientVersion" -> "\"result\":\"Geth/v1.13.5/" + KEY + "\"";
      case "eth_blockNumber" -> "\"result\":\"0x" + Long.toHexString(head) + "\"";
      case "eth_syncing" -> "\"result\":false";
      case "eth_getBlockByNumber" -> "\"result\":" + block(call.text(), head, fork);
      case "eth_feeHistory", "eth_getBlockReceipts" -> "\"result\":[]";
      default -> "\"error\":{\"code\":-32601,\"message\":\"no such method at " + KEY + "\"}";
    };
  }

  private static String block(String call, long head, char fork) {
    long number = head;
    if (call.contains("\"finalized\"")) {
      number = head - 64;
    } else if (!call.contains("\"latest\"") && call.contains("\"0x")) {
      number = Long.parseLong(call.replaceAll("(?s).*\"params\":\\[\"0x([0-9a-f]+)\".*", "$1"), 16);
    }
    if (number > head) {
      return "null";
    }
    String hash = String.format("%c%063x", fork, number);
    String parent = String.format("%c%063x", fork, number - 1);
    return "{\"number\":\"0x"
        + Long.toHexString(number)
        + "\",\"hash\":\"0x"
        + hash
        + "\",\"parentHash\":\"0x"
        + parent
        + "\",\"timestamp\":\"0x5\"}";
  }

  /** The node's URL with a key in the path, one in the query, and basic authentication. */
  private static String secret(String operator, FaultProxy node) {
    String host = node.url().getHost() + ":" + node.url().getPort();
    return operator + "=http://" + USER + ":" + PASSWORD + "@" + host + "/v3/" + KEY + "?k=" + KEY;
  }

  private static CliRun run(String... args) {
    return CliRun.of(Map.of(), List.of(args));
  }

  private static List<JsonNode> objects(CliRun run) throws Exception {
    List<JsonNode> objects = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      objects.add(new ObjectMapper().readTree(line));
    }
    return objects;
  }

  private static void assertNoSecret(CliRun run) {
    assertThat(run.all())
        .doesNotContain(KEY)
        .doesNotContain(USER)
        .doesNotContain(PASSWORD)
        .doesNotContain("127.0.0.1");
  }

  @Test
  void check_shows_what_each_endpoint_is_and_can() throws Exception {
    String urls =
        secret("alpha", node("0x1", 100, 'a')) + "," + secret("beta", node("0x1", 98, 'a'));
    CliRun table = run("rpc", "check", "--rpc", urls);
    assertThat(table.exit()).as(table.all()).isZero();
    assertThat(table.out()).contains("rpc-1", "alpha", "100", "98", "agrees", "Geth/v1.13.5");
    assertThat(table.out()).contains("rpc-1 answers batches, finalized, block receipts");
    assertThat(table.out()).contains("not state by hash, proofs");
    assertNoSecret(table);
    CliRun json = run("rpc", "check", "--json", "--rpc", urls);
    JsonNode second = objects(json).get(1);
    assertThat(second.get("chain").asLong()).isEqualTo(1);
    assertThat(second.get("head").asLong()).isEqualTo(98);
    assertThat(second.get("lag").asLong()).isEqualTo(2);
    assertThat(second.get("finalized").asLong()).isEqualTo(34);
    assertThat(second.get("agreement").asText()).isEqualTo("agrees");
    assertThat(second.get("limit").asText()).isEqualTo("none seen");
    assertThat(second.get("p50Micros").asLong()).isPositive();
    assertThat(second.get("p100Micros").asLong())
        .isGreaterThanOrEqualTo(second.get("p50Micros").asLong());
    assertNoSecret(json);
  }

  @Test
  void a_wrong_place_for_heads_is_refused_unseen_before_anybody_is_asked() {
    FaultProxy node = node("0x1", 100, 'a');
    for (String wrong :
        List.of(
            "wss://127.0.0.1/" + KEY,
            "127.0.0.1/" + KEY,
            "wss://127.0.0.1/" + KEY + "/?a=b",
            KEY + "?a=b",
            "beta=wss://127.0.0.1/" + KEY,
            "alpha=wss://127.0.0.1:70000/" + KEY,
            "alpha=wss://127.0.0.1/" + KEY + ",alpha=wss://127.0.0.1/x" + KEY,
            "")) {
      CliRun run = run("rpc", "watch", "--rpc", secret("alpha", node), "--ws", wrong);
      assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err()).containsAnyOf("--ws: ", "endpoints[0].webSocket = ***");
      assertNoSecret(run);
    }
    assertThat(node.requests()).isZero();
  }

  @Test
  void a_profile_that_cannot_be_read_is_refused_before_anybody_is_asked() {
    FaultProxy node = node("0x1", 100, 'a');
    for (String command : List.of("check", "watch")) {
      String url = secret("alpha", node);
      CliRun run = run("rpc", command, "--rpc", url, "--profile", "/nowhere/profile.json");
      assertThat(run.exit()).as(run.all()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err()).contains("/nowhere/profile.json");
    }
    assertThat(node.requests()).isZero();
  }

  @Test
  void check_warns_of_an_endpoint_that_is_several_nodes() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    FaultProxy node =
        FaultProxy.scripted(
                request -> reply(request, "0x1", 100 - asked.incrementAndGet() % 2, 'a'))
            .start();
    nodes.add(node);
    CliRun table = run("rpc", "check", "--rpc", secret("alpha", node));
    assertThat(table.err()).contains("rpc-1 is several nodes", "went back", "times");
    CliRun json = run("rpc", "check", "--json", "--rpc", secret("alpha", node));
    assertThat(objects(json).get(0).get("inconsistent").asBoolean()).isTrue();
    CliRun honest = run("rpc", "check", "--json", "--rpc", secret("a", node("0x1", 100, 'a')));
    assertThat(objects(honest).get(0).get("inconsistent").asBoolean()).isFalse();
    assertNoSecret(table);
  }

  @Test
  void check_names_a_fork_another_chain_and_silence() throws Exception {
    FaultProxy dead = node("0x1", 100, 'a');
    dead.policy(FaultPolicy.always(Fault.RESET));
    CliRun run =
        run(
            "rpc",
            "check",
            "--json",
            "--rpc",
            String.join(
                ",",
                secret("alpha", node("0x1", 100, 'a')),
                secret("beta", node("0x1", 100, 'a')),
                secret("gamma", node("0x2", 100, 'b')),
                secret("delta", dead)));
    assertThat(run.exit()).isEqualTo(ExitCode.NOT_ALL_PAID);
    List<JsonNode> all = objects(run);
    assertThat(all.get(0).get("agreement").asText()).isEqualTo("agrees");
    assertThat(all.get(2).get("agreement").asText()).isEqualTo("differs");
    assertThat(all.get(2).get("chain").asLong()).isEqualTo(2);
    assertThat(all.get(3).has("failure")).isTrue();
    assertNoSecret(run);
  }

  /** A node of Ethereum at block 100 that knows WebSockets alone. */
  private PushServer socket(String chain) {
    PushServer node =
        PushServer.startNode(
            text -> {
              try {
                JsonNode call = new ObjectMapper().readTree(text);
                ProxiedRequest.Call asked =
                    new ProxiedRequest.Call("", call.path("method").asText(), "", text);
                String said = answer(asked, chain, 100, 'a');
                return "{\"jsonrpc\":\"2.0\",\"id\":" + call.path("id") + "," + said + "}";
              } catch (JsonProcessingException notOurs) {
                throw new IllegalStateException(notOurs);
              }
            });
    pushers.add(node);
    return node;
  }

  private static String secret(String operator, PushServer node) {
    String at = "@127.0.0.1:" + node.url().getPort() + "/v3/" + KEY + "?k=" + KEY;
    return operator + "=ws://" + USER + ":" + PASSWORD + at;
  }

  @Test
  void check_and_watch_take_websockets_beside_http() throws Exception {
    PushServer socket = socket("0x1");
    String urls = secret("alpha", socket) + "," + secret("beta", node("0x1", 100, 'a'));
    CliRun table = run("rpc", "check", "--rpc", urls);
    assertThat(table.exit()).as(table.all()).isZero();
    assertThat(table.out()).containsPattern("rpc-1 +alpha +1 +100 +0 +36 ");
    assertThat(table.out()).contains("rpc-1 answers batches, finalized, block receipts");
    assertThat(table.out()).contains("not state by hash, proofs");
    assertNoSecret(table);
    assertThat(socket.connections()).isEqualTo(1);
    CliRun json = run("rpc", "check", "--json", "--rpc", urls);
    assertThat(objects(json).get(0).get("p50Micros").asLong()).isPositive();
    assertThat(objects(json).get(0).has("certificateDays")).isFalse();
    assertNoSecret(json);
    CliRun watch = run("rpc", "watch", "--count", "1", "--for", "60s", "--rpc", urls);
    assertThat(watch.exit()).as(watch.all()).isZero();
    assertThat(watch.out()).contains("head 100");
    assertNoSecret(watch);
  }

  @Test
  void check_names_what_is_wrong_with_a_websocket() throws Exception {
    PushServer refusing = socket("0x1");
    refusing.fault(PushFault.REFUSED);
    PushServer hanging = socket("0x1");
    hanging.fault(PushFault.HUNG_CALLS);
    PushServer limited = socket("0x1");
    limited.answerFault(PushFault.CLOSE_THROTTLED);
    String urls =
        String.join(
            ",",
            secret("alpha", refusing),
            secret("beta", hanging),
            secret("gamma", limited),
            secret("delta", socket("0x2")));
    CliRun run = run("rpc", "check", "--json", "--timeout", "3s", "--rpc", urls);
    assertThat(run.exit()).isEqualTo(ExitCode.NOT_ALL_PAID);
    List<JsonNode> all = objects(run);
    assertThat(all.get(0).get("failure").asText()).isEqualTo("answered with HTTP 503");
    assertThat(all.get(1).get("failure").asText()).isEqualTo("no complete answer in 3 s");
    assertThat(hanging.log().stream().filter(seen -> seen.text().startsWith("{"))).hasSize(1);
    assertThat(all.get(2).get("limit").asText()).isEqualTo("HTTP 429");
    assertThat(all.get(3).get("chain").asLong()).isEqualTo(2);
    assertNoSecret(run);
    CliRun watch = run("rpc", "watch", "--for", "20s", "--rpc", secret("alpha", refusing));
    assertThat(watch.exit()).isNotZero();
    assertThat(watch.err()).contains("rpc-1 of alpha does not answer: answered with HTTP 503");
    assertNoSecret(watch);
  }

  @Test
  void check_shows_that_an_endpoint_is_at_its_limit() throws Exception {
    FaultProxy limited = node("0x1", 100, 'a');
    limited.policy(request -> request.calls("eth_feeHistory") ? Fault.RATE_LIMITED : Fault.PASS);
    CliRun run = run("rpc", "check", "--json", "--rpc", secret("alpha", limited));
    assertThat(objects(run).get(0).get("limit").asText()).isEqualTo("HTTP 429, retry after 1");
  }

  @Test
  void neither_a_header_that_repeats_the_key_nor_text_that_turns_its_direction_is_shown() {
    FaultProxy limited =
        FaultProxy.scripted(request -> new HttpReply(429, Map.of("Retry-After", KEY), "")).start();
    FaultProxy turning =
        FaultProxy.scripted(
                request ->
                    request.calls("web3_clientVersion")
                        ? HttpReply.json(
                            "{\"jsonrpc\":\"2.0\",\"id\":"
                                + request.calls().get(0).id()
                                + ",\"result\":\"Geth\u202e1v\u2028\"}")
                        : reply(request, "0x1", 100, 'a'))
            .start();
    nodes.addAll(List.of(limited, turning));
    String urls = secret("alpha", limited) + "," + secret("beta", turning);
    for (CliRun run :
        List.of(run("rpc", "check", "--rpc", urls), run("rpc", "check", "--json", "--rpc", urls))) {
      assertThat(run.out()).contains("HTTP 429", "Geth?1v?");
      assertNoSecret(run);
    }
  }

  @Test
  void watch_tells_heads_and_states_for_as_long_as_it_is_told() throws Exception {
    PushServer pusher = PushServer.start(method -> "\"0x1\"");
    pushers.add(pusher);
    String socket = USER + ":" + PASSWORD + "@127.0.0.1:" + pusher.url().getPort() + "/" + KEY;
    String urls =
        secret("alpha", node("0x1", 100, 'a')) + "," + secret("beta", node("0x1", 100, 'a'));
    List<String> kinds = List.of("source", "head", "final", "endpoint");
    CliRun run =
        CliRun.until(
            told -> kinds.stream().allMatch(kind -> told.out().contains('"' + kind + '"')),
            Map.of(),
            List.of(
                "rpc",
                "watch",
                "--for",
                "",
                "--every",
                "1s",
                "--json",
                "--rpc",
                urls,
                "--ws",
                "alpha=ws://" + socket));
    assertThat(run.exit()).as(run.all()).isZero();
    List<JsonNode> all = objects(run);
    assertThat(all.stream().map(e -> e.get("event").asText())).containsAll(kinds);
    assertThat(pusher.log()).anyMatch(seen -> seen.text().contains("newHeads"));
    assertNoSecret(run);
    CliRun lines =
        CliRun.until(
            told -> told.out().contains("head 100") && told.out().contains("ENDPOINT"),
            Map.of(),
            List.of("rpc", "watch", "--for", "", "--rpc", secret("alpha", node("0x1", 100, 'a'))));
    assertThat(lines.out()).contains("head 100", "ENDPOINT", "rpc-1");
    assertNoSecret(lines);
  }

  @Test
  void what_cannot_be_used_is_refused_without_repeating_it() {
    for (List<String> wrong :
        List.of(
            List.of("rpc", "check"),
            List.of("rpc", "check", "--rpc", "http://other.example/" + KEY),
            List.of("rpc", "check", "--rpc", "ws://other.example/" + KEY),
            List.of("rpc", "watch", "--rpc", "https://x.example/" + KEY, "--for", "soon"),
            List.of("rpc"))) {
      CliRun run = CliRun.of(Map.of(), wrong);
      assertThat(run.exit()).as("%s: %s", wrong, run.all()).isEqualTo(ExitCode.BAD_INPUT);
      assertNoSecret(run);
    }
  }
}
