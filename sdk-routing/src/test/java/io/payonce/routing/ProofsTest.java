package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.ChainProfile;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.IncludedLog;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Proof;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.QuorumResult.Agreed;
import io.payonce.rpc.QuorumResult.Unavailable;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.VirtualTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Operators that say what a header does not bear out: a block and a proof that geth gave. */
final class ProofsTest {
  private static final JsonNode GETH = geth();
  private static final BlockRef AT =
      new BlockRef(0x36, BlockHash.of(GETH.path("block").path("hash").asText()));
  private static final Address ACCOUNT = Address.of(GETH.path("proof").path("address").asText());
  private static final Fact<Long> NONCE = new Fact.Nonce(ACCOUNT, AT);

  /** An account with code; what geth proves of it is nonce 0 and balance 0x76. */
  private static final Fact<Wei> BALANCE = new Fact.Balance(ACCOUNT, AT);

  static final ChainProfile ETHEREUM =
      new ChainProfile(
          Rig.CHAIN.id(),
          Rig.CHAIN.name(),
          Rig.CHAIN.coin(),
          Rig.CHAIN.blockTime(),
          Rig.CHAIN.finality(),
          Rig.CHAIN.fees(),
          Rig.CHAIN.limits(),
          Rig.CHAIN.unsupported(),
          true);

  private static JsonNode geth() {
    try (InputStream in = ProofsTest.class.getResourceAsStream("/proven-block.json")) {
      return ScriptedTransport.JSON.readTree(in);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Rig rig(ChainProfile chain, Proofs proofs, String... operators) {
    Rig rig = new Rig(chain).policy(RoutingPolicy.builder().proofs(proofs).build());
    for (String operator : operators) {
      rig.endpoint(operator, operator);
      rig.at(operator).script = ProofsTest::honest;
    }
    return rig;
  }

  private static Rig rig(Proofs proofs, String... operators) {
    return rig(ETHEREUM, proofs, operators);
  }

  private static Says honest(Received request) {
    return switch (request.method()) {
      case "eth_getBlockByNumber" -> result(GETH.path("block").toString());
      case "eth_getTransactionCount" -> text("0x0");
      case "eth_getBalance" -> text("0x76");
      case "eth_getProof" -> result(GETH.path("proof").toString());
      default -> error(-32601, "the method does not exist");
    };
  }

  /** Honest but for one method. */
  private static Function<Received, Says> with(String method, Says says) {
    return request -> request.method().equals(method) ? says : honest(request);
  }

  private static Function<Received, Says> nonce(String claimed) {
    return with("eth_getTransactionCount", text(claimed));
  }

  private static Says block(String field, String value) {
    ObjectNode block = GETH.path("block").deepCopy();
    block.put(field, value);
    return result(block.toString());
  }

  private static Says brokenProof() {
    ObjectNode proof = GETH.path("proof").deepCopy();
    ((ArrayNode) proof.path("accountProof")).remove(1);
    return result(proof.toString());
  }

  private static <T> QuorumResult<T> read(Rig rig, Fact<T> fact) {
    return rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
  }

  private static <T> Agreed<T> agreed(Rig rig, Fact<T> fact) {
    QuorumResult<T> result = read(rig, fact);
    assertThat(result).isInstanceOf(Agreed.class);
    return (Agreed<T>) result;
  }

  private static List<Operator> operators(String... ids) {
    return Arrays.stream(ids).map(Operator::new).toList();
  }

  /** Until everybody who was asked has answered, and what was refuted was asked again. */
  private static void settle(Rig rig) {
    rig.time.runFor(Duration.ofSeconds(2));
  }

  @Test
  void a_header_that_does_not_give_its_hash_is_a_lie_and_no_vote() {
    for (String field : List.of("stateRoot", "parentHash", "receiptsRoot", "mixHash")) {
      Rig rig = rig(Proofs.HEADERS, "a", "b", "c");
      rig.at("c").script = with("eth_getBlockByNumber", block(field, "0x" + "12".repeat(32)));
      Agreed<Long> nonce = agreed(rig, NONCE);
      settle(rig);
      assertThat(nonce.value()).isZero();
      assertThat(nonce.votes()).doesNotContain(new Operator("c"));
      assertThat(nonce.proof()).isEqualTo(Proof.HEADER);
      assertThat(rig.health("c").state()).isEqualTo(State.QUARANTINED);
      assertThat(rig.health("c").reason()).startsWith("names block hash " + AT.hash());
      assertThat(rig.health("a").state()).isEqualTo(State.UP);
      agreed(rig, NONCE);
      assertThat(rig.at("c").count("eth_getTransactionCount")).isEqualTo(1);
      assertThat(rig.pool().release("c", "test")).isTrue();
    }
  }

  @Test
  void so_many_liars_as_a_quorum_who_show_such_headers_agree_on_nothing() {
    Rig rig = rig(Proofs.HEADERS, "a", "b", "c");
    Says lie = block("hash", "0x" + "12".repeat(32));
    rig.at("a").script = with("eth_getBlockByNumber", lie);
    rig.at("b").script = with("eth_getBlockByNumber", lie);
    assertThat(read(rig, new Fact.BlockRefAt(0x36))).isInstanceOf(Unavailable.class);
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.health("b").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.health("c").state()).isEqualTo(State.UP);
  }

  @Test
  void by_default_headers_are_checked_and_nothing_more_is_asked_for() {
    assertThat(RoutingPolicy.DEFAULT.proofs()).isEqualTo(Proofs.HEADERS);
    Rig rig = rig(Proofs.HEADERS, "a", "b", "c");
    agreed(rig, NONCE);
    agreed(rig, new Fact.BlockRefAt(0x36));
    settle(rig);
    rig.transports
        .values()
        .forEach(
            server -> {
              assertThat(server.count("eth_getProof")).isZero();
              assertThat(server.count("eth_getBlockByNumber")).isEqualTo(2);
              assertThat(server.count("eth_getTransactionCount")).isEqualTo(1);
            });
  }

  @Test
  void what_cannot_be_verified_is_agreed_as_before_and_says_so() {
    Says odd = block("hash", "0x" + "12".repeat(32));
    BlockRef named = new BlockRef(0x36, BlockHash.of("0x" + "12".repeat(32)));
    Rig other = rig(Rig.CHAIN, Proofs.HEADERS, "a", "b", "c");
    other.transports.values().forEach(t -> t.script = with("eth_getBlockByNumber", odd));
    Agreed<BlockRef> elsewhere = agreed(other, new Fact.BlockRefAt(0x36));
    assertThat(elsewhere.value()).isEqualTo(named);
    assertThat(elsewhere.proof()).isEqualTo(Proof.UNVERIFIABLE);

    Rig fork = rig(Proofs.HEADERS, "a", "b", "c");
    ObjectNode later = GETH.path("block").deepCopy();
    later.put("hash", named.hash().value()).put("aFieldOfTheNextFork", "0x1");
    fork.transports
        .values()
        .forEach(t -> t.script = with("eth_getBlockByNumber", result(later.toString())));
    assertThat(agreed(fork, new Fact.BlockRefAt(0x36)).proof()).isEqualTo(Proof.UNVERIFIABLE);
    settle(fork);
    assertThat(fork.pool().health()).allMatch(health -> health.state() == State.UP);

    Rig off = rig(Proofs.NONE, "a", "b", "c");
    off.transports.values().forEach(t -> t.script = with("eth_getBlockByNumber", odd));
    assertThat(agreed(off, new Fact.BlockRefAt(0x36)).proof()).isEqualTo(Proof.NONE);
    assertThat(agreed(off, new Fact.Chain()).proof()).isEqualTo(Proof.NONE);
  }

  @Test
  void blocks_that_are_no_headers_of_ethereum_are_unverifiable_and_never_a_lie() {
    VirtualTime time = new VirtualTime();
    SimulatedChain.Builder builder = SimulatedChain.builder(time).seed(5).chain(ETHEREUM.id());
    for (String name : List.of("a", "b", "c")) {
      builder.provider(name, ClientFamily.GETH);
    }
    SimulatedChain chain = builder.build();
    VirtualTime.Process process = time.newProcess();
    RpcPool pool =
        RpcPool.builder(ETHEREUM)
            .endpoints(List.of(Rig.like("a").build(), Rig.like("b").build(), Rig.like("c").build()))
            .policy(RoutingPolicy.builder().proofs(Proofs.ALL).build())
            .transport(endpoint -> chain.transport(endpoint.name(), process))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(new Random(5))
            .scheduler(process.scheduler())
            .executor(process.executor())
            .build();
    time.runFor(Duration.ofMinutes(2));
    BlockRef head = chain.head();
    time.runFor(Duration.ofMinutes(1));
    for (Fact<?> fact : List.of(new Fact.BlockAt(head.number()), new Fact.Nonce(ACCOUNT, head))) {
      QuorumResult<?> result =
          time.await(pool.criticalRead(fact, CallOptions.DEFAULT), Duration.ofMinutes(1));
      assertThat(result).isInstanceOf(Agreed.class);
      assertThat(((Agreed<?>) result).proof()).isEqualTo(Proof.UNVERIFIABLE);
    }
    assertThat(pool.health()).allMatch(health -> health.state() == State.UP);
  }

  @Test
  void one_proof_beats_as_many_liars_as_a_quorum_and_quarantines_them() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.at("b").script = nonce("0x7");
    rig.at("a").script = lyingAndWithoutProof("0x7");
    Agreed<Long> nonce = agreed(rig, NONCE);
    settle(rig);
    assertThat(nonce.value()).isZero();
    assertThat(nonce.proof()).isEqualTo(Proof.VALUE);
    assertThat(nonce.dissent()).isSubsetOf(operators("a", "b")).isNotEmpty();
    for (String liar : List.of("a", "b")) {
      assertThat(rig.health(liar).state()).isEqualTo(State.QUARANTINED);
      assertThat(rig.health(liar).reason())
          .isEqualTo("answers Nonce at block " + AT + " otherwise than is proven under its header");
      assertThat(rig.at(liar).count("eth_getTransactionCount")).isEqualTo(2);
    }
    assertThat(rig.health("c").state()).isEqualTo(State.UP);
    assertThat(rig.at("c").count("eth_getTransactionCount")).isEqualTo(1);
  }

  @Test
  void a_slot_of_storage_is_proven_too() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.transports.values().forEach(t -> t.script = with("eth_getStorageAt", text("0x39")));
    rig.at("c").script = with("eth_getStorageAt", text("0x38"));
    Agreed<BigInteger> slot = agreed(rig, new Fact.Storage(ACCOUNT, BigInteger.ZERO, AT));
    settle(rig);
    assertThat(slot.value()).isEqualTo(BigInteger.valueOf(0x38)); // as geth shows it
    assertThat(slot.proof()).isEqualTo(Proof.VALUE);
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.health("b").state()).isEqualTo(State.QUARANTINED);
  }

  @Test
  void logs_that_blooms_exclude_are_no_vote_and_missing_ones_are_dissent() {
    Rig rig = rig(Proofs.HEADERS, "a", "b", "c");
    ArrayNode all = logs();
    assertThat(all).hasSizeGreaterThan(9);
    ArrayNode more = all.deepCopy();
    ObjectNode invented = more.get(all.size() - 1).deepCopy();
    more.add(invented.put("address", "0x" + "12".repeat(20)).put("logIndex", "0xfff"));
    ArrayNode fewer = all.deepCopy();
    fewer.remove(3);
    Fact<List<IncludedLog>> fact = new Fact.LogsIn(0x36, AT, List.of(), List.of());
    rig.transports.values().forEach(t -> t.script = with("eth_getLogs", result(all.toString())));
    assertThat(agreed(rig, fact).value()).hasSize(all.size());
    rig.at("c").script = with("eth_getLogs", result(fewer.toString()));
    rig.at("b").delay = Duration.ofMillis(100); // so that c is heard
    assertThat(agreed(rig, fact).dissent()).isEqualTo(operators("c"));
    rig.at("c").script = with("eth_getLogs", result(more.toString()));
    assertThat(agreed(rig, fact).votes()).isEqualTo(operators("a", "b"));
    rig.at("b").script = with("eth_getLogs", result(more.toString()));
    assertThat(read(rig, fact)).isInstanceOf(Unavailable.class);
  }

  private static ArrayNode logs() {
    ArrayNode logs = ScriptedTransport.JSON.createArrayNode();
    GETH.path("receipts").forEach(receipt -> receipt.path("logs").forEach(logs::add));
    return logs;
  }

  private static Function<Received, Says> lyingAndWithoutProof(String nonce) {
    return request ->
        request.method().equals("eth_getProof")
            ? error(-32601, "the method eth_getProof does not exist/is not available")
            : nonce(nonce).apply(request);
  }

  @Test
  void liars_who_answer_first_do_not_win_while_an_honest_proof_is_on_its_way() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.at("a").script = lyingAndWithoutProof("0x7");
    rig.at("b").script =
        request ->
            request.method().equals("eth_getProof") ? brokenProof() : nonce("0x7").apply(request);
    rig.at("c").delay = Duration.ofMillis(900);
    Agreed<Long> nonce = agreed(rig, NONCE);
    assertThat(nonce.value()).isZero();
    assertThat(nonce.votes()).isEqualTo(operators("c"));
    assertThat(nonce.dissent()).isEqualTo(operators("a", "b"));
    settle(rig);
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
    assertThat(rig.health("b").state()).isEqualTo(State.QUARANTINED);
  }

  @Test
  void a_proof_makes_no_read_succeed_that_has_no_agreed_header() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.at("b").script = with("eth_getBlockByNumber", result("null"));
    rig.at("c").script = request -> silence();
    assertThat(read(rig, NONCE)).isInstanceOf(Unavailable.class);
    assertThat(rig.at("a").count("eth_getProof")).isZero();
    rig.at("b").script = nonce("0x9");
    Agreed<Long> proven = agreed(rig, NONCE); // two have the header, and contradict one another
    assertThat(proven.value()).isZero();
    assertThat(proven.dissent()).isEqualTo(operators("b"));
  }

  @Test
  void a_proof_that_fails_makes_its_endpoint_suspect_and_the_next_one_is_asked() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.at("a").script = with("eth_getProof", brokenProof());
    assertThat(agreed(rig, NONCE).proof()).isEqualTo(Proof.VALUE);
    assertThat(rig.health("a").state()).isEqualTo(State.SUSPECT);
    assertThat(rig.health("a").reason()).startsWith("gave a proof that proves nothing");
    settle(rig);
    assertThat(rig.health("a").state()).isEqualTo(State.SUSPECT);
    assertThat(rig.at("a").count("eth_getProof")).isEqualTo(1);
    assertThat(rig.at("b").count("eth_getProof") + rig.at("c").count("eth_getProof")).isEqualTo(1);
  }

  @Test
  void where_nobody_gives_proofs_agreement_counts_and_they_are_not_asked_again() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.transports.values().forEach(t -> t.script = lyingAndWithoutProof("0x0"));
    assertThat(agreed(rig, NONCE).proof()).isEqualTo(Proof.HEADER);
    assertThat(agreed(rig, NONCE).proof()).isEqualTo(Proof.HEADER);
    settle(rig);
    assertThat(rig.pool().health()).allMatch(health -> health.state() == State.UP);
    rig.transports.values().forEach(t -> assertThat(t.count("eth_getProof")).isEqualTo(1));
  }

  @Test
  void silence_about_a_proof_leaves_time_for_the_next_one_and_ends_by_the_deadline() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.at("a").script = with("eth_getProof", silence());
    assertThat(agreed(rig, NONCE).proof()).isEqualTo(Proof.VALUE);
    rig.transports.values().forEach(t -> t.script = with("eth_getProof", silence()));
    Instant start = rig.time.now();
    assertThat(agreed(rig, NONCE).proof()).isEqualTo(Proof.HEADER);
    assertThat(Duration.between(start, rig.time.now()))
        .isLessThanOrEqualTo(RoutingPolicy.DEFAULT.criticalDeadline());
  }

  @Test
  void whoever_answers_rightly_when_asked_again_is_named_and_not_quarantined() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    List<Received> counts = new ArrayList<>();
    rig.at("a").script =
        request -> {
          boolean isCount = request.method().equals("eth_getTransactionCount");
          if (isCount) {
            counts.add(request);
          }
          return isCount && counts.size() == 1 ? text("0x1") : honest(request);
        };
    agreed(rig, NONCE);
    settle(rig);
    assertThat(counts).hasSize(2);
    assertThat(rig.health("a").dissents()).isEqualTo(1);
    assertThat(rig.health("a").state()).isNotEqualTo(State.QUARANTINED);
  }

  @Test
  void whoever_has_another_block_when_asked_again_is_not_quarantined() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    List<Received> looks = new ArrayList<>();
    rig.at("a").script =
        request -> {
          if (request.method().equals("eth_getBlockByNumber")) {
            looks.add(request);
          }
          return looks.size() > 2 && request.method().equals("eth_getBlockByNumber")
              ? result("{\"number\":\"0x36\",\"hash\":\"0x" + "77".repeat(32) + "\"}")
              : nonce("0x1").apply(request);
        };
    agreed(rig, NONCE);
    settle(rig);
    assertThat(looks).hasSizeGreaterThanOrEqualTo(3);
    assertThat(rig.health("a").state()).isNotEqualTo(State.QUARANTINED);
  }

  @Test
  void balances_are_proven_and_code_by_its_hash() {
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    rig.at("b").script = with("eth_getBalance", text("0x77"));
    rig.at("c").script = with("eth_getBalance", text("0x77"));
    Agreed<Wei> balance = agreed(rig, BALANCE);
    assertThat(balance.value()).isEqualTo(Wei.of(0x76));
    assertThat(balance.proof()).isEqualTo(Proof.VALUE);

    Rig code = rig(Proofs.STATE, "a", "b", "c");
    code.transports.values().forEach(t -> t.script = with("eth_getCode", text("0x60")));
    // All say the same, and it is not what the hash in the state is the hash of.
    assertThat(read(code, new Fact.Code(ACCOUNT, AT))).isInstanceOf(Unavailable.class);
    settle(code);
    assertThat(code.pool().health()).allMatch(health -> health.state() == State.QUARANTINED);
  }

  @Test
  void of_an_account_with_tokens_the_part_in_the_state_is_proven_and_the_rest_is_counted() {
    Address token = Address.of("0x" + "42".repeat(20));
    Fact<Fact.AccountState> whole = new Fact.AccountAt(ACCOUNT, List.of(token), AT);
    Rig rig = rig(Proofs.STATE, "a", "b", "c");
    Says three = text("0x" + "0".repeat(63) + "3");
    for (String operator : List.of("a", "b", "c")) {
      rig.at(operator).script =
          request ->
              switch (request.method()) {
                case "eth_call" -> three;
                case "eth_getCode" -> text("0x60");
                default -> honest(request);
              };
    }
    assertThat(read(rig, whole)).isInstanceOf(Unavailable.class);
    settle(rig);
    assertThat(rig.pool().health()).allMatch(health -> health.state() == State.QUARANTINED);
  }

  @Test
  void the_mandatory_operator_has_to_agree_with_what_is_proven_too() {
    Rig rig =
        new Rig(ETHEREUM)
            .policy(
                RoutingPolicy.builder().proofs(Proofs.STATE).mandatory(new Operator("a")).build());
    for (String operator : List.of("a", "b", "c")) {
      rig.endpoint(operator, operator);
      rig.at(operator).script = ProofsTest::honest;
    }
    rig.at("a").script = nonce("0x1");
    assertThat(read(rig, NONCE)).isInstanceOf(Unavailable.class);
    settle(rig);
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
  }

  @Test
  void a_reload_raises_what_is_proven_and_never_lowers_it() {
    Rig rig = rig(Proofs.HEADERS, "a", "b");
    List<Endpoint> endpoints = List.of(Rig.like("a").build(), Rig.like("b").build());
    RoutingPolicy more = RoutingPolicy.builder().proofs(Proofs.STATE).build();
    rig.pool().reload(endpoints, more);
    assertThatThrownBy(() -> rig.pool().reload(endpoints, RoutingPolicy.DEFAULT))
        .isInstanceOf(InvalidRoutingConfig.class)
        .hasMessageContaining("policy.proofs");
  }
}
