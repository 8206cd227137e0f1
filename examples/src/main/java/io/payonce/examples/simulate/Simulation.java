package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.RpcPoolBuilder;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.RpcClient;
import io.payonce.signing.Signer;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.TransferStore;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualTime;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One seed: 20 payments over three operators, of which at most one lies at a time, while providers,
 * chain, journal, signer and process fail by dice for some minutes of virtual time. Then the faults
 * stop, and everything has to come to its end.
 */
final class Simulation {
  static final int PAYMENTS = 20;
  private static final ChainId CHAIN = ChainId.of(31337);
  private static final Duration BLOCK_TIME = Duration.ofSeconds(4);
  private static final int FINALITY_DEPTH = 4;
  private static final Duration CHAOS = Duration.ofSeconds(140);
  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final Wei MAX_FEE = Wei.ofCoins("0.1");
  private static final List<String> PROVIDERS = List.of("alpha", "beta", "gamma");
  private static final List<ClientFamily> FAMILIES =
      List.of(ClientFamily.GETH, ClientFamily.RETH, ClientFamily.NETHERMIND, ClientFamily.BESU);
  private static final List<ReorgMode> MODES = List.of(ReorgMode.values());
  private static final int TRACE = 400;

  private final long seed;
  private final Seams seams;
  private final boolean tracing;
  private final SplittableRandom dice;
  private final Chaos chaos;
  private final VirtualTime time = new VirtualTime();
  private final Instant begin = time.now();
  private final SimulatedChain chain;
  private final MemoryTransferStore medium = new MemoryTransferStore(time.clock());
  private final LaneId lane;
  private final byte[] key = new byte[32];
  private final Judge judge;
  private final Users users;
  private final Deque<String> trace = new ArrayDeque<>();
  private long hash = 17;
  private @Nullable Life life;

  /** One running process. */
  record Life(ProcessLife process, IdempotentSubmitter submitter, RpcClient pool) {}

  private Simulation(long seed, Seams seams, boolean tracing) {
    this.seed = seed;
    this.seams = seams;
    this.tracing = tracing;
    this.dice = new SplittableRandom(seed);
    this.chaos =
        new Chaos(
            dice.split(),
            0.02 + 0.06 * dice.nextDouble(),
            1 + dice.nextInt(6),
            what -> note(() -> what));
    SimulatedChain.Builder builder =
        SimulatedChain.builder(time)
            .seed(dice.nextLong())
            .chain(CHAIN)
            .blockTime(BLOCK_TIME)
            .with(config -> config.depths(2, FINALITY_DEPTH));
    for (String provider : PROVIDERS) {
      builder.provider(provider, FAMILIES.get(dice.nextInt(FAMILIES.size())));
    }
    this.chain = builder.build();
    dice.split(); // keeps the streams of later parts apart from the chain's
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (1 + dice.nextInt(200));
    }
    Address wallet = address();
    this.lane = new LaneId(CHAIN, wallet);
    chain.fund(wallet, Wei.ofCoins("1000"));
    Map<TokenKind, Asset.Erc20> tokens = new TreeMap<>();
    for (TokenKind kind : TokenKind.values()) {
      Asset.Erc20 token = chain.deployErc20(kind, 6, kind.name());
      chain.fundToken(token, wallet, BigInteger.valueOf(1_000_000_000));
      tokens.put(kind, token);
    }
    this.judge = new Judge(chain, medium, MAX_FEE);
    this.users = new Users(this, dice.split(), tokens);
  }

  /** Runs one seed; a violation is reported with a trace of a second, traced run. */
  static SeedResult run(long seed, Supplier<? extends Seams> seams) {
    SeedResult result = new Simulation(seed, seams.get(), false).run();
    return result.violation().isEmpty() ? result : new Simulation(seed, seams.get(), true).run();
  }

  private SeedResult run() {
    Optional<String> violation = Optional.empty();
    try {
      start();
      users.plan();
      planWeather();
      drive(() -> time.now().isAfter(begin.plus(CHAOS)));
      calm();
      drive(users::allEnded);
      judge.atTheEnd(lane);
    } catch (Judge.Violation broken) {
      violation = Optional.of(String.valueOf(broken.getMessage()));
    } catch (RuntimeException defect) {
      violation = Optional.of("defect: " + defect);
      note(() -> stack(defect));
    }
    Map<String, Long> faults = new TreeMap<>(chaos.counts());
    chain
        .faultCounts()
        .values()
        .forEach(counts -> counts.forEach((name, n) -> faults.merge("node/" + name, n, Long::sum)));
    return new SeedResult(
        seed,
        PAYMENTS,
        faults,
        violation,
        new ArrayList<>(trace),
        hash * 31 + chain.eventLogHash(),
        time.eventsRun(),
        users.ends());
  }

  private void drive(BooleanSupplier done) {
    Instant end = time.now().plus(LIMIT);
    while (!done.getAsBoolean()) {
      if (time.now().isAfter(end)) {
        judge.atTheEnd(lane);
        throw judge.violation("I16 everything ends", "still open after " + LIMIT);
      }
      try {
        if (!time.runNext()) {
          throw judge.violation("I16 everything ends", "nothing is left to happen");
        }
      } catch (Killed killed) {
        note(killed::getMessage);
      }
      reviveIfDead();
      judge.afterStep();
    }
  }

  private void reviveIfDead() {
    Life now = life;
    if (now != null && now.process().isOver()) {
      life = null;
      now.submitter().close();
      note(() -> "process is dead");
      time.after(Duration.ofMillis(chaos.between(100, 20_000)), this::start);
    }
  }

  /** Wires the production parts, as a host does, in a new process on the old journal. */
  private void start() {
    VirtualTime.Process process = time.newProcess(Duration.ofSeconds(dice.nextInt(7) - 3));
    ProcessLife alive = new ProcessLife(process);
    ChainProfile profile =
        ChainProfiles.builtIn()
            .require(CHAIN)
            .withFinality(
                seed % 2 == 0 ? new Finality.Finalized() : new Finality.Depth(FINALITY_DEPTH + 1));
    RpcClient pool = pool(process, profile);
    RpcClient watched = seams.rpc(new WatchedClient(pool, chaos, alive, judge));
    TransferStore store = seams.store(new ChaoticStore(medium, chaos, alive), medium);
    Signer guard =
        GuardedSigner.builder()
            .key(SoftwareKey.fromBytes(key.clone(), InsecureKeyAccess.acknowledge("simulation")))
            .chains(CHAIN)
            .claimsIn(medium)
            .limits(limits())
            .executor(process.executor())
            .build();
    IdempotentSubmitter submitter =
        IdempotentSubmitter.builder()
            .store(store)
            .chain(profile, watched)
            .lane(CHAIN, new ChaoticSigner(guard, chaos, alive, judge))
            .fees(FeePolicy.of(MAX_FEE, Wei.ofCoins("100")))
            .settings(settings())
            .listener(new Listener())
            .clock(process.clock())
            .ticker(process.ticker())
            .executor(process.executor())
            .scheduler(process.scheduler())
            .engineForTesting(seams::engine)
            .build();
    life = new Life(alive, submitter, pool);
    note(() -> "process starts");
  }

  private GuardLimits limits() {
    List<TokenAmount> caps = new ArrayList<>();
    caps.add(TokenAmount.ofWei(CHAIN, Wei.ofCoins("10")));
    users.tokens().values().forEach(token -> caps.add(TokenAmount.of(token, 1_000_000_000)));
    return new GuardLimits(MAX_FEE, caps);
  }

  static Asset native_() {
    return new Asset.Native(CHAIN);
  }

  private RpcPool pool(VirtualTime.Process process, ChainProfile profile) {
    RpcPoolBuilder builder =
        RpcPool.builder(profile)
            .transport(endpoint -> chain.transport(endpoint.name(), process))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(dice.split())
            .executor(process.executor())
            .scheduler(process.scheduler());
    for (String provider : PROVIDERS) {
      builder.endpoint(Endpoint.of(provider, provider, "http://127.0.0.1/" + provider));
    }
    return builder.build();
  }

  private static SubmissionSettings settings() {
    return new SubmissionSettings(
        16,
        4,
        Duration.ofSeconds(20),
        Duration.ofSeconds(4),
        Duration.ofSeconds(12),
        Duration.ofSeconds(2));
  }

  /** What providers and chain do while chaos lasts. */
  private void planWeather() {
    SplittableRandom weather = dice.split();
    chain.disturb(
        PROVIDERS,
        List.of(
            ProviderFault.DEAD,
            ProviderFault.HANG,
            ProviderFault.SERVER_ERROR,
            ProviderFault.THROTTLED,
            ProviderFault.LOST_REQUEST,
            ProviderFault.LOST_REPLY,
            ProviderFault.SLOW,
            ProviderFault.DUPLICATE_DELIVERY,
            ProviderFault.REORDERED_BATCH,
            ProviderFault.LAGGING),
        Duration.ofSeconds(20),
        Duration.ofSeconds(15));
    if (weather.nextInt(3) > 0) { // one liar, below what the quorum tolerates
      chain.disturb(
          List.of(PROVIDERS.get(weather.nextInt(PROVIDERS.size()))),
          List.of(
              ProviderFault.WRONG_SEND_HASH,
              ProviderFault.FATAL_TEXT,
              ProviderFault.NONCE_TOO_HIGH,
              ProviderFault.NONCE_TOO_LOW,
              ProviderFault.WRONG_PENDING,
              ProviderFault.FAKE_RECEIPT,
              ProviderFault.MISSING_RECEIPT,
              ProviderFault.OTHER_BLOCK_HASH,
              ProviderFault.WRONG_FINALIZED,
              ProviderFault.INFLATED_BALANCE,
              ProviderFault.LOW_GAS_ESTIMATE,
              ProviderFault.HUGE_TIP),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30));
    }
    for (int i = 1 + weather.nextInt(5); i > 0; i--) {
      time.after(moment(weather), () -> chainTrouble(weather));
    }
  }

  private void chainTrouble(SplittableRandom weather) {
    if (chaos.isOver()) {
      return;
    }
    switch (weather.nextInt(8)) {
      case 0, 1 -> {
        int depth = 1 + weather.nextInt(FINALITY_DEPTH - 1);
        ReorgMode mode = MODES.get(weather.nextInt(MODES.size()));
        chaos.count("chain/REORG_" + mode);
        note(() -> "reorg of " + depth + " " + mode);
        chain.reorg(depth, mode);
      }
      case 2 -> {
        chaos.count("chain/POOL_WIPE");
        chain.wipePools();
      }
      case 3, 4 -> {
        chaos.count("chain/BASE_FEE_X10");
        chain.spikeBaseFee(10);
      }
      case 5, 6 -> {
        chaos.count("chain/CONGESTION");
        chain.congest(8);
      }
      default -> {
        Life now = life;
        if (now != null && !now.process().isOver()) {
          chaos.count("process/CLOCK_JUMP");
          now.process().process().jumpClock(Duration.ofSeconds(weather.nextInt(7200) - 3600));
        }
      }
    }
  }

  static Duration moment(SplittableRandom dice) {
    return Duration.ofMillis(dice.nextLong(CHAOS.toMillis()));
  }

  private void calm() {
    chaos.end();
    chain.calm();
    note(() -> "calm");
  }

  Optional<Life> life() {
    return Optional.ofNullable(life).filter(now -> !now.process().isOver());
  }

  VirtualTime time() {
    return time;
  }

  SimulatedChain chain() {
    return chain;
  }

  Judge judge() {
    return judge;
  }

  Address wallet() {
    return lane.address();
  }

  Chaos chaos() {
    return chaos;
  }

  TransferStore medium() {
    return medium;
  }

  private Address address() {
    try (SoftwareKey wallet =
        SoftwareKey.fromBytes(key.clone(), InsecureKeyAccess.acknowledge("simulation"))) {
      return wallet.address();
    }
  }

  void note(Supplier<String> what) {
    if (tracing) {
      trace.add(Duration.between(begin, time.now()).toMillis() + " ms: " + what.get());
      if (trace.size() > TRACE) {
        trace.removeFirst();
      }
    }
  }

  private static String stack(Throwable defect) {
    StringWriter out = new StringWriter();
    defect.printStackTrace(new PrintWriter(out));
    return out.toString();
  }

  /** Everything the engine says goes to the judge and into the hash. */
  private final class Listener implements SubmissionListener {
    @Override
    public void changed(TransferStatus status) {
      hash = hash * 31 + status.state().name().hashCode() + 37L * status.id().value();
      note(
          () ->
              status.key()
                  + " "
                  + status.state()
                  + " "
                  + status.code()
                  + " nonce "
                  + status.nonce());
      judge.said(status);
    }

    @Override
    public void sent(IdempotencyKey payment, BroadcastEvidence evidence) {
      note(() -> payment + " sent " + evidence.hash() + " " + evidence.outcome());
    }

    @Override
    public void trouble(String what) {
      note(() -> what);
      if (what.contains("internal error")) {
        throw judge.violation("the engine never fails itself", what);
      }
    }
  }
}
