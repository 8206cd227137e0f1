package io.payonce.examples.cli;

import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.store.TransferStore;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmissionListener;
import io.payonce.submit.SubmissionSettings;
import io.payonce.submit.SubmitterBuilder;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * How a host wires the SDK: a journal, a chain, a guarded wallet and limits become one submitter,
 * which works until it is closed. What is open then goes on with the next engine on this journal.
 */
final class Engine implements AutoCloseable {
  private static final int THREADS = 4;
  private static final long CLOSING_SECONDS = 5;

  private final ExecutorService workers;
  private final ScheduledExecutorService timer;
  private final IdempotentSubmitter submitter;
  private final List<LaneId> lanes;

  private Engine(
      ExecutorService workers,
      ScheduledExecutorService timer,
      IdempotentSubmitter submitter,
      List<LaneId> lanes) {
    this.workers = workers;
    this.timer = timer;
    this.submitter = submitter;
    this.lanes = lanes;
  }

  /**
   * The most that a run may do.
   *
   * @param fees what the submitter may offer
   * @param guard what the key may sign, whatever the submitter believes
   */
  record Limits(FeePolicy fees, GuardLimits guard) {
    /** An hour may always hold this many payments of the highest fee. */
    private static final int PAYMENTS_PER_HOUR = 16;

    /** The guard's limits with room for what the journal promises by now. */
    GuardLimits guard(OpenPromises open) {
      Map<Asset, BigInteger> caps = new LinkedHashMap<>();
      guard.valueCaps().forEach(cap -> caps.put(cap.asset(), cap.units()));
      return new GuardLimits(guard.maxFeePerPayment(), valueCaps(caps, open));
    }

    private static List<TokenAmount> valueCaps(Map<Asset, BigInteger> caps, OpenPromises open) {
      open.largest().forEach((asset, units) -> caps.merge(asset, units, BigInteger::max));
      List<TokenAmount> all = new ArrayList<>();
      caps.forEach((asset, units) -> all.add(TokenAmount.of(asset, units)));
      return all;
    }

    /**
     * The limits of one run: no payment above the total of its asset, no fee above {@code maxFee},
     * and in an hour as many such fees as there are payments, sixteen at least.
     *
     * @param totals per asset of what is to be accepted
     * @param open what earlier runs promised, which stays payable and signable
     */
    static Limits of(
        ChainId chain, Wei maxFee, int payments, Map<Asset, BigInteger> totals, OpenPromises open) {
      Map<Asset, BigInteger> caps = new LinkedHashMap<>();
      caps.put(new Asset.Native(chain), BigInteger.ZERO); // cancels move nothing, in native coin
      totals.forEach((asset, units) -> caps.merge(asset, units, BigInteger::max));
      int perHour = Math.max(payments + open.count(), PAYMENTS_PER_HOUR);
      return new Limits(
          FeePolicy.of(maxFee, maxFee.times(perHour)),
          new GuardLimits(maxFee.max(open.worstFee()), valueCaps(caps, open)));
    }
  }

  /**
   * Starts; from now on whatever the journal holds open is worked on.
   *
   * @param assets what a pool of the wallets pays
   * @param more what is special about this run
   */
  static Engine start(
      TransferStore journal,
      Network network,
      Wallets wallets,
      Set<Asset> assets,
      Limits limits,
      SubmissionSettings settings,
      SubmissionListener listener,
      Consumer<SubmitterBuilder> more) {
    ExecutorService workers = workers();
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(Engine::daemon);
    List<LaneId> lanes = wallets.lanes(network.chain());
    SubmitterBuilder builder =
        IdempotentSubmitter.builder()
            .store(journal)
            .chain(network.profile(), network.pool())
            .fees(limits.fees())
            .settings(settings)
            .listener(listener)
            .executor(workers)
            .scheduler(timer);
    for (SoftwareKey key : wallets.keys()) {
      Function<GuardLimits, GuardedSigner> guards =
          guard ->
              GuardedSigner.builder()
                  .key(key)
                  .chains(network.chain())
                  .claimsIn(journal)
                  .limits(guard)
                  .executor(workers)
                  .build();
      builder.lane(
          network.chain(),
          new SharedLimits(
              limits.guard(),
              guards,
              () -> limits.guard(OpenPromises.read(journal, lanes)),
              workers),
          network.route());
    }
    wallets
        .pool()
        .ifPresent(name -> builder.pool(name, network.chain(), wallets.addresses(), assets));
    more.accept(builder);
    return new Engine(workers, timer, builder.build(), lanes);
  }

  IdempotentSubmitter submitter() {
    return submitter;
  }

  List<LaneId> lanes() {
    return lanes;
  }

  /** Waits for what runs just now, so that nothing uses journal and chain once this returns. */
  @Override
  public void close() {
    submitter.close();
    timer.shutdownNow();
    workers.shutdown();
    try {
      workers.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // the journal is resumable at any moment
    }
  }

  /** Deliberate: answers that arrive after the close are dropped, since nobody may act on them. */
  private static ExecutorService workers() {
    return new ThreadPoolExecutor(
        THREADS,
        THREADS,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        Engine::daemon,
        new ThreadPoolExecutor.DiscardPolicy());
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "payonce-engine");
    thread.setDaemon(true);
    return thread;
  }
}
