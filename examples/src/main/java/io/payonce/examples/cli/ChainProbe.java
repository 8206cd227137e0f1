package io.payonce.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.ChainId;
import io.payonce.routing.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Asks each endpoint which chain it serves, before there is a pool: a pool has to be told. From
 * then on the pool checks every endpoint itself.
 */
final class ChainProbe {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int ATTEMPTS = 3;
  private static final String QUESTION =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}";

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /** The one chain of all endpoints that answer; those that do not are named to the person. */
  ChainId chainOf(List<Endpoint> endpoints, Terminal terminal) {
    List<CompletableFuture<Optional<ChainId>>> asked = new ArrayList<>();
    endpoints.forEach(endpoint -> asked.add(ask(request(endpoint, QUESTION), ATTEMPTS)));
    TreeMap<ChainId, List<String>> answers = new TreeMap<>();
    for (int i = 0; i < endpoints.size(); i++) {
      Endpoint endpoint = endpoints.get(i);
      String name = endpoint.name() + " of " + endpoint.operator();
      asked
          .get(i)
          .join()
          .ifPresentOrElse(
              chain -> answers.computeIfAbsent(chain, c -> new ArrayList<>()).add(name),
              () -> terminal.say("warning: endpoint " + name + " does not answer"));
    }
    if (answers.isEmpty()) {
      throw Refusal.runAgain(
          "endpoints unreachable: none of "
              + endpoints.size()
              + " says its chain id; check the addresses and the network, then run again");
    }
    if (answers.size() > 1) {
      throw Refusal.badInput(
          "the endpoints are on different chains, " + answers + "; give endpoints of one chain");
    }
    return answers.firstKey();
  }

  /** Asks again at once when there is no answer: one lost reply is no outage. */
  private CompletableFuture<Optional<ChainId>> ask(HttpRequest question, int attempts) {
    return http.sendAsync(question, BodyHandlers.ofByteArray())
        .thenApply(ChainProbe::read)
        .exceptionally(unreachable -> Optional.empty())
        .thenCompose(
            answer ->
                answer.isPresent() || attempts == 1
                    ? CompletableFuture.completedFuture(answer)
                    : ask(question, attempts - 1));
  }

  /** A body to an endpoint, with the credentials of its URL. */
  static HttpRequest request(Endpoint endpoint, String body) {
    try {
      URI uri = new URI(endpoint.uri().reveal());
      String host = uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      HttpRequest.Builder request =
          HttpRequest.newBuilder(new URI(uri.getScheme() + "://" + host + uri.getRawPath() + query))
              .timeout(TIMEOUT)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body));
      if (uri.getUserInfo() != null) {
        byte[] credentials = uri.getUserInfo().getBytes(StandardCharsets.ISO_8859_1);
        request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
      }
      return request.build();
    } catch (URISyntaxException | IllegalArgumentException unusable) {
      // Their messages quote the URL.
      throw Refusal.badInput("--rpc: endpoint " + endpoint.name() + " has no usable URL");
    }
  }

  private static Optional<ChainId> read(HttpResponse<byte[]> response) {
    try {
      JsonNode result =
          new ObjectMapper()
              .readTree(new String(response.body(), StandardCharsets.UTF_8))
              .path("result");
      return result.asText().matches("0x[0-9a-fA-F]{1,16}")
          ? Optional.of(ChainId.of(Long.parseLong(result.asText().substring(2), 16)))
          : Optional.empty();
    } catch (JsonProcessingException | IllegalArgumentException noAnswer) {
      return Optional.empty(); // counted as an endpoint that does not answer
    }
  }
}
