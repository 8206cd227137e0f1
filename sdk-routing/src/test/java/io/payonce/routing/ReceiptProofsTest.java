package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Proof;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumResult.Agreed;
import io.payonce.rpc.QuorumResult.Unavailable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Receipts under the roots of their block, which geth gave. */
final class ReceiptProofsTest {
  private static final JsonNode GETH = geth();
  private static final BlockRef AT =
      new BlockRef(0x36, BlockHash.of(GETH.path("block").path("hash").asText()));

  /** With logs. */
  private static final JsonNode SECOND = GETH.path("receipts").path(1);

  private static final TransactionHash TX =
      TransactionHash.of(SECOND.path("transactionHash").asText());
  private static final Fact<Optional<Receipt>> RECEIPT = new Fact.ReceiptOf(TX, AT);

  private static JsonNode geth() {
    try (InputStream in = ReceiptProofsTest.class.getResourceAsStream("/proven-block.json")) {
      return ScriptedTransport.JSON.readTree(in);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Rig rig(Proofs proofs) {
    Rig rig = new Rig(ProofsTest.ETHEREUM).policy(RoutingPolicy.builder().proofs(proofs).build());
    for (String operator : List.of("a", "b", "c")) {
      rig.endpoint(operator, operator);
      rig.at(operator).script = ReceiptProofsTest::honest;
    }
    return rig;
  }

  private static Says honest(Received request) {
    return switch (request.method()) {
      case "eth_getBlockByNumber" -> result(GETH.path("block").toString());
      case "eth_getBlockReceipts" -> result(GETH.path("receipts").toString());
      case "eth_getTransactionReceipt" -> {
        for (JsonNode receipt : GETH.path("receipts")) {
          if (receipt.path("transactionHash").equals(request.params().path(0))) {
            yield result(receipt.toString());
          }
        }
        yield result("null");
      }
      default -> error(-32601, "the method does not exist");
    };
  }

  private static Function<Received, Says> with(String method, Says says) {
    return request -> request.method().equals(method) ? says : honest(request);
  }

  private static Function<Received, Says> lying(Consumer<ObjectNode> change) {
    ObjectNode receipt = SECOND.deepCopy();
    change.accept(receipt);
    return with("eth_getTransactionReceipt", result(receipt.toString()));
  }

  private static <T> QuorumResult<T> read(Rig rig, Fact<T> fact) {
    return rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
  }

  private static void settle(Rig rig) {
    rig.time.runFor(Duration.ofSeconds(2));
  }

  @Test
  void success_gas_and_logs_of_a_receipt_are_proven_by_the_roots_of_its_block() {
    Rig rig = rig(Proofs.ALL);
    QuorumResult<Optional<Receipt>> result = read(rig, RECEIPT);
    assertThat(result).isInstanceOf(Agreed.class);
    Agreed<Optional<Receipt>> agreed = (Agreed<Optional<Receipt>>) result;
    assertThat(agreed.proof()).isEqualTo(Proof.VALUE);
    assertThat(agreed.value().orElseThrow().logs()).isNotEmpty();
    settle(rig);
    assertThat(rig.transports.values().stream().mapToLong(t -> t.count("eth_getBlockReceipts")))
        .containsExactlyInAnyOrder(1L, 0L, 0L);
    assertThat(rig.pool().health()).allMatch(health -> health.state() == State.UP);
  }

  @Test
  void many_receipts_of_one_block_take_one_proof() {
    Rig rig = rig(Proofs.ALL);
    List<TransactionHash> all =
        List.of(
            TX,
            TransactionHash.of(GETH.path("receipts").path(0).path("transactionHash").asText()),
            TransactionHash.of("0x" + "99".repeat(32)),
            TransactionHash.of(GETH.path("receipts").path(3).path("transactionHash").asText()));
    Agreed<List<Optional<Receipt>>> agreed =
        (Agreed<List<Optional<Receipt>>>) read(rig, new Fact.ReceiptsOf(all, AT));
    assertThat(agreed.proof()).isEqualTo(Proof.VALUE);
    assertThat(agreed.value().get(2)).isEmpty();
    assertThat(rig.transports.values().stream().mapToLong(t -> t.count("eth_getBlockReceipts")))
        .containsExactlyInAnyOrder(1L, 0L, 0L);
  }

  @Test
  void a_receipt_that_its_block_refutes_is_none_however_many_say_it() {
    List<Consumer<ObjectNode>> lies =
        List.of(
            receipt -> receipt.put("status", "0x0"),
            receipt -> receipt.put("gasUsed", "0x5208"),
            receipt -> receipt.putArray("logs"),
            receipt -> ((ObjectNode) receipt.path("logs").path(0)).put("data", "0x"),
            receipt ->
                ((ArrayNode) receipt.path("logs").path(0).path("topics"))
                    .set(0, "0x" + "11".repeat(32)));
    for (Consumer<ObjectNode> lie : lies) {
      Rig rig = rig(Proofs.ALL);
      rig.at("a").script = lying(lie);
      rig.at("b").script = lying(lie);
      assertThat(read(rig, RECEIPT)).isInstanceOf(Unavailable.class);
      settle(rig);
      assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
      assertThat(rig.health("b").state()).isEqualTo(State.QUARANTINED);
      assertThat(rig.health("a").reason())
          .isEqualTo("gives a receipt in block " + AT + " that it refutes");
      assertThat(rig.health("c").state()).isNotEqualTo(State.QUARANTINED);
    }
  }

  @Test
  void an_inclusion_that_never_was_is_refuted() {
    Rig rig = rig(Proofs.ALL);
    TransactionHash never = TransactionHash.of("0x" + "99".repeat(32));
    Function<Received, Says> lie = lying(r -> r.put("transactionHash", never.value()));
    rig.at("b").script = lie;
    rig.at("c").script = lie;
    assertThat(read(rig, new Fact.ReceiptOf(never, AT))).isInstanceOf(Unavailable.class);
    settle(rig);
    assertThat(rig.health("b").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.health("c").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.health("a").state()).isNotEqualTo(State.QUARANTINED);
  }

  @Test
  void contents_that_do_not_give_the_roots_prove_nothing_and_the_next_operator_is_asked() {
    Rig rig = rig(Proofs.ALL);
    ArrayNode fewer = GETH.path("receipts").deepCopy();
    fewer.remove(0);
    rig.at("a").script = with("eth_getBlockReceipts", result(fewer.toString()));
    rig.at("b").script = with("eth_getBlockReceipts", error(-32601, "method not found"));
    Agreed<Optional<Receipt>> agreed = (Agreed<Optional<Receipt>>) read(rig, RECEIPT);
    settle(rig);
    assertThat(agreed.proof()).isEqualTo(Proof.VALUE);
    assertThat(rig.health("a").state()).isEqualTo(State.SUSPECT);
    assertThat(rig.health("b").state()).isEqualTo(State.UP);
  }

  @Test
  void what_nobody_gives_in_time_stays_counted_and_the_absent_is_never_proven() {
    Rig rig = rig(Proofs.ALL);
    rig.transports.values().forEach(t -> t.script = with("eth_getBlockReceipts", silence()));
    Instant start = rig.time.now();
    Agreed<Optional<Receipt>> agreed = (Agreed<Optional<Receipt>>) read(rig, RECEIPT);
    assertThat(agreed.proof()).isEqualTo(Proof.HEADER);
    assertThat(Duration.between(start, rig.time.now()))
        .isLessThanOrEqualTo(RoutingPolicy.DEFAULT.criticalDeadline());
    Fact<Optional<Receipt>> absent =
        new Fact.ReceiptOf(TransactionHash.of("0x" + "99".repeat(32)), AT);
    Rig other = rig(Proofs.ALL);
    assertThat(((Agreed<Optional<Receipt>>) read(other, absent)).proof()).isEqualTo(Proof.HEADER);
    other.transports.values().forEach(t -> assertThat(t.count("eth_getBlockReceipts")).isZero());
  }

  @Test
  void with_less_than_all_nothing_is_asked_for_beside_the_receipt() {
    Rig rig = rig(Proofs.STATE);
    assertThat(((Agreed<Optional<Receipt>>) read(rig, RECEIPT)).proof()).isEqualTo(Proof.HEADER);
    settle(rig);
    rig.transports.values().forEach(t -> assertThat(t.count("eth_getBlockReceipts")).isZero());
    rig.transports.values().forEach(t -> assertThat(t.count("eth_getBlockByNumber")).isEqualTo(1));
  }
}
