package io.payonce.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.nonce.LaneStatus;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.Consumption;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.RequiredPart;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.utils.Numeric;

/**
 * A real node behind three faulty networks, a funded wallet, a SQLite journal, and one engine at a
 * time with the SDK's own threads, clock and transport. One thread drives it.
 *
 * <p>The stage itself asks the node for a block four times a second: so it can stop mining between
 * two blocks, which an interval inside the node cannot.
 */
final class NodeStage implements AutoCloseable {
  static final ChainId CHAIN = ChainId.of(31337);

  private static final int BLOCK_MILLIS = 250;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Wei FUNDS = Wei.ofCoins("100");
  private static final BigInteger TOKENS = BigInteger.valueOf(1_000_000);
  private static final List<String> OPERATORS = List.of("alpha", "beta", "gamma");
  private static final byte[] SECRET = new byte[32];

  static {
    SECRET[0] = 0x7a;
    SECRET[31] = 0x11;
  }

  final AnvilNode node;
  final Address wallet = Address.of(credentials().getAddress());
  final LaneId lane = new LaneId(CHAIN, wallet);
  final List<TransferStatus> told = new CopyOnWriteArrayList<>();

  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private final Map<TokenContracts.Kind, TokenContracts.Token> tokens = new LinkedHashMap<>();
  private final Map<IdempotencyKey, Transfer> asked = new LinkedHashMap<>();
  private final List<FaultProxy> networks = new ArrayList<>();
  private final ScheduledExecutorService miner = Executors.newSingleThreadScheduledExecutor();
  private final AtomicBoolean mining = new AtomicBoolean(true);

  /** Each says no more than: look again. */
  private final BlockingQueue<Boolean> news = new LinkedBlockingQueue<>();

  private final Path journalFile;
  private JdbcTransferStore journal;
  private RpcPool pool;
  private IdempotentSubmitter payonce;

  /** A stage with tokens of these kinds and an engine that runs. */
  NodeStage(Path folder, TokenContracts.Kind... kinds) {
    node =
        RequiredPart.orSkip(
            () ->
                AnvilNode.builder()
                    .manualMining()
                    .chainId(CHAIN.value())
                    .slotsInAnEpoch(3) // final is the head minus 6
                    .start());
    node.setBalance(wallet, FUNDS);
    for (TokenContracts.Kind kind : kinds) {
      TokenContracts.Token token = RequiredPart.orSkip(() -> TokenContracts.deploy(node, kind, 6));
      token.mint(wallet, TOKENS);
      tokens.put(kind, token);
    }
    for (int i = 0; i < OPERATORS.size(); i++) {
      networks.add(FaultProxy.forwardingTo(node.url()).start());
    }
    var unused = miner.scheduleAtFixedRate(this::mineOne, 0, BLOCK_MILLIS, TimeUnit.MILLISECONDS);
    journalFile = folder.resolve("journal.db");
    journal = JdbcTransferStore.open(journalFile, JournalOptions.defaults());
    pool = newPool();
    payonce = newEngine();
    until(() -> laneStatus().state() == LaneStatus.State.ACTIVE);
  }

  private void mineOne() {
    if (mining.get()) {
      node.mine(1);
    }
  }

  private static ChainProfile profile() {
    return ChainProfiles.builtIn().require(CHAIN).withFinality(new Finality.Finalized());
  }

  private RpcPool newPool() {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < OPERATORS.size(); i++) {
      String name = OPERATORS.get(i);
      endpoints.add(Endpoint.of(name, name, networks.get(i).url().toString()));
    }
    return RpcPool.builder(profile()).endpoints(endpoints).build();
  }

  private IdempotentSubmitter newEngine() {
    List<TokenAmount> caps = new ArrayList<>();
    caps.add(TokenAmount.ofWei(CHAIN, Wei.ofCoins("10")));
    tokens.keySet().forEach(kind -> caps.add(TokenAmount.of(asset(kind), TOKENS)));
    GuardedSigner signer =
        GuardedSigner.builder()
            .key(
                SoftwareKey.fromBytes(
                    SECRET.clone(), InsecureKeyAccess.acknowledge("a test's own key")))
            .chains(CHAIN)
            .claimsIn(journal)
            .limits(new GuardLimits(Wei.ofCoins("0.01"), caps))
            .executor(miner)
            .build();
    return IdempotentSubmitter.builder()
        .store(journal)
        .chain(profile(), pool)
        .lane(CHAIN, signer)
        .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")))
        .settings(
            new SubmissionSettings(
                16,
                4,
                Duration.ofSeconds(1),
                Duration.ofMillis(300),
                Duration.ofMillis(300),
                Duration.ofMillis(100)))
        .listener(new Listener())
        .build();
  }

  /** Closes engine, pool and journal wherever they stand, and opens all of them anew. */
  void reopen() {
    payonce.close();
    pool.close();
    journal.close();
    journal = JdbcTransferStore.open(journalFile, JournalOptions.defaults());
    pool = newPool();
    payonce = newEngine();
  }

  /** The same faults in front of each operator; one draw for all of them. */
  void faults(FaultPolicy policy) {
    networks.forEach(network -> network.policy(policy));
  }

  List<FaultProxy> networks() {
    return networks;
  }

  IdempotentSubmitter payonce() {
    return payonce;
  }

  TokenContracts.Token token(TokenContracts.Kind kind) {
    TokenContracts.Token token = tokens.get(kind);
    if (token == null) {
      throw new IllegalStateException("no token of kind " + kind);
    }
    return token;
  }

  private Asset.Erc20 asset(TokenContracts.Kind kind) {
    return new Asset.Erc20(CHAIN, token(kind).address());
  }

  // ---- the chain

  /** Returns when the last block is mined; what is sent now stays in the pool. */
  void stopMining() {
    mining.set(false);
    await(CompletableFuture.runAsync(() -> {}, miner));
  }

  void goOnMining() {
    mining.set(true);
  }

  /** The key signs and sends nothing to itself, past every engine. */
  TransactionHash foreign(long nonce) {
    RawTransaction transaction =
        RawTransaction.createTransaction(
            CHAIN.value(),
            BigInteger.valueOf(nonce),
            BigInteger.valueOf(21_000),
            wallet.value(),
            BigInteger.ZERO,
            "",
            Wei.gwei(90).value(),
            Wei.gwei(100).value());
    byte[] raw = TransactionEncoder.signMessage(transaction, credentials());
    return TransactionHash.of(
        node.rpc().call("eth_sendRawTransaction", Numeric.toHexString(raw)).asText());
  }

  private static Credentials credentials() {
    return Credentials.create(Numeric.toHexStringNoPrefix(SECRET));
  }

  // ---- what hosts do

  static IdempotencyKey key(String name) {
    return IdempotencyKey.of(name);
  }

  /** Half a coin to a payee of its own. */
  void submit(String name) {
    submit(name, TokenAmount.ofWei(CHAIN, Wei.ofCoins("0.5")));
  }

  /** Some units of a token to a payee of its own. */
  void submit(String name, TokenContracts.Kind kind) {
    submit(name, TokenAmount.of(asset(kind), BigInteger.valueOf(1_234)));
  }

  private void submit(String name, TokenAmount amount) {
    byte[] payee = new byte[20];
    payee[0] = 0x77;
    payee[19] = (byte) (asked.size() + 1);
    Transfer transfer = Transfer.of(amount).from(wallet).to(Address.of(payee));
    asked.put(key(name), transfer);
    assertThat(payonce.submit(key(name), transfer)).isNotNull();
  }

  /** Submits and returns when the bytes wait in the node's pool; nothing is mined any more. */
  void inFlight(String name) {
    stopMining();
    long waiting = node.pendingNonce(wallet);
    submit(name);
    until(() -> node.pendingNonce(wallet) == waiting + 1);
    untilState(name, TransferState.IN_FLIGHT);
  }

  TransferStatus status(String name) {
    return payonce.status(key(name)).orElseThrow();
  }

  LaneStatus laneStatus() {
    return payonce.nonces().lane(lane);
  }

  StoredSlot slot(long nonce) {
    return journal.slot(new SlotId(lane, nonce)).orElseThrow();
  }

  /** The bytes of a payment's first transaction. */
  Bytes raw(long nonce) {
    return slot(nonce).attempts().get(0).signed().orElseThrow().raw();
  }

  /** What the payee has of the asset it was promised. */
  BigInteger received(String name) {
    Transfer transfer = asked.get(key(name));
    if (transfer == null) {
      throw new IllegalStateException("nobody asked for " + name);
    }
    return received(transfer);
  }

  private BigInteger received(Transfer transfer) {
    if (transfer.amount().asset() instanceof Asset.Erc20 token) {
      return new TokenContracts.Token(node, token.contract()).balanceOf(transfer.to());
    }
    return node.balance(transfer.to()).value();
  }

  // ---- waiting

  /** Looks again at each news of the engine, and ten times a second. */
  void until(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end)
          .as("not within %s; lane %s, transfers %s, troubles %s", PATIENCE, lane, told, troubles)
          .isNegative();
      try {
        news.poll(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(interrupted);
      }
    }
  }

  void untilState(String name, TransferState state) {
    until(() -> status(name).state() == state);
  }

  void untilFrozen(String incident) {
    until(() -> laneStatus().state() == LaneStatus.State.FROZEN);
    assertThat(laneStatus().incident()).startsWith(incident);
  }

  /** Lets so many blocks pass. */
  void blocks(int count) {
    long end = node.blockNumber() + count;
    until(() -> node.blockNumber() >= end);
  }

  TransferStatus end(String name) {
    return await(payonce.whenFinal(key(name)));
  }

  <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new AssertionError("told " + told + ", troubles " + troubles, e);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  // ---- what must hold whatever happened

  /** Effects, nonces, money and history, by the node's own state. */
  void verify() {
    BigInteger out = BigInteger.ZERO;
    for (Map.Entry<IdempotencyKey, Transfer> each : asked.entrySet()) {
      TransferState state = journal.find(each.getKey()).orElseThrow().state();
      TokenAmount amount = each.getValue().amount();
      assertThat(state.isTerminal()).as("%s is %s", each.getKey(), state).isTrue();
      BigInteger received = received(each.getValue());
      assertThat(received)
          .as("%s is %s", each.getKey(), state)
          .isEqualTo(state == TransferState.PAID_FINAL ? amount.units() : BigInteger.ZERO);
      out = amount.asset() instanceof Asset.Native ? out.add(received) : out;
    }
    long nonces = node.latestNonce(wallet);
    assertThat(journal.lane(lane).orElseThrow().nextNonce()).as("no nonce gap").isEqualTo(nonces);
    assertThat(node.pendingNonce(wallet)).as("nothing waits in the pool").isEqualTo(nonces);
    until(() -> laneStatus().finalNonce() == nonces);
    for (long nonce = 0; nonce < nonces; nonce++) {
      out = out.add(slot(nonce).consumption().map(Consumption::fee).orElseThrow().value());
    }
    assertThat(node.balance(wallet).value().add(out)).as("balances").isEqualTo(FUNDS.value());
    assertThat(journal.verifyChain().isIntact()).as("the event chain is intact").isTrue();
    assertThat(troubles).noneMatch(trouble -> trouble.contains("internal error"));
    assertThat(networks).allMatch(network -> network.upstreamFailures() == 0);
  }

  @Override
  public void close() {
    payonce.close();
    pool.close();
    journal.close();
    miner.shutdownNow();
    networks.forEach(FaultProxy::close);
    node.close();
  }

  private final class Listener implements SubmissionListener {
    @Override
    public void changed(TransferStatus status) {
      told.add(status);
      news.add(true);
    }

    @Override
    public void sent(IdempotencyKey key, BroadcastEvidence evidence) {
      news.add(true);
    }

    @Override
    public void laneChanged(LaneStatus status) {
      news.add(true);
    }

    @Override
    public void trouble(String what) {
      troubles.add(what);
    }
  }
}
