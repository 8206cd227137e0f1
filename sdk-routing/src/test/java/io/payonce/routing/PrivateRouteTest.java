package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static io.payonce.routing.ScriptedTransport.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.TransactionHash;
import io.payonce.internal.Hex;
import io.payonce.routing.Endpoint.Role;
import io.payonce.routing.ScriptedTransport.Received;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.PrivateTransactionException;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.UnknownEndpointException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who hears of a private transaction, by what the endpoints received. */
final class PrivateRouteTest {
  private static final String SEND = "eth_sendRawTransaction";
  private static final String LOOK = "eth_getTransactionByHash";
  private static final List<String> PUBLIC = List.of("a", "b", "c");
  private static final SignedTransaction TX = Rig.transaction(1);
  private static final BroadcastOptions RELAY =
      BroadcastOptions.DEFAULT.by(Route.privately("relay"));
  private static final Duration LOOKS = Duration.ofSeconds(7);

  @TempDir private Path folder;

  private final List<String> news = new ArrayList<>();
  private long height = 1000;
  private String transactions = "";

  private Rig rig() {
    Rig rig = Rig.of("a", "b", "c");
    for (String relay : List.of("relay", "other-relay")) {
      rig.endpoint(Rig.like(relay).roles(Role.READ, Role.PRIVATE_SUBMIT).build());
    }
    rig.listener(
        new RoutingListener() {
          @Override
          public void wentPublic(TransactionHash transaction, long block) {
            news.add(transaction + " at " + block);
          }
        });
    rig.transports.values().forEach(transport -> transport.script = this::answer);
    return rig;
  }

  private Says answer(Received request) {
    return switch (request.method()) {
      case SEND -> text(hash(request).value());
      case "eth_getBlockByNumber" -> result(block(request.params().get(0).asText()));
      case LOOK, "eth_getTransactionReceipt" -> result("null");
      case "eth_gasPrice" -> text("0x5");
      default -> error(-32601, "the method does not exist");
    };
  }

  private static TransactionHash hash(Received request) {
    return TransactionCodec.decodeSigned(Bytes.fromHex(request.params().get(0).asText())).hash();
  }

  private String block(String tagOrNumber) {
    long number = tagOrNumber.startsWith("0x") ? Hex.number(tagOrNumber).longValue() : height;
    return """
        {"number":"0x%x","hash":"%s","parentHash":"%s","timestamp":"0x1","gasUsed":"0x0",
        "gasLimit":"0x1c9c380","baseFeePerGas":"0x7","transactions":[%s]}"""
        .formatted(number, blockHash(number), blockHash(number - 1), transactions);
  }

  private static String blockHash(long number) {
    return "0x%064x".formatted(number);
  }

  private static BlockRef ref(long number) {
    return new BlockRef(number, BlockHash.of(blockHash(number)));
  }

  private static BroadcastEvidence send(Rig rig, SignedTransaction tx, BroadcastOptions options) {
    return rig.await(rig.pool().broadcast(tx, options));
  }

  private static RpcOutcome<Boolean> look(Rig rig, SignedTransaction tx) {
    return rig.await(rig.pool().call(Requests.knows(tx.hash()), CallOptions.DEFAULT));
  }

  private static void refused(Rig rig, SignedTransaction tx) {
    assertThat(look(rig, tx))
        .isEqualTo(new RpcOutcome.Failed<>(new RpcFailure.PrivateTransaction(tx.hash())));
  }

  /** The chain goes on, and the pool looks. */
  private void blocks(Rig rig, long count) {
    height += count;
    rig.time.runFor(LOOKS);
  }

  /** Neither bytes nor hash reached anybody but these. */
  private static void onlyKnownTo(Rig rig, SignedTransaction tx, String... some) {
    rig.transports.forEach(
        (name, transport) -> {
          String all = String.join(" ", transport.bodies).toLowerCase(Locale.ROOT);
          boolean knows = all.contains(tx.raw().toHex()) || all.contains(tx.hash().value());
          assertThat(knows).as(name).isEqualTo(List.of(some).contains(name));
        });
  }

  @Test
  void only_the_named_endpoint_gets_it_whatever_that_one_says() {
    Map<Outcome, Function<Received, Says>> answers =
        Map.of(
            Outcome.ACCEPTED, this::answer,
            Outcome.REJECTED, request -> error(-32000, "txpool is full"),
            Outcome.AMBIGUOUS, request -> silence(),
            Outcome.NOT_SENT, request -> fault(BytesSent.NONE));
    answers.forEach(
        (outcome, script) -> {
          for (boolean batch : List.of(false, true)) {
            Rig rig = rig();
            rig.at("relay").script = script;
            List<SignedTransaction> txs =
                batch
                    ? LongStream.rangeClosed(1, 5).mapToObj(Rig::transaction).toList()
                    : List.of(TX);
            List<BroadcastEvidence> all = rig.await(rig.pool().broadcastAll(txs, RELAY));
            assertThat(all)
                .extracting(BroadcastEvidence::hash)
                .containsExactlyElementsOf(txs.stream().map(SignedTransaction::hash).toList());
            for (BroadcastEvidence evidence : all) {
              assertThat(evidence.outcome()).isEqualTo(outcome);
              assertThat(evidence.answers())
                  .extracting(BroadcastEvidence.Answer::endpoint)
                  .containsExactly("relay");
            }
            for (int i = 0; i < 24; i++) {
              blocks(rig, 1);
            }
            txs.forEach(tx -> onlyKnownTo(rig, tx, "relay"));
            // What provably did not leave goes to the same endpoint once more, and nowhere else.
            assertThat(rig.at("relay").bodies.stream().filter(body -> body.contains(SEND)))
                .hasSize(outcome == Outcome.NOT_SENT ? 2 : 1);
            if (outcome != Outcome.ACCEPTED) {
              assertThat(send(rig, txs.get(0), RELAY).outcome()).isEqualTo(outcome);
              onlyKnownTo(rig, txs.get(0), "relay");
            }
          }
        });
  }

  @Test
  void all_endpoints_that_are_named_get_it_and_a_name_that_is_none_is_an_error() {
    Rig rig = rig();
    BroadcastOptions both = RELAY.by(Route.privately("relay", "other-relay"));
    assertThat(send(rig, TX, both).answers()).hasSize(2);
    onlyKnownTo(rig, TX, "relay", "other-relay");
    SignedTransaction next = Rig.transaction(2);
    for (String wrong : List.of("nobody", "a")) { // the second one is public
      assertThatThrownBy(
              () -> rig.pool().broadcast(next, RELAY.by(Route.privately("relay", wrong))))
          .isInstanceOfSatisfying(
              UnknownEndpointException.class,
              unknown -> assertThat(unknown.endpoint()).isEqualTo(wrong))
          .hasMessageContaining("'" + wrong + "'");
    }
    onlyKnownTo(rig, next);
    assertThat(look(rig, next)).isInstanceOf(RpcOutcome.Ok.class); // nothing of it is private
  }

  @Test
  void nothing_that_names_the_hash_leaves_the_pool() {
    Rig rig = rig();
    var before = send(rig, TX, RELAY);
    TransactionHash hash = TX.hash();
    refused(rig, TX);
    RpcRequest<Boolean> nested =
        new RpcRequest<>(
            "eth_call",
            List.of(
                Map.of(
                    "transactions",
                    List.of("0x" + hash.value().substring(2).toUpperCase(Locale.ROOT)))),
            json -> true);
    assertThat(rig.await(rig.pool().call(nested, CallOptions.DEFAULT)))
        .isEqualTo(new RpcOutcome.Failed<>(new RpcFailure.PrivateTransaction(hash)));
    List<RpcOutcome<?>> batch =
        rig.await(
            rig.pool()
                .callBatch(
                    List.of(Requests.gasPrice(), Requests.receipt(hash), Requests.gasPrice()),
                    CallOptions.DEFAULT));
    assertThat(batch)
        .extracting(RpcOutcome::getClass)
        .map(Class::getSimpleName)
        .containsExactly("Ok", "Failed", "Ok");
    for (Fact<?> fact :
        List.of(
            new Fact.ReceiptOf(hash, ref(1000)),
            new Fact.ReceiptsOf(List.of(Rig.transaction(2).hash(), hash), ref(1000)))) {
      QuorumResult<?> answer = rig.await(rig.pool().criticalRead(fact, CallOptions.DEFAULT));
      assertThat(answer.toString()).contains("Unavailable", "sent in private");
    }
    ChainView view =
        ((RpcOutcome.Ok<ChainView>) rig.await(rig.pool().view(ViewOptions.NEWEST))).value();
    assertThat(rig.await(view.read(Requests.receipt(hash), CallOptions.DEFAULT)))
        .isEqualTo(new RpcOutcome.Failed<>(new RpcFailure.PrivateTransaction(hash)));
    assertThatThrownBy(() -> rig.pool().view(ViewOptions.after(before)))
        .isInstanceOf(PrivateTransactionException.class);
    assertThatThrownBy(() -> rig.pool().sighting(TX))
        .isInstanceOf(PrivateTransactionException.class);
    for (BroadcastOptions everyone : List.of(BroadcastOptions.DEFAULT, BroadcastOptions.EVERYONE)) {
      assertThatThrownBy(() -> rig.pool().broadcastAll(List.of(Rig.transaction(2), TX), everyone))
          .isInstanceOfSatisfying(
              PrivateTransactionException.class,
              refusal -> assertThat(refusal.transaction()).isEqualTo(hash));
    }
    rig.time.runFor(Duration.ofMinutes(1));
    onlyKnownTo(rig, TX, "relay");
    onlyKnownTo(rig, Rig.transaction(2));
    assertThat(rig.pool().health()).allMatch(health -> health.state() == EndpointHealth.State.UP);
  }

  @Test
  void it_may_be_looked_up_when_its_window_has_passed_and_stays_out_of_public_pools() {
    for (int window : List.of(1, 25)) {
      Rig rig = rig();
      rig.policy(RoutingPolicy.builder().privateWindow(window).build());
      long sentAt = height;
      send(rig, TX, RELAY);
      rig.time.runFor(LOOKS);
      blocks(rig, window - 1);
      refused(rig, TX);
      // One operator that says more than the quorum has opens nothing.
      rig.at("a").script =
          request ->
              request.method().equals("eth_getBlockByNumber")
                  ? result("{\"number\":\"0xffff\",\"hash\":\"" + blockHash(0xffff) + "\"}")
                  : answer(request);
      blocks(rig, 0);
      refused(rig, TX);
      onlyKnownTo(rig, TX, "relay");
      blocks(rig, 1);
      assertThat(height).isEqualTo(sentAt + window);
      assertThat(look(rig, TX)).isEqualTo(new RpcOutcome.Ok<>(false, lastAsked(rig)));
      assertThatThrownBy(() -> rig.pool().broadcast(TX, BroadcastOptions.DEFAULT))
          .isInstanceOf(PrivateTransactionException.class);
      assertThat(rig.at("a").count(SEND) + rig.at("b").count(SEND) + rig.at("c").count(SEND))
          .isZero();
      assertThat(news).isEmpty();
      long quiet = bodies(rig);
      rig.time.runFor(Duration.ofMinutes(10));
      assertThat(bodies(rig) - quiet).as("looks for nothing").isLessThan(60);
    }
  }

  private static String lastAsked(Rig rig) {
    return rig.transports.entrySet().stream()
        .filter(each -> each.getValue().count(LOOK) > 0)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("nobody");
  }

  private static long bodies(Rig rig) {
    return rig.transports.values().stream().mapToLong(each -> each.bodies.size()).sum();
  }

  @Test
  void without_a_quorum_it_stays_private() {
    Rig rig = rig();
    send(rig, TX, RELAY.by(Route.privatelyUntil(3, "relay")));
    rig.time.runFor(LOOKS);
    for (String gone : List.of("a", "b")) {
      rig.at(gone).script = request -> fault(BytesSent.NONE);
    }
    blocks(rig, 100);
    rig.time.runFor(Duration.ofMinutes(10));
    refused(rig, TX);
    onlyKnownTo(rig, TX, "relay");
    assertThat(news).isEmpty();
  }

  @Test
  void it_goes_public_at_exactly_the_block_that_its_route_names() {
    for (int after : List.of(1, 5, 40)) {
      Rig rig = rig();
      news.clear();
      BroadcastOptions later = RELAY.by(Route.privatelyUntil(after, "relay"));
      rig.at("relay").script = request -> silence();
      long sentAt = height;
      assertThat(send(rig, TX, later).outcome()).isEqualTo(Outcome.AMBIGUOUS);
      rig.time.runFor(LOOKS);
      blocks(rig, after - 1);
      rig.time.runFor(Duration.ofMinutes(5));
      onlyKnownTo(rig, TX, "relay");
      refused(rig, TX);
      assertThat(rig.pool().evidence(TX.hash()).orElseThrow().publicSince()).isEmpty();
      blocks(rig, 1);
      assertThat(news).containsExactly(TX.hash() + " at " + (sentAt + after));
      assertThat(PUBLIC.stream().mapToLong(name -> rig.at(name).count(SEND)).sum()).isEqualTo(2);
      BroadcastEvidence all = rig.pool().evidence(TX.hash()).orElseThrow();
      assertThat(all.publicSince()).isEqualTo(OptionalLong.of(sentAt + after));
      assertThat(all.outcome()).isEqualTo(Outcome.ACCEPTED);
      assertThat(look(rig, TX)).isInstanceOf(RpcOutcome.Ok.class);
      // The same call again goes to everyone, and is no second way of going public.
      BroadcastEvidence again = send(rig, TX, later);
      assertThat(again.publicSince()).isEqualTo(OptionalLong.of(sentAt + after));
      assertThat(again.answers()).noneMatch(answer -> answer.endpoint().equals("relay"));
      assertThat(rig.at("relay").count(SEND)).isEqualTo(1);
      assertThat(send(rig, TX, BroadcastOptions.DEFAULT).outcome()).isEqualTo(Outcome.ACCEPTED);
      assertThat(news).hasSize(1);
    }
  }

  @Test
  void a_batch_goes_each_its_own_way() {
    Rig rig = rig();
    BroadcastOptions later = RELAY.by(Route.privatelyUntil(2, "relay"));
    send(rig, TX, later);
    rig.time.runFor(LOOKS);
    blocks(rig, 2);
    rig.transports.values().forEach(ScriptedTransport::forget);
    SignedTransaction next = Rig.transaction(2);
    List<BroadcastEvidence> both = rig.await(rig.pool().broadcastAll(List.of(next, TX), later));
    assertThat(both).extracting(BroadcastEvidence::hash).containsExactly(next.hash(), TX.hash());
    assertThat(both.get(0).answers())
        .extracting(BroadcastEvidence.Answer::endpoint)
        .containsExactly("relay");
    assertThat(both.get(1).answers()).hasSize(2).noneMatch(a -> a.endpoint().equals("relay"));
    onlyKnownTo(rig, next, "relay");
  }

  @Test
  void what_a_quorum_shows_in_a_block_is_private_no_more() {
    Rig rig = rig();
    send(rig, TX, RELAY.by(Route.privatelyUntil(3, "relay")));
    rig.time.runFor(LOOKS);
    transactions =
        """
        {"hash":"%s","type":"0x2","from":"%s","nonce":"0x1","to":null,"value":"0x0","input":"0x"}"""
            .formatted(TX.hash(), TX.sender());
    rig.at("a").script = this::answer;
    rig.at("b").script = rig.at("c").script = request -> error(-32000, "header not found");
    rig.await(rig.pool().criticalRead(new Fact.BlockAt(1001), CallOptions.DEFAULT));
    refused(rig, TX); // one operator alone says so
    rig.at("b").script = this::answer;
    rig.await(rig.pool().criticalRead(new Fact.BlockAt(1001), CallOptions.DEFAULT));
    assertThat(look(rig, TX)).isInstanceOf(RpcOutcome.Ok.class);
    blocks(rig, 10);
    assertThat(news).isEmpty(); // there is nothing left to send
    assertThat(PUBLIC).allMatch(name -> rig.at(name).count(SEND) == 0);
  }

  @Test
  void when_its_nonce_was_taken_by_another_one_it_never_goes_public() {
    Rig rig = rig();
    send(rig, TX, RELAY.by(Route.privatelyUntil(3, "relay")));
    rig.time.runFor(LOOKS);
    transactions =
        """
        {"hash":"%s","type":"0x2","from":"%s","nonce":"0x1","to":null,"value":"0x0","input":"0x"}"""
            .formatted(Rig.transaction(9).hash(), TX.sender());
    rig.await(rig.pool().criticalRead(new Fact.BlockAt(1001), CallOptions.DEFAULT));
    blocks(rig, 10);
    refused(rig, TX);
    blocks(rig, 15);
    assertThat(look(rig, TX)).isInstanceOf(RpcOutcome.Ok.class);
    assertThat(PUBLIC).allMatch(name -> rig.at(name).count(SEND) == 0);
    assertThat(news).isEmpty();
  }

  @Test
  void a_reload_without_the_endpoint_sends_nothing_elsewhere() {
    Rig rig = rig();
    send(rig, TX, RELAY);
    rig.pool()
        .reload(
            PUBLIC.stream()
                .map(name -> Endpoint.of(name, name, "https://" + name + ".example/"))
                .toList());
    assertThatThrownBy(() -> rig.pool().broadcast(TX, RELAY))
        .isInstanceOfSatisfying(
            UnknownEndpointException.class,
            unknown -> assertThat(unknown.endpoint()).isEqualTo("relay"));
    refused(rig, TX);
    assertThatThrownBy(() -> rig.pool().broadcast(TX, BroadcastOptions.EVERYONE))
        .isInstanceOf(PrivateTransactionException.class);
    blocks(rig, 24);
    onlyKnownTo(rig, TX, "relay");
  }

  @Test
  void a_restart_with_a_store_keeps_the_window_and_the_block_at_which_it_goes_public() {
    FileRoutingStateStore store = FileRoutingStateStore.at(folder.resolve("routing.state"));
    SignedTransaction later = Rig.transaction(2);
    BroadcastOptions until = RELAY.by(Route.privatelyUntil(30, "relay"));
    Rig first = rig().store(store);
    send(first, TX, RELAY);
    send(first, later, until);
    first.time.runFor(LOOKS);
    first.pool().close(); // without it, too: it was saved when it was sent
    Rig second = rig().store(store);
    height += 24;
    refused(second, TX);
    second.time.runFor(LOOKS);
    refused(second, TX);
    assertThatThrownBy(() -> second.pool().broadcast(later, BroadcastOptions.DEFAULT))
        .isInstanceOf(PrivateTransactionException.class);
    onlyKnownTo(second, TX);
    onlyKnownTo(second, later);
    blocks(second, 1);
    assertThat(look(second, TX)).isInstanceOf(RpcOutcome.Ok.class);
    refused(second, later);
    send(second, later, until); // the bytes are the host's to bring again
    blocks(second, 4);
    onlyKnownTo(second, later, "relay");
    blocks(second, 1);
    assertThat(news).containsExactly(later.hash() + " at 1030");
    assertThat(PUBLIC.stream().mapToLong(name -> second.at(name).count(SEND)).sum()).isEqualTo(2);
    assertThat(store.load().orElseThrow().hidden()).isEmpty();
  }

  @Test
  void what_was_sent_in_private_is_saved_at_once() {
    FileRoutingStateStore store = FileRoutingStateStore.at(folder.resolve("routing.state"));
    Rig rig = rig().store(store);
    rig.at("relay").script = request -> silence();
    var unused = rig.pool().broadcast(TX, RELAY);
    rig.time.runFor(Duration.ofMillis(5));
    assertThat(store.load().orElseThrow().hidden()).containsOnlyKeys(TX.hash().value());
  }

  @Test
  void more_than_can_be_kept_private_are_not_sent() {
    Rig rig = rig();
    List<SignedTransaction> many =
        LongStream.rangeClosed(1, PrivateSends.MOST + 1).mapToObj(Rig::transaction).toList();
    List<BroadcastEvidence> all = rig.await(rig.pool().broadcastAll(many, RELAY));
    assertThat(all).hasSize(many.size()).allMatch(one -> one.outcome() == Outcome.NOT_SENT);
    assertThat(all.get(0).answers().get(0).message()).contains("10000");
    assertThat(all.get(0).answers().get(0).verdict()).isEqualTo(Verdict.NOT_SENT);
    assertThat(rig.at("relay").count(SEND)).isZero();
    assertThat(rig.await(rig.pool().broadcastAll(many.subList(1, many.size()), RELAY)))
        .allMatch(one -> one.outcome() == Outcome.ACCEPTED);
    assertThat(send(rig, many.get(0), RELAY).outcome()).isEqualTo(Outcome.NOT_SENT);
    rig.time.runFor(LOOKS);
    blocks(rig, 25);
    assertThat(send(rig, many.get(0), RELAY).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void a_window_out_of_range_is_refused_by_name() {
    for (int wrong : List.of(0, 10_001)) {
      Rig rig = rig().policy(RoutingPolicy.builder().privateWindow(wrong).build());
      assertThatThrownBy(rig::pool)
          .isInstanceOf(InvalidRoutingConfig.class)
          .hasMessageContaining("privateWindow")
          .hasMessageContaining(Integer.toString(wrong));
    }
    assertThatThrownBy(
            () ->
                Rig.of("a", "b")
                    .policy(RoutingPolicy.DEFAULT)
                    .pool()
                    .broadcast(TX, BroadcastOptions.DEFAULT.by(Route.privately("relay"))))
        .isInstanceOf(UnknownEndpointException.class);
  }
}
