package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.BlockRef;
import io.payonce.ChainProfile;
import io.payonce.ChainProfiles;
import io.payonce.Finality;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.indexer.BlockSpan;
import io.payonce.routing.indexer.CheckedHint;
import io.payonce.routing.indexer.Hint;
import io.payonce.routing.indexer.HintCheck;
import io.payonce.routing.indexer.HistoryQuery;
import io.payonce.routing.indexer.HistoryQuery.Direction;
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
import io.payonce.rpc.RpcClient;
import io.payonce.store.TransferState;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** A second source of history beside the journal and the quorum. */
@OnEveryGround
final class IndexerScenarioTest {
  @Parameter Ground ground;

  private Stage stage;
  private Asset.Erc20 token;
  private Transfer coins;
  private Transfer units;

  /** Two payments and a transaction of somebody else with the same key. */
  private void payAndSpend() {
    stage = new Stage(ground);
    token = stage.world.token(TokenKind.PLAIN);
    stage.start();
    coins = stage.coins("0.5");
    units = stage.units(TokenKind.PLAIN, 77);
    var unused = stage.submit("coins", coins);
    var unused2 = stage.submit("units", units);
    assertThat(stage.end("coins").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.end("units").state()).isEqualTo(TransferState.PAID_FINAL);
  }

  /** A node of one provider, for history alone. */
  private RpcIndexer indexer(String provider) {
    return indexer(provider, IndexerLimits.DEFAULT);
  }

  private RpcIndexer indexer(String provider, IndexerLimits limits) {
    VirtualTime.Process process = stage.time.newProcess();
    ChainProfile profile =
        ChainProfiles.builtIn().require(World.CHAIN).withFinality(new Finality.Finalized());
    RpcPool client =
        RpcPool.builder(profile)
            .endpoint(Endpoint.of(provider, provider, "http://127.0.0.1/" + provider))
            .singleOperator(true)
            .transport(endpoint -> stage.world.transport(endpoint.name(), process))
            .clock(process.clock())
            .ticker(process.ticker())
            .random(new Random(1))
            .executor(process.executor())
            .scheduler(process.scheduler())
            .build();
    return RpcIndexer.of("by-" + provider, client, limits, process.ticker());
  }

  private IndexerPool pool(RpcIndexer... indexers) {
    return IndexerPool.of(
        List.of(indexers), Duration.ofMinutes(1), stage.time.newProcess().scheduler());
  }

  private HistoryQuery history(Direction direction, Asset... assets) {
    return new HistoryQuery(
        stage.lane.address(),
        direction,
        List.of(assets),
        new BlockSpan(1, stage.world.head().number()));
  }

  private <H extends Hint> List<CheckedHint<H>> check(List<H> hints, BlockTag tag) {
    RpcClient quorum = stage.host().pool();
    return stage.await(HintCheck.against(quorum).check(hints, tag));
  }

  private static TransactionHash hashOf(Stage stage, String name) {
    return stage.status(name).winner().orElseThrow().hash();
  }

  @Test
  void the_journal_and_two_sources_tell_the_same_and_a_quorum_confirms_it() {
    payAndSpend();
    IndexerReport<TransferHint> report =
        stage.await(
            pool(indexer("alpha"), indexer("beta"))
                .transfers(history(Direction.OUT, stage.coin, token)));
    assertThat(report.isUnanimous()).as("%s", report).isTrue();
    List<TransferHint> hints = report.told().stream().map(Told::hint).toList();
    assertThat(hints)
        .filteredOn(hint -> hint.transaction().equals(hashOf(stage, "coins")))
        .singleElement()
        .satisfies(
            hint -> {
              assertThat(hint.to()).contains(coins.to());
              assertThat(hint.amount()).isEqualTo(coins.amount());
              assertThat(hint.logIndex()).isEmpty();
            });
    assertThat(hints)
        .filteredOn(hint -> hint.transaction().equals(hashOf(stage, "units")))
        .singleElement()
        .satisfies(
            hint -> {
              assertThat(hint.to()).contains(units.to());
              assertThat(hint.amount()).isEqualTo(units.amount());
              assertThat(hint.logIndex()).isPresent();
            });
    assertThat(hints).hasSize(2);
    assertThat(check(hints, BlockTag.FINALIZED))
        .hasSize(2)
        .allMatch(checked -> checked instanceof CheckedHint.Confirmed);
  }

  @Test
  void who_took_which_nonce_is_told_page_by_page_and_confirmed() {
    payAndSpend();
    TransactionHash foreign = stage.world.consumeNonce(stage.key);
    stage.blocks(2);
    SenderQuery query =
        new SenderQuery(
            World.CHAIN,
            stage.lane.address(),
            new NonceRange(0, 9),
            new BlockSpan(1, stage.world.head().number()));
    RpcIndexer indexer =
        indexer("gamma", new IndexerLimits(5, 100, 1 << 20, Duration.ofSeconds(30)));
    List<TransactionHint> all = new ArrayList<>();
    IndexerResult.Page<TransactionHint> page;
    long next = 1;
    do {
      IndexerResult<TransactionHint> result = stage.await(indexer.bySender(query.from(next)));
      assertThat(result).isInstanceOf(IndexerResult.Page.class);
      page = (IndexerResult.Page<TransactionHint>) result;
      all.addAll(page.hints());
      next = page.next();
    } while (!page.isWhole());
    assertThat(all).extracting(TransactionHint::nonce).containsExactly(0L, 1L, 2L);
    assertThat(all)
        .extracting(TransactionHint::transaction)
        .contains(hashOf(stage, "coins"), hashOf(stage, "units"))
        .endsWith(foreign);
    assertThat(check(all, BlockTag.LATEST))
        .allMatch(checked -> checked instanceof CheckedHint.Confirmed);
    TransactionHint wrong =
        new TransactionHint(stage.lane.address(), 1, foreign, all.get(2).block());
    assertThat(check(List.of(wrong), BlockTag.LATEST).get(0))
        .isInstanceOf(CheckedHint.Contradicted.class);
  }

  @Test
  void what_a_source_invents_alters_or_places_elsewhere_is_contradicted() {
    payAndSpend();
    IndexerReport<TransferHint> report =
        stage.await(pool(indexer("alpha")).transfers(history(Direction.OUT, stage.coin, token)));
    List<TransferHint> lies = new ArrayList<>();
    for (Told<TransferHint> told : report.told()) {
      TransferHint hint = told.hint();
      BlockRef below = new BlockRef(hint.block().number() - 1, hint.block().hash());
      lies.add(like(hint, Optional.of(stage.lane.address()), hint.block(), hint.logIndex()));
      lies.add(like(hint, hint.to(), below, hint.logIndex()));
      if (hint.logIndex().isPresent()) {
        lies.add(like(hint, hint.to(), hint.block(), OptionalLong.of(99)));
      }
    }
    TransferHint real = report.told().get(0).hint();
    lies.add(
        new TransferHint(
            real.from(),
            real.to(),
            real.amount(),
            TransactionHash.of("0x" + "12".repeat(32)),
            real.block(),
            real.logIndex()));
    assertThat(check(lies, BlockTag.FINALIZED))
        .hasSize(6)
        .allMatch(checked -> checked instanceof CheckedHint.Contradicted);
  }

  private static TransferHint like(
      TransferHint hint, Optional<Address> to, BlockRef block, OptionalLong logIndex) {
    return new TransferHint(hint.from(), to, hint.amount(), hint.transaction(), block, logIndex);
  }

  @Test
  void what_a_reorganisation_took_back_is_confirmed_before_and_contradicted_after_it() {
    stage = new Stage(ground);
    token = stage.world.token(TokenKind.PLAIN);
    stage.start();
    var unused = stage.submit("p", stage.units(TokenKind.PLAIN, 5));
    stage.untilState("p", TransferState.INCLUDED);
    IndexerReport<TransferHint> before =
        stage.await(pool(indexer("alpha")).transfers(history(Direction.OUT, token)));
    List<TransferHint> hints = before.told().stream().map(Told::hint).toList();
    assertThat(hints).hasSize(1);
    stage.blocks(1); // until every node has seen it
    assertThat(check(hints, BlockTag.LATEST).get(0)).isInstanceOf(CheckedHint.Confirmed.class);
    assertThat(check(hints, BlockTag.FINALIZED).get(0)).isInstanceOf(CheckedHint.Unknown.class);

    int above = (int) (stage.world.head().number() - hints.get(0).block().number());
    stage.world.reorg(above + 1, ReorgMode.VANISHED);
    stage.blocks(2);
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(check(hints, BlockTag.LATEST).get(0)).isInstanceOf(CheckedHint.Contradicted.class);
    IndexerReport<TransferHint> after =
        stage.await(pool(indexer("alpha")).transfers(history(Direction.OUT, token)));
    assertThat(after.told()).singleElement().matches(told -> !told.hint().equals(hints.get(0)));
    stage.verify();
  }

  @Test
  void a_source_that_lags_or_is_dead_is_named_and_without_a_quorum_nothing_is_known() {
    payAndSpend();
    boolean lags = ground == Ground.SIMULATED; // one real node has no second head
    if (lags) {
      stage.world.setFaults("beta", ProviderFaults.always(ProviderFault.LAGGING));
    }
    stage.world.setFaults("gamma", ProviderFaults.always(ProviderFault.DEAD));
    IndexerReport<TransferHint> report =
        stage.await(
            pool(indexer("alpha"), indexer("beta"), indexer("gamma"))
                .transfers(history(Direction.OUT, stage.coin, token)));
    assertThat(report.behind())
        .extracting(IndexerResult.Page::source)
        .isEqualTo(lags ? List.of("by-beta") : List.of());
    assertThat(report.silent()).extracting(IndexerResult::source).containsExactly("by-gamma");
    assertThat(report.disputed()).isEmpty();
    assertThat(report.next() <= report.question().blocks().last()).isEqualTo(lags);
    stage.world.setFaults("beta", ProviderFaults.always(ProviderFault.DEAD));
    List<TransferHint> hints = report.told().stream().map(Told::hint).toList();
    assertThat(hints).hasSize(2);
    assertThat(check(hints, BlockTag.FINALIZED))
        .hasSize(2)
        .allMatch(checked -> checked instanceof CheckedHint.Unknown);
  }
}
