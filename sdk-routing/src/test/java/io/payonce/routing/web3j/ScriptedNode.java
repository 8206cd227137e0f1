package io.payonce.routing.web3j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * A node on a loopback socket that answers each method by a function of its parameters: JSON text,
 * or a {@link Refusal}. It remembers what it received, and may mangle what it sends.
 */
final class ScriptedNode implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  static final String CHAIN = "\"0x7a69\""; // 31337

  /** The node answers with an error object. */
  static final class Refusal extends RuntimeException {
    private final String error;

    Refusal(int code, String message, String data) {
      this(
          JSON.createObjectNode()
              .put("code", code)
              .put("message", message)
              .put("data", data)
              .toString());
    }

    Refusal(String error) {
      this.error = error;
    }
  }

  private final Map<String, Function<JsonNode, String>> answers = new ConcurrentHashMap<>();
  private final List<JsonNode> received = Collections.synchronizedList(new ArrayList<>());
  private volatile Function<List<String>, List<String>> mangle = elements -> elements;
  final FaultProxy socket;

  ScriptedNode() {
    answer("eth_chainId", CHAIN);
    socket = FaultProxy.scripted(this::reply).start();
  }

  URI url() {
    return socket.url();
  }

  ScriptedNode answer(String method, String json) {
    return answer(method, params -> json);
  }

  ScriptedNode answer(String method, Function<JsonNode, String> json) {
    answers.put(method, json);
    return this;
  }

  /** Does something to the elements of a body, be it one alone, before they are sent. */
  void mangle(Function<List<String>, List<String>> with) {
    mangle = with;
  }

  long count(String method) {
    synchronized (received) {
      return received.stream().filter(r -> r.path("method").asText().equals(method)).count();
    }
  }

  private HttpReply reply(ProxiedRequest request) {
    JsonNode body = json(request.body());
    List<String> elements = new ArrayList<>();
    for (JsonNode call : body.isArray() ? body : List.of(body)) {
      elements.add(element(call));
      received.add(call); // who counts it may change what the next one is told
    }
    List<String> sent = mangle.apply(elements);
    return HttpReply.json(body.isArray() ? "[" + String.join(",", sent) + "]" : sent.get(0));
  }

  private String element(JsonNode call) {
    Function<JsonNode, String> answer = answers.get(call.path("method").asText());
    String head = "{\"jsonrpc\":\"2.0\",\"id\":" + call.path("id") + ",";
    if (answer == null) {
      return head + "\"error\":{\"code\":-32601,\"message\":\"the method does not exist\"}}";
    }
    try {
      return head + "\"result\":" + answer.apply(call.path("params")) + "}";
    } catch (Refusal refusal) {
      return head + "\"error\":" + refusal.error + "}";
    }
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException(broken);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
