package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.Node.Use;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.TransportReply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many calls: what they cost the providers, what an outage adds, and when they end. */
final class LoadTest {
  private static final RpcRequest<Wei> GAS_PRICE = Requests.gasPrice();
  private static final String TRUTH = "{\"number\":\"0x5\",\"hash\":\"0x" + "11".repeat(32) + "\"}";
  private static final String LIE = "{\"number\":\"0x5\",\"hash\":\"0x" + "66".repeat(32) + "\"}";
  private static final Fact<BlockRef> BLOCK = new Fact.BlockRefAt(5);

  private static RpcOutcome<Wei> call(Rig rig) {
    return rig.await(rig.pool().call(GAS_PRICE, CallOptions.DEFAULT));
  }

  private static long asked(Rig rig, String method) {
    return rig.transports.values().stream().mapToLong(t -> t.count(method)).sum();
  }

  private static void everywhere(Rig rig, Says says) {
    rig.transports.values().forEach(transport -> transport.script = request -> says);
  }

  @Test
  void one_liar_of_three_never_wins_in_a_hundred_thousand_reads() {
    long seed = 11;
    Random random = new Random(seed);
    Rig rig = Rig.of("a", "b", "c");
    List<String> names = List.of("a", "b", "c");
    BlockRef truth = new BlockRef(5, BlockHash.of("0x" + "11".repeat(32)));
    String[] liar = {"a"};
    names.forEach(
        name -> rig.at(name).script = request -> result(name.equals(liar[0]) ? LIE : TRUTH));
    long wrong = 0;
    long agreed = 0;
    for (int i = 0; i < 100_000; i++) {
      liar[0] = names.get(i / 10_000 % 3);
      names.forEach(name -> rig.at(name).delay = Duration.ofMillis(1 + random.nextInt(20)));
      QuorumResult<BlockRef> result =
          rig.await(rig.pool().criticalRead(BLOCK, CallOptions.DEFAULT));
      if (result instanceof QuorumResult.Agreed<BlockRef> one) {
        agreed++;
        wrong += one.value().equals(truth) ? 0 : 1;
      }
      if (i % 1000 == 0) {
        rig.transports.values().forEach(ScriptedTransport::forget);
      }
    }
    assertThat(wrong).as("seed %d", seed).isZero();
    assertThat(agreed).as("seed %d", seed).isEqualTo(100_000);
    assertThat(rig.pool().health()).allMatch(h -> h.dissents() > 0);
  }

  @Test
  void reads_that_wait_minutes_for_a_place_end_by_their_deadline() {
    Duration deadline = Duration.ofMinutes(2);
    Rig rig = Rig.of("a");
    rig.policy(
        RoutingPolicy.builder()
            .quickDeadline(deadline)
            .readDeadline(deadline)
            .criticalDeadline(deadline)
            .bulkhead(1)
            .build());
    everywhere(rig, text("0x5"));
    rig.at("a").delay = Duration.ofMinutes(1);
    for (int i = 0; i < 8; i++) {
      Wiring.detach(rig.pool().criticalRead(BLOCK, CallOptions.DEFAULT)); // they go first
    }
    List<CompletableFuture<RpcOutcome<Wei>>> all = new ArrayList<>();
    for (int block = 0; block < 6; block++) {
      all.add(
          rig.pool()
              .call(Requests.balance(Address.ZERO, Requests.quantity(block)), CallOptions.DEFAULT));
    }
    rig.time.runFor(rig.pool().bounds().worstCase().get(Bounds.Kind.READ));
    assertThat(all).allMatch(CompletableFuture::isDone);
  }

  @Test
  void an_endpoint_that_refuses_resets_or_hangs_or_says_5xx_is_invisible_in_ten_thousand_calls() {
    Says noTls =
        new Says.Fault(
            new TransportReply.Failed("no", BytesSent.NONE, false, TransportReply.Cause.TLS));
    for (Says broken :
        List.of(fault(BytesSent.NONE), fault(BytesSent.ALL), http(503, "busy"), silence(), noTls)) {
      Rig rig = Rig.of("a", "b", "c");
      everywhere(rig, text("0x5"));
      rig.at("b").script = request -> broken;
      rig.at("b").chainId = "";
      int errors = 0;
      List<Duration> took = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        Instant start = rig.time.now();
        errors += call(rig) instanceof RpcOutcome.Ok<Wei> ? 0 : 1;
        took.add(Duration.between(start, rig.time.now()));
        if (i % 1000 == 0) {
          rig.transports.values().forEach(ScriptedTransport::forget);
        }
      }
      assertThat(errors).as("%s", broken).isZero();
      Collections.sort(took);
      Duration added = took.get(took.size() * 99 / 100).minus(rig.at("a").delay);
      assertThat(added).as("%s", broken).isLessThanOrEqualTo(Duration.ofMillis(20));
    }
  }

  private static RpcRequest<String> raw(String method, Object... params) {
    return new RpcRequest<>(method, List.of(params), String::valueOf);
  }

  @Test
  void equal_reads_at_the_same_time_share_a_request_and_keep_their_own_deadlines() {
    Rig rig = Rig.of("a", "b");
    everywhere(rig, text("0x5"));
    call(rig);
    rig.transports.values().forEach(t -> t.delay = Duration.ofMillis(300));
    long before = asked(rig, "eth_gasPrice");
    List<CompletableFuture<RpcOutcome<Wei>>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
    }
    CompletableFuture<RpcOutcome<Wei>> impatient =
        rig.pool().call(GAS_PRICE, CallOptions.within(Duration.ofMillis(100)));
    CompletableFuture<RpcOutcome<String>> another =
        rig.pool().call(raw("eth_gasPrice"), CallOptions.DEFAULT);
    all.get(0).cancel(true); // the one that everybody shares
    rig.time.runFor(Duration.ofMillis(100));
    assertThat(impatient.join())
        .isInstanceOfSatisfying(
            RpcOutcome.Failed.class,
            failed -> assertThat(failed.failure()).isInstanceOf(RpcFailure.DeadlineExceeded.class));
    all.subList(1, 50).forEach(one -> assertThat(rig.await(one)).isInstanceOf(RpcOutcome.Ok.class));
    assertThat(((RpcOutcome.Ok<String>) rig.await(another)).value()).isEqualTo("0x5");
    assertThat(asked(rig, "eth_gasPrice") - before).isBetween(1L, 2L);
    call(rig);
    assertThat(asked(rig, "eth_gasPrice") - before).isBetween(2L, 4L);
  }

  @Test
  void a_caller_that_changes_its_parameters_meanwhile_changes_no_question() {
    Rig rig = Rig.of("a", "b");
    List<String> asked = new ArrayList<>();
    everywhere(rig, text("0x5"));
    rig.await(rig.pool().call(Requests.gasPrice(), CallOptions.DEFAULT));
    rig.transports
        .values()
        .forEach(
            transport ->
                transport.script =
                    request -> {
                      asked.add(request.params().toString());
                      return asked.size() == 1 ? fault(BytesSent.NONE) : text("0x5");
                    });
    Map<String, Object> block = new HashMap<>(Map.of("blockHash", "0x" + "11".repeat(32)));
    List<Object> params = new ArrayList<>(List.of(Address.ZERO.value(), block));
    RpcRequest<Object> changing = new RpcRequest<>("eth_getBalance", params, json -> "" + json);
    RpcRequest<Object> same =
        new RpcRequest<>(
            "eth_getBalance", List.of(Address.ZERO.value(), Map.copyOf(block)), json -> "" + json);
    CompletableFuture<RpcOutcome<Object>> first = rig.pool().call(changing, CallOptions.DEFAULT);
    CompletableFuture<RpcOutcome<Object>> second = rig.pool().call(same, CallOptions.DEFAULT);
    block.put("blockHash", "0x" + "22".repeat(32));
    params.set(0, "0x" + "33".repeat(20));
    assertThat(rig.await(first)).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(rig.await(second)).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(asked).hasSize(2).allMatch(question -> question.contains("1111"));
    assertThat(asked).allMatch(question -> question.contains(Address.ZERO.value()));
    // Nor does what was asked stay behind for whoever asks the same again.
    assertThat(rig.await(rig.pool().call(same, CallOptions.DEFAULT)))
        .isInstanceOf(RpcOutcome.Ok.class);
    assertThat(asked).hasSize(3);
  }

  @Test
  void nonces_look_ups_and_simulations_are_never_shared() {
    Rig rig = Rig.of("a", "b");
    everywhere(rig, text("0x5"));
    call(rig);
    for (String method :
        List.of(
            "eth_getTransactionCount",
            "eth_getTransactionReceipt",
            "eth_getTransactionByHash",
            "eth_call",
            "eth_estimateGas")) {
      List<CompletableFuture<RpcOutcome<String>>> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(rig.pool().call(raw(method), CallOptions.DEFAULT));
      }
      all.forEach(rig::await);
      assertThat(asked(rig, method)).as(method).isEqualTo(10);
    }
  }

  @Test
  void what_failed_for_the_first_asker_is_asked_once_more_for_one_who_still_has_time() {
    Rig rig = Rig.of("a", "b");
    everywhere(rig, text("0x5"));
    call(rig);
    everywhere(rig, silence());
    CompletableFuture<RpcOutcome<Wei>> first =
        rig.pool().call(GAS_PRICE, CallOptions.within(Duration.ofMillis(200)));
    CompletableFuture<RpcOutcome<Wei>> second = rig.pool().call(GAS_PRICE, CallOptions.DEFAULT);
    rig.time.runFor(Duration.ofMillis(100));
    everywhere(rig, text("0x5"));
    assertThat(rig.await(first)).isInstanceOf(RpcOutcome.Failed.class);
    assertThat(rig.await(second)).isInstanceOf(RpcOutcome.Ok.class);
  }

  @Test
  void what_a_node_says_to_the_question_itself_is_its_answer_to_all_who_share_it() {
    Rig rig = Rig.of("a", "b");
    everywhere(rig, text("0x5"));
    call(rig);
    everywhere(rig, error(-32602, "invalid argument 0"));
    long before = asked(rig, "eth_gasPrice");
    List<CompletableFuture<RpcOutcome<Wei>>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(rig.pool().call(GAS_PRICE, CallOptions.DEFAULT));
    }
    for (CompletableFuture<RpcOutcome<Wei>> one : all) {
      assertThat(rig.await(one))
          .isInstanceOfSatisfying(
              RpcOutcome.Failed.class,
              failed -> assertThat(failed.failure()).isInstanceOf(RpcFailure.NodeError.class));
    }
    assertThat(asked(rig, "eth_gasPrice") - before).isEqualTo(1);
  }

  @Test
  void an_outage_adds_little_to_the_load_once_the_burst_is_spent() {
    Rig rig = Rig.of("a", "b", "c");
    everywhere(rig, text("0x5"));
    call(rig);
    long seed = 3;
    Random random = new Random(seed);
    rig.transports
        .values()
        .forEach(t -> t.script = r -> random.nextBoolean() ? text("0x5") : fault(BytesSent.ALL));
    long before = asked(rig, "eth_gasPrice");
    int calls = 5_000;
    int spent = 0;
    for (int i = 0; i < calls; i++) {
      spent +=
          call(rig) instanceof RpcOutcome.Failed<Wei> failed
                  && failed.failure() instanceof RpcFailure.RetryBudgetSpent
              ? 1
              : 0;
    }
    long load = asked(rig, "eth_gasPrice") - before - Wiring.RETRY_BURST - Wiring.HEDGE_BURST;
    assertThat(load).as("seed %d", seed).isLessThanOrEqualTo(calls * 115L / 100);
    assertThat(spent).isPositive();
  }

  @Test
  void a_slow_answer_is_overtaken_by_another_operator_and_costs_little() {
    Rig rig = Rig.of("a", "b");
    everywhere(rig, text("0x5"));
    for (int i = 0; i < 100; i++) {
      call(rig);
    }
    rig.at("a").delay = Duration.ofMillis(900);
    List<Duration> took = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Instant start = rig.time.now();
      assertThat(call(rig)).isInstanceOf(RpcOutcome.Ok.class);
      took.add(Duration.between(start, rig.time.now()));
    }
    assertThat(Collections.max(took)).isLessThanOrEqualTo(Duration.ofMillis(510));
    assertThat(asked(rig, "eth_gasPrice")).isLessThanOrEqualTo(210);
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
  }

  @Test
  void a_nonce_is_never_asked_of_two_at_once_nor_is_a_look_up() {
    Address account = Address.of("0x00000000000000000000000000000000000000ff");
    for (RpcRequest<?> request :
        List.of(Requests.nonce(account, "latest"), Requests.knows(Rig.transaction(1).hash()))) {
      Rig rig = Rig.of("a", "b", "c");
      rig.transports
          .values()
          .forEach(
              t -> t.script = r -> r.method().endsWith("ByHash") ? result("null") : text("0x5"));
      call(rig);
      rig.time.runFor(Duration.ofSeconds(12));
      rig.transports.values().forEach(t -> t.delay = Duration.ofMillis(1400));
      long before = asked(rig, request.method());
      rig.await(rig.pool().callBatch(List.of(request, GAS_PRICE), CallOptions.DEFAULT));
      assertThat(rig.transports.values().stream().filter(t -> t.count(request.method()) > 1))
          .isEmpty();
      assertThat(asked(rig, request.method()) - before).isBetween(1L, 2L);
    }
  }

  @Test
  void reads_stay_on_machines_of_our_own_until_these_are_three_times_as_slow() {
    Rig rig = new Rig();
    rig.endpoint(Rig.like("own").tier(Endpoint.Tier.OWN).build());
    rig.endpoint(Rig.like("paid").build());
    rig.endpoint(Rig.like("free").tier(Endpoint.Tier.COMMUNITY).build());
    everywhere(rig, text("0x5"));
    call(rig);
    rig.time.runFor(Duration.ofSeconds(12));
    for (int i = 0; i < 100; i++) {
      call(rig);
    }
    assertThat(rig.at("own").count("eth_gasPrice")).isEqualTo(101);
    rig.at("own").delay = Duration.ofMillis(100);
    for (int i = 0; i < 10; i++) {
      call(rig);
    }
    assertThat(rig.at("paid").count("eth_gasPrice")).isGreaterThanOrEqualTo(8);
    assertThat(rig.at("free").count("eth_gasPrice")).isZero();
    rig.at("own").script = request -> fault(BytesSent.NONE);
    rig.at("paid").script = request -> fault(BytesSent.NONE);
    assertThat(call(rig)).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(rig.at("free").count("eth_gasPrice")).isEqualTo(1);
  }

  @Test
  void roles_say_who_votes_who_reads_and_who_gets_transactions() {
    Rig rig = new Rig();
    rig.endpoint(Rig.like("votes").roles(Endpoint.Role.VOTE).build());
    rig.endpoint(Rig.like("also-votes").roles(Endpoint.Role.VOTE).build());
    rig.endpoint(Rig.like("reads").roles(Endpoint.Role.READ).build());
    rig.endpoint(Rig.like("submits").roles(Endpoint.Role.SUBMIT).build());
    rig.endpoint(Rig.like("archive").roles(Endpoint.Role.READ, Endpoint.Role.ARCHIVE).build());
    everywhere(rig, result(TRUTH));
    rig.await(rig.pool().criticalRead(BLOCK, CallOptions.DEFAULT));
    rig.await(rig.pool().call(raw("debug_traceBlock"), CallOptions.DEFAULT));
    rig.await(rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.EVERYONE));
    for (int i = 0; i < 20; i++) {
      rig.await(rig.pool().call(raw("eth_gasPrice"), CallOptions.DEFAULT));
    }
    assertThat(rig.pool().bounds().operators()).isEqualTo(2);
    Map<String, List<String>> got = new LinkedHashMap<>();
    rig.transports.forEach(
        (name, t) ->
            got.put(
                name,
                t.received.stream()
                    .map(ScriptedTransport.Received::method)
                    .filter(m -> !m.equals("eth_chainId"))
                    .distinct()
                    .toList()));
    assertThat(got)
        .containsEntry("votes", List.of("eth_getBlockByNumber"))
        .containsEntry("also-votes", List.of("eth_getBlockByNumber"))
        .containsEntry("reads", List.of("eth_gasPrice"))
        .containsEntry("submits", List.of("eth_sendRawTransaction"))
        .containsEntry("archive", List.of("debug_traceBlock", "eth_gasPrice"));
  }

  @Test
  void broadcasts_and_votes_pass_when_reads_starve() {
    Rig rig = new Rig();
    for (String name : List.of("a", "b")) {
      rig.endpoint(Rig.like(name).requestsPerSecond(20).build());
    }
    everywhere(rig, result(TRUTH));
    List<CompletableFuture<?>> reads = new ArrayList<>();
    int refusedVotes = 0;
    int sent = 0;
    for (int i = 0; i < 200; i++) { // 80 reads a second where 40 are allowed
      for (int n = 0; n < 4; n++) {
        reads.add(rig.pool().call(raw("eth_getBalance", reads.size()), CallOptions.DEFAULT));
      }
      rig.time.runFor(Duration.ofMillis(50));
      if (i % 10 == 0) {
        QuorumResult<BlockRef> vote =
            rig.await(rig.pool().criticalRead(BLOCK, CallOptions.DEFAULT));
        refusedVotes += vote instanceof QuorumResult.Agreed<BlockRef> ? 0 : 1;
        BroadcastEvidence evidence =
            rig.await(rig.pool().broadcast(Rig.transaction(i), BroadcastOptions.DEFAULT));
        sent += evidence.outcome() == BroadcastEvidence.Outcome.NOT_SENT ? 0 : 1;
      }
    }
    assertThat(refusedVotes).isZero();
    assertThat(sent).isEqualTo(20);
    reads.forEach(rig::await);
    for (ScriptedTransport transport : rig.transports.values()) {
      assertThat(transport.received.size()).isLessThanOrEqualTo(20 + 20 * 14);
    }
  }

  @Test
  void a_rate_is_learned_from_refusals_of_a_burst_and_slowly_forgotten() {
    long second = TimeUnit.SECONDS.toNanos(1);
    RateGate quiet = new RateGate(Double.POSITIVE_INFINITY);
    quiet.took(0, 9);
    quiet.refused(1);
    assertThat(quiet.limit()).isInfinite();
    RateGate gate = new RateGate(Double.POSITIVE_INFINITY);
    gate.took(0, 100);
    gate.refused(1);
    assertThat(gate.limit()).isEqualTo(70);
    assertThat(gate.allows(1, 1, Use.READ)).isFalse();
    assertThat(gate.waitNanos(1, 1, Use.VOTE)).isZero(); // a guess binds nothing that cannot wait
    assertThat(gate.waitNanos(1, 1, Use.READ)).isBetween(second / 5, second / 4);
    assertThat(gate.allows(1 + second / 4, 1, Use.READ)).isTrue();
    gate.allows(60 * second, 1, Use.READ);
    assertThat(gate.limit()).isBetween(73.4, 73.6);
    for (int i = 0; i < 20; i++) {
      gate.took(61 * second, 10);
      gate.refused(61 * second);
    }
    assertThat(gate.limit()).isEqualTo(RateGate.LEAST_LEARNED);
    RateGate small = new RateGate(5);
    assertThat(small.allows(0, 50, Use.VOTE)).isTrue(); // more than a bucket goes when it is full
    small.took(0, 50);
    assertThat(small.allows(second, 1, Use.VOTE)).isFalse();
    assertThat(small.allows(10 * second + 1, 1, Use.VOTE)).isTrue();
  }

  @Test
  void a_batch_that_is_too_long_for_an_endpoint_is_split_and_the_limit_is_remembered() {
    Rig rig = Rig.of("a");
    everywhere(rig, text("0x5"));
    call(rig);
    rig.at("a").longest = 10;
    List<RpcRequest<?>> many = Collections.nCopies(40, GAS_PRICE);
    assertThat(rig.await(rig.pool().callBatch(many, CallOptions.DEFAULT)))
        .hasSize(40)
        .allMatch(outcome -> outcome instanceof RpcOutcome.Ok);
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
    int before = rig.at("a").bodies.size();
    assertThat(rig.await(rig.pool().callBatch(many, CallOptions.DEFAULT)))
        .allMatch(outcome -> outcome instanceof RpcOutcome.Ok);
    assertThat(rig.at("a").bodies).hasSize(before + 4);
    rig.at("a").longest = 1000;
    rig.time.runFor(Duration.ofMinutes(11));
    before = rig.at("a").bodies.size();
    rig.await(rig.pool().callBatch(many, CallOptions.DEFAULT));
    assertThat(rig.at("a").bodies).hasSizeBetween(before + 1, before + 3);
  }

  @Test
  void a_method_that_an_endpoint_lacks_is_asked_elsewhere_for_an_hour() {
    Rig rig = Rig.of("a", "b");
    everywhere(rig, text("0x5"));
    rig.at("a").script =
        request ->
            request.method().equals("eth_feeHistory")
                ? error(-32601, "the method eth_feeHistory does not exist")
                : text("0x5");
    for (int i = 0; i < 50; i++) {
      assertThat(rig.await(rig.pool().call(raw("eth_feeHistory"), CallOptions.DEFAULT)))
          .isInstanceOf(RpcOutcome.Ok.class);
    }
    assertThat(rig.at("a").count("eth_feeHistory")).isEqualTo(1);
    assertThat(rig.health("a").state()).isEqualTo(State.UP);
    rig.time.runFor(Duration.ofMinutes(61));
    for (int i = 0; i < 50; i++) {
      rig.await(rig.pool().call(raw("eth_feeHistory"), CallOptions.DEFAULT));
    }
    assertThat(rig.at("a").count("eth_feeHistory")).isEqualTo(2);
  }
}
