package io.payonce.examples.simulate;

import io.payonce.Address;
import io.payonce.TransactionHash;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.TokenKind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What providers, chain, clocks and operating systems do while chaos lasts. All of it is planned
 * before the first event, so that one trouble can be left out and the others stay as they are.
 */
final class Troubles {
  private static final List<ProviderFault> EXCHANGE =
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
          ProviderFault.LAGGING);
  private static final List<ProviderFault> LIES =
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
          ProviderFault.WRONG_CHAIN_ID,
          ProviderFault.INFLATED_BALANCE,
          ProviderFault.LOW_GAS_ESTIMATE,
          ProviderFault.HUGE_TIP);
  private static final double[] RATES = {0.1, 0.3, 1.0};
  private static final List<ReorgMode> MODES = List.of(ReorgMode.values());

  /** One seed of so many has its finality broken. */
  private static final int BROKEN_FINALITY = 10;

  /** One seed of so many has lies about payloads. */
  private static final int PAYLOAD_LIES = 6;

  /** In one seed of so many a process loses the journal for a while. */
  private static final int CUT_OFF = 3;

  /** In one seed of so many a wallet delegates to code. */
  private static final int DELEGATED = 5;

  private static final Address CODE = Address.of("0x" + "c0de".repeat(10));

  private final Simulation sim;
  private final SplittableRandom dice;

  /** What each provider does wrong now, by all who plan troubles for it. */
  private final Map<String, Map<ProviderFault, Double>> suffering;

  Troubles(Simulation sim, SplittableRandom dice) {
    this(sim, dice, new TreeMap<>());
  }

  private Troubles(
      Simulation sim, SplittableRandom dice, Map<String, Map<ProviderFault, Double>> suffering) {
    this.sim = sim;
    this.dice = dice;
    this.suffering = suffering;
  }

  void plan() {
    List<String> providers = sim.providers();
    for (String provider : providers) {
      bursts(List.of(provider), EXCHANGE, Duration.ofSeconds(20), Duration.ofSeconds(15));
    }
    int tolerated = (providers.size() - 1) / 2; // fewer than a quorum, lying alone or together
    List<String> liars = providers.subList(0, dice.nextInt(tolerated + 1));
    if (dice.nextInt(2) == 0 && !liars.isEmpty()) {
      bursts(liars, LIES, Duration.ofSeconds(10), Duration.ofSeconds(30));
    } else {
      liars.forEach(
          liar -> bursts(List.of(liar), LIES, Duration.ofSeconds(10), Duration.ofSeconds(30)));
    }
    if (dice.nextInt(3) == 0) {
      String down = providers.get(dice.nextInt(providers.size()));
      outage("operator/OUTAGE", List.of(down), 20 + dice.nextInt(40));
    }
    if (dice.nextInt(2) == 0 && !liars.isEmpty()) {
      onlyLiars(liars, providers.subList(liars.size(), providers.size()), LIES);
    }
    planPayloadLies(Math.max(1, liars.size()));
    planCutOff(new SplittableRandom(~sim.seed() * 59));
    planDelegation(new SplittableRandom(~sim.seed() * 67));
    for (int i = 2 + dice.nextInt(5); i > 0; i--) {
      onTheChain();
    }
    for (int i = dice.nextInt(3); i > 0; i--) {
      ofAProcess();
    }
    boolean loses = sim.backups().isPlanned() || sim.failOvers().isPlanned();
    if (dice.nextInt(BROKEN_FINALITY) == 0 && !loses) {
      breakFinality();
    }
    for (int i = sim.instances() > 1 ? 1 + dice.nextInt(3) : 0; i > 0; i--) {
      planPause(); // a former owner that wakes up and knows of nothing is what epochs are for
    }
    if (sim.instances() > 1 && dice.nextInt(3) == 0) {
      SplittableRandom which = dice.split();
      Duration grace = Duration.ofSeconds(dice.nextInt(8));
      boolean inTime = dice.nextBoolean();
      Duration killed =
          Duration.ofMillis(inTime ? 10_000 : dice.nextInt(1 + (int) grace.toMillis()));
      plan(
          inTime ? "process/DRAINED" : "process/KILLED_IN_DRAIN",
          grace + " " + killed,
          moment(),
          kind -> replace(which, grace, killed));
    }
  }

  /** Calm, a burst of one kind, calm, and so on, for providers that suffer it together. */
  private void bursts(
      List<String> providers, List<ProviderFault> kinds, Duration calm, Duration burst) {
    Duration at = about(calm);
    while (at.compareTo(Simulation.CHAOS) < 0) {
      ProviderFault kind = kinds.get(dice.nextInt(kinds.size()));
      Duration length = about(burst);
      burst("burst/" + kind, providers, kind, RATES[dice.nextInt(RATES.length)], at, length);
      at = at.plus(length).plus(about(calm));
    }
  }

  /**
   * In one run of so many, liars also say that transactions can never be in a block, for which an
   * engine cancels once every operator says it: some of them or all that there may be, at times
   * while the honest are down. By dice of its own, so that the other runs stay as they are.
   */
  private void planPayloadLies(int liars) {
    SplittableRandom own = new SplittableRandom(~sim.seed() * 41);
    if (own.nextInt(PAYLOAD_LIES) > 0) {
      return;
    }
    List<String> all = sim.providers();
    Troubles lies = new Troubles(sim, own, suffering);
    List<ProviderFault> texts = List.of(ProviderFault.PAYLOAD_TEXT);
    lies.bursts(all.subList(0, liars), texts, Duration.ofSeconds(10), Duration.ofSeconds(40));
    if (own.nextBoolean()) {
      lies.onlyLiars(all.subList(0, liars), all.subList(liars, all.size()), texts);
    }
  }

  /** The honest are down, and who is left tells some lies together. */
  private void onlyLiars(List<String> liars, List<String> honest, List<ProviderFault> kinds) {
    Duration at = moment();
    Duration length = Duration.ofSeconds(15 + dice.nextInt(25));
    List<ProviderFault> lies =
        List.of(ProviderFault.WRONG_FINALIZED, kinds.get(dice.nextInt(kinds.size())));
    plan(
        "operator/ALL_BUT_THE_LIARS_DOWN",
        String.join("+", liars),
        at,
        kind -> {
          honest.forEach(provider -> suffer(provider, ProviderFault.DEAD, 1, 1));
          lies.forEach(lie -> liars.forEach(liar -> suffer(liar, lie, 1, 1)));
          sim.time()
              .after(
                  length,
                  () -> {
                    if (!sim.chaos().isOver()) {
                      sim.chaos().meets(kind);
                      honest.forEach(provider -> suffer(provider, ProviderFault.DEAD, 0, 1));
                      lies.forEach(lie -> liars.forEach(liar -> suffer(liar, lie, 0, 1)));
                    }
                  });
        });
  }

  private void outage(String kind, List<String> providers, int seconds) {
    burst(kind, providers, ProviderFault.DEAD, 1, moment(), Duration.ofSeconds(seconds));
  }

  private void burst(
      String kind,
      List<String> providers,
      ProviderFault fault,
      double rate,
      Duration at,
      Duration length) {
    int lag = 1 + dice.nextInt(6);
    plan(
        kind,
        String.join("+", providers),
        at,
        name -> {
          providers.forEach(provider -> suffer(provider, fault, rate, lag));
          sim.time()
              .after(
                  length,
                  () -> {
                    if (!sim.chaos().isOver()) {
                      sim.chaos().meets(name);
                      providers.forEach(provider -> suffer(provider, fault, 0, lag));
                    }
                  });
        });
  }

  private void suffer(String provider, ProviderFault fault, double rate, int lag) {
    Map<ProviderFault, Double> rates =
        suffering.computeIfAbsent(provider, p -> new EnumMap<>(ProviderFault.class));
    rates.put(fault, rate);
    ProviderFaults all = ProviderFaults.NONE.lagBlocks(lag);
    for (Map.Entry<ProviderFault, Double> one : rates.entrySet()) {
      all = all.with(one.getKey(), one.getValue());
    }
    sim.chain().setFaults(provider, all);
  }

  /** Late, so that something is final. */
  private void breakFinality() {
    int depth = Simulation.FINALITY_DEPTH + 2 + dice.nextInt(8);
    ReorgMode mode = MODES.get(dice.nextInt(MODES.size()));
    Duration at = Simulation.CHAOS.minus(moment().dividedBy(2));
    plan(
        "chain/REORG_BEYOND_FINALITY",
        mode + " depth " + depth,
        at,
        kind -> {
          sim.chain().reorgBeyondFinality(depth, mode);
          sim.judge().finalityBroke();
        });
  }

  private void onTheChain() {
    Duration at = moment();
    int choice = dice.nextInt(11);
    int any = dice.nextInt(1 << 20);
    switch (choice) {
      case 0, 1, 2 -> {
        int depth = 1 + any % Simulation.FINALITY_DEPTH;
        ReorgMode mode = MODES.get(dice.nextInt(MODES.size()));
        plan("chain/REORG_" + mode, "depth " + depth, at, k -> sim.chain().reorg(depth, mode));
      }
      case 3 -> plan("chain/ALL_POOLS_WIPED", "", at, kind -> sim.chain().wipePools());
      case 4 -> {
        String provider = sim.providers().get(any % sim.providers().size());
        plan("chain/POOL_WIPED", provider, at, kind -> sim.chain().wipePool(provider));
      }
      case 5 -> plan("chain/BASE_FEE_X10", "", at, kind -> sim.chain().spikeBaseFee(10));
      case 6 -> plan("chain/CONGESTION", "", at, kind -> sim.chain().congest(8));
      case 7 -> plan("chain/EVICTION", "", at, kind -> evict(any));
      case 8 -> plan("chain/TOKEN_PAUSED", "", at, kind -> pauseToken());
      case 9 -> {
        int wallet = any % sim.lanes().size();
        SplittableRandom which = dice.split();
        plan(
            "key/AUTHORIZATION",
            "wallet " + wallet,
            at,
            kind -> sim.authorizeElsewhere(wallet, Address.ZERO, which));
      }
      default -> {
        Address wallet = sim.lanes().get(any % sim.lanes().size()).address();
        plan("key/FOREIGN_USE", wallet.value(), at, kind -> sim.chain().consumeNonce(wallet));
      }
    }
  }

  /** One transaction leaves every pool, as one that is too old or too cheap does. */
  private void evict(int any) {
    for (String provider : sim.providers()) {
      List<TransactionHash> pool = sim.chain().pool(provider);
      if (!pool.isEmpty()) {
        sim.chain().evict(pool.get(any % pool.size()));
        return;
      }
    }
  }

  /** What is under way reverts; what waits is held. */
  private void pauseToken() {
    sim.chain().setPaused(Objects.requireNonNull(sim.tokens().get(TokenKind.PLAIN)), true);
    sim.time()
        .after(
            Duration.ofSeconds(25),
            () ->
                sim.chain()
                    .setPaused(Objects.requireNonNull(sim.tokens().get(TokenKind.PLAIN)), false));
  }

  private void ofAProcess() {
    Duration at = moment();
    SplittableRandom which = dice.split();
    switch (dice.nextInt(3)) {
      case 0 -> {
        Duration by = Duration.ofSeconds(dice.nextInt(7200) - 3600);
        plan(
            "process/CLOCK_JUMP",
            by.toString(),
            at,
            kind -> sim.life(which).ifPresent(now -> now.process().process().jumpClock(by)));
      }
      case 1 -> planPause();
      default -> plan("process/RESTARTED", "", at, kind -> sim.life(which).ifPresent(this::close));
    }
  }

  /**
   * By dice of its own: no answer from the journal for up to twenty seconds, longer than leases.
   */
  private void planCutOff(SplittableRandom own) {
    if (own.nextInt(CUT_OFF) > 0) {
      return;
    }
    Duration length = Duration.ofMillis(200 + own.nextInt(20_000));
    plan(
        "journal/OUT_OF_REACH",
        length.toString(),
        Simulation.moment(own),
        kind ->
            sim.life(own)
                .map(Simulation.Life::process)
                .ifPresent(
                    process -> {
                      process.cutOff(true);
                      sim.time().after(length, () -> process.cutOff(false));
                    }));
  }

  /**
   * By dice of its own: a wallet delegates to code (EIP-7702), which others call, and which takes
   * nonces of the wallet by that. In half of these runs the delegation is taken back.
   */
  private void planDelegation(SplittableRandom own) {
    if (own.nextInt(DELEGATED) > 0) {
      return;
    }
    int wallet = own.nextInt(sim.lanes().size());
    Address account = sim.lanes().get(wallet).address();
    SplittableRandom which = own.split();
    Duration begin = Simulation.moment(own).multipliedBy(2).dividedBy(3);
    plan(
        "key/DELEGATED",
        "wallet " + wallet,
        begin,
        kind -> sim.authorizeElsewhere(wallet, CODE, which));
    for (int i = 1 + own.nextInt(4); i > 0; i--) {
      int calls = 1 + own.nextInt(2);
      plan(
          "key/CODE_CALLED",
          calls + " times, wallet " + wallet,
          begin.plusMillis(own.nextInt(60_000)),
          kind -> {
            for (int call = 0; call < calls; call++) {
              var unused = sim.chain().call(account);
            }
          });
    }
    if (own.nextBoolean()) {
      plan(
          "key/DELEGATION_ENDED",
          "wallet " + wallet,
          begin.plusMillis(15_000 + own.nextInt(60_000)),
          kind -> sim.authorizeElsewhere(wallet, Address.ZERO, which));
    }
  }

  private void planPause() {
    SplittableRandom which = dice.split();
    Duration length = Duration.ofMillis(500 + dice.nextInt(30_000));
    plan("process/PAUSED", length.toString(), moment(), kind -> pause(which, length));
  }

  /** A roll-out: one instance drains, stops or dies in it, and another starts in its place. */
  private void replace(SplittableRandom which, Duration grace, Duration killed) {
    sim.life(which)
        .ifPresent(
            now -> {
              var unused = now.submitter().drain(grace);
              sim.time().after(killed, () -> now.process().process().kill());
            });
  }

  /** SIGSTOP, and SIGCONT before or after the end of its leases: it knows of neither. */
  private void pause(SplittableRandom which, Duration length) {
    sim.life(which)
        .ifPresent(
            now -> {
              now.process().pause();
              sim.time().after(length, now.process()::resume);
            });
  }

  /** An orderly end: everything has to be resumable, and nothing may happen after it. */
  private void close(Simulation.Life life) {
    life.submitter().close();
    life.process().process().kill();
  }

  private void plan(String kind, String which, Duration at, Consumer<String> happening) {
    String name = (which + " " + at.toMillis() + " ms").strip();
    sim.time()
        .after(
            at,
            () -> {
              if (sim.chaos().happens(kind, name)) {
                happening.accept(kind);
              }
            });
  }

  private Duration moment() {
    return Simulation.moment(dice);
  }

  private Duration about(Duration mean) {
    return Duration.ofMillis(mean.toMillis() / 2 + dice.nextLong(mean.toMillis()));
  }
}
