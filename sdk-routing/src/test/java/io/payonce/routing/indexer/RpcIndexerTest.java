package io.payonce.routing.indexer;

import static io.payonce.routing.indexer.HistoryNode.CHAIN;
import static io.payonce.routing.indexer.HistoryNode.address;
import static io.payonce.routing.indexer.HistoryNode.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.routing.indexer.HistoryQuery.Direction;
import io.payonce.routing.indexer.IndexerResult.Failed;
import io.payonce.routing.indexer.IndexerResult.Page;
import io.payonce.routing.indexer.IndexerResult.Refused;
import io.payonce.routing.indexer.IndexerResult.Stop.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an index over one node tells, what a page of it costs at most, and what it refuses. */
final class RpcIndexerTest {
  private static final Address US = address(0xaa);
  private static final Address THEM = address(0xbb);
  private static final Address OTHERS = address(0xcc);
  private static final Asset COIN = new Asset.Native(CHAIN);
  private static final Asset.Erc20 ONE = new Asset.Erc20(CHAIN, token(1));
  private static final Asset.Erc20 TWO = new Asset.Erc20(CHAIN, token(2));

  private final AtomicLong nanos = new AtomicLong();

  private RpcIndexer indexer(HistoryNode node) {
    return indexer(node, IndexerLimits.DEFAULT);
  }

  private RpcIndexer indexer(HistoryNode node, IndexerLimits limits) {
    return RpcIndexer.of("node", node, limits, nanos::get);
  }

  private static IndexerLimits limits(int blocks, int rows, long bytes) {
    return new IndexerLimits(blocks, rows, bytes, Duration.ofSeconds(30));
  }

  private static HistoryQuery query(Direction direction, long first, long last, Asset... assets) {
    return new HistoryQuery(US, direction, List.of(assets), new BlockSpan(first, last));
  }

  private static <H extends Hint> Page<H> page(IndexerResult<H> result) {
    assertThat(result).isInstanceOf(Page.class);
    return (Page<H>) result;
  }

  private static List<String> told(Page<TransferHint> page) {
    return page.hints().stream()
        .map(
            hint ->
                "%d: %s of %s from %s to %s"
                    .formatted(
                        hint.block().number(),
                        hint.amount().units(),
                        hint.amount().asset().equals(COIN)
                            ? "coin"
                            : hint.amount().asset().equals(ONE) ? "one" : "two",
                        party(hint.from()),
                        party(hint.to().orElseThrow())))
        .toList();
  }

  private static String party(Address address) {
    return address.equals(US) ? "us" : address.equals(THEM) ? "them" : "others";
  }

  private static HistoryNode busy() {
    HistoryNode node = new HistoryNode(40);
    node.moves(3, token(1), US, THEM, 10);
    node.moves(3, token(1), OTHERS, THEM, 99);
    node.moves(5, token(2), THEM, US, 20);
    node.moves(5, token(2), US, THEM, 0);
    node.moves(7, token(1), US, US, 30);
    node.pays(5, US, 0, THEM, 1_000);
    node.failed.put(node.pays(6, US, 1, THEM, 2_000), "reverted");
    node.pays(8, THEM, 0, US, 3_000);
    node.pays(9, US, 2, token(1), 0);
    node.pays(9, OTHERS, 0, THEM, 4_000);
    return node;
  }

  @Test
  void it_tells_what_moved_in_the_order_of_the_chain_and_leaves_out_what_did_not() {
    Page<TransferHint> page =
        page(indexer(busy()).transfers(query(Direction.BOTH, 0, 39, COIN, ONE, TWO)).join());
    assertThat(told(page))
        .containsExactly(
            "3: 10 of one from us to them",
            "5: 1000 of coin from us to them",
            "5: 20 of two from them to us",
            "7: 30 of one from us to us",
            "8: 3000 of coin from them to us");
    assertThat(page.isWhole()).isTrue();
    assertThat(page.next()).isEqualTo(40);
    assertThat(page.indexed().number()).isEqualTo(39);
    assertThat(page.source()).isEqualTo("node");
  }

  @Test
  void one_direction_and_one_asset_are_asked_for_alone() {
    HistoryNode node = busy();
    assertThat(told(page(indexer(node).transfers(query(Direction.OUT, 0, 39, ONE)).join())))
        .containsExactly("3: 10 of one from us to them", "7: 30 of one from us to us");
    assertThat(node.asked).filteredOn(asked -> asked.startsWith("eth_getLogs")).hasSize(1);
    assertThat(told(page(indexer(node).transfers(query(Direction.IN, 4, 39, TWO)).join())))
        .containsExactly("5: 20 of two from them to us");
    assertThat(told(page(indexer(node).transfers(query(Direction.IN, 0, 39, COIN)).join())))
        .containsExactly("8: 3000 of coin from them to us");
  }

  @Test
  void it_tells_who_took_which_nonce_also_where_the_transaction_failed() {
    SenderQuery query = new SenderQuery(CHAIN, US, new NonceRange(1, 5), new BlockSpan(0, 39));
    Page<TransactionHint> page = page(indexer(busy()).bySender(query).join());
    assertThat(page.hints()).extracting(TransactionHint::nonce).containsExactly(1L, 2L);
    assertThat(page.hints()).extracting(hint -> hint.block().number()).containsExactly(6L, 9L);
    assertThat(page.isWhole()).isTrue();
  }

  @Test
  void pages_together_tell_everything_once() {
    HistoryNode node = busy();
    HistoryQuery all = query(Direction.BOTH, 0, 39, COIN, ONE, TWO);
    List<String> whole = told(page(indexer(node).transfers(all).join()));
    List<String> inPages = new ArrayList<>();
    HistoryQuery rest = all;
    int pages = 0;
    for (boolean goesOn = true; goesOn; pages++) {
      Page<TransferHint> page = page(indexer(node, limits(7, 100, 1 << 20)).transfers(rest).join());
      inPages.addAll(told(page));
      goesOn = !page.isWhole();
      if (goesOn) {
        assertThat(page.stop().orElseThrow().reason()).isEqualTo(Reason.BLOCKS);
        rest = rest.from(page.next());
      }
    }
    assertThat(inPages).isEqualTo(whole);
    assertThat(pages).isEqualTo(6); // 40 blocks of 7
  }

  @Test
  void a_page_ends_before_the_block_whose_rows_do_not_fit() {
    HistoryNode node = new HistoryNode(10);
    for (int i = 0; i < 60; i++) {
      node.moves(2, token(1), US, THEM, 1);
      node.moves(4, token(1), US, THEM, 1);
    }
    RpcIndexer indexer = indexer(node, limits(1_000, 100, 1 << 20));
    HistoryQuery query = query(Direction.OUT, 0, 9, ONE);
    Page<TransferHint> first = page(indexer.transfers(query).join());
    assertThat(first.hints()).hasSize(60);
    assertThat(first.next()).isEqualTo(4);
    assertThat(first.stop().orElseThrow().reason()).isEqualTo(Reason.ROWS);
    Page<TransferHint> second = page(indexer.transfers(query.from(first.next())).join());
    assertThat(second.hints()).hasSize(60);
    assertThat(second.isWhole()).isTrue();
  }

  @Test
  void a_block_that_alone_has_more_rows_than_a_page_is_refused_by_name() {
    HistoryNode node = new HistoryNode(3);
    for (int i = 0; i < 101; i++) {
      node.moves(1, token(1), US, THEM, 1);
    }
    assertThat(
            indexer(node, limits(1_000, 100, 1 << 20))
                .transfers(query(Direction.OUT, 0, 2, ONE))
                .join())
        .isEqualTo(new Refused<>("node", "rows of block 1", "101", "at most 100"));
  }

  @Test
  void a_page_reads_no_more_than_its_bytes_and_one_request() {
    HistoryNode node = new HistoryNode(200);
    for (int block = 0; block < 200; block++) {
      for (int i = 0; i < 40; i++) {
        node.pays(block, OTHERS, block * 40L + i, THEM, 1); // some 10 KB a block
      }
    }
    Page<TransferHint> page =
        page(
            indexer(node, limits(1_000, 100, 1 << 20))
                .transfers(query(Direction.OUT, 0, 199, COIN))
                .join());
    assertThat(page.stop().orElseThrow().reason()).isEqualTo(Reason.BYTES);
    assertThat(page.next()).isBetween(60L, 190L);
    assertThat(page.next() % BlockScan.STRIDE).isZero();
  }

  @Test
  void a_page_ends_when_its_time_is_over() {
    HistoryNode node = new HistoryNode(200);
    node.beforeAnswer = () -> nanos.addAndGet(Duration.ofMillis(500).toNanos());
    Page<TransferHint> page =
        page(indexer(node).transfers(query(Direction.OUT, 0, 199, COIN)).join());
    assertThat(page.stop().orElseThrow().reason()).isEqualTo(Reason.TIME);
    assertThat(page.next()).isEqualTo(64); // 16 blocks take 8 s, and 30 s are allowed
  }

  @Test
  void a_range_that_is_too_large_for_the_node_is_asked_for_in_halves() {
    HistoryNode node = busy();
    node.logRange = 9;
    Page<TransferHint> page =
        page(indexer(node).transfers(query(Direction.OUT, 0, 39, ONE)).join());
    assertThat(told(page))
        .containsExactly("3: 10 of one from us to them", "7: 30 of one from us to us");
    assertThat(page.isWhole()).isTrue();
    node.logRange = 0;
    assertThat(indexer(node).transfers(query(Direction.OUT, 0, 39, ONE)).join())
        .isInstanceOf(Failed.class);
  }

  @Test
  void a_node_that_is_behind_covers_what_it_has_and_says_so() {
    HistoryNode node = busy();
    Page<TransferHint> page =
        page(indexer(node).transfers(query(Direction.OUT, 0, 60, ONE)).join());
    assertThat(page.next()).isEqualTo(40);
    assertThat(page.isBehind()).isTrue();
    Page<TransferHint> later =
        page(indexer(node).transfers(query(Direction.OUT, 50, 60, ONE)).join());
    assertThat(later.next()).isEqualTo(50);
    assertThat(later.hints()).isEmpty();
    assertThat(later.isBehind()).isTrue();
  }

  @Test
  void a_node_that_fails_in_the_middle_leaves_the_page_so_far() {
    HistoryNode node = new HistoryNode(64);
    node.pays(3, US, 0, THEM, 1);
    AtomicLong left = new AtomicLong(30);
    node.isDown = method -> left.decrementAndGet() < 0 && left.get() > -5;
    Page<TransferHint> page =
        page(indexer(node).transfers(query(Direction.OUT, 0, 63, COIN)).join());
    assertThat(page.hints()).hasSize(1);
    assertThat(page.next()).isEqualTo(16);
    assertThat(page.stop().orElseThrow().reason()).isEqualTo(Reason.FAILURE);
    assertThat(page.stop().orElseThrow().detail()).contains("the node is down");
  }

  @Test
  void a_node_that_fails_from_the_start_has_failed() {
    HistoryNode node = busy();
    node.isDown = method -> true;
    assertThat(indexer(node).transfers(query(Direction.OUT, 0, 39, ONE)).join())
        .isEqualTo(new Failed<>("node", "the node is down"));
  }

  @Test
  void a_chain_that_changes_while_it_is_read_makes_no_page() {
    HistoryNode node = busy();
    AtomicLong answers = new AtomicLong();
    node.beforeAnswer = () -> node.fork = answers.incrementAndGet() > 2 ? 1 : 0;
    assertThat(indexer(node).transfers(query(Direction.OUT, 0, 39, ONE)).join())
        .isEqualTo(new Failed<>("node", "the chain was reorganised while it was read"));
    answers.set(0);
    node.beforeAnswer = () -> node.fork = answers.incrementAndGet() == 5 ? 1 : 0;
    IndexerResult<TransferHint> scan =
        indexer(node).transfers(query(Direction.OUT, 0, 39, COIN)).join();
    assertThat(((Failed<TransferHint>) scan).reason()).contains("is no child of");
  }

  @Test
  void answers_that_were_not_asked_for_make_no_page() {
    for (Map<String, Object> spoiled :
        List.<Map<String, Object>>of(
            Map.of("address", token(9).value()),
            Map.of("blockNumber", "0x64"),
            Map.of("removed", true),
            Map.of("topics", List.of("0x12")),
            Map.of(
                "topics",
                List.of(
                    io.payonce.Erc20Calls.TRANSFER_EVENT.toHex(),
                    HistoryNode.word(OTHERS),
                    HistoryNode.word(THEM))))) {
      HistoryNode node = busy();
      Map<String, @Nullable Object> log = node.moves(4, token(1), US, THEM, 5);
      log.put("pushy", true);
      log.putAll(spoiled);
      assertThat(indexer(node).transfers(query(Direction.OUT, 0, 39, ONE)).join())
          .as("%s", spoiled)
          .isInstanceOf(Failed.class);
    }
  }

  @Test
  void two_blocks_of_one_number_make_no_page() {
    HistoryNode node = busy();
    node.moves(3, token(1), US, THEM, 5).put("blockHash", "0x" + "12".repeat(32));
    IndexerResult<TransferHint> result =
        indexer(node).transfers(query(Direction.OUT, 0, 39, ONE)).join();
    assertThat(((Failed<TransferHint>) result).reason()).isEqualTo("has two blocks 3");
  }

  @Test
  void a_log_of_another_standard_with_the_same_name_is_no_transfer() {
    HistoryNode node = new HistoryNode(3);
    String us = HistoryNode.word(US);
    node.moves(1, token(1), US, THEM, 5)
        .put("topics", List.of(io.payonce.Erc20Calls.TRANSFER_EVENT.toHex(), us, us, us));
    assertThat(page(indexer(node).transfers(query(Direction.OUT, 0, 2, ONE)).join()).hints())
        .isEmpty();
  }

  @Test
  void another_chain_is_refused_and_asks_nobody() {
    HistoryNode node = busy();
    SenderQuery query =
        new SenderQuery(ChainId.of(5), US, new NonceRange(0, 1), new BlockSpan(0, 1));
    assertThat(indexer(node).bySender(query).join())
        .isEqualTo(new Refused<>("node", "chain", "5", "chain 1"));
    assertThat(node.asked).isEmpty();
  }

  @Test
  void a_long_page_of_a_client_that_answers_at_once_needs_no_deep_stack() {
    HistoryNode node = new HistoryNode(1);
    for (int i = 0; i < 15_000; i++) {
      node.grow();
    }
    node.logRange = 1; // one request for each block
    Page<TransferHint> page =
        page(
            indexer(node, limits(1_000_000, 100, 1 << 30))
                .transfers(query(Direction.OUT, 0, 15_000, ONE))
                .join());
    assertThat(page.isWhole()).isTrue();
    assertThat(node.asked).hasSizeGreaterThan(15_000);
  }

  @Test
  void a_page_that_nobody_waits_for_reads_no_further() {
    HistoryNode node = new HistoryNode(1_000);
    List<java.util.concurrent.CompletableFuture<?>> mine = new ArrayList<>();
    node.beforeAnswer =
        () -> {
          if (node.asked.size() == 40) {
            mine.forEach(page -> page.cancel(true));
          }
        };
    var rows = new SenderRows(node, senderQuery());
    var read = new PageRead<>("node", node, IndexerLimits.DEFAULT, nanos::get, senderQuery(), rows);
    mine.add(read.result());
    assertThat(read.start()).isCancelled();
    assertThat(node.asked.size()).isLessThan(60);
  }

  private static SenderQuery senderQuery() {
    return new SenderQuery(CHAIN, US, new NonceRange(0, 1), new BlockSpan(0, 900));
  }

  @Test
  void questions_and_limits_are_checked_by_name() {
    assertThatThrownBy(() -> query(Direction.OUT, 2, 1, ONE)).hasMessageContaining("blocks 2 to 1");
    assertThatThrownBy(() -> query(Direction.OUT, 0, 1)).hasMessageContaining("assets 0");
    assertThatThrownBy(() -> query(Direction.OUT, 0, 1, ONE, ONE)).hasMessageContaining("once");
    assertThatThrownBy(() -> query(Direction.OUT, 0, 1, ONE, new Asset.Native(ChainId.of(9))))
        .hasMessageContaining("one chain");
    assertThatThrownBy(() -> new NonceRange(3, 2)).hasMessageContaining("nonces 3 to 2");
    assertThatThrownBy(() -> limits(0, 100, 1 << 20)).hasMessageContaining("blocks 0");
    assertThatThrownBy(() -> limits(1, 99, 1 << 20)).hasMessageContaining("rows 99");
    assertThatThrownBy(() -> limits(1, 100, 1)).hasMessageContaining("bytes 1");
    assertThatThrownBy(() -> new IndexerLimits(1, 100, 1 << 20, Duration.ofMillis(999)))
        .hasMessageContaining("time in ms 999");
    assertThatThrownBy(() -> RpcIndexer.of("https://node/key", busy()))
        .hasMessageContaining("name")
        .message()
        .doesNotContain("key");
  }
}
