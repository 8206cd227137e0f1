package io.payonce.routing.web3j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.PushFault;
import io.payonce.testing.PushServer;
import io.reactivex.disposables.Disposable;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.Log;

/** Filters that outlive the endpoints which answer them. */
@Timeout(180)
final class PooledWeb3jFilterTest {
  private static final String ADDRESS = "0x" + "aa".repeat(20);

  private final ScriptedChain chain = new ScriptedChain().mine("a1").mine("a2");

  private static EthFilter since(DefaultBlockParameter first) {
    return new EthFilter(first, DefaultBlockParameterName.LATEST, ADDRESS);
  }

  private static BigInteger logFilter(Operators operators) throws IOException {
    return operators
        .web3j
        .ethNewFilter(since(DefaultBlockParameterName.EARLIEST))
        .send()
        .getFilterId();
  }

  private static List<String> names(EthLog answer) {
    assertThat(answer.hasError()).as(() -> answer.getError().getMessage()).isFalse();
    List<String> names = new ArrayList<>();
    for (EthLog.LogResult<?> result : answer.getLogs()) {
      Log log = (Log) result.get();
      names.add((log.isRemoved() ? "-" : "") + log.getData().substring(2));
    }
    return names;
  }

  private static List<String> news(Operators operators, BigInteger filter) throws IOException {
    return names(operators.web3j.ethGetFilterChanges(filter).send());
  }

  private static List<String> all(Operators operators, BigInteger filter) throws IOException {
    return names(operators.web3j.ethGetFilterLogs(filter).send());
  }

  @Test
  void logs_before_the_filter_are_its_first_logs_and_later_ones_its_changes() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      BigInteger filter = logFilter(operators);
      chain.mine("b1", "b2").mine().mine("b3");
      assertThat(all(operators, filter)).containsExactly("a1", "a2");
      assertThat(news(operators, filter)).containsExactly("b1", "b2", "b3");
      assertThat(news(operators, filter)).isEmpty();
      assertThat(all(operators, filter)).containsExactly("a1", "a2", "b1", "b2", "b3");
      chain.mine("b4");
      assertThat(news(operators, filter)).containsExactly("b4");
    }
  }

  @Test
  void a_filter_goes_on_at_another_operator_where_the_first_one_ended() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      BigInteger filter = logFilter(operators);
      chain.mine("b1");
      operators.nodes.get(1).socket.policy(FaultPolicy.always(Fault.RESET));
      assertThat(news(operators, filter)).containsExactly("b1");
      chain.mine("b2").mine("b3");
      operators.nodes.get(0).socket.policy(FaultPolicy.always(Fault.RESET));
      assertThatThrownBy(() -> news(operators, filter)).isInstanceOf(IOException.class);
      chain.mine("b4");
      operators.nodes.get(1).socket.policy(FaultPolicy.none());
      assertThat(news(operators, filter)).containsExactly("b2", "b3", "b4");
    }
  }

  @Test
  void nodes_that_lag_delay_news_and_lose_none() throws Exception {
    Random random = new Random(11);
    ScriptedChain.Lag lagA = new ScriptedChain.Lag();
    ScriptedChain.Lag lagB = new ScriptedChain.Lag();
    try (Operators operators = Operators.of(chain.node(lagA), chain.node(lagB))) {
      BigInteger filter = logFilter(operators);
      List<String> expected = new ArrayList<>();
      List<String> delivered = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        String name = String.format("%04x", i);
        expected.add(name);
        chain.mine(name);
        lagA.blocks = random.nextInt(4);
        lagB.blocks = random.nextInt(4);
        try {
          delivered.addAll(news(operators, filter));
        } catch (IOException nodeWithoutTheBlock) {
          // The next poll brings what this one could not.
        }
      }
      lagA.blocks = 0;
      lagB.blocks = 0;
      delivered.addAll(news(operators, filter));
      assertThat(delivered).as("seed 11").isEqualTo(expected);
    }
  }

  @Test
  void first_logs_are_whole_although_the_quickest_node_lags() throws Exception {
    ScriptedChain.Lag lag = new ScriptedChain.Lag();
    try (Operators operators = Operators.of(chain.node(lag), chain.node(), chain.node())) {
      BigInteger filter = logFilter(operators);
      lag.blocks = 1;
      operators.nodes.get(1).socket.policy(FaultPolicy.always(Fault.DELAY));
      operators.nodes.get(2).socket.policy(FaultPolicy.always(Fault.DELAY));
      for (int i = 0; i < 5; i++) {
        assertThat(all(operators, filter)).containsExactly("a1", "a2");
      }
    }
  }

  @Test
  void a_gap_of_many_blocks_is_replayed_in_steps() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      BigInteger filter = logFilter(operators);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 250; i++) {
        String name = String.format("%04x", i);
        expected.add(name);
        chain.mine(name);
      }
      List<String> delivered = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        delivered.addAll(news(operators, filter));
      }
      assertThat(delivered).isEqualTo(expected);
    }
  }

  @Test
  void a_reorg_takes_logs_back_before_it_brings_others() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      BigInteger filter = logFilter(operators);
      chain.mine("b1").mine("b2", "b3");
      assertThat(news(operators, filter)).containsExactly("b1", "b2", "b3");
      chain.reorg(2).mine("c1").mine("b2").mine();
      assertThat(news(operators, filter)).containsExactly("-b3", "-b2", "-b1", "c1", "b2");
      chain.reorg(1).mine("d1");
      assertThat(news(operators, filter)).containsExactly("d1");
    }
  }

  @Test
  void a_reorg_deeper_than_remembered_makes_web3j_install_the_filter_anew() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      for (int i = 0; i < 70; i++) {
        chain.mine();
      }
      BigInteger filter = logFilter(operators);
      chain.reorg(66).mine("c1").mine("c2");
      for (int i = 0; i < 66; i++) {
        chain.mine();
      }
      EthLog answer = operators.web3j.ethGetFilterChanges(filter).send();
      assertThat(answer.getError().getCode()).isEqualTo(-32000);
      assertThat(answer.getError().getMessage()).contains("filter not found");
    }
  }

  @Test
  void a_reorg_right_after_a_filter_was_installed_loses_no_block_and_takes_back_what_was_given()
      throws Exception {
    for (int i = 0; i < 61; i++) {
      chain.mine(String.format("%04x", i));
    }
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      BigInteger logs = logFilter(operators);
      BigInteger later = logFilter(operators);
      BigInteger blocks = operators.web3j.ethNewBlockFilter().send().getFilterId();
      assertThat(all(operators, logs)).hasSize(63);
      chain.reorg(2).mine("c1").mine("c2").mine("c3");
      assertThat(news(operators, logs)).containsExactly("-003c", "-003b", "c1", "c2", "c3");
      assertThat(news(operators, later)).containsExactly("c1", "c2", "c3");
      assertThat(hashes(operators, blocks))
          .containsExactly(chain.hashAt(62), chain.hashAt(63), chain.hashAt(64));
      chain.reorg(62).mine("d1");
      for (int i = 0; i < 62; i++) {
        chain.mine();
      }
      assertThat(news(operators, later)).containsExactly("-c3", "-c2", "-c1", "d1");
    }
  }

  @Test
  void block_filters_give_each_canonical_block_once_in_order() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      BigInteger filter = operators.web3j.ethNewBlockFilter().send().getFilterId();
      chain.mine().mine();
      assertThat(hashes(operators, filter)).containsExactly(chain.hashAt(3), chain.hashAt(4));
      chain.reorg(1).mine().mine();
      assertThat(hashes(operators, filter)).containsExactly(chain.hashAt(4), chain.hashAt(5));
      assertThat(hashes(operators, filter)).isEmpty();
      assertThat(operators.web3j.ethGetFilterLogs(filter).send().hasError()).isTrue();
    }
  }

  @Test
  void blocks_of_a_flowable_come_whole_although_nodes_lag() throws Exception {
    ScriptedChain.Lag lag = new ScriptedChain.Lag();
    ScriptedChain.Lag other = new ScriptedChain.Lag();
    BlockingQueue<Object> told = new LinkedBlockingQueue<>();
    try (Operators operators = Operators.of(chain.node(), chain.node(lag), chain.node(other))) {
      ScheduledExecutorService poller = Executors.newSingleThreadScheduledExecutor();
      Disposable blocks =
          Web3j.build(operators.service, 20, poller)
              .blockFlowable(true)
              .subscribe(block -> told.add(String.valueOf(block.getBlock())), told::add);
      Object first = null;
      while (first == null) { // until the filter is there: the class has a time limit
        chain.mine();
        first = told.poll(200, TimeUnit.MILLISECONDS);
      }
      for (int i = 0; i < 30; i++) {
        lag.blocks = i % 2;
        other.blocks = 1 - lag.blocks;
        chain.mine();
        assertThat(told.poll(10, TimeUnit.SECONDS)).isNotNull().isNotEqualTo("null");
      }
      blocks.dispose();
      poller.shutdownNow();
      assertThat(poller.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static List<String> hashes(Operators operators, BigInteger filter) throws IOException {
    List<String> hashes = new ArrayList<>();
    for (EthLog.LogResult<?> result :
        operators.web3j.ethGetFilterChanges(filter).send().getLogs()) {
      hashes.add((String) result.get());
    }
    return hashes;
  }

  @Test
  void bounds_of_a_filter_hold() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      EthFilter few =
          new EthFilter(
              DefaultBlockParameter.valueOf(BigInteger.valueOf(2)),
              DefaultBlockParameter.valueOf(BigInteger.valueOf(3)),
              ADDRESS);
      BigInteger filter = operators.web3j.ethNewFilter(few).send().getFilterId();
      chain.mine("b1").mine("b2");
      assertThat(all(operators, filter)).containsExactly("a2");
      assertThat(news(operators, filter)).containsExactly("b1");
      BigInteger newest =
          operators
              .web3j
              .ethNewFilter(since(DefaultBlockParameterName.LATEST))
              .send()
              .getFilterId();
      assertThat(all(operators, newest)).containsExactly("b2");
      BigInteger future =
          operators
              .web3j
              .ethNewFilter(since(DefaultBlockParameter.valueOf(BigInteger.valueOf(6))))
              .send()
              .getFilterId();
      assertThat(all(operators, future)).isEmpty();
      chain.mine("b3").mine("b4");
      assertThat(news(operators, future)).containsExactly("b4");
    }
  }

  @Test
  void filters_end_when_uninstalled_when_forgotten_and_when_there_are_too_many() throws Exception {
    AtomicLong nanos = new AtomicLong();
    try (Operators operators =
        Operators.of(settings -> settings.ticker(nanos::get), chain.node(), chain.node())) {
      BigInteger filter = logFilter(operators);
      assertThat(operators.web3j.ethUninstallFilter(filter).send().isUninstalled()).isTrue();
      assertThat(operators.web3j.ethUninstallFilter(filter).send().isUninstalled()).isFalse();
      assertThat(operators.web3j.ethGetFilterChanges(filter).send().hasError()).isTrue();

      BigInteger forgotten = logFilter(operators);
      nanos.addAndGet(Filters.FORGOTTEN_AFTER.minus(Duration.ofSeconds(1)).toNanos());
      assertThat(news(operators, forgotten)).isEmpty();
      nanos.addAndGet(Filters.FORGOTTEN_AFTER.plus(Duration.ofSeconds(1)).toNanos());
      assertThat(operators.web3j.ethGetFilterChanges(forgotten).send().hasError()).isTrue();

      BigInteger first = logFilter(operators);
      BigInteger second = logFilter(operators);
      assertThat(news(operators, first)).isEmpty();
      for (int i = 0; i < Filters.MOST - 1; i++) {
        logFilter(operators);
      }
      assertThat(news(operators, first)).isEmpty();
      assertThat(operators.web3j.ethGetFilterChanges(second).send().hasError()).isTrue();
    }
  }

  @Test
  void filters_for_pending_transactions_need_an_endpoint_that_pushes() throws Exception {
    try (Operators operators = Operators.of(chain.node(), chain.node())) {
      Response.Error refused = operators.web3j.ethNewPendingTransactionFilter().send().getError();
      assertThat(refused.getCode()).isEqualTo(-32601);
      assertThat(refused.getMessage()).contains("needs an endpoint with a WebSocket");
    }
  }

  private static String pending(int number) {
    return String.format("0x%064x", number);
  }

  private static List<String> awaitNews(Operators operators, BigInteger filter, int count)
      throws IOException {
    List<String> hashes = new ArrayList<>();
    while (hashes.size() < count) { // the class has a time limit
      hashes.addAll(hashes(operators, filter));
    }
    return hashes;
  }

  @Test
  void pending_transactions_are_those_that_one_endpoint_pushes_until_another_takes_over()
      throws Exception {
    try (PushServer first = PushServer.start(method -> ScriptedNode.CHAIN);
        PushServer second = PushServer.start(method -> ScriptedNode.CHAIN);
        Operators operators =
            Operators.pushing(List.of(first, second), chain.node(), chain.node())) {
      BigInteger filter = operators.web3j.ethNewPendingTransactionFilter().send().getFilterId();
      assertThat(hashes(operators, filter)).isEmpty();
      untilSubscribed(first);
      first.announce('"' + pending(1) + '"');
      first.announce('"' + pending(2) + '"');
      assertThat(awaitNews(operators, filter, 2)).containsExactly(pending(1), pending(2));
      assertThat(second.connections()).isZero();

      leaves(first);
      untilSubscribed(second);
      second.announce('"' + pending(3) + '"');
      assertThat(awaitNews(operators, filter, 1)).containsExactly(pending(3));

      assertThat(operators.web3j.ethGetFilterLogs(filter).send().hasError()).isTrue();
      assertThat(operators.web3j.ethUninstallFilter(filter).send().isUninstalled()).isTrue();
      while (second.subscriptions() > 0) {
        Thread.onSpinWait(); // the class has a time limit
      }
    }
  }

  @Test
  void a_filter_that_nobody_asks_any_more_is_never_without_bounds() throws Exception {
    try (PushServer pusher = PushServer.start(method -> ScriptedNode.CHAIN);
        Operators operators = Operators.pushing(List.of(pusher), chain.node(), chain.node())) {
      BigInteger filter = operators.web3j.ethNewPendingTransactionFilter().send().getFilterId();
      untilSubscribed(pusher);
      for (int i = 0; i <= PendingTrail.MOST; i++) {
        pusher.announce('"' + pending(i) + '"');
      }
      while (pusher.subscriptions() > 0) {
        Thread.onSpinWait(); // the class has a time limit
      }
      EthLog answer = operators.web3j.ethGetFilterChanges(filter).send();
      while (!answer.hasError()) { // the filter may hear that it is over after the server does
        answer = operators.web3j.ethGetFilterChanges(filter).send();
      }
      assertThat(answer.getError().getMessage()).contains("filter not found");
    }
  }

  /** For good. */
  static void leaves(PushServer pusher) {
    pusher.fault(PushFault.REFUSED);
    pusher.cutConnections();
  }

  static void untilSubscribed(PushServer pusher) {
    while (pusher.subscriptions() == 0) {
      Thread.onSpinWait(); // the class has a time limit
    }
  }
}
