package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.failure.SendAction;
import io.payonce.internal.Keccak256;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Operator;
import io.payonce.rpc.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class BroadcastTest {
  private static final String SEND = "eth_sendRawTransaction";
  private static final SignedTransaction TX = Rig.transaction(1);

  private static Says accept(Received request) {
    byte[] raw = Bytes.fromHex(request.params().get(0).asText()).toArray();
    return text(TransactionHash.of(Keccak256.of(raw)).value());
  }

  private static Map<Verdict, Function<Received, Says>> behaviours() {
    Map<Verdict, Function<Received, Says>> all = new EnumMap<>(Verdict.class);
    all.put(Verdict.ACCEPTED, BroadcastTest::accept);
    all.put(Verdict.ALREADY_KNOWN, request -> error(-32000, "already known"));
    all.put(Verdict.REJECTED, request -> error(-32003, "insufficient funds for transfer"));
    all.put(Verdict.AMBIGUOUS, request -> fault(BytesSent.ALL));
    all.put(Verdict.NOT_SENT, request -> fault(BytesSent.NONE));
    all.put(Verdict.WRONG_HASH, request -> text("0x" + "66".repeat(32)));
    return all;
  }

  private static final BroadcastOptions RELAY =
      BroadcastOptions.DEFAULT.by(Route.privately("relay"));

  private static BroadcastEvidence send(Rig rig, BroadcastOptions options) {
    return rig.await(rig.pool().broadcast(TX, options));
  }

  private static Outcome expected(List<Verdict> verdicts) {
    Set<Verdict> seen = EnumSet.copyOf(verdicts);
    if (seen.contains(Verdict.ACCEPTED) || seen.contains(Verdict.ALREADY_KNOWN)) {
      return Outcome.ACCEPTED;
    }
    if (seen.contains(Verdict.AMBIGUOUS) || seen.contains(Verdict.WRONG_HASH)) {
      return Outcome.AMBIGUOUS;
    }
    return seen.contains(Verdict.REJECTED) ? Outcome.REJECTED : Outcome.NOT_SENT;
  }

  private static Answer refusal(String client, String words) {
    Rig rig = Rig.of("a");
    rig.at("a").client = client;
    rig.at("a").script = request -> error(-32000, words);
    return send(rig, BroadcastOptions.DEFAULT).answers().get(0);
  }

  @Test
  void a_refusal_is_read_by_the_rules_for_the_client_that_said_it() {
    String words = "intrinsic gas too low";
    assertThat(refusal("Geth/v1.13.5-stable/linux-amd64/go1.21", words).action())
        .contains(SendAction.HOLD_PAYLOAD);
    assertThat(refusal("Besu/v24.1.0/linux", words).action()).contains(SendAction.UNKNOWN);
    assertThat(refusal("", words).action()).contains(SendAction.UNKNOWN);
    assertThat(refusal("", "nonce too low").action()).contains(SendAction.CHECK_CHAIN);
  }

  @Test
  void the_client_is_asked_for_once_and_again_after_an_hour() {
    Rig rig = Rig.of("a");
    rig.at("a").client = "Geth/v1.13.5";
    rig.at("a").script = r -> r.method().equals(SEND) ? accept(r) : text("0x5");
    for (int minute = 0; minute < 90; minute++) {
      send(rig, BroadcastOptions.DEFAULT);
      rig.time.runFor(Duration.ofMinutes(1));
    }
    assertThat(rig.at("a").count("web3_clientVersion")).isEqualTo(2);
  }

  @Test
  void an_accepted_transaction_has_no_action() {
    Rig rig = Rig.of("a", "b");
    rig.at("a").script = BroadcastTest::accept;
    rig.at("b").script = request -> error(-32000, "already known");
    assertThat(send(rig, BroadcastOptions.EVERYONE).answers())
        .hasSize(2)
        .allMatch(answer -> answer.action().isEmpty());
  }

  @Test
  void an_endpoint_that_gets_the_bytes_once_more_has_one_verdict_and_it_is_open() {
    Rig rig = Rig.of("a", "b");
    int[] sent = {0};
    rig.at("a").script = request -> sent[0]++ == 0 ? fault(BytesSent.NONE) : silence();
    rig.at("b").script = BroadcastTest::accept;
    assertThat(send(rig, BroadcastOptions.EVERYONE).answers())
        .extracting(Answer::endpoint, Answer::verdict)
        .containsExactlyInAnyOrder(tuple("a", Verdict.AMBIGUOUS), tuple("b", Verdict.ACCEPTED));
    assertThat(sent[0]).isEqualTo(2);
  }

  @Test
  void transactions_have_a_batch_length_of_their_own() {
    Rig rig = Rig.of("a");
    rig.policy(RoutingPolicy.builder().maxBatch(3).sendBatch(40).build());
    rig.at("a").script = BroadcastTest::accept;
    List<SignedTransaction> many = new ArrayList<>();
    for (int nonce = 0; nonce < 100; nonce++) {
      many.add(Rig.transaction(nonce));
    }
    rig.await(rig.pool().broadcastAll(many, BroadcastOptions.DEFAULT));
    List<Integer> lengths =
        rig.at("a").bodies.stream()
            .filter(body -> body.contains(SEND))
            .map(body -> ScriptedTransport.parse(body).size())
            .toList();
    assertThat(lengths).containsExactly(40, 40, 20);
  }

  @Test
  void thousands_one_by_one_end_by_the_deadline_whoever_takes_them() {
    List<SignedTransaction> many = new ArrayList<>();
    for (int nonce = 0; nonce < 5_000; nonce++) {
      many.add(Rig.transaction(nonce));
    }
    Map<String, Outcome> first =
        Map.of("hang", Outcome.AMBIGUOUS, "accept", Outcome.ACCEPTED, "", Outcome.NOT_SENT);
    first.forEach(
        (mood, expected) -> {
          Rig rig = Rig.of("a", "b", "c");
          rig.policy(RoutingPolicy.builder().sendBatch(1).build());
          for (ScriptedTransport transport : rig.transports.values()) {
            transport.script = request -> mood.equals("hang") ? silence() : accept(request);
            transport.chainId = mood.isEmpty() ? "0x2" : "0x1"; // of another chain: quarantined
          }
          Instant start = rig.time.now();
          List<BroadcastEvidence> evidence =
              rig.await(rig.pool().broadcastAll(many, BroadcastOptions.DEFAULT));
          assertThat(Duration.between(start, rig.time.now()))
              .as(mood)
              .isLessThanOrEqualTo(rig.pool().bounds().worstCase().get(Bounds.Kind.BROADCAST));
          assertThat(evidence).hasSize(5_000);
          assertThat(evidence.get(0).outcome()).as(mood).isEqualTo(expected);
          assertThat(evidence.get(4_999).outcome()).as(mood).isEqualTo(Outcome.NOT_SENT);
        });
  }

  @Test
  void a_batch_that_is_refused_as_too_long_is_not_sent_again_and_the_next_ones_are_shorter() {
    Rig rig = Rig.of("a");
    rig.at("a").script = BroadcastTest::accept;
    rig.at("a").longest = 50;
    List<SignedTransaction> many = new ArrayList<>();
    for (int nonce = 0; nonce < 100; nonce++) {
      many.add(Rig.transaction(nonce));
    }
    List<BroadcastEvidence> refused =
        rig.await(rig.pool().broadcastAll(many, BroadcastOptions.DEFAULT));
    assertThat(refused).allMatch(evidence -> evidence.outcome() == Outcome.AMBIGUOUS);
    assertThat(rig.at("a").bodies.stream().filter(body -> body.contains(SEND))).hasSize(1);
    List<BroadcastEvidence> taken =
        rig.await(rig.pool().broadcastAll(many, BroadcastOptions.DEFAULT));
    assertThat(taken).allMatch(evidence -> evidence.outcome() == Outcome.ACCEPTED);
  }

  @Test
  void every_combination_of_verdicts_has_one_right_outcome() {
    for (Verdict a : Verdict.values()) {
      for (Verdict b : Verdict.values()) {
        for (Verdict c : Verdict.values()) {
          for (BroadcastOptions options :
              List.of(BroadcastOptions.DEFAULT, BroadcastOptions.EVERYONE)) {
            judge(List.of(a, b, c), options);
          }
        }
      }
    }
  }

  private static void judge(List<Verdict> verdicts, BroadcastOptions options) {
    Rig rig = Rig.of("a", "b", "c");
    Map<String, Verdict> by = new LinkedHashMap<>();
    List<String> names = List.of("a", "b", "c");
    for (int i = 0; i < 3; i++) {
      by.put(names.get(i), verdicts.get(i));
      rig.at(names.get(i)).script = behaviours().get(verdicts.get(i));
    }
    Instant start = rig.time.now();
    BroadcastEvidence evidence = send(rig, options);
    String which = verdicts + " " + options + ": " + evidence;
    assertThat(Duration.between(start, rig.time.now()))
        .as(which)
        .isLessThanOrEqualTo(Duration.ofSeconds(6));
    List<Verdict> got = new ArrayList<>();
    for (BroadcastEvidence.Answer answer : evidence.answers()) {
      assertThat(answer.verdict()).as(which).isEqualTo(by.get(answer.endpoint()));
      got.add(answer.verdict());
    }
    assertThat(evidence.outcome()).as(which).isEqualTo(expected(got));
    boolean taken = got.contains(Verdict.ACCEPTED) || got.contains(Verdict.ALREADY_KNOWN);
    boolean all = options.equals(BroadcastOptions.EVERYONE) || !taken;
    assertThat(got.size()).as(which).isBetween(all ? 3 : 2, 3);
    for (String name : names) {
      int limit = by.get(name) == Verdict.NOT_SENT ? 2 : 1;
      assertThat(rig.at(name).count(SEND)).as(which).isLessThanOrEqualTo(limit);
      rig.at(name).received.stream()
          .filter(request -> request.method().equals(SEND))
          .forEach(r -> assertThat(r.params().get(0).asText()).isEqualTo(TX.raw().toHex()));
      boolean lied = got.contains(Verdict.WRONG_HASH) && by.get(name) == Verdict.WRONG_HASH;
      if (lied && rig.at(name).count(SEND) > 0) {
        assertThat(rig.health(name).state()).as(which).isEqualTo(State.QUARANTINED);
      }
    }
  }

  @Test
  void two_operators_get_it_at_first_and_the_third_only_when_neither_took_it() {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    assertThat(send(rig, BroadcastOptions.DEFAULT).answers()).hasSize(2);
    Rig refusing = Rig.of("a", "b", "c");
    refusing.transports.values().forEach(t -> t.script = r -> error(-32000, "txpool is full"));
    assertThat(send(refusing, BroadcastOptions.DEFAULT).answers()).hasSize(3);
  }

  @Test
  void a_write_never_reaches_an_unverified_chain() {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    rig.at("a").chainId = "0x2";
    rig.at("b").chainId = "";
    BroadcastEvidence evidence = send(rig, BroadcastOptions.EVERYONE);
    assertThat(rig.at("a").count(SEND)).isZero();
    assertThat(rig.at("b").count(SEND)).isZero();
    assertThat(rig.at("c").count(SEND)).isEqualTo(1);
    assertThat(evidence.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(evidence.answers())
        .filteredOn(a -> !a.endpoint().equals("c"))
        .allMatch(answer -> answer.verdict() == Verdict.NOT_SENT);
  }

  @Test
  void the_chain_id_is_proven_again_after_a_minute() {
    Rig rig = Rig.of("a", "b");
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    send(rig, BroadcastOptions.DEFAULT);
    send(rig, BroadcastOptions.DEFAULT);
    assertThat(rig.at("a").count("eth_chainId")).isEqualTo(1);
    rig.time.runFor(Duration.ofSeconds(61));
    rig.at("a").chainId = "0x2";
    send(rig, BroadcastOptions.DEFAULT);
    assertThat(rig.at("a").count(SEND)).isEqualTo(2);
    assertThat(rig.at("b").count(SEND)).isEqualTo(3);
    assertThat(rig.health("a").state()).isEqualTo(State.QUARANTINED);
  }

  @Test
  void unknown_words_and_broken_answers_are_ambiguous() {
    for (Says says :
        List.of(
            error(-32000, "something happened"),
            error(-32603, "internal error"),
            http(502, "bad gateway"),
            http(200, "{}"),
            http(429, ""),
            text("0x1234"),
            silence())) {
      Rig rig = Rig.of("a", "b");
      rig.transports.values().forEach(transport -> transport.script = request -> says);
      BroadcastEvidence evidence = send(rig, BroadcastOptions.DEFAULT);
      assertThat(evidence.outcome()).as(says.toString()).isEqualTo(Outcome.AMBIGUOUS);
      assertThat(rig.at("a").count(SEND)).as(says.toString()).isEqualTo(1);
    }
  }

  @Test
  void a_bad_transaction_never_costs_a_provider() {
    Rig rig = Rig.of("a", "b", "c");
    List<String> words =
        List.of(
            "nonce too low",
            "insufficient funds",
            "transaction underpriced",
            "nonce too high",
            "execution reverted",
            "no rule knows this");
    for (int i = 0; i < 100; i++) {
      String text = words.get(i % words.size());
      rig.transports.values().forEach(t -> t.script = r -> error(-32000, text));
      send(rig, BroadcastOptions.EVERYONE);
    }
    assertThat(rig.pool().health())
        .allMatch(h -> h.state() == State.UP && h.throttledFor().isZero());
  }

  @Test
  void many_travel_in_one_body_per_endpoint_in_their_order_and_each_has_its_own_fate() {
    Rig rig = Rig.of("a", "b", "c");
    List<SignedTransaction> txs = new ArrayList<>();
    for (int nonce = 0; nonce < 120; nonce++) {
      txs.add(Rig.transaction(nonce));
    }
    String refused = txs.get(70).raw().toHex();
    rig.transports
        .values()
        .forEach(
            transport ->
                transport.script =
                    request ->
                        request.params().get(0).asText().equals(refused)
                            ? error(-32000, "replacement transaction underpriced")
                            : accept(request));
    List<BroadcastEvidence> all = rig.await(rig.pool().broadcastAll(txs, BroadcastOptions.DEFAULT));
    assertThat(all).hasSize(120);
    int threeAsked = 0;
    for (int i = 0; i < 120; i++) {
      assertThat(all.get(i).hash()).isEqualTo(txs.get(i).hash());
      assertThat(all.get(i).outcome()).isEqualTo(i == 70 ? Outcome.REJECTED : Outcome.ACCEPTED);
      threeAsked += all.get(i).answers().size() == 3 ? 1 : 0;
    }
    assertThat(threeAsked).isEqualTo(1);
    for (ScriptedTransport transport : rig.transports.values()) {
      List<String> raws = new ArrayList<>();
      transport.received.stream()
          .filter(request -> request.method().equals(SEND))
          .forEach(request -> raws.add(request.params().get(0).asText()));
      if (raws.size() > 1) {
        assertThat(raws).isEqualTo(txs.stream().map(tx -> tx.raw().toHex()).toList());
        assertThat(transport.bodies.stream().filter(body -> body.contains(SEND))).hasSize(2);
      }
    }
  }

  @Test
  void an_operator_that_is_down_gets_its_chance_when_others_are_few() {
    Rig rig = Rig.of("a", "b");
    rig.transports.values().forEach(transport -> transport.script = r -> fault(BytesSent.NONE));
    while (rig.health("a").state() != State.DOWN) {
      send(rig, BroadcastOptions.DEFAULT);
    }
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    assertThat(send(rig, BroadcastOptions.DEFAULT).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void an_operator_that_is_down_is_left_out_while_two_others_are_well() {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    rig.at("b").script = request -> fault(BytesSent.NONE);
    while (rig.health("b").state() != State.DOWN) {
      send(rig, BroadcastOptions.EVERYONE);
    }
    rig.at("b").script = BroadcastTest::accept;
    assertThat(send(rig, BroadcastOptions.DEFAULT).answers())
        .extracting(BroadcastEvidence.Answer::endpoint)
        .containsExactlyInAnyOrder("a", "c");
  }

  @Test
  void an_endpoint_that_hangs_holds_up_nobody_and_its_answer_is_kept_when_it_comes() {
    Rig rig = Rig.of("a", "b");
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    send(rig, BroadcastOptions.DEFAULT);
    rig.at("a").delay = Duration.ofSeconds(3);
    Instant start = rig.time.now();
    BroadcastEvidence evidence =
        rig.await(rig.pool().broadcast(Rig.transaction(2), BroadcastOptions.DEFAULT));
    assertThat(Duration.between(start, rig.time.now())).isLessThan(Duration.ofMillis(200));
    assertThat(evidence.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(evidence.answers())
        .extracting(BroadcastEvidence.Answer::verdict)
        .containsExactlyInAnyOrder(Verdict.ACCEPTED, Verdict.AMBIGUOUS);
    rig.time.runFor(Duration.ofSeconds(4));
    assertThat(rig.pool().evidence(Rig.transaction(2).hash()).orElseThrow().answers())
        .extracting(BroadcastEvidence.Answer::verdict)
        .containsExactly(Verdict.ACCEPTED, Verdict.ACCEPTED);
    assertThat(rig.pool().evidence(Rig.transaction(3).hash())).isEmpty();
  }

  @Test
  void the_rest_get_it_after_a_second_when_the_first_two_hang() {
    Rig rig = Rig.of("a", "b", "c", "d");
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    send(rig, BroadcastOptions.EVERYONE);
    for (String hung : List.of("a", "b", "c", "d")) {
      rig.at(hung).script = request -> silence();
    }
    CompletableFuture<BroadcastEvidence> sent =
        rig.pool().broadcast(Rig.transaction(2), BroadcastOptions.DEFAULT);
    List<String> others = new ArrayList<>(List.of("a", "b", "c", "d"));
    others.removeIf(name -> rig.at(name).count(SEND) == 2);
    assertThat(others).hasSize(2);
    others.forEach(name -> rig.at(name).script = BroadcastTest::accept);
    Instant start = rig.time.now();
    BroadcastEvidence evidence = rig.await(sent);
    assertThat(Duration.between(start, rig.time.now()))
        .isBetween(Duration.ofSeconds(1), Duration.ofMillis(1200));
    assertThat(evidence.outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(evidence.answers()).hasSize(4);
  }

  @Test
  void a_sighting_wants_our_signature_from_somebody_who_did_not_get_it_from_us() {
    String full = Rig.shown(TX).replace("\"s\":\"0x1\"", "\"s\":\"0x01\""); // as some write it
    String claimed =
        Rig.shown(Rig.transaction(7)).replaceFirst("0x[0-9a-f]{64}", TX.hash().value());
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    send(rig, BroadcastOptions.DEFAULT);
    String other =
        rig.transports.keySet().stream()
            .filter(name -> rig.at(name).count(SEND) == 0)
            .findFirst()
            .orElseThrow();
    rig.at(other).script = request -> result(claimed);
    Instant start = rig.time.now();
    Sighting none = rig.await(rig.pool().sighting(TX));
    assertThat(none.holders()).isEmpty();
    assertThat(Duration.between(start, rig.time.now()))
        .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2500));
    assertThat(rig.at(other).count("eth_getTransactionByHash")).isEqualTo(4);
    rig.at(other).script = request -> result(full);
    Sighting seen = rig.await(rig.pool().sighting(TX));
    assertThat(seen).isEqualTo(new Sighting(List.of(new Operator(other)), true));
    rig.transports.values().forEach(transport -> transport.script = request -> result(full));
    Rig all = Rig.of("a", "b");
    all.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    send(all, BroadcastOptions.EVERYONE);
    all.transports.values().forEach(transport -> transport.script = request -> result(full));
    assertThat(all.await(all.pool().sighting(TX)).independent()).isFalse();
  }

  @Test
  void a_private_transaction_goes_to_private_endpoints_and_a_public_one_never_does() {
    Rig rig = Rig.of("a", "b");
    rig.endpoint(Rig.like("relay").roles(Endpoint.Role.PRIVATE_SUBMIT).build());
    rig.transports.values().forEach(transport -> transport.script = BroadcastTest::accept);
    send(rig, BroadcastOptions.EVERYONE);
    assertThat(rig.at("relay").bodies).isEmpty();
    rig.at("relay").script = request -> error(-32000, "txpool is full");
    BroadcastEvidence evidence = rig.await(rig.pool().broadcast(Rig.transaction(2), RELAY));
    assertThat(evidence.outcome()).isEqualTo(Outcome.REJECTED);
    assertThat(rig.at("relay").count(SEND)).isEqualTo(1);
    assertThatThrownBy(() -> rig.pool().sighting(Rig.transaction(2)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(rig.at("a").count(SEND)).isEqualTo(1);
    assertThat(rig.at("b").count(SEND)).isEqualTo(1);
    assertThat(rig.pool().bounds().operators()).isEqualTo(2);
  }

  @Test
  void cancelling_the_future_changes_nothing() {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(t -> t.script = r -> error(-32000, "txpool is full"));
    CompletableFuture<BroadcastEvidence> future =
        rig.pool().broadcast(TX, BroadcastOptions.DEFAULT);
    future.cancel(true);
    rig.time.runFor(Duration.ofSeconds(6));
    rig.transports.values().forEach(t -> assertThat(t.count(SEND)).isEqualTo(1));
  }

  @Test
  void close_lets_a_running_broadcast_finish_its_evidence() {
    Rig rig = Rig.of("a", "b", "c");
    rig.transports.values().forEach(t -> t.script = r -> error(-32000, "txpool is full"));
    CompletableFuture<BroadcastEvidence> future =
        rig.pool().broadcast(TX, BroadcastOptions.DEFAULT);
    rig.pool().close();
    assertThat(rig.await(future).answers()).hasSize(3);
    assertThat(rig.transports.values()).allMatch(transport -> transport.closed);
  }

  @Test
  void a_transaction_for_another_chain_is_refused_before_anything_is_sent() {
    Rig rig = Rig.of("a", "b");
    assertThatThrownBy(() -> rig.pool().broadcast(Rig.transaction(1, 2), BroadcastOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("signed for chain 2");
    assertThat(rig.at("a").bodies).isEmpty();
  }
}
