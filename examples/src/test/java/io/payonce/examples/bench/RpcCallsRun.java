package io.payonce.examples.bench;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.TransferState;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.SubmitterBuilder;
import io.payonce.testing.ClientFamily;
import io.payonce.testing.MemoryTransferStore;
import io.payonce.testing.SimulatedChain;
import io.payonce.testing.VirtualTime;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.web3j.utils.Numeric;

/**
 * What a submitter asks three providers of a simulated chain with each block while its payments
 * wait there, in virtual time: counted, not timed, so the same everywhere.
 *
 * @param lanes wallets
 * @param pending payments that are accepted and in no block, the same number from each wallet
 * @param maxInFlight of each wallet; the payments beyond it wait in the journal
 */
record RpcCallsRun(int lanes, int pending, int maxInFlight) {
  static final ChainId CHAIN = ChainId.of(31337);
  static final List<String> PROVIDERS = List.of("alpha", "beta", "gamma");
  private static final Duration BLOCK = Duration.ofSeconds(12);

  /** No part of a block's time: looks come early and late in a block alike. */
  private static final Duration POLL = Duration.ofMillis(3_700);

  private static final Duration PATIENCE = Duration.ofHours(12);

  /** Blocks until what was sent was spread to all providers. */
  private static final int SETTLING = 20;

  private static final int COUNTED = 100;

  /**
   * What the providers were sent with a block, on average.
   *
   * @param bodies HTTP requests
   * @param requests JSON-RPC requests in them
   */
  record Calls(double bodies, double requests) {}

  Calls measure() {
    VirtualTime time = new VirtualTime();
    SimulatedChain.Builder nodes =
        SimulatedChain.builder(time)
            .chain(CHAIN)
            .blockTime(BLOCK)
            .with(config -> config.poolCapacity(2 * pending + 1_000));
    PROVIDERS.forEach(name -> nodes.provider(name, ClientFamily.NETHERMIND));
    SimulatedChain chain = nodes.build();
    Counter counter = new Counter();
    VirtualTime.Process process = time.newProcess();
    MemoryTransferStore journal = new MemoryTransferStore();
    ChainProfile profile =
        ChainProfiles.builtIn().require(CHAIN).withFinality(new Finality.Finalized());
    try (RpcPool pool = pool(profile, chain, process, counter)) {
      SubmitterBuilder builder = submitter(profile, pool, process).store(journal);
      List<Address> wallets = new ArrayList<>();
      for (int i = 0; i < lanes; i++) {
        Signer signer = signer(i, journal, process);
        chain.fund(signer.address(), Wei.ofCoins("1000"));
        wallets.add(signer.address());
        builder.lane(CHAIN, signer);
      }
      chain.tipFloor(Wei.gwei(1_000)); // blocks go on, and none of ours is in them
      try (IdempotentSubmitter payonce = builder.build()) {
        for (int i = 0; i < pending; i++) {
          var unused =
              payonce.submit(
                  IdempotencyKey.of("payment-" + i),
                  Transfer.of(TokenAmount.ofWei(CHAIN, Wei.ONE))
                      .from(wallets.get(i % lanes))
                      .to(Wallets.payee(i)));
        }
        long out = Math.min(pending, (long) lanes * maxInFlight);
        time.runUntil(
            () -> journal.counts().getOrDefault(TransferState.IN_FLIGHT, 0L) == out, PATIENCE);
        time.runFor(BLOCK.multipliedBy(SETTLING));
        long bodies = counter.bodies;
        long requests = counter.requests;
        time.runFor(BLOCK.multipliedBy(COUNTED));
        return new Calls(
            (double) (counter.bodies - bodies) / COUNTED,
            (double) (counter.requests - requests) / COUNTED);
      }
    }
  }

  static RpcPool pool(
      ChainProfile profile, SimulatedChain chain, VirtualTime.Process process, Counter counter) {
    return RpcPool.builder(profile)
        .endpoints(
            PROVIDERS.stream()
                .map(name -> Endpoint.of(name, name, "http://127.0.0.1/" + name))
                .toList())
        .transport(endpoint -> counter.around(chain.transport(endpoint.name(), process)))
        .clock(process.clock())
        .ticker(process.ticker())
        .executor(process.executor())
        .scheduler(process.scheduler())
        .build();
  }

  private SubmitterBuilder submitter(
      ChainProfile profile, RpcPool pool, VirtualTime.Process process) {
    Duration never = Duration.ofHours(24);
    SubmissionSettings usual = SubmissionSettings.forBlockTime(BLOCK);
    return IdempotentSubmitter.builder()
        .chain(profile, pool)
        .fees(FeePolicy.of(Wei.ofCoins("0.01"), Wei.ofCoins("0.01").times(2L * pending)))
        .settings(
            new SubmissionSettings(
                maxInFlight,
                usual.bumpWindow(),
                never,
                usual.resendAfter(),
                usual.holdRetry(),
                POLL))
        .clock(process.clock())
        .ticker(process.ticker())
        .executor(process.executor())
        .scheduler(process.scheduler());
  }

  static Signer signer(int number, SigningClaims journal, VirtualTime.Process with) {
    return GuardedSigner.builder()
        .key(
            SoftwareKey.fromBytes(
                Numeric.toBytesPadded(BigInteger.valueOf(number + 1L), 32),
                InsecureKeyAccess.acknowledge("a throw-away key of a benchmark")))
        .chains(CHAIN)
        .claimsIn(journal)
        .limits(GuardLimits.of(Wei.ofCoins("0.01"), TokenAmount.ofWei(CHAIN, Wei.ofCoins("1"))))
        .executor(with.executor())
        .build();
  }

  /** Confined to the one thread of the virtual time. */
  static final class Counter {
    private long bodies;
    private long requests;

    RpcTransport around(RpcTransport transport) {
      return new RpcTransport() {
        @Override
        public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
          bodies++;
          requests += new String(body, StandardCharsets.UTF_8).split("\"method\"", -1).length - 1;
          return transport.send(body, timeout);
        }

        @Override
        public void close() {
          transport.close();
        }
      };
    }
  }
}
