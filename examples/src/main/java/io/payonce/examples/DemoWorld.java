package io.payonce.examples;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.TokenAmount;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.TransferStore;
import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The surroundings of the examples: a simulated chain behind three providers, a funded hot wallet,
 * a token, and a journal in a temporary folder. {@link #start} wires Payonce exactly as a host
 * does; only time, transport and key come from the simulation.
 */
final class DemoWorld implements AutoCloseable {
  static final ChainId CHAIN = ChainId.of(31337);
  static final List<String> PROVIDERS = List.of("alpha", "beta", "gamma");

  final VirtualTime time = new VirtualTime();
  private final Instant begin = time.now();
  final SimulatedChain chain;
  final Asset coin = new Asset.Native(CHAIN);
  final Asset.Erc20 token;
  final Address wallet;
  private final Path folder;
  private final SplittableRandom random = new SplittableRandom(1);

  DemoWorld() {
    SimulatedChain.Builder builder =
        SimulatedChain.builder(time).seed(1).chain(CHAIN).blockTime(Duration.ofSeconds(2));
    builder.provider("alpha", ClientFamily.GETH);
    builder.provider("beta", ClientFamily.RETH);
    builder.provider("gamma", ClientFamily.NETHERMIND);
    chain = builder.build();
    try (SoftwareKey key = key()) {
      wallet = key.address();
    }
    token = chain.deployErc20(TokenKind.PLAIN, 6, "USDX");
    chain.fund(wallet, Wei.ofCoins("10"));
    chain.fundToken(token, wallet, BigInteger.valueOf(1_000_000_000_000L));
    try {
      folder = Files.createTempDirectory("payonce-example");
    } catch (IOException noFolder) {
      throw new UncheckedIOException(noFolder);
    }
  }

  /** One process of the host with Payonce in it. */
  record Running(
      VirtualTime.Process process,
      TransferStore journal,
      RpcPool pool,
      IdempotentSubmitter payonce) {

    /** As signal 9 does: nothing of it runs any more; the journal's lock falls with the process. */
    void kill() {
      process.kill();
      stop();
    }

    void stop() {
      payonce.close();
      pool.close();
      journal.close();
    }
  }

  /** Starts the host's process: on a new journal, or on what an earlier process left. */
  Running start(SubmissionListener listener) {
    VirtualTime.Process process = time.newProcess();
    ChainProfile profile = ChainProfiles.builtIn().require(CHAIN);

    TransferStore journal =
        JdbcTransferStore.open(folder.resolve("journal.db"), JournalOptions.defaults());
    RpcPool pool =
        RpcPool.builder(profile)
            .endpoints(
                PROVIDERS.stream()
                    .map(name -> Endpoint.of(name, name, "http://127.0.0.1/" + name))
                    .toList())
            .transport(endpoint -> chain.transport(endpoint.name(), process))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(random.split())
            .executor(process.executor())
            .scheduler(process.scheduler())
            .build();
    GuardedSigner signer =
        GuardedSigner.builder()
            .key(key())
            .chains(CHAIN)
            .claimsIn(journal)
            .limits(
                GuardLimits.of(
                    Wei.ofCoins("0.01"),
                    TokenAmount.ofWei(CHAIN, Wei.ofCoins("2")),
                    TokenAmount.of(token, 1_000_000_000)))
            .executor(process.executor())
            .build();
    IdempotentSubmitter payonce =
        IdempotentSubmitter.builder()
            .store(journal)
            .chain(profile, pool)
            .lane(CHAIN, signer)
            .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("1")))
            .listener(listener)
            .clock(process.clock())
            .ticker(process.ticker())
            .executor(process.executor())
            .scheduler(process.scheduler())
            .build();
    return new Running(process, journal, pool, payonce);
  }

  /** Lets virtual time pass until the payment has ended. */
  TransferStatus await(CompletableFuture<TransferStatus> end) {
    return time.await(end, Duration.ofMinutes(30));
  }

  /** Prints with the virtual seconds since the start. */
  void say(String text) {
    long millis = Duration.between(begin, time.now()).toMillis();
    System.out.printf("%7.1f s  %s%n", millis / 1000.0, text);
  }

  /** Whole units of an amount, with its name. */
  String show(TokenAmount amount) {
    return amount.asset().equals(token)
        ? amount.toWholeUnits(6) + " USDX"
        : amount.toWholeUnits(18) + " ETH";
  }

  private static SoftwareKey key() {
    byte[] key = new byte[32];
    key[31] = 1;
    return SoftwareKey.fromBytes(key, InsecureKeyAccess.acknowledge("a key of a simulated chain"));
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException notDeleted) {
      throw new UncheckedIOException(notDeleted);
    }
  }
}
