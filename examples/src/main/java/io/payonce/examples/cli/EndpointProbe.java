package io.payonce.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.Ticker;
import io.payonce.failure.FailureClassifier;
import io.payonce.failure.NodeAnswer;
import io.payonce.failure.Throttle;
import io.payonce.routing.Endpoint;
import io.payonce.routing.EndpointTransport;
import io.payonce.rpc.TransportReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks one endpoint single questions, over HTTP or a WebSocket and without a pool between: what it
 * says, how long it takes, and what it says about itself. Used by one thread. What it gives is
 * without URL and credential.
 *
 * <p>A question takes no longer than it may, whatever the endpoint does, and all of them together
 * at most 20 s: from then on none is asked. What is longer than 4 MiB is no answer.
 */
final class EndpointProbe implements AutoCloseable {
  static final Duration ALL_QUESTIONS = Duration.ofSeconds(20);
  private static final int LONGEST_ANSWER = 4 << 20;
  private static final Duration SLACK = Duration.ofSeconds(1);
  private static final int TOO_MANY_REQUESTS = 429;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Endpoint endpoint;
  private final EndpointTransport transport;
  private final Ticker ticker;
  private final Duration longest;
  private final long end;

  /** Never used twice: over a WebSocket the answer to an earlier question may still come. */
  private int lastId;

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

  /**
   * @param longest how long one question may take
   */
  EndpointProbe(Endpoint endpoint, Ticker ticker, Duration longest) {
    this.endpoint = endpoint;
    this.transport = EndpointTransport.open(endpoint, LONGEST_ANSWER);
    this.ticker = ticker;
    this.longest = longest;
    this.end = ticker.nanos() + ALL_QUESTIONS.toNanos();
  }

  Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    transport.close();
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
    int id = ++lastId;
    Exchange exchange = post(call(id, method, params).toString());
    if (!exchange.body().isObject() || exchange.body().path("id").asInt() != id) {
      return new Answer(MissingNode.getInstance(), "", exchange.nanos());
    }
    JsonNode error = exchange.body().path("error");
    String words = clean(error.path("message").asText());
    if (error.isObject()) {
      learnLimit(error.path("code").asInt(), words, method);
    }
    return new Answer(exchange.body().path("result"), words, exchange.nanos());
  }

  /**
   * Words of the node as they may be shown: without URL and headers, and with nothing that moves a
   * cursor or turns the direction of the text.
   */
  String clean(String words) {
    return endpoint.mask(words).replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
  }

  private void learnLimit(int code, String words, String method) {
    Throttle throttle =
        FailureClassifier.standard().classify(NodeAnswer.error(code, words).to(method)).throttle();
    if (throttle != Throttle.NONE) {
      limited =
          Optional.of(throttle == Throttle.LONG ? "quota spent" : "refused for its rate, " + code);
    }
  }

  /** Whether it answers two questions in one body, each under its id. */
  boolean takesBatches() {
    ArrayNode batch = JsonNodeFactory.instance.arrayNode();
    int first = ++lastId;
    int second = ++lastId;
    batch.add(call(first, "eth_chainId")).add(call(second, "eth_blockNumber"));
    JsonNode body = post(batch.toString()).body();
    return body.isArray()
        && body.size() == 2
        && body.path(0).path("id").asInt() + body.path(1).path("id").asInt() == first + second
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
    long most = Math.min(longest.toNanos(), end - start);
    if (most <= 0) {
      failure = failure.or(() -> Optional.of("asked for " + ALL_QUESTIONS.toSeconds() + " s"));
      return new Exchange(MissingNode.getInstance(), 0);
    }
    CompletableFuture<TransportReply> asked =
        transport.send(body.getBytes(StandardCharsets.UTF_8), Duration.ofNanos(most));
    try {
      TransportReply reply = asked.get(most + SLACK.toNanos(), TimeUnit.NANOSECONDS);
      long took = ticker.nanos() - start;
      certificateEnd = transport.certificateEnd();
      if (reply instanceof TransportReply.Answered answered) {
        learn(answered);
        return new Exchange(json(answered.body()), took);
      }
      TransportReply.Failed failed = (TransportReply.Failed) reply;
      failure = Optional.of(failed.timedOut() ? late() : failed.reason());
    } catch (TimeoutException | ExecutionException silent) {
      // Deliberate: whatever a transport may throw, its words may hold the host.
      asked.cancel(true);
      failure = Optional.of(late());
    } catch (InterruptedException stopped) {
      asked.cancel(true);
      Thread.currentThread().interrupt();
      failure = Optional.of("interrupted");
    }
    return new Exchange(MissingNode.getInstance(), ticker.nanos() - start);
  }

  private String late() {
    return "no complete answer in " + longest.toSeconds() + " s";
  }

  private void learn(TransportReply.Answered answered) {
    if (answered.status() == TOO_MANY_REQUESTS) {
      String until = clean(answered.headers().getOrDefault("retry-after", "").strip());
      String pause = until.matches("[A-Za-z0-9 ,:]{1,40}") ? ", retry after " + until : "";
      limited = Optional.of("HTTP 429" + pause);
    } else if (answered.status() >= 300) {
      failure = Optional.of("HTTP " + answered.status());
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
