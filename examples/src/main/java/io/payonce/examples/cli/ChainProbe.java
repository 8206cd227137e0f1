package io.payonce.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.ChainId;
import io.payonce.routing.Endpoint;
import io.payonce.routing.EndpointTransport;
import io.payonce.rpc.TransportReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
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
  private static final int LONGEST_ANSWER = 64 << 10;

  /** What an endpoint said, or why it said nothing. */
  private record Answer(Optional<ChainId> chain, String failure) {}

  /** The one chain of all endpoints that answer; those that do not are named to the person. */
  ChainId chainOf(List<Endpoint> endpoints, Terminal terminal) {
    List<EndpointTransport> transports = new ArrayList<>();
    TreeMap<ChainId, List<String>> answers = new TreeMap<>();
    try {
      List<CompletableFuture<Answer>> asked = new ArrayList<>();
      for (Endpoint endpoint : endpoints) {
        EndpointTransport transport = EndpointTransport.open(endpoint, LONGEST_ANSWER);
        transports.add(transport);
        asked.add(ask(transport, ATTEMPTS));
      }
      for (int i = 0; i < endpoints.size(); i++) {
        Endpoint endpoint = endpoints.get(i);
        String name = endpoint.name() + " of " + endpoint.operator();
        Answer answer = asked.get(i).join();
        answer
            .chain()
            .ifPresentOrElse(
                chain -> answers.computeIfAbsent(chain, c -> new ArrayList<>()).add(name),
                () ->
                    terminal.say(
                        "warning: endpoint " + name + " does not answer" + answer.failure()));
      }
    } finally {
      transports.forEach(EndpointTransport::close);
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
  private static CompletableFuture<Answer> ask(EndpointTransport transport, int attempts) {
    return transport
        .send(question(attempts), TIMEOUT)
        .thenApply(ChainProbe::read)
        .thenCompose(
            answer ->
                answer.chain().isPresent() || attempts == 1
                    ? CompletableFuture.completedFuture(answer)
                    : ask(transport, attempts - 1));
  }

  /** Each with an id of its own: over a WebSocket a late answer may still come. */
  private static byte[] question(int id) {
    return ("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"eth_chainId\",\"params\":[]}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Answer read(TransportReply reply) {
    return reply instanceof TransportReply.Answered answered
        ? new Answer(chain(answered.body()), "")
        : new Answer(Optional.empty(), ": " + ((TransportReply.Failed) reply).reason());
  }

  private static Optional<ChainId> chain(byte[] body) {
    try {
      JsonNode result =
          new ObjectMapper().readTree(new String(body, StandardCharsets.UTF_8)).path("result");
      return result.asText().matches("0x[0-9a-fA-F]{1,16}")
          ? Optional.of(ChainId.of(Long.parseLong(result.asText().substring(2), 16)))
          : Optional.empty();
    } catch (JsonProcessingException | IllegalArgumentException noAnswer) {
      return Optional.empty(); // counted as an endpoint that does not answer
    }
  }
}
