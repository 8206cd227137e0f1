package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.http;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.routing.EndpointHealth.State;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Operator;
import io.payonce.rpc.QuorumResult;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two of four operators lie together. The other two can be reached and answer no vote, in words
 * that say nothing of their health: somebody is told. And whoever has good reason not to answer a
 * question gives none for an alarm.
 */
final class StarvedByErrorsTest {
  private static final List<String> HONEST = List.of("a", "b");
  private static final List<String> LIARS = List.of("c", "d");
  private static final List<Operator> STARVED = List.of(new Operator("a"), new Operator("b"));
  private static final Address ACCOUNT = Address.of("0x00000000000000000000000000000000000000aa");
  private static final TransactionHash TX = TransactionHash.of("0x" + "77".repeat(32));
  private static final String TRUTH = "11";
  private static final String LIE = "66";
  private static final Duration PACE = Duration.ofMillis(50);

  /** How many control questions may be under way before somebody is told, of each endpoint. */
  private static final int MOST_CONTROLS = 3;

  private final List<Instant> raised = new ArrayList<>();
  private final List<Alarm> alarms = new ArrayList<>();
  private final List<Alarm> ended = new ArrayList<>();
  private final Rig rig = Rig.of("a", "b", "c", "d");
  private long head = 100;

  StarvedByErrorsTest() {
    rig.listener(
        new RoutingListener() {
          @Override
          public void alarmRaised(Alarm alarm) {
            raised.add(rig.time.now());
            alarms.add(alarm);
          }

          @Override
          public void alarmEnded(Alarm alarm) {
            ended.add(alarm);
          }
        });
    rig.transports.values().forEach(node -> node.script = request -> node(request, TRUTH, head));
  }

  private static BlockRef block(long number) {
    return new BlockRef(number, BlockHash.of(hash(TRUTH, number)));
  }

  private static String hash(String branch, long number) {
    return "0x" + branch.repeat(28) + "%08x".formatted(number);
  }

  /** A node that has all blocks of one branch up to its head. */
  private static Says node(Received request, String branch, long newest) {
    return switch (request.method()) {
      case "eth_getBlockByNumber" -> {
        String asked = request.params().get(0).asText();
        long number = asked.startsWith("0x") ? Long.decode(asked) : newest;
        yield number > newest
            ? result("null")
            : result(
                "{\"number\":\"0x%x\",\"hash\":\"%s\",\"parentHash\":\"%s\",\"timestamp\":\"0x5\"}"
                    .formatted(number, hash(branch, number), hash(branch, number - 1)));
      }
      case "eth_getTransactionCount", "eth_getBalance" -> text(branch.equals(LIE) ? "0x6" : "0x1");
      case "eth_estimateGas" -> text(branch.equals(LIE) ? "0x6000" : "0x5208");
      case "eth_call", "eth_getCode" -> text(branch.equals(LIE) ? "0x66" : "0x11");
      case "eth_getTransactionReceipt" -> result("null");
      case "eth_getLogs" -> result("[]");
      default -> error(-32601, "the method " + request.method() + " does not exist");
    };
  }

  private void honest(Function<Received, Says> script) {
    HONEST.forEach(name -> rig.at(name).script = script);
  }

  private void lie() {
    LIARS.forEach(name -> rig.at(name).script = request -> node(request, LIE, head));
  }

  private <T> QuorumResult<T> read(Fact<T> fact) {
    Instant asked = rig.time.now();
    QuorumResult<T> result = rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
    assertThat(Duration.between(asked, rig.time.now()))
        .isLessThanOrEqualTo(rig.pool().bounds().worstCase().get(Bounds.Kind.CRITICAL));
    rig.time.runFor(PACE);
    return result;
  }

  /** What a payout asks, one after the other. */
  private List<Fact<?>> facts() {
    BlockRef at = block(head);
    return List.of(
        new Fact.Height(BlockTag.LATEST),
        new Fact.BlockRefAt(head),
        new Fact.Nonce(ACCOUNT, at),
        new Fact.Balance(ACCOUNT, at),
        new Fact.GasEstimate(ACCOUNT, ACCOUNT, Wei.ONE, Bytes.EMPTY),
        new Fact.CallResult(ACCOUNT, Bytes.EMPTY, at),
        new Fact.ReceiptOf(TX, at));
  }

  private void areAgreed() {
    for (Fact<?> fact : facts()) {
      assertThat(read(fact)).as("%s", fact).isInstanceOf(QuorumResult.Agreed.class);
    }
  }

  private void runs(Duration time, Runnable round) {
    Instant end = rig.time.now().plus(time);
    while (rig.time.now().isBefore(end)) {
      round.run();
    }
  }

  private void isRaisedOnceWithin(Duration most, Instant since) {
    assertThat(alarms).hasSize(1);
    assertThat(alarms.get(0).gone()).isEqualTo(STARVED);
    assertThat(Duration.between(since, raised.get(0))).isLessThanOrEqualTo(most);
  }

  private void isNeverRaised() {
    assertThat(raised).isEmpty();
    assertThat(rig.pool().alarm()).isEmpty();
  }

  private static List<Says> words() {
    return List.of(
        error(-32603, "internal error"),
        error(-32000, "internal error"),
        error(-32000, "something nobody has ever read"),
        error(-32601, "the method does not exist/is not available"),
        error(-32602, "invalid params"),
        error(-31999, "frobnicated"),
        error(0, ""),
        error(-32000, "missing trie node 1234 (path ) state is not available"),
        error(-32000, "header not found"),
        error(-32001, "Unknown block"),
        error(-32000, "execution timeout"),
        error(3, "execution reverted"),
        error(-32000, "execution reverted"),
        error(-32000, "nonce too low"),
        result("null"),
        result("{}"),
        result("5"),
        http(200, "<html>captive portal</html>"));
  }

  @ParameterizedTest
  @MethodSource("words")
  void whatever_words_keep_the_honest_from_voting_no_lie_is_agreed_and_somebody_is_told(
      Says starved) {
    areAgreed();
    lie();
    honest(request -> starved);
    HONEST.forEach(name -> rig.at(name).forget());
    Instant start = rig.time.now();
    int reads = 0;
    while (Duration.between(start, rig.time.now()).toSeconds() < 20) {
      for (Fact<?> fact : facts()) {
        assertThat(read(fact)).isInstanceOf(QuorumResult.Unavailable.class);
        reads++;
      }
    }
    isRaisedOnceWithin(Duration.ofSeconds(5), start);
    for (String name : HONEST) {
      assertThat(rig.at(name).bodies.size()).as("each was asked each time").isGreaterThan(reads);
      // Broken answers are a matter of health, as ever; words are none.
      if (starved instanceof Says.Failure) {
        assertThat(rig.health(name).state()).isEqualTo(State.UP);
      }
    }
    honest(request -> node(request, TRUTH, head));
    LIARS.forEach(name -> rig.at(name).script = request -> node(request, TRUTH, head));
    Instant healed = rig.time.now();
    while (Duration.between(healed, rig.time.now()).toSeconds() < 320) {
      if (Duration.between(healed, rig.time.now()).toSeconds() < 290) {
        assertThat(ended).isEmpty();
      }
      areAgreed();
      rig.time.runFor(Duration.ofSeconds(5));
    }
    assertThat(ended).isEqualTo(alarms).hasSize(1);
    assertThat(rig.pool().alarm()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void the_status_that_comes_with_an_error_makes_no_difference(int status) {
    areAgreed();
    lie();
    for (String name : HONEST) {
      rig.at(name).chainId = ""; // an honest chain id under status 500 would be a failure
      rig.at(name).status = status;
    }
    honest(request -> error(-32603, "internal error"));
    Instant start = rig.time.now();
    runs(
        Duration.ofSeconds(20),
        () ->
            facts()
                .forEach(
                    fact -> assertThat(read(fact)).isInstanceOf(QuorumResult.Unavailable.class)));
    isRaisedOnceWithin(Duration.ofSeconds(5), start);
  }

  private static List<Integer> statuses() {
    return List.of(200, 400, 404, 500, 503);
  }

  @Test
  void one_read_is_enough_and_costs_two_control_questions_of_each() {
    areAgreed();
    lie();
    honest(request -> error(-32603, "internal error"));
    HONEST.forEach(name -> rig.at(name).forget());
    Instant start = rig.time.now();
    assertThat(read(new Fact.Nonce(ACCOUNT, block(head))))
        .isInstanceOf(QuorumResult.Unavailable.class);
    rig.time.runFor(Duration.ofSeconds(5));
    isRaisedOnceWithin(Duration.ofSeconds(5), start);
    for (String name : HONEST) {
      // The read and the control questions, of a block below the one that it has shown.
      assertThat(rig.at(name).count("eth_getTransactionCount"))
          .as(name)
          .isBetween(3L, 1L + MOST_CONTROLS);
      assertThat(
              rig.at(name).received.stream()
                  .filter(request -> request.method().equals("eth_getTransactionCount"))
                  .map(request -> request.params().get(1).asText()))
          .containsOnlyOnce("0x64")
          .contains("0x63");
    }
  }

  @Test
  void a_single_method_that_is_refused_is_missed_though_all_other_questions_are_answered() {
    areAgreed();
    honest(
        request ->
            request.method().equals("eth_getTransactionCount")
                ? error(-32601, "the method does not exist")
                : node(request, TRUTH, head));
    Instant start = rig.time.now();
    runs(Duration.ofSeconds(20), () -> facts().forEach(this::read));
    isRaisedOnceWithin(Duration.ofSeconds(5), start);
  }

  @Test
  void whoever_refuses_now_in_this_way_and_now_in_that_is_gone_once() {
    areAgreed();
    lie();
    List<Says> ways =
        List.of(
            error(-32603, "internal error"),
            http(502, ""),
            error(-32005, "rate limit exceeded"),
            silence(),
            result("null"),
            http(200, "<html>"));
    Instant start = rig.time.now();
    int[] turn = {0};
    honest(request -> ways.get(turn[0]++ / 4 % ways.size()));
    runs(
        Duration.ofMinutes(2),
        () -> assertThat(read(facts().get(1))).isInstanceOf(QuorumResult.Unavailable.class));
    isRaisedOnceWithin(Duration.ofSeconds(5), start);
    assertThat(ended).isEmpty();
  }

  @Test
  void who_is_starved_still_after_a_person_has_seen_it_is_no_news() {
    areAgreed();
    honest(request -> error(-32603, "internal error"));
    runs(Duration.ofSeconds(10), () -> facts().forEach(this::read));
    assertThat(rig.pool().acknowledge("operations")).isTrue();
    runs(Duration.ofMinutes(2), () -> facts().forEach(this::read));
    assertThat(alarms).hasSize(1);
    honest(request -> node(request, TRUTH, head));
    runs(Duration.ofSeconds(10), () -> facts().forEach(this::read));
    honest(request -> error(-32603, "internal error"));
    runs(Duration.ofSeconds(10), () -> facts().forEach(this::read));
    assertThat(alarms).as("another outage").hasSize(2);
  }

  @Test
  void who_never_answers_from_the_first_question_on_is_missed_too() {
    for (String name : HONEST) {
      rig.at(name).chainId = "";
    }
    honest(request -> error(-32603, "internal error"));
    lie();
    Instant start = rig.time.now();
    runs(Duration.ofSeconds(10), () -> read(facts().get(1)));
    isRaisedOnceWithin(Duration.ofSeconds(5), start);
  }

  @Test
  void a_pool_that_is_left_alone_asks_nobody_who_is_gone() {
    areAgreed();
    honest(request -> error(-32603, "internal error"));
    runs(Duration.ofSeconds(10), () -> facts().forEach(this::read));
    rig.time.runFor(Duration.ofMinutes(2));
    HONEST.forEach(name -> rig.at(name).forget());
    rig.time.runFor(Duration.ofMinutes(10));
    for (String name : HONEST) {
      assertThat(rig.at(name).count("eth_getTransactionCount")).as(name).isZero();
    }
    honest(request -> node(request, TRUTH, head));
    areAgreed();
    rig.time.runFor(Duration.ofMinutes(5));
    areAgreed();
    rig.time.runFor(Duration.ofSeconds(30));
    assertThat(ended).hasSize(1);
  }

  // Near misses.

  @Test
  void an_operator_alone_raises_no_alarm() {
    areAgreed();
    rig.at("a").script = request -> error(-32603, "internal error");
    runs(Duration.ofMinutes(2), this::areAgreed);
    isNeverRaised();
  }

  @Test
  void healthy_operators_get_no_control_question() {
    areAgreed();
    rig.transports.values().forEach(ScriptedTransport::forget);
    runs(Duration.ofSeconds(10), () -> read(new Fact.Nonce(ACCOUNT, block(head))));
    for (ScriptedTransport node : rig.transports.values()) {
      assertThat(
              node.received.stream()
                  .filter(request -> request.method().equals("eth_getTransactionCount")))
          .allMatch(request -> request.params().get(1).asText().equals("0x64"));
    }
  }

  private static List<List<String>> someAndAll() {
    return List.of(HONEST, List.of("a", "b", "c", "d"));
  }

  @ParameterizedTest
  @MethodSource("someAndAll")
  void a_method_that_was_never_answered_is_not_missed(List<String> lacking) {
    lacking.forEach(
        name ->
            rig.at(name).script =
                request ->
                    request.method().equals("eth_estimateGas")
                        ? error(-32601, "the method does not exist")
                        : node(request, TRUTH, head));
    runs(Duration.ofSeconds(30), () -> facts().forEach(this::read));
    runs(Duration.ofSeconds(30), () -> read(facts().get(4)));
    isNeverRaised();
  }

  @Test
  void an_old_block_that_archives_alone_have_is_not_missed() {
    head = 100_000;
    honest(
        request -> {
          String last = request.params().get(Math.min(1, request.params().size() - 1)).asText();
          boolean old = last.startsWith("0x") && last.length() < 6;
          return old && !request.method().equals("eth_getBlockByNumber")
              ? error(-32000, "missing trie node 12 (path ) state 0x34 is not available")
              : node(request, TRUTH, head);
        });
    areAgreed();
    HONEST.forEach(name -> rig.at(name).forget());
    Instant start = rig.time.now();
    runs(
        Duration.ofMinutes(1),
        () ->
            assertThat(read(new Fact.Nonce(ACCOUNT, block(5))))
                .isInstanceOf(QuorumResult.Unavailable.class));
    isNeverRaised();
    long seconds = Duration.between(start, rig.time.now()).toSeconds();
    for (String name : HONEST) {
      assertThat(
              rig.at(name).received.stream()
                  .filter(request -> request.method().equals("eth_getTransactionCount"))
                  .filter(request -> !request.params().get(1).asText().equals("0x5")))
          .as("one control question in two seconds")
          .hasSizeBetween(1, (int) (seconds / 2 + 1));
    }
  }

  @ParameterizedTest
  @MethodSource("tagWords")
  void a_tag_that_a_chain_does_not_have_is_not_missed(Says refusal) {
    for (List<String> lacking : someAndAll()) {
      lacking.forEach(
          name ->
              rig.at(name).script =
                  request ->
                      request.toString().contains("finalized")
                          ? refusal
                          : node(request, TRUTH, head));
      runs(Duration.ofSeconds(60), () -> read(new Fact.Height(BlockTag.FINALIZED)));
    }
    isNeverRaised();
  }

  private static List<Says> tagWords() {
    return List.of(
        error(-39001, "unknown block"),
        error(-32602, "invalid argument 0: hex string without 0x prefix"),
        error(-32000, "finalized block not found"),
        result("null"));
  }

  @ParameterizedTest
  @MethodSource("lagWords")
  void who_is_a_block_behind_is_not_missed(Says refusal) {
    honest(
        request -> {
          String at = "0x%x".formatted(head);
          for (int i = 0; i < request.params().size(); i++) {
            if (request.params().get(i).asText().equals(at)) {
              return refusal;
            }
          }
          return node(request, TRUTH, head - 1);
        });
    for (int second = 0; second < 60; second++) {
      head++;
      for (int i = 0; i < 10; i++) {
        read(new Fact.Nonce(ACCOUNT, block(head)));
        read(new Fact.BlockRefAt(head));
      }
    }
    isNeverRaised();
  }

  private static List<Says> lagWords() {
    return List.of(error(-32000, "header not found"), result("null"));
  }

  @Test
  void who_trails_the_chain_and_so_cannot_know_that_there_is_no_receipt_is_not_missed() {
    areAgreed();
    honest(request -> node(request, TRUTH, head - 20));
    for (int second = 0; second < 60; second++) {
      head++;
      read(new Fact.Height(BlockTag.LATEST));
      rig.time.runFor(Duration.ofMillis(900));
      read(new Fact.ReceiptOf(TX, block(head - 40)));
    }
    assertThat(rig.health("a").behind()).isTrue();
    isNeverRaised();
  }

  @Test
  void who_is_asked_for_more_than_its_limit_lets_through_is_not_missed() {
    Rig limited = new Rig().endpoint("c", "c").endpoint("d", "d");
    HONEST.forEach(name -> limited.endpoint(Rig.like(name).requestsPerSecond(2).build()));
    limited.transports.values().forEach(node -> node.script = r -> node(r, TRUTH, head));
    Fact<?> much = new Fact.LogsIn(1, block(90), List.of(), List.of()); // 91 requests of each
    List<CompletableFuture<?>> reads = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      reads.add(limited.pool().criticalRead(much, CallOptions.DEFAULT));
      limited.time.runFor(PACE);
      assertThat(limited.pool().alarm()).isEmpty();
    }
    assertThat(reads.stream().map(limited::await).map(String::valueOf))
        .anyMatch(result -> result.contains("used to its limit"));
  }

  @Test
  void a_call_that_reverts_or_is_too_much_for_some_nodes_is_not_missed() {
    for (Says refusal :
        List.of(
            error(3, "execution reverted: paused"),
            error(-32000, "insufficient funds for transfer"),
            error(-32000, "execution aborted (timeout = 5s)"),
            error(-32000, "out of gas"))) {
      areAgreed();
      honest(
          request -> request.toString().contains("0xabcd") ? refusal : node(request, TRUTH, head));
      Bytes heavy = Bytes.fromHex("0xabcd");
      runs(
          Duration.ofSeconds(60),
          () -> {
            read(new Fact.CallResult(ACCOUNT, heavy, block(head)));
            read(new Fact.GasEstimate(ACCOUNT, ACCOUNT, Wei.ONE, heavy));
          });
    }
    isNeverRaised();
  }

  @Test
  void logs_of_blocks_that_some_have_no_more_are_not_missed() {
    head = 1_000;
    Fact<?> recent = new Fact.LogsIn(990, block(995), List.of(), List.of());
    honest(
        request ->
            request.method().equals("eth_getLogs") && request.toString().contains("\"0x5\"")
                ? error(-32000, "pruned history unavailable")
                : node(request, TRUTH, head));
    read(recent);
    runs(Duration.ofSeconds(60), () -> read(new Fact.LogsIn(5, block(9), List.of(), List.of())));
    isNeverRaised();
  }

  @Test
  void a_second_endpoint_that_answers_speaks_for_its_operator() {
    Rig two = new Rig();
    for (String operator : List.of("a", "b", "c", "d")) {
      two.endpoint(operator + "-one", operator).endpoint(operator + "-two", operator);
    }
    two.transports.values().forEach(node -> node.script = r -> node(r, TRUTH, head));
    for (int i = 0; i < 20; i++) {
      two.await(two.pool().criticalRead(facts().get(2), CallOptions.DEFAULT));
    }
    for (String name : List.of("a-one", "b-one")) {
      two.at(name).script = request -> error(-32603, "internal error");
    }
    for (int i = 0; i < 500; i++) {
      two.await(two.pool().criticalRead(facts().get(2), CallOptions.DEFAULT));
      two.time.runFor(PACE);
      assertThat(two.pool().alarm()).isEmpty();
    }
    assertThat(two.at("a-one").count("eth_getTransactionCount")).isPositive();
  }

  @Test
  void who_answers_every_second_question_is_not_missed() {
    areAgreed();
    int[] turn = {0};
    honest(
        request ->
            turn[0]++ % 8 < 4 ? error(-32603, "internal error") : node(request, TRUTH, head));
    runs(Duration.ofMinutes(2), () -> facts().forEach(this::read));
    isNeverRaised();
  }

  @Test
  void a_caller_without_time_makes_nobody_gone() {
    areAgreed();
    rig.transports.values().forEach(node -> node.delay = Duration.ofMillis(150));
    CallOptions hurried = CallOptions.within(Duration.ofMillis(100));
    Fact<Long> nonce = new Fact.Nonce(ACCOUNT, block(head));
    runs(
        Duration.ofMinutes(1),
        () -> {
          rig.await(rig.pool().criticalRead(nonce, hurried));
          rig.time.runFor(PACE);
        });
    isNeverRaised();
  }

  @Test
  void a_storage_slot_that_is_asked_for_once_more_is_asked_of_another_block() {
    Fact<BigInteger> slot = new Fact.Storage(ACCOUNT, BigInteger.TEN, block(head));
    rig.transports
        .values()
        .forEach(
            node ->
                node.script =
                    r ->
                        r.method().equals("eth_getStorageAt")
                            ? text("0x" + "00".repeat(31) + "05")
                            : node(r, TRUTH, head));
    assertThat(read(slot)).isInstanceOf(QuorumResult.Agreed.class);
    rig.time.runFor(Duration.ofSeconds(15)); // its newest block is known by then
    honest(request -> error(-32603, "internal error"));
    HONEST.forEach(name -> rig.at(name).forget());
    read(slot);
    rig.time.runFor(Duration.ofSeconds(3));
    assertThat(
            rig.at("a").received.stream()
                .filter(request -> request.method().equals("eth_getStorageAt"))
                .map(request -> request.params().get(2).asText()))
        .startsWith("0x64", "0x63", "0x63");
  }
}
