package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.TokenAmount;
import io.payonce.UnsignedTransaction;
import io.payonce.WalletPool;
import io.payonce.Wei;
import io.payonce.event.OutboxRelay;
import io.payonce.event.RelaySettings;
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
import io.payonce.submit.SubmitterBuilder;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.SimulatedPayout;
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
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One seed: 20 payments over three operators, of which at most one lies at a time, by one to three
 * instances on one journal, while providers, chain, journal, signers and processes fail by dice for
 * some minutes of virtual time. Then the faults stop, and everything has to come to its end.
 */
final class Simulation {
  static final int PAYMENTS = 20;
  static final String PAYOUT_PROOF = "simulated-payout";
  private static final ChainId CHAIN = ChainId.of(31337);
  private static final Duration BLOCK_TIME = Duration.ofSeconds(4);
  static final int FINALITY_DEPTH = 4;
  static final Duration CHAOS = Duration.ofSeconds(140);

  /** Longer than any clock was wrong: times that were set by it come by the right one. */
  private static final Duration LIMIT = Duration.ofMinutes(100);

  private static final Wei MAX_FEE = Wei.ofCoins("0.1");
  private static final List<String> PROVIDERS =
      List.of("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota");
  private static final List<ClientFamily> FAMILIES =
      List.of(ClientFamily.GETH, ClientFamily.RETH, ClientFamily.NETHERMIND, ClientFamily.BESU);
  private static final int TRACE = 400;
  private static final RelaySettings RELAY =
      RelaySettings.defaults()
          .withPollInterval(Duration.ofSeconds(2))
          .withDeliveryTimeout(Duration.ofSeconds(5));

  private final long seed;
  private final Seams seams;
  private final boolean tracing;
  private final SplittableRandom dice;
  private final Chaos chaos;
  private final VirtualTime time = new VirtualTime();
  private final Instant begin = time.now();
  private final SimulatedChain chain;
  private final MemoryTransferStore medium = new MemoryTransferStore(time.clock());
  private final List<String> providers;
  private final List<byte[]> keys = new ArrayList<>();

  /** All wallets of a run under one name. */
  static final WalletPool POOL = new WalletPool("hot");

  private final List<LaneId> lanes = new ArrayList<>();
  private final List<Instance> instances = new ArrayList<>();
  private final Judge judge;
  private final Deliveries deliveries;
  private final boolean randomK;
  private final Users users;
  private final Groups groups;
  private final Backups backups;
  private final FailOvers failOvers;
  private final Deque<String> trace = new ArrayDeque<>();
  private long hash = 17;

  /** One running process. */
  record Life(ProcessLife process, IdempotentSubmitter submitter) {}

  /**
   * How many take part.
   *
   * @param instances on one journal, 1 to 3
   * @param wallets 1 to 3
   */
  record Crowd(int instances, int wallets) {
    static final Crowd ONE = new Crowd(1, 1);

    Crowd {
      if (instances < 1 || instances > 3 || wallets < 1 || wallets > 3) {
        throw new IllegalArgumentException(
            instances + " instances with " + wallets + " wallets must be 1 to 3 of each");
      }
    }

    /** Any crowd, by the seed alone. */
    static Crowd of(long seed) {
      SplittableRandom dice = new SplittableRandom(~seed);
      return new Crowd(1 + dice.nextInt(3), 1 + dice.nextInt(2));
    }

    /** So many instances, and wallets by the seed. */
    static Crowd of(long seed, int instances) {
      return new Crowd(instances, of(seed).wallets());
    }
  }

  /** A place where one process runs at a time, again and again. */
  private static final class Instance {
    private final String name;
    private int starts;
    private @Nullable Life life;

    Instance(String name) {
      this.name = name;
    }
  }

  private Simulation(
      long seed, Crowd crowd, Seams seams, Predicate<String> wanted, boolean tracing) {
    this.seed = seed;
    this.seams = seams;
    this.tracing = tracing;
    this.dice = new SplittableRandom(seed);
    this.chaos =
        new Chaos(
            dice.nextLong(),
            0.02 + 0.06 * dice.nextDouble(),
            crowd.instances() + dice.nextInt(6),
            wanted,
            medium::counts,
            what -> note(() -> what));
    SimulatedChain.Builder builder =
        SimulatedChain.builder(time)
            .seed(dice.nextLong())
            .chain(CHAIN)
            .blockTime(BLOCK_TIME)
            .with(config -> config.depths(2, FINALITY_DEPTH));
    int operators = dice.nextInt(8) > 0 ? 3 : dice.nextInt(3) > 0 ? 5 : 9;
    this.providers = PROVIDERS.subList(0, operators);
    for (String provider : providers) {
      builder.provider(provider, FAMILIES.get(dice.nextInt(FAMILIES.size())));
    }
    this.chain = builder.build();
    dice.split(); // keeps the streams of later parts apart from the chain's
    for (int i = 0; i < crowd.wallets(); i++) {
      addWallet();
    }
    for (int i = 1; i <= crowd.instances(); i++) {
      instances.add(new Instance("instance-" + i));
    }
    Map<TokenKind, Asset.Erc20> tokens = new TreeMap<>();
    for (TokenKind kind : TokenKind.values()) {
      Asset.Erc20 token = chain.deployErc20(kind, 6, kind.name());
      lanes.forEach(
          lane -> chain.fundToken(token, lane.address(), BigInteger.valueOf(1_000_000_000)));
      tokens.put(kind, token);
    }
    this.judge = new Judge(chain, medium, MAX_FEE, lanes);
    this.deliveries = new Deliveries(time, medium, chaos);
    this.randomK = dice.nextInt(4) == 0;
    this.users = new Users(this, dice.split(), tokens);
    this.groups = new Groups(this, new SplittableRandom(~seed * 37)); // moves no other part's dice
    this.backups = new Backups(this, new SplittableRandom(~seed * 43));
    this.failOvers = new FailOvers(this, new SplittableRandom(~seed * 61));
  }

  private void addWallet() {
    byte[] key = new byte[32];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (1 + dice.nextInt(200));
    }
    keys.add(key);
    LaneId lane = new LaneId(CHAIN, address(key));
    lanes.add(lane);
    chain.fund(lane.address(), Wei.ofCoins("1000"));
  }

  /** Runs one seed with one instance and one wallet. */
  static SeedResult run(long seed, Supplier<? extends Seams> seams) {
    return run(seed, Crowd.ONE, seams);
  }

  /** Runs one seed with all its faults. */
  static SeedResult run(long seed, Crowd crowd, Supplier<? extends Seams> seams) {
    return new Simulation(seed, crowd, seams.get(), fault -> true, false).run();
  }

  /**
   * Runs one seed with some of its faults.
   *
   * @param wanted names of the faults that may happen
   * @param tracing whether to keep the last steps
   */
  static SeedResult run(
      long seed,
      Crowd crowd,
      Supplier<? extends Seams> seams,
      Predicate<String> wanted,
      boolean tracing) {
    return new Simulation(seed, crowd, seams.get(), wanted, tracing).run();
  }

  private SeedResult run() {
    Optional<String> violation = Optional.empty();
    try {
      groups.plan();
      instances.forEach(this::start);
      users.plan();
      new Troubles(this, dice.split()).plan();
      new Hosts(this, new SplittableRandom(~seed * 31)).plan(); // moves no other part's dice
      backups.plan();
      failOvers.plan();
      new Rivals(this, new SplittableRandom(~seed * 47)).plan();
      drive(() -> time.now().isAfter(begin.plus(CHAOS)));
      calm();
      drive(
          () ->
              users.allEnded()
                  && groups.allEnded()
                  && !backups.isRecovering()
                  && judge.isSettled(lanes)
                  && deliveries.isOver());
      judge.atTheEnd(lanes);
      judge.require(
          deliveries.incomplete().isEmpty(),
          "I13 a sink takes every transition",
          String.valueOf(deliveries.incomplete()));
    } catch (Judge.Violation broken) {
      violation = Optional.of(String.valueOf(broken.getMessage()));
    } catch (RuntimeException defect) {
      violation = Optional.of("defect: " + defect);
      note(() -> stack(defect));
    }
    Map<String, Long> faults = new TreeMap<>(chaos.counts());
    if (judge.excused() > 0) {
      faults.put("user/EXCUSED_AS_FINALITY_BROKE", judge.excused());
    }
    chain
        .faultCounts()
        .values()
        .forEach(counts -> counts.forEach((name, n) -> faults.merge("node/" + name, n, Long::sum)));
    return new SeedResult(
        seed,
        PAYMENTS,
        faults,
        chaos.met(),
        chaos.happened(),
        violation,
        new ArrayList<>(trace),
        hash * 31 + chain.eventLogHash(),
        time.eventsRun(),
        judge.checks(),
        users.ends());
  }

  private void drive(BooleanSupplier done) {
    Instant end = time.now().plus(LIMIT);
    while (!done.getAsBoolean()) {
      if (time.now().isAfter(end)) {
        judge.atTheEnd(lanes);
        throw judge.violation("I16 everything ends", "still open after " + LIMIT);
      }
      try {
        if (!time.runNext()) {
          throw judge.violation("I16 everything ends", "nothing is left to happen");
        }
      } catch (Killed killed) {
        note(killed::getMessage);
      }
      instances.forEach(this::reviveIfDead);
      judge.afterStep(time.now());
      deliveries
          .broken()
          .ifPresent(
              what -> {
                throw judge.violation("I13 a sink takes each transition in order", what);
              });
    }
  }

  /** The dead closes nothing: its leases have to end by themselves. */
  private void reviveIfDead(Instance instance) {
    Life now = instance.life;
    if (now != null && now.process().isOver()) {
      instance.life = null;
      note(() -> instance.name + " is dead");
      time.after(Duration.ofMillis(chaos.between(100, 20_000)), () -> start(instance));
    }
  }

  /** Wires the production parts, as a host does, in a new process on the old journal. */
  private void start(Instance instance) {
    boolean waits = backups.isRecovering() && !instance.equals(instances.get(0));
    if (instance.life != null || backups.isDown() || waits) {
      return; // whoever puts the backup back starts it later
    }
    VirtualTime.Process process = time.newProcess(Duration.ofSeconds(dice.nextInt(41) - 20));
    boolean oldName = seed % 3 != 0; // the others wait for the end of their own leases
    String name = oldName ? instance.name : instance.name + "." + ++instance.starts;
    ProcessLife alive = new ProcessLife(process);
    ChainProfile profile =
        ChainProfiles.builtIn()
            .require(CHAIN)
            .withFinality(
                seed % 2 == 0 ? new Finality.Finalized() : new Finality.Depth(FINALITY_DEPTH + 1));
    RpcClient pool = pool(process, profile);
    RpcClient watched = seams.rpc(new WatchedClient(pool, chaos, alive, judge));
    TransferStore store =
        seams.store(new ChaoticStore(medium, chaos, alive, judge, deliveries), medium);
    SubmitterBuilder builder =
        IdempotentSubmitter.builder()
            .store(store)
            .instance(name)
            .chain(profile, watched)
            .fees(FeePolicy.of(MAX_FEE, Wei.ofCoins("100")))
            .settings(settings())
            .settlementProof(PAYOUT_PROOF, SimulatedPayout.proof())
            .listener(new Listener(alive))
            .clock(process.clock())
            .ticker(process.ticker())
            .executor(process.executor())
            .scheduler(process.scheduler())
            .engineForTesting(engine -> new WatchedStep(seams.engine(engine), judge));
    for (byte[] key : keys) {
      WalletKey device = WalletKey.of(key, dice.split());
      Signer guarded = guarded(key, device, process, store);
      builder.lane(CHAIN, new ChaoticSigner(guarded, device, chain, chaos, alive, judge));
    }
    List<Asset> assets = new ArrayList<>(users.tokens().values());
    assets.add(new Asset.Native(CHAIN));
    if (backups.isRecovering() || failOvers.isRecovering()) { // who starts later saw nothing of it
      builder.restored(Backups.OPERATOR, Backups.REASON);
    }
    builder.pool(POOL, CHAIN, lanes.stream().map(LaneId::address).toList(), assets);
    instance.life = new Life(alive, builder.build());
    OutboxRelay unused =
        OutboxRelay.builder(store, Deliveries.SINK, deliveries.of(alive))
            .instance(name)
            .settings(RELAY)
            .ticker(process.ticker())
            .scheduler(process.scheduler())
            .trouble(what -> note(() -> what))
            .start();
    note(() -> name + " starts");
  }

  private Signer guarded(
      byte[] key, WalletKey device, VirtualTime.Process process, TransferStore store) {
    GuardedSigner.Builder guard = GuardedSigner.builder();
    groups
        .contracts()
        .forEach(
            contract ->
                guard.payoutContract(
                    contract, call -> Optional.of(SimulatedPayout.sum(call.chain(), call.data()))));
    return guard
        .key(
            randomK
                ? device
                : SoftwareKey.fromBytes(key.clone(), InsecureKeyAccess.acknowledge("simulation")))
        .chains(CHAIN)
        .claimsIn(store)
        .limits(limits())
        .executor(process.executor())
        .build();
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
    for (String provider : providers) {
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

  static Duration moment(SplittableRandom dice) {
    return Duration.ofMillis(dice.nextLong(CHAOS.toMillis()));
  }

  private void calm() {
    chaos.end();
    chain.calm();
    instances.forEach(this::setClock);
    note(() -> "calm");
  }

  /** Times of payments are by the clock of who works on them. */
  private void setClock(Instance instance) {
    Life life = instance.life;
    if (life != null) {
      VirtualTime.Process process = life.process().process();
      process.jumpClock(Duration.between(process.clock().instant(), time.now()));
    }
  }

  /** Signal 9 to all of them. */
  void stopAll() {
    instances.stream()
        .flatMap(instance -> Optional.ofNullable(instance.life).stream())
        .forEach(life -> life.process().process().kill());
  }

  /** Starts those that do not run and may. */
  void startAll() {
    instances.forEach(this::start);
  }

  /** All that live, paused ones too. */
  List<ProcessLife> processes() {
    return instances.stream()
        .flatMap(instance -> Optional.ofNullable(instance.life).stream())
        .map(Life::process)
        .toList();
  }

  /** One of the processes that run just now. */
  Optional<Life> life(SplittableRandom which) {
    List<Life> running = new ArrayList<>();
    for (Instance instance : instances) {
      Life life = instance.life;
      if (life != null && life.process().isRunning()) {
        running.add(life);
      }
    }
    return running.isEmpty()
        ? Optional.empty()
        : Optional.of(running.get(which.nextInt(running.size())));
  }

  long seed() {
    return seed;
  }

  VirtualTime time() {
    return time;
  }

  Users users() {
    return users;
  }

  SimulatedChain chain() {
    return chain;
  }

  Judge judge() {
    return judge;
  }

  int instances() {
    return instances.size();
  }

  List<String> providers() {
    return providers;
  }

  Map<TokenKind, Asset.Erc20> tokens() {
    return users.tokens();
  }

  /** The wallets that pay. */
  List<LaneId> lanes() {
    return lanes;
  }

  Chaos chaos() {
    return chaos;
  }

  TransferStore medium() {
    return medium;
  }

  /** The same, for who may put something else in its place. */
  MemoryTransferStore journal() {
    return medium;
  }

  Backups backups() {
    return backups;
  }

  Groups groups() {
    return groups;
  }

  FailOvers failOvers() {
    return failOvers;
  }

  Deliveries deliveries() {
    return deliveries;
  }

  /**
   * Somebody uses the key of a wallet to take its next nonce without a transaction of its own, and
   * to have it delegate to this code, or with zero to none.
   */
  void authorizeElsewhere(int wallet, Address code, SplittableRandom which) {
    LaneId lane = lanes.get(wallet);
    WalletKey key = WalletKey.of(keys.get(wallet), which);
    chain.includeAuthorization(key.authorize(CHAIN, code, chain.nonce(lane.address())));
  }

  /** A host signs with a key of its own access, past every guard. */
  SignedTransaction signElsewhere(int wallet, UnsignedTransaction tx, SplittableRandom which) {
    return WalletKey.of(keys.get(wallet), which).signUnasked(tx);
  }

  private static Address address(byte[] key) {
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

  /** Everything the engine says goes to the judge and into the hash, but for what the dead say. */
  private final class Listener implements SubmissionListener {
    private final ProcessLife life;

    Listener(ProcessLife life) {
      this.life = life;
    }

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
      if (judge.said(status)) {
        users.unpaid(status.key());
      }
    }

    @Override
    public void sent(IdempotencyKey payment, BroadcastEvidence evidence) {
      note(() -> payment + " sent " + evidence.hash() + " " + evidence.outcome());
    }

    @Override
    public void trouble(String what) {
      note(() -> what);
      if (what.contains("internal error") && !life.isOver()) {
        throw judge.violation("the engine never fails itself", what);
      }
    }
  }
}
