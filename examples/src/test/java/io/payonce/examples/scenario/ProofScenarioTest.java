package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.Address;
import io.payonce.BlockRef;
import io.payonce.ChainProfiles;
import io.payonce.nonce.LaneStatus;
import io.payonce.routing.EndpointHealth;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Proofs;
import io.payonce.routing.RoutingPolicy;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Proof;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumResult.Agreed;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.store.TransferState;
import io.payonce.submit.SubmitResult;
import io.payonce.testing.TokenKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Operators that lie together, on a real node whose headers and proofs expose them. */
final class ProofScenarioTest {
  private static final Set<String> LIARS = Set.of("alpha", "beta");

  /** Whether they lie now. */
  private boolean lying;

  private Stage stage(Proofs proofs) {
    Stage stage = new Stage(Ground.ANVIL);
    stage.wire = (provider, wire) -> LIARS.contains(provider) ? new Inflated(wire) : wire;
    stage.profiles =
        ChainProfiles.builtIn()
            .withOverrides("{\"chains\": [{\"id\": 31337, \"ethereumHeaders\": true}]}");
    stage.routing = RoutingPolicy.builder().proofs(proofs).build();
    return stage;
  }

  /** A provider that counts one transaction more than there is in any block. */
  private final class Inflated implements RpcTransport {
    private final ObjectMapper json = new ObjectMapper();
    private final RpcTransport honest;

    Inflated(RpcTransport honest) {
      this.honest = honest;
    }

    @Override
    public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
      return honest.send(body, timeout).thenApply(reply -> lying ? told(body, reply) : reply);
    }

    private TransportReply told(byte[] body, TransportReply reply) {
      if (!(reply instanceof TransportReply.Answered answered)) {
        return reply;
      }
      try {
        JsonNode answers = json.readTree(answered.body());
        Set<String> counts = new TreeSet<>();
        for (JsonNode request : list(json.readTree(body))) {
          if (request.path("method").asText().equals("eth_getTransactionCount")
              && !request.path("params").path(1).asText().equals("pending")) {
            counts.add(request.path("id").asText());
          }
        }
        for (JsonNode answer : list(answers)) {
          if (counts.contains(answer.path("id").asText()) && answer.has("result")) {
            long count = Long.decode(answer.path("result").asText());
            ((ObjectNode) answer).put("result", "0x" + Long.toHexString(count + 1));
          }
        }
        return new TransportReply.Answered(
            answered.status(), answered.headers(), json.writeValueAsBytes(answers));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Iterable<JsonNode> list(JsonNode tree) {
      return tree.isArray() ? tree : List.of(tree);
    }

    @Override
    public void close() {
      honest.close();
    }
  }

  private static <T> QuorumResult<T> read(Stage stage, Fact<T> fact) {
    return stage.time.await(
        stage.host().pool().criticalRead(fact, CallOptions.DEFAULT), Duration.ofMinutes(1));
  }

  private static <T> Agreed<T> agreed(Stage stage, Fact<T> fact) {
    QuorumResult<T> result = read(stage, fact);
    assertThat(result).isInstanceOf(Agreed.class);
    return (Agreed<T>) result;
  }

  private static BlockRef head(Stage stage) {
    long height = agreed(stage, new Fact.Height(BlockTag.LATEST)).value();
    return agreed(stage, new Fact.BlockRefAt(height)).value();
  }

  /** Its blocks by their headers, and its accounts by the state. */
  private static void assertProven(Stage stage) {
    BlockRef head = head(stage);
    for (long number = 0; number <= head.number(); number++) {
      assertThat(agreed(stage, new Fact.BlockAt(number)).proof()).isEqualTo(Proof.HEADER);
    }
    Address payee = stage.asked.get(Stage.key("before")).to();
    Address token = stage.world.token(TokenKind.PLAIN).contract();
    Address nobody = Address.of("0x" + "39".repeat(20));
    for (Address account : List.of(stage.lane.address(), payee, token, nobody)) {
      Agreed<Fact.AccountState> all = agreed(stage, new Fact.AccountAt(account, List.of(), head));
      assertThat(all.proof()).isEqualTo(Proof.VALUE);
      assertThat(all.value().nonce()).isEqualTo(stage.world.nonce(account));
      assertThat(all.value().code().isEmpty()).isEqualTo(!account.equals(token));
    }
    assertThat(stage.host().pool().health()).allMatch(health -> health.dissents() == 0);
  }

  @Test
  void a_quorum_that_lies_about_a_nonce_is_exposed_by_the_third_operator() {
    Stage stage = stage(Proofs.STATE);
    stage.start();
    assertThat(stage.submit("before", stage.coins("0.5")))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(stage.end("before").state()).isEqualTo(TransferState.PAID_FINAL);
    assertProven(stage);
    lying = true;
    assertThat(stage.submit("during", stage.coins("0.5")))
        .isInstanceOf(SubmitResult.Accepted.class);
    stage.blocks(30);
    List<EndpointHealth> health = stage.host().pool().health();
    assertThat(health)
        .extracting(EndpointHealth::state)
        .containsExactly(State.QUARANTINED, State.QUARANTINED, State.UP);
    assertThat(health.get(0).reason()).contains("otherwise than is proven under its header");
    // One operator is left, which decides nothing: the payment waits, and nothing is believed.
    assertThat(stage.laneStatus().state()).isNotEqualTo(LaneStatus.State.FROZEN);
    assertThat(stage.status("during").verdict().safeToRefund()).isFalse();

    lying = false;
    assertThat(stage.host().pool().release("alpha", "test")).isTrue();
    assertThat(stage.host().pool().release("beta", "test")).isTrue();
    assertThat(stage.end("during").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  @Test
  void without_proofs_the_same_lie_stops_the_wallet() {
    Stage stage = stage(Proofs.HEADERS);
    stage.start();
    assertThat(stage.submit("before", stage.coins("0.5")))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(stage.end("before").state()).isEqualTo(TransferState.PAID_FINAL);
    lying = true;
    stage.blocks(30);
    assertThat(stage.laneStatus().state()).isEqualTo(LaneStatus.State.FROZEN);
    assertThat(stage.host().pool().health().get(2).state()).isEqualTo(State.SUSPECT);
  }
}
