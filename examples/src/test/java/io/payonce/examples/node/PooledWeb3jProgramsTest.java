package io.payonce.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Erc20Calls;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.SecretUri;
import io.payonce.routing.web3j.BroadcastAmbiguousException;
import io.payonce.routing.web3j.PooledWeb3jService;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import io.payonce.testing.SeededFaults;
import io.reactivex.disposables.CompositeDisposable;
import io.reactivex.disposables.Disposable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.FastRawTransactionManager;
import org.web3j.tx.RawTransactionManager;
import org.web3j.tx.Transfer;
import org.web3j.tx.response.Callback;
import org.web3j.tx.response.NoOpProcessor;
import org.web3j.tx.response.PollingTransactionReceiptProcessor;
import org.web3j.tx.response.QueuingTransactionReceiptProcessor;
import org.web3j.tx.response.TransactionReceiptProcessor;
import org.web3j.utils.Convert;

/**
 * web3j's own programs, unchanged, on a pool of three operators: one anvil behind three faulty
 * networks. Runs on every line of web3j that the build names.
 */
@Timeout(300)
final class PooledWeb3jProgramsTest {
  private static final long SEED = 20_261;
  private static final int BLOCK_MILLIS = 250;
  private static final int POLL_MILLIS = 100;
  private static final BigInteger GAS_PRICE = BigInteger.valueOf(20_000_000_000L);
  private static final BigInteger TRANSFER_GAS = BigInteger.valueOf(21_000);
  private static final String SEND = "eth_sendRawTransaction";

  private final Credentials wallet = Credentials.create("0x" + "42".repeat(32));
  private final List<FaultProxy> networks = new ArrayList<>();
  private AnvilNode node;
  private Web3j web3j;

  @BeforeEach
  void start() {
    node =
        RequiredPart.orSkip(
            () -> AnvilNode.builder().blockTimeMillis(BLOCK_MILLIS).slotsInAnEpoch(1).start());
    node.setBalance(Address.of(wallet.getAddress()), Wei.ofCoins("1000"));
    for (int i = 0; i < 3; i++) {
      networks.add(FaultProxy.forwardingTo(node.url()).start());
    }
    web3j =
        Web3j.build(
            PooledWeb3jService.owning(pool()), POLL_MILLIS, Executors.newScheduledThreadPool(2));
  }

  @AfterEach
  void stop() {
    if (web3j != null) {
      web3j.shutdown();
    }
    networks.forEach(FaultProxy::close);
    if (node != null) {
      node.close();
    }
  }

  private RpcPool pool() {
    ChainProfile profile = ChainProfiles.builtIn().require(ChainId.of(node.chainId()));
    String alphaUrl = networks.get(0).url().toString();
    String betaUrl = networks.get(1).url().toString();
    String gammaUrl = networks.get(2).url().toString();
    return RpcPool.builder(profile)
        .endpoint(
            Endpoint.builder("alpha", "alpha-ltd", SecretUri.of(alphaUrl))
                .webSocket(SecretUri.of(node.url().toString().replaceFirst("^http", "ws")))
                .build())
        .endpoint(Endpoint.of("beta", "beta-inc", betaUrl))
        .endpoint(Endpoint.of("gamma", "gamma-gmbh", gammaUrl))
        .policy(Patience.POLICY)
        .build();
  }

  private static Web3j before(String url) {
    // tag::before
    Web3j web3j = Web3j.build(new HttpService(url));
    // end::before
    return web3j;
  }

  private static Web3j after(RpcPool pool) {
    // tag::after
    Web3j web3j = Web3j.build(PooledWeb3jService.owning(pool));
    // end::after
    return web3j;
  }

  @Test
  void one_line_of_a_program_changes_and_the_readme_shows_it() throws Exception {
    String source =
        Files.readString(
            Path.of("src/test/java/io/payonce/examples/node/PooledWeb3jProgramsTest.java"));
    String readme = Files.readString(Path.of("../sdk-routing/README.md"));
    assertThat(between(readme, "<!-- web3j -->\n```java\n", "\n```").lines())
        .containsExactly(
            "// before",
            between(source, "// tag::before\n", "\n    // end::before").strip(),
            "// after",
            between(source, "// tag::after\n", "\n    // end::after").strip());
    Web3j plain = before(networks.get(0).url().toString());
    Web3j pooled = after(pool());
    try {
      assertThat(pooled.ethChainId().send().getChainId())
          .isEqualTo(plain.ethChainId().send().getChainId());
    } finally {
      plain.shutdown();
      pooled.shutdown();
    }
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start) + start.length();
    assertThat(from).as(start).isGreaterThanOrEqualTo(start.length());
    return text.substring(from, text.indexOf(end, from));
  }

  /** Each network loses and delays on its own, from here on. */
  private void faults(int lostReplies, int lostRequests) {
    for (int i = 0; i < networks.size(); i++) {
      FaultPolicy everything =
          SeededFaults.builder(new SplittableRandom(SEED + i))
              .percent(Fault.SERVER_ERROR, 3)
              .percent(Fault.REORDERED, 10)
              .build();
      FaultPolicy sends =
          SeededFaults.builder(new SplittableRandom(SEED + 100 + i))
              .percent(Fault.LOST_REPLY, lostReplies)
              .percent(Fault.LOST_REQUEST, lostRequests)
              .build()
              .onMethod(SEND);
      networks.get(i).policy(sends.or(everything));
    }
  }

  private static String payee(int number) {
    return String.format("0x%040x", 0xabc000 + number);
  }

  /** How often each payee was paid, by the blocks. */
  private Map<String, Integer> paid() {
    Map<String, Integer> paid = new TreeMap<>();
    for (long number = 1; number <= node.blockNumber(); number++) {
      JsonNode block = node.rpc().call("eth_getBlockByNumber", NodeRpc.hex(number), true);
      for (JsonNode tx : block.path("transactions")) {
        paid.merge(tx.path("to").asText(), 1, Integer::sum);
      }
    }
    return paid;
  }

  private Map<String, Integer> once(int payments) {
    Map<String, Integer> once = new TreeMap<>();
    for (int i = 0; i < payments; i++) {
      once.put(payee(i), 1);
    }
    return once;
  }

  /** As its exception says: the same payment at the same nonce again, and no other. */
  private static TransactionReceipt pay(
      RawTransactionManager manager, TransactionReceiptProcessor receipts, int number)
      throws Exception {
    for (int i = 0; i < 20; i++) {
      try {
        EthSendTransaction sent =
            manager.sendTransaction(GAS_PRICE, TRANSFER_GAS, payee(number), "", BigInteger.TEN);
        assertThat(sent.hasError())
            .as(() -> sent.getError().getCode() + " " + sent.getError().getMessage())
            .isFalse();
        return receipts.waitForTransactionReceipt(sent.getTransactionHash());
      } catch (BroadcastAmbiguousException nobodyHasIt) {
        // web3j reads the nonce anew; nobody has the transaction, so it gets the same one.
      }
    }
    return fail("no payment in 20 tries");
  }

  @Test
  void the_raw_transaction_manager_pays_each_payee_once_through_lost_replies_and_requests()
      throws Exception {
    faults(15, 15);
    RawTransactionManager manager = new RawTransactionManager(web3j, wallet, node.chainId());
    var receipts = new PollingTransactionReceiptProcessor(web3j, POLL_MILLIS, 200);
    for (int i = 0; i < 12; i++) {
      TransactionReceipt receipt = pay(manager, receipts, i);
      assertThat(receipt.isStatusOK()).isTrue();
      assertThat(receipt.getTo()).isEqualTo(payee(i));
    }
    assertThat(paid()).as("seed %d", SEED).isEqualTo(once(12));
    assertThat(hits(Fault.LOST_REPLY) + hits(Fault.LOST_REQUEST)).isPositive();
  }

  private long hits(Fault fault) {
    return networks.stream().mapToLong(network -> network.hits(fault)).sum();
  }

  @Test
  void the_fast_manager_and_receipts_that_nobody_waits_for_work_too() throws Exception {
    FastRawTransactionManager manager =
        new FastRawTransactionManager(web3j, wallet, node.chainId());
    for (int i = 0; i < 12; i++) {
      TransactionReceipt receipt = pay(manager, new NoOpProcessor(web3j), i);
      assertThat(receipt.getTransactionHash()).hasSize(66);
    }
    assertThat(manager.getCurrentNonce()).isEqualTo(11);
    var receipts = new PollingTransactionReceiptProcessor(web3j, POLL_MILLIS, 200);
    assertThat(pay(manager, receipts, 12).isStatusOK()).isTrue();
    assertThat(paid()).isEqualTo(once(13));
  }

  @Test
  void queued_receipts_come_to_their_callback() throws Exception {
    faults(0, 0);
    BlockingQueue<Object> told = new LinkedBlockingQueue<>();
    var receipts =
        new QueuingTransactionReceiptProcessor(
            web3j,
            new Callback() {
              @Override
              public void accept(TransactionReceipt receipt) {
                told.add(receipt);
              }

              @Override
              public void exception(Exception failure) {
                told.add(failure);
              }
            },
            200,
            POLL_MILLIS);
    RawTransactionManager manager = new RawTransactionManager(web3j, wallet, node.chainId());
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      sent.add(pay(manager, receipts, i).getTransactionHash());
    }
    List<String> found = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Object next = told.poll(60, TimeUnit.SECONDS);
      assertThat(next).isInstanceOf(TransactionReceipt.class);
      found.add(((TransactionReceipt) next).getTransactionHash());
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(sent);
    assertThat(paid()).isEqualTo(once(4));
  }

  @Test
  void web3js_one_line_transfer_works() throws Exception {
    // A receipt that is not there at the first look is looked for again after 15 s.
    node.rpc().call("evm_setAutomine", true);
    // Also by EIP-1559, with a manager that web3j makes itself.
    assertThat(
            new Transfer(web3j, new RawTransactionManager(web3j, wallet, node.chainId()))
                .sendFunds(payee(0), BigDecimal.ONE, Convert.Unit.GWEI, GAS_PRICE, TRANSFER_GAS)
                .send()
                .isStatusOK())
        .isTrue();
    assertThat(
            Transfer.sendFundsEIP1559(
                    web3j,
                    wallet,
                    payee(1),
                    BigDecimal.ONE,
                    Convert.Unit.GWEI,
                    TRANSFER_GAS,
                    BigInteger.ONE,
                    GAS_PRICE)
                .send()
                .isStatusOK())
        .isTrue();
    assertThat(paid()).isEqualTo(once(2));
  }

  @Test
  void log_events_arrive_once_each_while_operators_come_and_go() throws Exception {
    TokenContracts.Token token =
        RequiredPart.orSkip(() -> TokenContracts.deploy(node, TokenContracts.Kind.STANDARD, 6));
    Address sender = node.unlockedAccounts().get(0);
    token.mint(sender, BigInteger.valueOf(1_000_000));
    BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    EthFilter filter =
        new EthFilter(
            DefaultBlockParameterName.EARLIEST,
            DefaultBlockParameterName.LATEST,
            token.address().value());
    Disposable subscription =
        web3j
            .ethLogFlowable(filter)
            .subscribe(log -> events.add(amount(log.getData())), events::add);
    try {
      assertThat(events.poll(60, TimeUnit.SECONDS)).as("the mint").isEqualTo(1_000_000);
      for (int i = 1; i <= 20; i++) {
        cut(i / 3);
        node.mined(
            node.send(
                sender,
                token.address(),
                Wei.ZERO,
                Erc20Calls.transfer(Address.of(payee(i)), BigInteger.valueOf(i))));
      }
      for (int i = 1; i <= 20; i++) {
        assertThat(events.poll(60, TimeUnit.SECONDS)).isEqualTo(i);
      }
      node.mine(2);
      assertThat(events.poll(3 * POLL_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    } finally {
      subscription.dispose();
    }
  }

  private static int amount(String data) {
    return new BigInteger(data.substring(2), 16).intValueExact();
  }

  /** One operator is always away, and which one changes. */
  private void cut(int which) {
    for (int k = 0; k < networks.size(); k++) {
      networks
          .get(k)
          .policy(
              k == which % networks.size() ? FaultPolicy.always(Fault.RESET) : FaultPolicy.none());
    }
  }

  @Test
  void subscriptions_bring_heads_logs_and_pending_transactions_while_operators_come_and_go()
      throws Exception {
    TokenContracts.Token token =
        RequiredPart.orSkip(() -> TokenContracts.deploy(node, TokenContracts.Kind.STANDARD, 6));
    Address sender = node.unlockedAccounts().get(0);
    token.mint(sender, BigInteger.valueOf(1_000_000));
    BlockingQueue<Object> heads = new LinkedBlockingQueue<>();
    BlockingQueue<Object> logs = new LinkedBlockingQueue<>();
    BlockingQueue<Object> pending = new LinkedBlockingQueue<>();
    Disposable all =
        new CompositeDisposable(
            web3j
                .newHeadsNotifications()
                .map(head -> head.getParams().getResult())
                .subscribe(head -> heads.add(Long.decode(head.getNumber())), heads::add),
            web3j
                .logsNotifications(List.of(token.address().value()), List.of())
                .map(log -> log.getParams().getResult())
                .subscribe(log -> logs.add(amount(log.getData())), logs::add),
            web3j.ethPendingTransactionHashFlowable().subscribe(pending::add, pending::add));
    try {
      Object first = heads.poll(60, TimeUnit.SECONDS);
      assertThat(first).isInstanceOf(Long.class);
      int probe = 1_000; // until one was told: what begins to listen says so to nobody
      TransactionHash told;
      do {
        told = transfer(sender, token, ++probe);
      } while (!came(pending, told.value()) || !came(logs, probe));
      for (int i = 1; i <= 5; i++) {
        cut(i / 2);
        TransactionHash sent = transfer(sender, token, i);
        assertThat(pending.poll(60, TimeUnit.SECONDS)).isEqualTo(sent.value());
        assertThat(logs.poll(60, TimeUnit.SECONDS)).isEqualTo(i);
      }
      long last = node.blockNumber();
      for (long number = (Long) first + 1; number <= last; number++) {
        assertThat(heads.poll(60, TimeUnit.SECONDS)).isEqualTo(number);
      }
      assertThat(logs).isEmpty();
    } finally {
      all.dispose();
    }
  }

  private TransactionHash transfer(Address sender, TokenContracts.Token token, int amount) {
    return node.send(
        sender,
        token.address(),
        Wei.ZERO,
        Erc20Calls.transfer(Address.of(payee(amount)), BigInteger.valueOf(amount)));
  }

  /** Whether this comes in some seconds; what comes before it is of no interest. */
  private static boolean came(BlockingQueue<Object> told, Object wanted) throws Exception {
    Object next = told.poll(5, TimeUnit.SECONDS);
    while (next != null && !next.equals(wanted)) {
      next = told.poll(5, TimeUnit.SECONDS);
    }
    return next != null;
  }

  @Test
  void blocks_arrive_once_each_in_order_while_operators_come_and_go() throws Exception {
    BlockingQueue<Object> blocks = new LinkedBlockingQueue<>();
    Disposable subscription =
        web3j
            .blockFlowable(false)
            .subscribe(
                block -> blocks.add(block.getBlock().getNumber().longValueExact()), blocks::add);
    try {
      Object first = blocks.poll(60, TimeUnit.SECONDS);
      assertThat(first).isInstanceOf(Long.class);
      for (int i = 1; i <= 20; i++) {
        networks.get(i % 3).policy(FaultPolicy.always(Fault.LOST_REQUEST));
        networks.get((i + 1) % 3).policy(FaultPolicy.none());
        assertThat(blocks.poll(60, TimeUnit.SECONDS)).isEqualTo((Long) first + i);
      }
    } finally {
      subscription.dispose();
    }
  }
}
