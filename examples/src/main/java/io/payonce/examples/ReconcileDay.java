package io.payonce.examples;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainProfiles;
import io.payonce.IdempotencyKey;
import io.payonce.TransactionHash;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.indexer.BlockSpan;
import io.payonce.routing.indexer.CheckedHint;
import io.payonce.routing.indexer.Hint;
import io.payonce.routing.indexer.HintCheck;
import io.payonce.routing.indexer.HistoryQuery;
import io.payonce.routing.indexer.HistoryQuery.Direction;
import io.payonce.routing.indexer.Indexer;
import io.payonce.routing.indexer.IndexerLimits;
import io.payonce.routing.indexer.IndexerPool;
import io.payonce.routing.indexer.IndexerReport;
import io.payonce.routing.indexer.IndexerResult;
import io.payonce.routing.indexer.NonceRange;
import io.payonce.routing.indexer.RpcIndexer;
import io.payonce.routing.indexer.SenderQuery;
import io.payonce.routing.indexer.Told;
import io.payonce.routing.indexer.TransactionHint;
import io.payonce.routing.indexer.TransferHint;
import io.payonce.rpc.BlockTag;
import io.payonce.store.TransferFilter;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.TransferStatus;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * The day is closed: the journal beside what two indexers say the wallet has done, and a quorum for
 * what they say. One of them has lost a transfer, and somebody else has used the wallet's key. An
 * indexer finds what to look at; it never decides whether a payment was made.
 */
public final class ReconcileDay {
  private static final IndexerLimits LIMITS = IndexerLimits.DEFAULT;

  private ReconcileDay() {}

  public static void main(String[] args) {
    try (DemoWorld world = new DemoWorld()) {
      run(world);
    }
  }

  private static void run(DemoWorld world) {
    DemoWorld.Running host = world.start();
    IdempotentSubmitter payonce = host.payonce();
    for (IdempotencyKey key : List.of(IdempotencyKey.of("w-1"), IdempotencyKey.of("w-2"))) {
      payonce.submit(
          key, key.value().equals("w-1") ? world.coins("0.5", "Alice") : world.tokens("25", "Bob"));
      world.await(payonce.whenFinal(key));
    }
    world.chain.consumeNonce(world.wallet);
    world.say("-- somebody else spends from the wallet --");
    world.time.runFor(Duration.ofMinutes(1));

    VirtualTime.Process process = world.time.newProcess();
    RpcIndexer own = RpcIndexer.of("own-index", ownNode(world, process), LIMITS, process.ticker());
    IndexerPool indexers =
        IndexerPool.of(
            List.of(own, new Explorer(own, world.payee("Bob"))),
            Duration.ofMinutes(1),
            process.scheduler());
    BlockSpan day = new BlockSpan(1, world.chain.finalizedHead().number());
    List<Asset> assets = List.of(world.coin, world.token);
    HintCheck quorum = HintCheck.against(host.pool());

    IndexerReport<TransferHint> transfers =
        await(
            world, indexers.transfers(new HistoryQuery(world.wallet, Direction.OUT, assets, day)));
    compare(world, payonce, quorum, transfers);
    IndexerReport<TransactionHint> nonces =
        await(
            world,
            indexers.bySender(
                new SenderQuery(DemoWorld.CHAIN, world.wallet, new NonceRange(0, 99), day)));
    compare(world, payonce, quorum, nonces);
    host.stop();
  }

  /** Each hint beside the journal, by its transaction, and beside the quorum. */
  private static <H extends Hint> void compare(
      DemoWorld world, IdempotentSubmitter payonce, HintCheck quorum, IndexerReport<H> report) {
    Map<TransactionHash, TransferStatus> booked = new TreeMap<>();
    for (TransferStatus status :
        payonce.list(TransferFilter.all(), Optional.empty(), 100).entries()) {
      status.winner().ifPresent(winner -> booked.put(winner.hash(), status));
    }
    List<Told<H>> told = report.told();
    List<CheckedHint<H>> checked =
        await(world, quorum.check(told.stream().map(Told::hint).toList(), BlockTag.FINALIZED));
    for (int i = 0; i < told.size(); i++) {
      TransferStatus status = booked.get(told.get(i).hint().transaction());
      String sources =
          "told by "
              + String.join(" and ", told.get(i).by())
              + (told.get(i).isDisputed()
                  ? ", not by " + String.join(" and ", told.get(i).against())
                  : "");
      world.say(
          "%-9s %s: %s, %s"
              .formatted(
                  status == null ? "UNBOOKED" : status.key(),
                  show(world, told.get(i).hint()),
                  sources,
                  checked.get(i).getClass().getSimpleName().toUpperCase(Locale.ROOT)));
    }
    report.silent().forEach(silent -> world.say("no answer: " + silent));
  }

  private static String show(DemoWorld world, Hint hint) {
    return hint instanceof TransferHint transfer
        ? world.show(transfer.amount())
        : "nonce " + ((TransactionHint) hint).nonce();
  }

  private static <T> T await(DemoWorld world, CompletableFuture<T> answer) {
    return world.time.await(answer, Duration.ofMinutes(5));
  }

  /** A node that no payment goes through. */
  private static RpcPool ownNode(DemoWorld world, VirtualTime.Process process) {
    return RpcPool.builder(ChainProfiles.builtIn().require(DemoWorld.CHAIN))
        .endpoint(Endpoint.of("own", "own", "http://127.0.0.1/gamma"))
        .singleOperator(true)
        .transport(endpoint -> world.chain.transport("gamma", process))
        .clock(process.clock())
        .ticker(process.ticker())
        .random(new SplittableRandom(2))
        .executor(process.executor())
        .scheduler(process.scheduler())
        .build();
  }

  /** Another source, which a host would write for its explorer's API. It has lost a payee. */
  private record Explorer(Indexer index, Address lost) implements Indexer {
    @Override
    public String name() {
      return "explorer";
    }

    @Override
    public CompletableFuture<IndexerResult<TransferHint>> transfers(HistoryQuery query) {
      return index.transfers(query).thenApply(this::asOurs);
    }

    @Override
    public CompletableFuture<IndexerResult<TransactionHint>> bySender(SenderQuery query) {
      return index.bySender(query).thenApply(this::asOurs);
    }

    private <H extends Hint> IndexerResult<H> asOurs(IndexerResult<H> result) {
      if (!(result instanceof IndexerResult.Page<H> page)) {
        return new IndexerResult.Failed<>(name(), result.toString());
      }
      List<H> kept = page.hints().stream().filter(hint -> !isLost(hint)).toList();
      return new IndexerResult.Page<>(name(), kept, page.next(), page.indexed(), page.stop());
    }

    private boolean isLost(Hint hint) {
      return hint instanceof TransferHint transfer
          && transfer.to().filter(lost::equals).isPresent();
    }
  }
}
