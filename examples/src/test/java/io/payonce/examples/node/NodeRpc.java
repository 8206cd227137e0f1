package io.payonce.examples.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * The plainest JSON-RPC client: one blocking call, one answer, no retry. For judges and for test
 * preparation, which speak with the node directly and never through a fault proxy. Thread-safe.
 */
public final class NodeRpc {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final MediaType JSON = MediaType.get("application/json");

  private final ObjectMapper json = new ObjectMapper();
  private final AtomicLong ids = new AtomicLong();
  private final OkHttpClient client =
      new OkHttpClient.Builder().callTimeout(TIMEOUT).readTimeout(TIMEOUT).build();
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
    JsonNode answer;
    try {
      answer = json.readTree(post(request.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  /** Sends one JSON-RPC body, whatever it holds, and gives the answer as it came. */
  public byte[] post(byte[] body) {
    Request request =
        new Request.Builder().url(url.toString()).post(RequestBody.create(body, JSON)).build();
    try (Response response = client.newCall(request).execute()) {
      return response.body().bytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
