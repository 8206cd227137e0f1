package io.payonce.routing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.testing.Fault;
import io.payonce.testing.VirtualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * The faults of a {@link io.payonce.testing.FaultProxy} in virtual time, before an endpoint in
 * memory. What hangs here is given up by nobody but the pool: a transport of this kind ignores its
 * timeout.
 */
final class FaultyTransport implements RpcTransport {
  private static final Duration LATE = Duration.ofMillis(700);

  private final VirtualTime time;
  private final ScriptedTransport node;

  /** What happens to everything from now on. */
  Fault fault = Fault.PASS;

  FaultyTransport(VirtualTime time, ScriptedTransport node) {
    this.time = time;
    this.node = node;
  }

  @Override
  public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
    return switch (fault) {
      case PASS -> node.send(body, timeout);
      case DELAY -> after(LATE, node.send(body, timeout));
      case LOST_REPLY, CUT_REPLY -> node.send(body, timeout).thenApply(r -> lost(BytesSent.ALL));
      case HUNG_REPLY -> node.send(body, timeout).thenCompose(reply -> new CompletableFuture<>());
      case GATEWAY_TIMEOUT -> status(504, Map.of());
      case WRONG_HASH -> rewritten(node.send(body, timeout), FaultyTransport::otherHash);
      case DUPLICATE -> {
        CompletableFuture<TransportReply> unused = node.send(body, timeout);
        yield node.send(body, timeout);
      }
      case REORDERED -> rewritten(node.send(body, timeout), FaultyTransport::reversed);
      case LOST_ELEMENT -> rewritten(node.send(body, timeout), FaultyTransport::withoutFirst);
      case REFUSED_ELEMENT -> rewritten(node.send(body, timeout), FaultyTransport::refused);
      case WRONG_ID -> rewritten(node.send(body, timeout), FaultyTransport::foreign);
      case DUPLICATE_ID -> rewritten(node.send(body, timeout), FaultyTransport::twice);
      case SLOW_DRIP -> after(timeout, now(new TransportReply.Failed("slow", BytesSent.ALL, true)));
      case HUGE_REPLY -> now(lost(BytesSent.ALL));
      case LOST_REQUEST -> now(lost(BytesSent.SOME));
      case HUNG_REQUEST -> new CompletableFuture<>();
      case RESET -> now(lost(BytesSent.NONE));
      case SERVER_ERROR -> status(503, Map.of());
      case RATE_LIMITED -> status(429, Map.of("retry-after", "1"));
    };
  }

  private CompletableFuture<TransportReply> after(
      Duration delay, CompletableFuture<TransportReply> reply) {
    CompletableFuture<TransportReply> late = new CompletableFuture<>();
    Wiring.detach(reply.thenAccept(answer -> time.after(delay, () -> late.complete(answer))));
    return late;
  }

  private CompletableFuture<TransportReply> now(TransportReply reply) {
    return after(Duration.ofMillis(1), CompletableFuture.completedFuture(reply));
  }

  private static TransportReply lost(BytesSent sent) {
    return new TransportReply.Failed("connection lost", sent, false);
  }

  private CompletableFuture<TransportReply> status(int status, Map<String, String> headers) {
    return now(new TransportReply.Answered(status, new TreeMap<>(headers), new byte[0]));
  }

  private static CompletableFuture<TransportReply> rewritten(
      CompletableFuture<TransportReply> reply, UnaryOperator<JsonNode> change) {
    return reply.thenApply(
        answer -> {
          if (!(answer instanceof TransportReply.Answered given)) {
            return answer;
          }
          JsonNode json = ScriptedTransport.parse(new String(given.body(), StandardCharsets.UTF_8));
          byte[] body = change.apply(json).toString().getBytes(StandardCharsets.UTF_8);
          return new TransportReply.Answered(given.status(), given.headers(), body);
        });
  }

  private static JsonNode otherHash(JsonNode json) {
    return ScriptedTransport.parse(
        json.toString().replaceAll("0x[0-9a-f]{60}", "0x" + "7".repeat(60)));
  }

  private static ArrayNode array(JsonNode json) {
    ArrayNode all = ScriptedTransport.JSON.createArrayNode();
    if (json.isArray()) {
      all.addAll((ArrayNode) json);
    } else {
      all.add(json);
    }
    return all;
  }

  private static JsonNode reversed(JsonNode json) {
    if (!json.isArray()) {
      return json;
    }
    ArrayNode all = ScriptedTransport.JSON.createArrayNode();
    for (int i = json.size() - 1; i >= 0; i--) {
      all.add(json.get(i));
    }
    return all;
  }

  private static JsonNode withoutFirst(JsonNode json) {
    ArrayNode all = array(json);
    all.remove(0);
    return all;
  }

  private static JsonNode refused(JsonNode json) {
    ObjectNode first = (ObjectNode) array(json).get(0);
    first.remove("result");
    first.putObject("error").put("code", -32005).put("message", "limit exceeded");
    return json;
  }

  private static JsonNode foreign(JsonNode json) {
    array(json).forEach(element -> ((ObjectNode) element).put("id", 1));
    return json;
  }

  private static JsonNode twice(JsonNode json) {
    ArrayNode all = array(json);
    all.add(all.get(0));
    return all;
  }

  @Override
  public void close() {
    node.close();
  }
}
