package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.ChainId;
import io.payonce.Wei;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Views on the simulated chain: reorganisations, lagging nodes and failover all at once. */
final class ViewSimulationTest {
  private static final Address ACCOUNT = Address.of("0x00000000000000000000000000000000000000aa");
  private static final List<String> PROVIDERS = List.of("a", "b", "c");
  private static final Duration BLOCK = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final List<ProviderFault> FAULTS =
      List.of(
          ProviderFault.DEAD,
          ProviderFault.HANG,
          ProviderFault.SERVER_ERROR,
          ProviderFault.LOST_REPLY,
          ProviderFault.LAGGING,
          ProviderFault.REORDERED_BATCH);

  /** What happened in all runs together. */
  private int answers;

  private int ends;
  private int moves;

  @Test
  void a_view_answers_from_its_block_or_not_at_all() {
    for (long seed = 1; seed <= 12; seed++) {
      run(seed);
    }
    assertThat(answers).isGreaterThan(500);
    assertThat(ends).isGreaterThan(20);
    assertThat(moves).isGreaterThan(10);
  }

  private void run(long seed) {
    VirtualTime time = new VirtualTime();
    SimulatedChain.Builder builder =
        SimulatedChain.builder(time).seed(seed).chain(ChainId.of(1)).blockTime(BLOCK);
    PROVIDERS.forEach(
        name ->
            builder.provider(name, List.of(ClientFamily.values()).get(PROVIDERS.indexOf(name))));
    SimulatedChain chain = builder.build();
    chain.fund(ACCOUNT, Wei.ofCoins("1"));
    Map<BlockRef, Long> nonces = new HashMap<>(); // of the account, at each head that there was
    watch(time, chain, nonces);
    RpcPool pool = pool(time, chain, seed);
    Random random = new Random(seed);
    time.runFor(Duration.ofSeconds(20));
    ChainView view = open(time, pool).orElseThrow();
    chain.disturb(PROVIDERS, FAULTS, Duration.ofSeconds(20), Duration.ofSeconds(10));
    long highest = view.block().number();
    for (int step = 0; step < 100; step++) {
      if (random.nextInt(12) == 0) {
        chain.reorg(1 + random.nextInt(3), ReorgMode.REINCLUDED);
      }
      String before = view.endpoint();
      RpcOutcome<Long> nonce =
          time.await(view.read(Requests.nonce(ACCOUNT, "latest"), CallOptions.DEFAULT), PATIENCE);
      RpcOutcome<Optional<BlockHeader>> header =
          time.await(view.read(Requests.header("latest"), CallOptions.DEFAULT), PATIENCE);
      moves += view.endpoint().equals(before) ? 0 : 1;
      // A reorg makes several blocks at once: those below the newest were never seen as a head.
      if (nonce instanceof RpcOutcome.Ok<Long> ok && nonces.containsKey(view.block())) {
        answers++;
        assertThat(ok.value())
            .as("seed %d, step %d", seed, step)
            .isEqualTo(nonces.get(view.block()));
      }
      if (header instanceof RpcOutcome.Ok<Optional<BlockHeader>> ok) {
        assertThat(ok.value().map(BlockHeader::ref)).contains(view.block());
      } else {
        ends +=
            ((RpcOutcome.Failed<?>) header).failure() instanceof RpcFailure.ViewInvalidated ? 1 : 0;
      }
      if (view.invalidated().isPresent() || random.nextInt(5) == 0) {
        Optional<ChainView> next = open(time, pool);
        if (next.isPresent()) {
          view = next.get();
          assertThat(view.block().number()).as("seed %d", seed).isGreaterThanOrEqualTo(highest);
          highest = view.block().number();
        }
      }
      time.runFor(Duration.ofMillis(random.nextInt(3_000)));
    }
    pool.close();
  }

  private static Optional<ChainView> open(VirtualTime time, RpcPool pool) {
    RpcOutcome<ChainView> opened = time.await(pool.view(ViewOptions.NEWEST), PATIENCE);
    return opened instanceof RpcOutcome.Ok<ChainView> ok
        ? Optional.of(ok.value())
        : Optional.empty();
  }

  private static RpcPool pool(VirtualTime time, SimulatedChain chain, long seed) {
    VirtualTime.Process process = time.newProcess();
    RpcPoolBuilder builder =
        RpcPool.builder(Rig.CHAIN)
            .transport(endpoint -> chain.transport(endpoint.name(), process))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(new Random(seed))
            .scheduler(process.scheduler())
            .executor(process.executor());
    PROVIDERS.forEach(
        name -> builder.endpoint(Endpoint.of(name, name, "https://" + name + ".example/")));
    return builder.build();
  }

  /** Every block takes a nonce, so that no two blocks of a branch have the same answer. */
  private static void watch(VirtualTime time, SimulatedChain chain, Map<BlockRef, Long> nonces) {
    if (nonces.put(chain.head(), chain.nonce(ACCOUNT)) == null) {
      chain.consumeNonceInvisibly(ACCOUNT);
    }
    time.after(Duration.ofMillis(5), () -> watch(time, chain, nonces));
  }
}
