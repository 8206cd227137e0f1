package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.nonce.LaneStatus;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RoutingPolicy;
import io.payonce.routing.RpcPool;
import io.payonce.routing.SecretUri;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcTransport;
import io.payonce.signing.Signer;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.guard.PayoutReader;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.Consumption;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.submit.Actor;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SettlementProof;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.SubmitterBuilder;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.SimulatedPayout;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualTime;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A {@link World} behind some providers, a funded wallet, a journal, and one host process at a time
 * with Payonce in it. Fields that are not final may be changed before {@link #start}.
 */
final class Stage {
  static final ChainId CHAIN = World.CHAIN;
  static final Wei FUNDS = Wei.ofCoins("100");
  static final BigInteger TOKENS = BigInteger.valueOf(1_000_000_000);
  static final Duration PATIENCE = Duration.ofHours(2);

  private static final List<String> NAMES = List.of("alpha", "beta", "gamma", "delta", "epsilon");

  final VirtualTime time = new VirtualTime();
  final List<String> providers;
  final World world;
  final TestKey key = new TestKey(1);
  final LaneId lane = new LaneId(CHAIN, key.address());
  final Asset coin = new Asset.Native(CHAIN);
  final Map<IdempotencyKey, Transfer> asked = new LinkedHashMap<>();
  final List<TransferStatus> told = new ArrayList<>();
  final List<LaneStatus> laneNews = new ArrayList<>();
  final List<String> troubles = new ArrayList<>();

  TransferStore journal = new MemoryTransferStore();
  ChainProfiles profiles = ChainProfiles.builtIn();
  RoutingPolicy routing = RoutingPolicy.DEFAULT;
  FeePolicy fees = FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1"));
  GuardLimits guard;
  final Map<Address, PayoutReader> payouts = new LinkedHashMap<>();
  final Map<String, SettlementProof> proofs =
      new LinkedHashMap<>(Map.of("simulated", SimulatedPayout.proof()));
  UnaryOperator<TransferStore> store = UnaryOperator.identity();
  UnaryOperator<Signer> signer = UnaryOperator.identity();
  UnaryOperator<RpcClient> rpc = UnaryOperator.identity();
  UnaryOperator<Executor> executor = UnaryOperator.identity();
  UnaryOperator<ScheduledExecutorService> scheduler = UnaryOperator.identity();
  UnaryOperator<SubmissionListener> listener = UnaryOperator.identity();
  BiFunction<String, RpcTransport, RpcTransport> wire = (provider, transport) -> transport;
  int maxInFlight = 16;

  /** The providers that it names take private transactions and nothing else. */
  Route route = Route.PUBLIC;

  /** The journal is told to be an old backup. */
  boolean restored;

  private final SplittableRandom random;
  private Wei funded = FUNDS;
  private int payees;
  private @Nullable Host host;

  /** The usual stage of three providers. */
  Stage(Ground ground) {
    this(ground, 3, 1);
  }

  Stage(Ground ground, int operators, long seed) {
    providers = NAMES.subList(0, operators);
    random = new SplittableRandom(seed);
    world = ground.world(time, providers, seed);
    world.fund(lane.address(), FUNDS);
    List<TokenAmount> caps = new ArrayList<>();
    caps.add(TokenAmount.ofWei(CHAIN, Wei.ofCoins("1000")));
    for (TokenKind kind : World.TOKENS) {
      world.fundToken(world.token(kind), lane.address(), TOKENS);
      caps.add(TokenAmount.of(world.token(kind), TOKENS));
    }
    guard = new GuardLimits(Wei.ofCoins("0.01"), caps);
  }

  /** One process of the host. */
  record Host(VirtualTime.Process process, RpcPool pool, IdempotentSubmitter payonce) {}

  /** Starts the host's process on the journal as it is. */
  Host start() {
    VirtualTime.Process process = time.newProcess();
    ChainProfile profile = profiles.require(CHAIN).withFinality(new Finality.Finalized());
    RpcPool pool =
        RpcPool.builder(profile)
            .endpoints(providers.stream().map(this::endpoint).toList())
            .policy(routing)
            .transport(
                endpoint -> wire.apply(endpoint.name(), world.transport(endpoint.name(), process)))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(random.split())
            .executor(process.executor())
            .scheduler(process.scheduler())
            .build();
    SubmitterBuilder builder = IdempotentSubmitter.builder();
    proofs.forEach(builder::settlementProof);
    if (restored) {
      builder.restored(new Actor("dba"), "drill");
    }
    IdempotentSubmitter payonce =
        builder
            .store(store.apply(journal))
            .chain(profile, rpc.apply(pool))
            .lane(CHAIN, signer.apply(guarded(process)), route)
            .fees(fees)
            .settings(settings())
            .listener(listener.apply(new Listener(process)))
            .clock(process.clock())
            .ticker(process.ticker())
            .executor(executor.apply(process.executor()))
            .scheduler(scheduler.apply(process.scheduler()))
            .build();
    Host started = new Host(process, pool, payonce);
    host = started;
    return started;
  }

  Endpoint endpoint(String provider) {
    String url = "http://127.0.0.1/" + provider;
    return route.endpoints().contains(provider)
        ? Endpoint.builder(provider, provider, SecretUri.of(url))
            .roles(Endpoint.Role.PRIVATE_SUBMIT)
            .build()
        : Endpoint.of(provider, provider, url);
  }

  private Signer guarded(VirtualTime.Process process) {
    GuardedSigner.Builder guarded = GuardedSigner.builder();
    payouts.forEach(guarded::payoutContract);
    return guarded
        .key(
            SoftwareKey.fromBytes(
                key.bytes(), InsecureKeyAccess.acknowledge("a key of a simulated chain")))
        .chains(CHAIN)
        .claimsIn(journal)
        .limits(guard)
        .executor(process.executor())
        .build();
  }

  private SubmissionSettings settings() {
    return new SubmissionSettings(
        maxInFlight,
        4,
        Duration.ofSeconds(20),
        Duration.ofSeconds(4),
        Duration.ofSeconds(6),
        Duration.ofSeconds(1));
  }

  Host host() {
    if (host == null) {
      throw new IllegalStateException("no host runs");
    }
    return host;
  }

  IdempotentSubmitter payonce() {
    return host().payonce();
  }

  /** Signal 9. */
  void kill() {
    host().process().kill();
    host().payonce().close();
  }

  // ---- what hosts do

  static IdempotencyKey key(String name) {
    return IdempotencyKey.of(name);
  }

  /** So many coins to a payee of its own. */
  Transfer coins(String coins) {
    return Transfer.of(TokenAmount.ofWei(CHAIN, Wei.ofCoins(coins)))
        .from(lane.address())
        .to(newPayee());
  }

  /** So many of a token's smallest units to a payee of its own. */
  Transfer units(TokenKind kind, long units) {
    return Transfer.of(TokenAmount.of(world.token(kind), units))
        .from(lane.address())
        .to(newPayee());
  }

  private Address newPayee() {
    byte[] bytes = new byte[20];
    bytes[0] = 0x77;
    bytes[18] = (byte) (++payees >> 8);
    bytes[19] = (byte) payees;
    return Address.of(bytes);
  }

  SubmitResult submit(String name, Transfer transfer) {
    asked.putIfAbsent(key(name), transfer);
    return payonce().submit(key(name), transfer);
  }

  /** Submits some coins and lets time pass until their bytes are out. */
  void inFlight(String name) {
    var unused = submit(name, coins("0.5"));
    untilState(name, TransferState.IN_FLIGHT);
    until(() -> !world.pool(providers.get(0)).isEmpty());
  }

  /** Until so many payments are out; nonces need not follow the order of submission. */
  void untilInFlight(long count) {
    until(() -> journal.counts().getOrDefault(TransferState.IN_FLIGHT, 0L) == count);
  }

  void fundMore(String coins) {
    world.fund(lane.address(), Wei.ofCoins(coins));
    funded = funded.plus(Wei.ofCoins(coins));
  }

  TransferStatus status(String name) {
    return payonce().status(key(name)).orElseThrow();
  }

  TransferState state(String name) {
    return status(name).state();
  }

  LaneStatus laneStatus() {
    return payonce().nonces().lane(lane);
  }

  StoredSlot slot(long nonce) {
    return journal.slot(new SlotId(lane, nonce)).orElseThrow();
  }

  /** The states that the host was told of, in order. */
  List<TransferState> statesOf(String name) {
    return told.stream()
        .filter(status -> status.key().equals(key(name)))
        .map(TransferStatus::state)
        .toList();
  }

  /** How often the chain has paid it. */
  int paid(String name) {
    Transfer transfer = asked.get(key(name));
    if (transfer == null) {
      throw new IllegalStateException("nobody asked for " + name);
    }
    return paid(transfer).size();
  }

  private List<World.Payment> paid(Transfer transfer) {
    return world.payments(lane.address(), transfer.amount().asset()).stream()
        .filter(payment -> payment.payee().equals(transfer.to()))
        .toList();
  }

  // ---- time

  void until(BooleanSupplier condition) {
    time.runUntil(condition, PATIENCE);
  }

  void blocks(int count) {
    time.runFor(World.BLOCK.multipliedBy(count));
  }

  void untilState(String name, TransferState state) {
    until(() -> state(name) == state);
  }

  void untilFrozen(String incident) {
    until(() -> laneStatus().state() == LaneStatus.State.FROZEN);
    assertThat(laneStatus().incident()).startsWith(incident);
  }

  /** The wall clock goes on by a quarter of a year, and the chain by some blocks. */
  void outliveRetention() {
    host().process().jumpClock(Duration.ofDays(91));
    until(() -> slot(0).attempts().stream().allMatch(attempt -> attempt.signed().isEmpty()));
  }

  <T> T await(CompletableFuture<T> future) {
    return time.await(future, PATIENCE);
  }

  TransferStatus end(String name) {
    return await(payonce().whenFinal(key(name)));
  }

  // ---- what must hold whatever happened

  /** Effects, nonces, money and history, with every nonce used. */
  void verify() {
    verifyEffects();
    assertThat(journal.lane(lane).orElseThrow().nextNonce())
        .as("I11: every nonce that the journal gave out is used on the chain, and no other")
        .isEqualTo(world.nonce(lane.address()));
    verifyBalance();
  }

  /** The same where a frozen lane leaves nonces open. */
  void verifyEffects() {
    asked.forEach(this::verifyEffect);
    if (journal instanceof JdbcTransferStore durable) {
      assertThat(durable.verifyChain().isIntact()).as("I13: the event chain is intact").isTrue();
    }
    assertThat(troubles)
        .as("the engine never fails itself")
        .noneMatch(trouble -> trouble.contains("internal error"));
  }

  private void verifyEffect(IdempotencyKey name, Transfer transfer) {
    List<World.Payment> paid = paid(transfer);
    TransferState state = journal.find(name).orElseThrow().state();
    assertThat(paid).as("I1: %s is paid at most once", name).hasSizeLessThanOrEqualTo(1);
    if (state == TransferState.PAID_FINAL) {
      assertThat(paid).as("I7: %s is paid as the journal says", name).hasSize(1);
      assertThat(paid.get(0).moved()).isEqualTo(transfer.amount());
      assertThat(world.isFinal(paid.get(0).hash())).isTrue();
    } else if (state.isUnpaid()) {
      assertThat(paid).as("I15: %s is safe to refund, so it is not paid", name).isEmpty();
    }
  }

  /** Funded = left + paid out + fees of the journal, to the last wei. */
  private void verifyBalance() {
    BigInteger out = BigInteger.ZERO;
    for (World.Payment payment : world.payments(lane.address(), coin)) {
      boolean leaves = !payment.payee().equals(lane.address());
      out = leaves ? out.add(payment.moved().units()) : out;
    }
    for (long nonce = 0; nonce < world.nonce(lane.address()); nonce++) {
      out = out.add(slot(nonce).consumption().map(Consumption::fee).orElseThrow().value());
    }
    assertThat(world.balance(lane.address()).value().add(out))
        .as("balances match")
        .isEqualTo(funded.value());
  }

  /** Every replacement raises both fees by a tenth and one wei at least. */
  static void assertLegalReplacements(StoredSlot slot) {
    List<StoredAttempt> attempts = slot.attempts();
    for (int i = 1; i < attempts.size(); i++) {
      var old = attempts.get(i - 1).transaction();
      var next = attempts.get(i).transaction();
      assertThat(next.maxFeePerGas().value()).isGreaterThanOrEqualTo(raised(old.maxFeePerGas()));
      assertThat(next.maxPriorityFeePerGas().value())
          .isGreaterThanOrEqualTo(raised(old.maxPriorityFeePerGas()));
    }
  }

  private static BigInteger raised(Wei old) {
    return old.value()
        .multiply(BigInteger.valueOf(110))
        .divide(BigInteger.valueOf(100))
        .add(BigInteger.ONE);
  }

  private final class Listener implements SubmissionListener {
    private final VirtualTime.Process process;

    Listener(VirtualTime.Process process) {
      this.process = process;
    }

    @Override
    public void changed(TransferStatus status) {
      told.add(status);
    }

    @Override
    public void laneChanged(LaneStatus status) {
      laneNews.add(status);
    }

    @Override
    public void trouble(String what) {
      if (process.isKilled()) {
        return; // nobody hears the dead
      }
      troubles.add(what);
    }
  }
}
