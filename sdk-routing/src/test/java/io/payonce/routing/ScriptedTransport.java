package io.payonce.routing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One endpoint in memory and virtual time. It answers each method with a script, after a delay, and
 * remembers what it received. Honest about its chain id unless told otherwise.
 */
final class ScriptedTransport implements RpcTransport {
  static final String BLOCK = "{\"number\":\"0x64\",\"hash\":\"0x" + "64".repeat(32) + "\"}";
  static final ObjectMapper JSON = new ObjectMapper();

  /** One request as the endpoint received it. */
  record Received(String id, String method, JsonNode params) {}

  /** What a script says: a result, an error, or a fault of the whole exchange. */
  sealed interface Says {
    record Result(String json) implements Says {}

    record Failure(int code, String message) implements Says {}

    record Fault(TransportReply reply) implements Says {}

    record Silence() implements Says {}
  }

  private final VirtualTime time;
  final List<Received> received = new ArrayList<>();
  final List<String> bodies = new ArrayList<>();
  Duration delay = Duration.ofMillis(10);
  String chainId = "0x1";

  /** Nothing is said about it, and the question not counted, while this is empty. */
  String client = "";

  Function<Received, Says> script = request -> error(-32601, "the method does not exist");

  /** Sees the finished body last: for broken batches. */
  Function<List<String>, String> join = ScriptedTransport::array;

  /** Longer batches are refused as a whole. */
  int longest = Integer.MAX_VALUE;

  int status = 200;
  Map<String, String> headers = new TreeMap<>();
  boolean closed;

  /** Bodies without an answer, and the most that there ever were. */
  int open;

  int mostOpen;

  ScriptedTransport(VirtualTime time) {
    this.time = time;
  }

  static Says result(String json) {
    return new Says.Result(json);
  }

  static Says text(String value) {
    return new Says.Result('"' + value + '"');
  }

  static Says error(int code, String message) {
    return new Says.Failure(code, message);
  }

  static Says fault(BytesSent sent) {
    return new Says.Fault(new TransportReply.Failed("connection lost", sent, false));
  }

  static Says silence() {
    return new Says.Silence();
  }

  static Says http(int status, String body) {
    return new Says.Fault(answered(status, body));
  }

  static TransportReply answered(int status, String body) {
    return new TransportReply.Answered(
        status, new TreeMap<>(), body.getBytes(StandardCharsets.UTF_8));
  }

  static String array(List<String> elements) {
    return "[" + String.join(",", elements) + "]";
  }

  @Override
  public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
    CompletableFuture<TransportReply> reply = new CompletableFuture<>();
    String text = new String(body, StandardCharsets.UTF_8);
    bodies.add(text);
    mostOpen = Math.max(mostOpen, ++open);
    Wiring.detach(reply.handle((answer, thrown) -> open--));
    TransportReply answer = answer(text);
    if (answer != null) {
      Future<?> unused =
          time.scheduler()
              .schedule(() -> reply.complete(answer), delay.toNanos(), TimeUnit.NANOSECONDS);
    }
    return reply;
  }

  private TransportReply answer(String body) {
    JsonNode tree = parse(body);
    List<String> elements = new ArrayList<>();
    List<JsonNode> requests = new ArrayList<>();
    if (tree.isArray()) {
      tree.forEach(requests::add);
    } else {
      requests.add(tree);
    }
    if (requests.size() > longest) {
      return answered(200, element("null", error(-32600, "batch too large")));
    }
    for (JsonNode request : requests) {
      Received one =
          new Received(
              request.get("id").asText(), request.get("method").asText(), request.get("params"));
      boolean isUnnamed = one.method().equals("web3_clientVersion") && client.isEmpty();
      if (isUnnamed && requests.size() <= 3) {
        elements.add(element(one.id(), error(-32601, "the method does not exist")));
        continue;
      }
      received.add(one);
      Says says =
          switch (one.method()) {
            case "web3_clientVersion" -> isUnnamed ? script.apply(one) : text(client);
            case "eth_chainId" -> chainId.isEmpty() ? script.apply(one) : text(chainId);
            default -> script.apply(one);
          };
      if (one.method().equals("eth_getBlockByNumber") && says instanceof Says.Result alike) {
        // A script that answers every method alike need not know of blocks.
        says = alike.json().startsWith("\"") ? result(BLOCK) : says;
      }
      if (says instanceof Says.Fault fault) {
        return fault.reply();
      }
      if (says instanceof Says.Silence) {
        return null;
      }
      elements.add(element(one.id(), says));
    }
    String joined = tree.isArray() ? join.apply(elements) : elements.get(0);
    return new TransportReply.Answered(status, headers, joined.getBytes(StandardCharsets.UTF_8));
  }

  static String element(String id, Says says) {
    String head = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",";
    if (says instanceof Says.Result result) {
      return head + "\"result\":" + result.json() + "}";
    }
    Says.Failure error = (Says.Failure) says;
    return head
        + "\"error\":{\"code\":"
        + error.code()
        + ",\"message\":\""
        + error.message()
        + "\"}}";
  }

  static JsonNode parse(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /** From now on it answers everything with 5, without any further ado. */
  void recover() {
    status = 200;
    headers.clear();
    script = request -> text("0x5");
  }

  void forget() {
    received.clear();
    bodies.clear();
  }

  long count(String method) {
    return received.stream().filter(r -> r.method().equals(method)).count();
  }

  @Override
  public void close() {
    closed = true;
  }
}
