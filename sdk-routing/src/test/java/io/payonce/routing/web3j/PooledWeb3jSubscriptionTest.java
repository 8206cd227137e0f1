package io.payonce.routing.web3j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.rpc.RpcClient;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.PushServer;
import io.reactivex.disposables.Disposable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.EthSubscribe;
import org.web3j.protocol.websocket.events.NewHead;
import org.web3j.protocol.websocket.events.NewHeadsNotification;
import org.web3j.protocol.websocket.events.Notification;
import org.web3j.protocol.websocket.events.PendingTransactionNotification;

/** Subscriptions that outlive the endpoints which push. */
@Timeout(180)
final class PooledWeb3jSubscriptionTest {
  private static final String ADDRESS = "0x" + "aa".repeat(20);

  private final ScriptedChain chain = new ScriptedChain().mine("a1").mine("a2");
  private final BlockingQueue<Object> told = new LinkedBlockingQueue<>();

  private static PushServer pusher() {
    return PushServer.start(method -> ScriptedNode.CHAIN);
  }

  private void announceHead(PushServer... pushers) {
    for (PushServer pusher : pushers) {
      pusher.announce(chain.headAt(chain.height()));
    }
  }

  private Object next() throws InterruptedException {
    Object next = told.poll(60, TimeUnit.SECONDS);
    assertThat(next).as("in time").isNotNull();
    return next;
  }

  private List<Object> next(int count) throws InterruptedException {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(next());
    }
    return all;
  }

  private Disposable heads(Operators operators) {
    return operators
        .web3j
        .newHeadsNotifications()
        .subscribe(head -> told.add(head.getParams().getResult().getHash()), told::add);
  }

  /** web3j's own class of logs cannot say that one was removed. */
  static final class AnyLogNotification extends Notification<Map<String, Object>> {}

  private Disposable logs(Operators operators) {
    return operators
        .service
        .subscribe(
            request(operators, "logs", Map.of("address", List.of(ADDRESS))),
            "eth_unsubscribe",
            AnyLogNotification.class)
        .subscribe(log -> told.add(name(log.getParams().getResult())), told::add);
  }

  private static String name(Map<String, Object> log) {
    return (log.get("removed").equals(true) ? "-" : "") + log.get("data").toString().substring(2);
  }

  @Test
  void a_head_is_all_that_a_node_says_of_its_block() throws Exception {
    try (PushServer first = pusher();
        PushServer second = pusher();
        Operators operators =
            Operators.pushing(List.of(first, second), chain.node(), chain.node())) {
      BlockingQueue<NewHeadsNotification> heads = new LinkedBlockingQueue<>();
      Disposable subscription =
          operators.web3j.newHeadsNotifications().subscribe(heads::add, told::add);
      NewHeadsNotification notification = heads.poll(60, TimeUnit.SECONDS);
      assertThat(notification.getMethod()).isEqualTo("eth_subscription");
      assertThat(notification.getParams().getSubscription()).startsWith("0x");
      NewHead head = notification.getParams().getResult();
      assertThat(head.getNumber()).isEqualTo("0x2");
      assertThat(head.getHash()).isEqualTo(chain.hashAt(2));
      assertThat(head.getParentHash()).isEqualTo(chain.hashAt(1));
      assertThat(head.getMiner()).isEqualTo("0x" + "bb".repeat(20));
      subscription.dispose();
      assertThat(told).isEmpty();
    }
  }

  @Test
  void heads_go_on_once_each_and_in_order_where_the_pusher_and_its_operator_ended()
      throws Exception {
    try (PushServer first = pusher();
        PushServer second = pusher();
        Operators operators =
            Operators.pushing(List.of(first, second), chain.node(), chain.node(), chain.node())) {
      Disposable subscription = heads(operators);
      assertThat(next()).isEqualTo(chain.hashAt(2));
      for (int i = 3; i <= 6; i++) {
        chain.mine();
        announceHead(first, second);
        assertThat(next()).isEqualTo(chain.hashAt(i));
      }
      operators.nodes.get(0).socket.policy(FaultPolicy.always(Fault.RESET));
      PooledWeb3jFilterTest.leaves(first);
      chain.mine().mine().mine(); // nobody announces the first two
      announceHead(second);
      assertThat(next(3)).containsExactly(chain.hashAt(7), chain.hashAt(8), chain.hashAt(9));
      PooledWeb3jFilterTest.leaves(second);
      chain.mine();
      assertThat(next()).as("by polling").isEqualTo(chain.hashAt(10));
      chain.reorg(2).mine().mine().mine();
      assertThat(next(3)).containsExactly(chain.hashAt(9), chain.hashAt(10), chain.hashAt(11));
      subscription.dispose();
      assertThat(told).isEmpty();
    }
  }

  @Test
  void heads_end_with_an_error_where_too_many_are_missing_to_be_told() throws Exception {
    try (PushServer first = pusher();
        PushServer second = pusher();
        Operators operators =
            Operators.pushing(List.of(first, second), chain.node(), chain.node())) {
      Disposable subscription = heads(operators);
      assertThat(next()).isEqualTo(chain.hashAt(2));
      for (int i = 0; i < 1_026; i++) {
        chain.mine();
      }
      announceHead(first, second);
      assertThat(next()).asString().contains("more blocks were missed than are fetched");
      assertThat(subscription.isDisposed()).isTrue();
      assertThat(told).isEmpty();
    }
  }

  /** The head that logs begin after is the first block that is asked for. */
  private static void untilItListens(Operators operators) {
    while (operators.nodes.stream().mapToLong(n -> n.count("eth_getBlockByNumber")).sum() < 3) {
      Thread.onSpinWait(); // the class has a time limit
    }
  }

  @Test
  void logs_come_once_each_through_an_outage_and_reorganised_ones_are_taken_back()
      throws Exception {
    ScriptedChain.Lag lag = new ScriptedChain.Lag();
    try (Operators operators = Operators.of(chain.node(), chain.node(lag), chain.node())) {
      Disposable subscription = logs(operators);
      untilItListens(operators);
      chain.mine("b1", "b2");
      assertThat(next(2)).containsExactly("b1", "b2");
      operators.nodes.get(0).socket.policy(FaultPolicy.always(Fault.RESET));
      chain.mine("b3").mine().mine("b4");
      assertThat(next(2)).containsExactly("b3", "b4");
      operators.all(node -> node.socket.policy(FaultPolicy.always(Fault.RESET)));
      chain.mine("b5");
      lag.blocks = 1;
      operators.all(node -> node.socket.policy(FaultPolicy.none()));
      chain.mine("b6");
      assertThat(next(2)).containsExactly("b5", "b6");
      lag.blocks = 0;
      chain.reorg(2).mine("c5").mine("c6").mine();
      assertThat(next(4)).containsExactly("-b6", "-b5", "c5", "c6");
      subscription.dispose();
      assertThat(told).isEmpty();
    }
  }

  @Test
  void web3js_own_logs_leave_out_what_they_could_not_mark_as_removed() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      Disposable subscription =
          operators
              .web3j
              .logsNotifications(List.of(ADDRESS), List.of())
              .subscribe(log -> told.add(log.getParams().getResult().getData()), told::add);
      untilItListens(operators);
      chain.mine("b1");
      assertThat(next()).isEqualTo("0xb1");
      chain.reorg(1).mine("c1").mine("c2");
      assertThat(next(2)).containsExactly("0xc1", "0xc2");
      subscription.dispose();
      assertThat(told).isEmpty();
    }
  }

  @Test
  void logs_that_no_endpoint_gives_are_an_error_after_ten_blocks() throws Exception {
    ScriptedNode[] nodes = {chain.node(), chain.node()};
    for (ScriptedNode node : nodes) {
      node.answer(
          "eth_getLogs",
          params -> {
            throw new ScriptedNode.Refusal(-32602, "invalid topics", "");
          });
    }
    try (PushServer first = pusher();
        PushServer second = pusher();
        Operators operators = Operators.pushing(List.of(first, second), nodes)) {
      logs(operators);
      PooledWeb3jFilterTest.untilSubscribed(first);
      PooledWeb3jFilterTest.untilSubscribed(second);
      while (told.isEmpty()) { // the class has a time limit
        chain.mine("b1");
        announceHead(first, second);
      }
      assertThat((Throwable) next())
          .isInstanceOf(RpcFailedException.class)
          .hasMessageContaining("invalid topics");
    }
  }

  private Request<?, EthSubscribe> request(Operators operators, Object... params) {
    return new Request<>("eth_subscribe", List.of(params), operators.service, EthSubscribe.class);
  }

  @Test
  void what_one_endpoint_pushes_goes_on_at_another_one() throws Exception {
    try (PushServer first = pusher();
        PushServer second = pusher();
        Operators operators =
            Operators.pushing(List.of(first, second), chain.node(), chain.node())) {
      Disposable subscription =
          operators
              .service
              .subscribe(
                  request(operators, "newPendingTransactions"),
                  "eth_unsubscribe",
                  PendingTransactionNotification.class)
              .subscribe(hash -> told.add(hash.getParams().getResult()), told::add);
      PooledWeb3jFilterTest.untilSubscribed(first);
      first.announce("\"0x01\"");
      assertThat(next()).isEqualTo("0x01");
      assertThat(second.connections()).as("one endpoint at a time").isZero();
      PooledWeb3jFilterTest.leaves(first);
      PooledWeb3jFilterTest.untilSubscribed(second);
      second.announce("\"0x02\"");
      assertThat(next()).isEqualTo("0x02");
      subscription.dispose();
      while (second.subscriptions() > 0) {
        Thread.onSpinWait(); // the class has a time limit
      }
    }
  }

  @Test
  void closing_completes_every_subscription() throws Exception {
    try (PushServer pusher = pusher();
        Operators operators = Operators.pushing(List.of(pusher), chain.node(), chain.node())) {
      Disposable heads =
          operators
              .web3j
              .newHeadsNotifications()
              .subscribe(h -> {}, told::add, () -> told.add("h"));
      Disposable logs =
          operators
              .web3j
              .logsNotifications(List.of(ADDRESS), List.of())
              .subscribe(log -> {}, told::add, () -> told.add("l"));
      operators.service.close();
      assertThat(next(2)).containsExactlyInAnyOrder("h", "l");
      assertThat(heads.isDisposed()).isTrue();
      assertThat(logs.isDisposed()).isTrue();
    }
  }

  @Test
  void a_subscription_that_cannot_be_is_refused_by_type_and_words() {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      assertThatThrownBy(
              () ->
                  operators.service.subscribe(
                      request(operators, "newPendingTransactions"),
                      "eth_unsubscribe",
                      PendingTransactionNotification.class))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("needs an endpoint with a WebSocket");
      InvocationHandler nothing =
          (proxy, method, arguments) -> {
            throw new AssertionError(method);
          };
      PooledWeb3jService other =
          PooledWeb3jService.over(
              (RpcClient)
                  Proxy.newProxyInstance(
                      getClass().getClassLoader(), new Class<?>[] {RpcClient.class}, nothing));
      assertThatThrownBy(
              () ->
                  other.subscribe(
                      request(operators, "newHeads"),
                      "eth_unsubscribe",
                      NewHeadsNotification.class))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("need an RpcPool");
    }
  }

  @Test
  void more_subscriptions_than_anybody_needs_are_refused() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      List<Disposable> all = new ArrayList<>();
      for (int i = 0; i < Subscriptions.MOST; i++) {
        all.add(operators.web3j.newHeadsNotifications().subscribe(head -> {}, told::add));
      }
      assertThat(told).isEmpty();
      heads(operators);
      assertThat((Throwable) next())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no more");
      all.get(0).dispose();
      Disposable last = heads(operators);
      assertThat(next()).isEqualTo(chain.hashAt(2));
      last.dispose();
      all.forEach(Disposable::dispose);
    }
  }
}
