package io.payonce.examples.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The plainest JSON-RPC client: one blocking call, one answer, no retry. For judges and for test
 * preparation, which speak with the node directly and never through a fault proxy. Thread-safe.
 */
public final class NodeRpc {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final ObjectMapper json = new ObjectMapper();
  private final AtomicLong ids = new AtomicLong();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final URI url;

  public NodeRpc(URI url) {
    this.url = url;
  }

  /** The node answered with an error object. */
  public static final class RpcErrorException extends RuntimeException {
    private final int code;

    RpcErrorException(String method, int code, String message) {
      super(method + " was answered with error " + code + ": " + message);
      this.code = code;
    }

    public int code() {
      return code;
    }
  }

  /**
   * Gives the {@code result} of a call; JSON null comes back as a null node.
   *
   * @param parameters strings, numbers, booleans, lists and maps, as JSON has them
   * @throws RpcErrorException when the node answers with an error object
   * @throws UncheckedIOException when no answer came
   */
  public JsonNode call(String method, Object... parameters) {
    ObjectNode request =
        json.createObjectNode()
            .put("jsonrpc", "2.0")
            .put("id", ids.incrementAndGet())
            .put("method", method);
    request.set("params", json.valueToTree(parameters));
    JsonNode answer = post(request.toString());
    JsonNode error = answer.get("error");
    if (error != null && !error.isNull()) {
      throw new RpcErrorException(
          method, error.path("code").asInt(), error.path("message").asText());
    }
    return answer.path("result");
  }

  /** A call whose result is a hexadecimal quantity. */
  public BigInteger quantity(String method, Object... parameters) {
    return quantity(call(method, parameters));
  }

  public static BigInteger quantity(JsonNode value) {
    return new BigInteger(value.asText().substring(2), 16);
  }

  public static String hex(BigInteger value) {
    return "0x" + value.toString(16);
  }

  public static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private JsonNode post(String body) {
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      return json.readTree(client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the node", e);
    }
  }
}
