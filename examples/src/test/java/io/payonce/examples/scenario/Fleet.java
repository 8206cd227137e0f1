package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
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
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.signing.Signer;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.SubmitterBuilder;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.VirtualTime;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** Some wallets and one journal, and as many instances of the host as a story starts. */
final class Fleet {
  static final ChainId CHAIN = ChainId.of(31337);
  static final Duration BLOCK = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofHours(2);
  private static final List<String> PROVIDERS = List.of("alpha", "beta", "gamma");

  final VirtualTime time = new VirtualTime();
  final SimulatedChain chain;
  final List<LaneId> wallets = new ArrayList<>();
  final Map<IdempotencyKey, Transfer> asked = new LinkedHashMap<>();
  final List<String> troubles = new ArrayList<>();
  TransferStore journal = new MemoryTransferStore(time.clock());
  SubmissionSettings settings =
      new SubmissionSettings(
          16,
          4,
          Duration.ofSeconds(20),
          Duration.ofSeconds(4),
          Duration.ofSeconds(6),
          Duration.ofSeconds(1));
  UnaryOperator<SubmitterBuilder> with = UnaryOperator.identity();
  UnaryOperator<Signer> signer = UnaryOperator.identity();

  private final List<byte[]> keys = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(5);
  private int payees;
  private int instances;

  Fleet(int count) {
    SimulatedChain.Builder builder =
        SimulatedChain.builder(time)
            .seed(5)
            .chain(CHAIN)
            .blockTime(BLOCK)
            .with(config -> config.depths(2, 4));
    PROVIDERS.forEach(name -> builder.provider(name, ClientFamily.GETH));
    chain = builder.build();
    for (int i = 1; i <= count; i++) {
      byte[] key = new byte[32];
      Arrays.fill(key, (byte) i);
      keys.add(key);
      try (SoftwareKey wallet = wallet(key)) {
        wallets.add(new LaneId(CHAIN, wallet.address()));
      }
      chain.fund(wallets.get(i - 1).address(), Wei.ofCoins("100"));
    }
  }

  /** One process of the host. */
  record Instance(String name, VirtualTime.Process process, IdempotentSubmitter payonce) {}

  private static SoftwareKey wallet(byte[] key) {
    return SoftwareKey.fromBytes(
        key.clone(), InsecureKeyAccess.acknowledge("a key of a simulated chain"));
  }

  /** Starts one more instance. */
  Instance start() {
    String name = "instance-" + ++instances;
    VirtualTime.Process process = time.newProcess();
    ChainProfile profile =
        ChainProfiles.builtIn().require(CHAIN).withFinality(new Finality.Finalized());
    RpcPool pool =
        RpcPool.builder(profile)
            .endpoints(
                PROVIDERS.stream()
                    .map(node -> Endpoint.of(node, node, "http://127.0.0.1/" + node))
                    .toList())
            .transport(endpoint -> chain.transport(endpoint.name(), process))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(random.split())
            .executor(process.executor())
            .scheduler(process.scheduler())
            .build();
    SubmitterBuilder builder =
        IdempotentSubmitter.builder()
            .store(journal)
            .instance(name)
            .chain(profile, pool)
            .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")))
            .settings(settings)
            .listener(
                new SubmissionListener() {
                  @Override
                  public void trouble(String what) {
                    troubles.add(what);
                  }
                })
            .clock(process.clock())
            .ticker(process.ticker())
            .executor(process.executor())
            .scheduler(process.scheduler());
    for (byte[] key : keys) {
      builder.lane(CHAIN, signer.apply(guarded(key, process)));
    }
    return new Instance(name, process, with.apply(builder).build());
  }

  private GuardedSigner guarded(byte[] key, VirtualTime.Process process) {
    return GuardedSigner.builder()
        .key(wallet(key))
        .chains(CHAIN)
        .claimsIn(journal)
        .limits(GuardLimits.of(Wei.ofCoins("0.01"), coins("1000")))
        .executor(process.executor())
        .build();
  }

  static TokenAmount coins(String coins) {
    return TokenAmount.ofWei(CHAIN, Wei.ofCoins(coins));
  }

  static IdempotencyKey key(String name) {
    return IdempotencyKey.of(name);
  }

  /** The key of a wallet in the hands of the host itself. */
  TestKey keyOf(int wallet) {
    return new TestKey(new BigInteger(1, keys.get(wallet)));
  }

  /** Half a coin from the first wallet to a payee of its own. */
  SubmitResult submit(Instance host, String name) {
    return submit(host, name, 0);
  }

  SubmitResult submit(Instance host, String name, int wallet) {
    Transfer transfer =
        Transfer.of(coins("0.5")).from(wallets.get(wallet).address()).to(newPayee());
    SubmitResult result = host.payonce().submit(key(name), transfer);
    if (!(result instanceof SubmitResult.NotAccepted)) {
      asked.putIfAbsent(key(name), transfer);
    }
    return result;
  }

  Address newPayee() {
    byte[] bytes = new byte[20];
    bytes[0] = 0x66;
    bytes[18] = (byte) (++payees >> 8);
    bytes[19] = (byte) payees;
    return Address.of(bytes);
  }

  StoredLane lane(int wallet) {
    return journal.lane(wallets.get(wallet)).orElseThrow();
  }

  /** Lanes whose lease this instance has. */
  long lanesOf(Instance host) {
    return journal.lanes().stream()
        .filter(lane -> lane.leaseOwner().filter(host.name()::equals).isPresent())
        .count();
  }

  boolean has(Instance host, int wallet) {
    return journal
        .lane(wallets.get(wallet))
        .flatMap(StoredLane::leaseOwner)
        .filter(host.name()::equals)
        .isPresent();
  }

  StoredSlot slot(long nonce) {
    return journal.slot(new SlotId(wallets.get(0), nonce)).orElseThrow();
  }

  TransferState state(String name) {
    return journal.find(key(name)).orElseThrow().state();
  }

  TransferStatus end(Instance host, String name) {
    return await(host.payonce().whenFinal(key(name)));
  }

  <T> T await(CompletableFuture<T> future) {
    return time.await(future, PATIENCE);
  }

  void until(BooleanSupplier condition) {
    time.runUntil(condition, PATIENCE);
  }

  void blocks(int count) {
    time.runFor(BLOCK.multipliedBy(count));
  }

  /** Every key has at most one effect, as the journal says; no nonce is left behind. */
  void verify() {
    asked.forEach(
        (name, transfer) -> {
          int paid = chain.payments(transfer.amount().asset(), transfer.to()).size();
          TransferState state = journal.find(name).orElseThrow().state();
          assertThat(state.isTerminal()).as("I16: %s has ended, it is %s", name, state).isTrue();
          assertThat(paid)
              .as("I1, I15: payments of %s, which is %s", name, state)
              .isEqualTo(state == TransferState.PAID_FINAL ? 1 : 0);
        });
    for (StoredLane lane : journal.lanes()) {
      assertThat(chain.nonce(lane.id().address()))
          .as("I11: nonces of %s", lane.id())
          .isEqualTo(lane.nextNonce());
    }
    assertThat(troubles)
        .as("the engine never fails itself")
        .noneMatch(trouble -> trouble.contains("internal error"));
  }
}
