package io.payonce.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.Ticker;
import io.payonce.routing.Endpoint;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Asks one endpoint single questions, without a pool between: what it says, how long it takes, and
 * what it says about itself. Used by one thread. What it gives is without URL and credential.
 */
final class EndpointProbe {
  private static final int TOO_MANY_REQUESTS = 429;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Endpoint endpoint;
  private final HttpClient http;
  private final Ticker ticker;
  private Optional<Instant> certificateEnd = Optional.empty();
  private Optional<String> limited = Optional.empty();
  private Optional<String> failure = Optional.empty();

  /**
   * An answer.
   *
   * @param result missing when there is none
   * @param error the node's words, empty when there are none
   */
  record Answer(JsonNode result, String error, long nanos) {
    boolean hasResult() {
      return !result.isMissingNode() && !result.isNull();
    }
  }

  EndpointProbe(Endpoint endpoint, HttpClient http, Ticker ticker) {
    this.endpoint = endpoint;
    this.http = http;
    this.ticker = ticker;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Until when the certificate of the last TLS connection is valid. */
  Optional<Instant> certificateEnd() {
    return certificateEnd;
  }

  /** What it said about its limit, when it refused a question for it. */
  Optional<String> limited() {
    return limited;
  }

  /** Why the last unanswered question got no answer. */
  Optional<String> failure() {
    return failure;
  }

  Answer ask(String method, Object... params) {
    Exchange exchange = post(call(1, method, params).toString());
    if (!exchange.body().isObject() || exchange.body().path("id").asInt() != 1) {
      return new Answer(MissingNode.getInstance(), "", exchange.nanos());
    }
    String words = exchange.body().path("error").path("message").asText();
    return new Answer(exchange.body().path("result"), endpoint.uri().mask(words), exchange.nanos());
  }

  /** Whether it answers two questions in one body, each under its id. */
  boolean takesBatches() {
    ArrayNode batch = JsonNodeFactory.instance.arrayNode();
    batch.add(call(1, "eth_chainId")).add(call(2, "eth_blockNumber"));
    JsonNode body = post(batch.toString()).body();
    return body.isArray()
        && body.size() == 2
        && body.path(0).path("id").asInt() + body.path(1).path("id").asInt() == 3
        && body.path(0).has("result")
        && body.path(1).has("result");
  }

  private static ObjectNode call(int id, String method, Object... params) {
    ObjectNode call = JsonNodeFactory.instance.objectNode();
    call.put("jsonrpc", "2.0").put("id", id).put("method", method);
    call.set("params", JSON.valueToTree(params));
    return call;
  }

  private record Exchange(JsonNode body, long nanos) {}

  private Exchange post(String body) {
    long start = ticker.nanos();
    try {
      HttpResponse<byte[]> response =
          http.send(ChainProbe.request(endpoint, body), BodyHandlers.ofByteArray());
      long took = ticker.nanos() - start;
      learn(response);
      return new Exchange(json(response.body()), took);
    } catch (IOException unreachable) {
      // Deliberate: its words may hold the host, which may be a secret.
      failure = Optional.of(unreachable.getClass().getSimpleName());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      failure = Optional.of("interrupted");
    }
    return new Exchange(MissingNode.getInstance(), ticker.nanos() - start);
  }

  private void learn(HttpResponse<byte[]> response) {
    if (response.statusCode() == TOO_MANY_REQUESTS) {
      String until = response.headers().firstValue("retry-after").orElse("").strip();
      String pause = until.matches("[A-Za-z0-9 ,:]{1,40}") ? ", retry after " + until : "";
      limited = Optional.of("HTTP 429" + pause);
    } else if (response.statusCode() >= 300) {
      failure = Optional.of("HTTP " + response.statusCode());
    }
    response
        .sslSession()
        .flatMap(EndpointProbe::end)
        .ifPresent(e -> certificateEnd = Optional.of(e));
  }

  private static Optional<Instant> end(SSLSession session) {
    try {
      Certificate first = session.getPeerCertificates()[0];
      return first instanceof X509Certificate known
          ? Optional.of(known.getNotAfter().toInstant())
          : Optional.empty();
    } catch (SSLPeerUnverifiedException unknown) {
      return Optional.empty(); // a session without a certificate has no end to tell
    }
  }

  private JsonNode json(byte[] body) {
    try {
      return JSON.readTree(new String(body, StandardCharsets.UTF_8));
    } catch (JsonProcessingException notJson) {
      failure = failure.or(() -> Optional.of("no JSON in the answer"));
      return MissingNode.getInstance();
    }
  }
}
