package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.fault;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.silence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.Wei;
import io.payonce.routing.ViewNode.Hashes;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcFailure.ViewInvalidated;
import io.payonce.rpc.RpcFailure.ViewInvalidated.Reason;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class ChainViewTest {
  private static final Address ACCOUNT = Address.of("0x00000000000000000000000000000000000000aa");
  private static final RpcRequest<Wei> BALANCE = Requests.balance(ACCOUNT, "latest");

  private final ScriptedChain chain = new ScriptedChain();
  private final Map<String, ViewNode> nodes = new LinkedHashMap<>();
  private Rig rig = rig("a", "b", "c");

  private Rig rig(String... operators) {
    Rig fresh = Rig.of(operators);
    nodes.clear();
    fresh.transports.forEach((name, transport) -> nodes.put(name, new ViewNode(transport, chain)));
    return fresh;
  }

  private ViewNode at(String name) {
    return nodes.get(name);
  }

  private RpcOutcome<ChainView> open(ViewOptions options) {
    return rig.await(rig.pool().view(options));
  }

  private ChainView view() {
    RpcOutcome<ChainView> opened = open(ViewOptions.NEWEST);
    assertThat(opened).isInstanceOf(RpcOutcome.Ok.class);
    return ((RpcOutcome.Ok<ChainView>) opened).value();
  }

  private <T> RpcOutcome<T> read(ChainView view, RpcRequest<T> request) {
    return rig.await(view.read(request, CallOptions.DEFAULT));
  }

  private static RpcFailure failure(RpcOutcome<?> outcome) {
    assertThat(outcome).isInstanceOf(RpcOutcome.Failed.class);
    return ((RpcOutcome.Failed<?>) outcome).failure();
  }

  private void assertSees(ChainView view) {
    assertThat(read(view, BALANCE))
        .isEqualTo(new RpcOutcome.Ok<>(ViewNode.balanceAt(view.block().hash()), view.endpoint()));
  }

  private static Reason reason(RpcOutcome<?> outcome) {
    return ((ViewInvalidated) failure(outcome)).reason();
  }

  @Test
  void every_read_sees_the_same_block_at_one_endpoint_while_the_chain_grows() {
    ChainView view = view();
    assertThat(view.block()).isEqualTo(chain.tip().ref());
    for (int i = 0; i < 20; i++) {
      chain.grow(1);
      assertSees(view);
    }
    assertThat(nodes.values().stream().filter(node -> node.balances() > 0)).hasSize(1);
    ViewNode carrier = at(view.endpoint());
    assertThat(carrier.balances()).isEqualTo(20); // by the hash, so that none needs a second proof
    assertThat(view().block()).isEqualTo(chain.tip().ref());
  }

  @Test
  void where_no_hash_is_taken_the_number_is_asked_with_the_hash_looked_at_before_and_after() {
    for (Hashes kind : List.of(Hashes.REFUSED, Hashes.IGNORED)) {
      rig = rig("a", "b");
      nodes.values().forEach(node -> node.hashes = kind);
      ChainView view = view();
      chain.grow(1);
      for (int i = 0; i < 3; i++) {
        assertSees(view);
      }
      ViewNode carrier = at(view.endpoint());
      assertThat(carrier.balances()).as("%s", kind).isEqualTo(kind == Hashes.REFUSED ? 4 : 3);
      carrier.transport.forget();
      assertSees(view);
      assertThat(carrier.transport.received)
          .extracting(ScriptedTransport.Received::method)
          .containsExactly("eth_getBlockByNumber", "eth_getBalance", "eth_getBlockByNumber");
      assertThat(carrier.transport.bodies).hasSize(2);
    }
  }

  @Test
  void a_reorganisation_ends_a_view_for_good_and_the_next_one_says_so() {
    for (Hashes kind : Hashes.values()) {
      rig = rig("a", "b", "c");
      nodes.values().forEach(node -> node.hashes = kind);
      chain.grow(3);
      ChainView view = view();
      BlockRef gone = view.block();
      assertSees(view);
      chain.forget(2);
      chain.grow(3);
      assertThat(reason(read(view, BALANCE))).as("%s", kind).isEqualTo(Reason.REORG);
      assertThat(view.invalidated()).isPresent();
      long asked = at(view.endpoint()).transport.received.size();
      assertThat(reason(read(view, BALANCE))).isEqualTo(Reason.REORG);
      assertThat(at(view.endpoint()).transport.received).hasSize((int) asked);
      ChainView next = view();
      assertThat(next.replaced()).contains(gone);
      assertThat(next.block()).isEqualTo(chain.tip().ref());
      assertThat(view().replaced()).isEmpty();
    }
  }

  @Test
  void a_reorganisation_while_a_number_is_asked_for_is_noticed() {
    nodes.values().forEach(node -> node.hashes = Hashes.REFUSED);
    chain.grow(3);
    ChainView view = view();
    assertSees(view);
    at(view.endpoint()).afterBalance =
        () -> {
          chain.forget(1);
          chain.grow(2);
        };
    assertThat(reason(read(view, BALANCE))).isEqualTo(Reason.REORG);
  }

  @Test
  void a_view_moves_only_to_an_endpoint_that_has_shown_the_same_block() {
    for (ScriptedTransport.Says says :
        List.of(
            fault(BytesSent.ALL),
            silence(),
            ScriptedTransport.http(503, ""),
            error(-32000, "missing trie node"))) {
      rig = rig("a", "b", "c");
      chain.grow(2);
      ChainView view = view();
      String first = view.endpoint();
      List<String> others = new ArrayList<>(List.of("a", "b", "c"));
      others.remove(first);
      at(others.get(0)).lag = 1;
      at(first).transport.script = request -> says;
      for (int i = 0; i < 5; i++) {
        assertSees(view);
      }
      assertThat(view.endpoint()).isEqualTo(others.get(1));
      assertThat(at(others.get(0)).balances()).isZero();
    }
  }

  @Test
  void when_nobody_else_has_the_block_a_read_fails_and_the_view_stands() {
    chain.grow(2);
    ChainView view = view();
    nodes.values().forEach(node -> node.lag = 1);
    at(view.endpoint()).lag = 0;
    at(view.endpoint()).transport.script = request -> fault(BytesSent.ALL);
    assertThat(failure(read(view, BALANCE))).isInstanceOf(RpcFailure.Transport.class);
    assertThat(view.invalidated()).isEmpty();
    nodes.values().forEach(node -> node.lag = 0);
    assertSees(view);
  }

  @Test
  void one_operator_on_a_fork_of_its_own_ends_no_view_of_another_and_two_do() {
    chain.grow(2);
    ChainView view = view();
    String first = view.endpoint();
    List<String> others = new ArrayList<>(List.of("a", "b", "c"));
    others.remove(first);
    ScriptedChain fork = new ScriptedChain();
    fork.grow(5);
    fork.forget(5); // so that its blocks have hashes of their own
    fork.grow(5);
    at(others.get(0)).chain = fork;
    at(others.get(1)).transport.script = request -> silence();
    at(first).transport.script = request -> fault(BytesSent.ALL);
    assertThat(failure(read(view, BALANCE))).isInstanceOf(RpcFailure.Transport.class);
    assertThat(view.invalidated()).isEmpty();
    new ViewNode(at(others.get(1)).transport, fork);
    rig.time.runFor(Duration.ofSeconds(5));
    assertThat(reason(read(view, BALANCE))).isEqualTo(Reason.REORG);
  }

  @Test
  void a_view_ends_after_its_time() {
    rig.policy(RoutingPolicy.builder().viewTtl(Duration.ofSeconds(20)).build());
    ChainView view = view();
    rig.time.runFor(Duration.ofMillis(19_900));
    assertSees(view);
    rig.time.runFor(Duration.ofMillis(100));
    assertThat(reason(read(view, BALANCE))).isEqualTo(Reason.EXPIRED);
    assertThat(view.invalidated()).isPresent();
  }

  @Test
  void a_read_ends_by_its_deadline_and_never_answers_after_the_end_of_the_view() {
    rig.policy(RoutingPolicy.builder().viewTtl(Duration.ofSeconds(1)).build());
    ChainView view = view();
    nodes.values().forEach(node -> node.transport.delay = Duration.ofMillis(1_200));
    CompletableFuture<RpcOutcome<Wei>> late = view.read(BALANCE, CallOptions.DEFAULT);
    assertThat(reason(rig.await(late))).isEqualTo(Reason.EXPIRED);
  }

  @Test
  void no_view_is_older_than_one_before() {
    chain.grow(5);
    for (ViewNode node : nodes.values()) {
      node.lag = 3;
    }
    at("b").lag = 0;
    BlockRef newest = view().block();
    for (int i = 0; i < 30; i++) {
      ChainView next = view();
      assertThat(next.block().number()).isGreaterThanOrEqualTo(newest.number());
      assertThat(next.replaced()).isEmpty();
      newest = next.block();
    }
    assertThat(newest).isEqualTo(chain.tip().ref());
    at("b").lag = 3;
    assertThat(failure(open(ViewOptions.NEWEST.within(Duration.ofSeconds(2)))))
        .isInstanceOf(RpcFailure.Behind.class);
  }

  @Test
  void views_that_are_opened_together_do_not_pass_one_another() {
    List<Integer> ended = new ArrayList<>();
    List<BlockRef> fixed = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      int number = i;
      rig.time.after(Duration.ofMillis(7L * i), () -> chain.grow(number % 3));
      rig.time.after(
          Duration.ofMillis(5L * i),
          () -> {
            nodes.values().forEach(node -> node.transport.delay = Duration.ofMillis(number % 40));
            Wiring.detach(
                rig.pool()
                    .view(ViewOptions.NEWEST)
                    .thenAccept(
                        opened -> {
                          ended.add(number);
                          if (opened instanceof RpcOutcome.Ok<ChainView> ok) {
                            fixed.add(ok.value().block());
                          }
                        }));
          });
    }
    rig.time.runFor(Duration.ofSeconds(10));
    assertThat(ended).hasSize(50).isNotEqualTo(ended.stream().sorted().toList());
    assertThat(fixed).hasSizeGreaterThan(40);
    assertThat(fixed.stream().map(BlockRef::number).toList()).isSorted();
  }

  @Test
  void a_view_after_a_block_waits_for_it() {
    BlockHeader coming = chain.child(chain.tip());
    CompletableFuture<RpcOutcome<ChainView>> opened =
        rig.pool().view(ViewOptions.after(coming.ref()).within(Duration.ofSeconds(30)));
    rig.time.runFor(Duration.ofSeconds(10));
    assertThat(opened).isNotDone();
    assertThat(failure(open(ViewOptions.after(coming.ref()))))
        .isInstanceOf(RpcFailure.Behind.class);
    chain.add(coming);
    chain.grow(1);
    ChainView view = ((RpcOutcome.Ok<ChainView>) rig.await(opened)).value();
    assertThat(view.block().number()).isGreaterThanOrEqualTo(coming.number());
    assertSees(view);
  }

  @Test
  void there_is_no_view_after_a_block_that_is_gone() {
    chain.grow(1);
    BlockRef gone = chain.child(chain.tip()).ref();
    chain.grow(2);
    assertThat(reason(open(ViewOptions.after(gone)))).isEqualTo(Reason.REORG);
  }

  @Test
  void a_view_after_a_broadcast_is_where_its_transaction_is_known() {
    SignedTransaction tx = Rig.transaction(1);
    BroadcastEvidence sent = new BroadcastEvidence(tx.hash(), List.of());
    assertThat(failure(open(ViewOptions.after(sent)))).isInstanceOf(RpcFailure.Behind.class);
    at("b").knows(tx.hash());
    for (int i = 0; i < 10; i++) {
      ChainView view = ((RpcOutcome.Ok<ChainView>) open(ViewOptions.after(sent))).value();
      assertThat(view.endpoint()).isEqualTo("b");
    }
    ChainView view = ((RpcOutcome.Ok<ChainView>) open(ViewOptions.after(sent))).value();
    assertThat(read(view, Requests.knows(tx.hash()))).isEqualTo(new RpcOutcome.Ok<>(true, "b"));
    at("c").knows(tx.hash());
    at("b").transport.script = request -> fault(BytesSent.ALL);
    assertThat(read(view, Requests.knows(tx.hash()))).isEqualTo(new RpcOutcome.Ok<>(true, "c"));
  }

  @Test
  void who_took_a_transaction_is_asked_for_it_first() {
    BroadcastEvidence sent =
        rig.await(rig.pool().broadcast(Rig.transaction(1), BroadcastOptions.DEFAULT));
    nodes.values().forEach(node -> node.knows(sent.hash()));
    List<String> takers = sent.answers().stream().map(BroadcastEvidence.Answer::endpoint).toList();
    assertThat(takers).hasSize(2);
    for (int i = 0; i < 20; i++) {
      ChainView view = ((RpcOutcome.Ok<ChainView>) open(ViewOptions.after(sent))).value();
      assertThat(takers).contains(view.endpoint());
    }
  }

  @Test
  void a_private_transaction_is_not_asked_for_in_public() {
    rig.endpoint(
        Rig.like("hidden").roles(Endpoint.Role.READ, Endpoint.Role.PRIVATE_SUBMIT).build());
    new ViewNode(rig.at("hidden"), chain);
    BroadcastEvidence sent =
        rig.await(
            rig.pool()
                .broadcast(
                    Rig.transaction(1), BroadcastOptions.DEFAULT.by(Route.privately("hidden"))));
    assertThatThrownBy(() -> rig.pool().view(ViewOptions.after(sent)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("private");
  }

  @Test
  void what_cannot_be_asked_of_one_block_is_refused() {
    ChainView view = view();
    for (RpcRequest<?> wrong :
        List.of(
            Requests.gasPrice(),
            Requests.balance(ACCOUNT, "pending"),
            Requests.balance(ACCOUNT, "0x1"),
            Requests.header("finalized"),
            Requests.sendRawTransaction(Bytes.EMPTY),
            logs(Map.of("fromBlock", "0x1", "toBlock", "latest")),
            logs(Map.of("blockHash", "0x" + "11".repeat(32))))) {
      assertThatThrownBy(() -> view.read(wrong, CallOptions.DEFAULT))
          .as("%s %s", wrong.method(), wrong.params())
          .isInstanceOf(IllegalArgumentException.class);
    }
    rig.pool().close();
    assertThatThrownBy(() -> view.read(BALANCE, CallOptions.DEFAULT))
        .isInstanceOf(IllegalStateException.class);
  }

  private static RpcRequest<String> logs(Map<String, Object> filter) {
    return new RpcRequest<>("eth_getLogs", List.of(filter), String::valueOf);
  }

  @Test
  void the_block_itself_and_its_logs_are_those_of_the_view() {
    ChainView view = view();
    BlockHeader tip = chain.tip();
    chain.grow(1);
    assertThat(read(view, Requests.header("latest")))
        .isEqualTo(new RpcOutcome.Ok<>(Optional.of(tip), view.endpoint()));
    ScriptedTransport carrier = at(view.endpoint()).transport;
    var script = carrier.script;
    carrier.script =
        request -> request.method().equals("eth_getLogs") ? result("[]") : script.apply(request);
    carrier.forget();
    assertThat(read(view, logs(Map.of("address", ACCOUNT.value()))))
        .isEqualTo(new RpcOutcome.Ok<>("[]", view.endpoint()));
    String number = Requests.quantity(tip.number());
    assertThat(carrier.bodies.get(0))
        .contains("\"fromBlock\":\"" + number + "\"", "\"toBlock\":\"" + number + "\"");
  }

  @Test
  void a_receipt_from_above_the_block_is_not_there_yet() {
    ChainView view = view();
    ScriptedTransport carrier = at(view.endpoint()).transport;
    var script = carrier.script;
    RpcRequest<Boolean> receipt =
        new RpcRequest<>(
            "eth_getTransactionReceipt", List.of("0x" + "22".repeat(32)), json -> json != null);
    for (int above = 0; above < 2; above++) {
      String number = Requests.quantity(view.block().number() + above);
      carrier.script =
          request ->
              request.method().equals("eth_getTransactionReceipt")
                  ? result("{\"blockNumber\":\"" + number + "\"}")
                  : script.apply(request);
      assertThat(read(view, receipt)).isEqualTo(new RpcOutcome.Ok<>(above == 0, view.endpoint()));
    }
  }

  /** Random chains, lags, faults and kinds of nodes: an answer always is of the view's block. */
  @Test
  void views_never_go_back_and_never_answer_from_another_block() {
    int answers = 0;
    int reorgs = 0;
    int moves = 0;
    for (long seed = 1; seed <= 40; seed++) {
      Random random = new Random(seed);
      rig = rig("a", "b", "c");
      rig.policy(RoutingPolicy.builder().retryPercent(50).build());
      nodes.values().forEach(node -> node.hashes = List.of(Hashes.values()).get(random.nextInt(3)));
      ChainView view = view();
      BlockRef newest = view.block();
      for (int step = 0; step < 60; step++) {
        disturb(random);
        String before = view.endpoint();
        RpcOutcome<Wei> outcome = read(view, BALANCE);
        if (outcome instanceof RpcOutcome.Ok<Wei> ok) {
          answers++;
          assertThat(ok.value())
              .as("seed %d, step %d", seed, step)
              .isEqualTo(ViewNode.balanceAt(view.block().hash()));
        }
        moves += view.endpoint().equals(before) ? 0 : 1;
        if (view.invalidated().isPresent() || random.nextInt(4) == 0) {
          RpcOutcome<ChainView> opened = open(ViewOptions.NEWEST);
          if (opened instanceof RpcOutcome.Ok<ChainView> ok) {
            view = ok.value();
            boolean replaced = view.replaced().equals(Optional.of(newest));
            boolean isGone =
                !chain.blocks().stream().map(BlockHeader::ref).toList().contains(newest);
            assertThat(replaced).as("seed %d, step %d", seed, step).isEqualTo(isGone);
            assertThat(view.block().number()).isGreaterThanOrEqualTo(newest.number());
            reorgs += replaced ? 1 : 0;
            newest = view.block();
          }
        }
        rig.time.runFor(Duration.ofMillis(random.nextInt(4_000)));
      }
    }
    assertThat(answers).isGreaterThan(1_000);
    assertThat(reorgs).isGreaterThan(50);
    assertThat(moves).isGreaterThan(50);
  }

  private void disturb(Random random) {
    if (random.nextInt(6) == 0) {
      int depth = Math.min(1 + random.nextInt(3), chain.blocks().size() - 1);
      chain.forget(depth);
      chain.grow(depth + random.nextInt(2));
    } else {
      chain.grow(random.nextInt(3));
    }
    for (ViewNode node : nodes.values()) {
      node.lag = Math.max(0, random.nextInt(6) - 3);
      node.heal();
      if (random.nextInt(4) == 0) {
        node.transport.script =
            switch (random.nextInt(4)) {
              case 0 -> request -> fault(BytesSent.ALL);
              case 1 -> request -> silence();
              case 2 -> request -> error(-32000, "missing trie node");
              default -> request -> ScriptedTransport.http(502, "");
            };
      }
    }
  }
}
