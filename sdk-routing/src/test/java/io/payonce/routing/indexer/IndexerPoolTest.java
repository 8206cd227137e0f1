package io.payonce.routing.indexer;

import static io.payonce.routing.indexer.HistoryNode.CHAIN;
import static io.payonce.routing.indexer.HistoryNode.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.routing.indexer.IndexerResult.Failed;
import io.payonce.routing.indexer.IndexerResult.Page;
import io.payonce.routing.indexer.IndexerResult.Stop;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Several sources side by side: what they say, and who is late, silent or lies, by name. */
final class IndexerPoolTest {
  private static final SenderQuery QUERY =
      new SenderQuery(CHAIN, address(0xaa), new NonceRange(0, 9), new BlockSpan(10, 19));

  private final VirtualTime time = new VirtualTime();

  /** A source that answers what a test says. */
  private record Fake(
      String name, Function<SenderQuery, CompletableFuture<IndexerResult<TransactionHint>>> answer)
      implements Indexer {
    @Override
    public CompletableFuture<IndexerResult<TransferHint>> transfers(HistoryQuery query) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<IndexerResult<TransactionHint>> bySender(SenderQuery query) {
      return answer.apply(query);
    }
  }

  private static Fake says(String name, IndexerResult<TransactionHint> result) {
    return new Fake(name, query -> CompletableFuture.completedFuture(result));
  }

  private static Page<TransactionHint> whole(String name, TransactionHint... hints) {
    return new Page<>(name, List.of(hints), 20, block(30), Optional.empty());
  }

  private static Page<TransactionHint> until(String name, long next, TransactionHint... hints) {
    return new Page<>(
        name, List.of(hints), next, block(next - 1), Optional.of(new Stop(Stop.Reason.BEHIND, "")));
  }

  private static BlockRef block(long number) {
    return new BlockRef(number, BlockHash.of("0x%064x".formatted(number)));
  }

  private static TransactionHint hint(long nonce, long block) {
    return new TransactionHint(
        address(0xaa), nonce, TransactionHash.of("0x%064x".formatted(nonce)), block(block));
  }

  private IndexerReport<TransactionHint> ask(Indexer... indexers) {
    IndexerPool pool = IndexerPool.of(List.of(indexers), Duration.ofSeconds(5), time.scheduler());
    return time.await(pool.bySender(QUERY), Duration.ofMinutes(1));
  }

  @Test
  void sources_that_say_the_same_are_unanimous() {
    IndexerReport<TransactionHint> report =
        ask(says("a", whole("a", hint(1, 12))), says("b", whole("b", hint(1, 12))));
    assertThat(report.isUnanimous()).isTrue();
    assertThat(report.told())
        .containsExactly(new Told<>(hint(1, 12), List.of("a", "b"), List.of()));
    assertThat(report.next()).isEqualTo(20);
  }

  @Test
  void who_covers_a_block_and_does_not_say_it_is_named_against_it() {
    IndexerReport<TransactionHint> report =
        ask(
            says("a", whole("a", hint(1, 12), hint(2, 15))),
            says("b", whole("b", hint(1, 12))),
            says("c", until("c", 13, hint(1, 12))));
    assertThat(report.told())
        .containsExactly(
            new Told<>(hint(1, 12), List.of("a", "b", "c"), List.of()),
            new Told<>(hint(2, 15), List.of("a"), List.of("b")));
    assertThat(report.disputed()).extracting(Told::hint).containsExactly(hint(2, 15));
    assertThat(report.behind()).extracting(Page::source).containsExactly("c");
    assertThat(report.next()).isEqualTo(13);
    assertThat(report.isUnanimous()).isFalse();
  }

  @Test
  void the_same_transaction_in_another_block_is_a_dispute() {
    TransactionHint fork =
        new TransactionHint(
            address(0xaa),
            1,
            hint(1, 12).transaction(),
            new BlockRef(12, BlockHash.of("0x%064x".formatted(99))));
    IndexerReport<TransactionHint> report =
        ask(says("a", whole("a", hint(1, 12))), says("b", whole("b", fork)));
    assertThat(report.disputed()).hasSize(2);
  }

  @Test
  void who_hangs_throws_or_fails_is_named_and_holds_up_nobody() {
    CompletableFuture<IndexerResult<TransactionHint>> never = new CompletableFuture<>();
    IndexerReport<TransactionHint> report =
        ask(
            says("a", whole("a", hint(1, 12))),
            new Fake("hung", query -> never),
            new Fake(
                "throws",
                query -> {
                  throw new IllegalStateException("https://key@host");
                }),
            new Fake(
                "breaks",
                query -> CompletableFuture.failedFuture(new IllegalStateException("a secret"))),
            says("down", new Failed<>("down", "no connection")));
    assertThat(report.silent())
        .containsExactly(
            new Failed<>("hung", "no answer within 5000 ms"),
            new Failed<>("throws", "defect: IllegalStateException"),
            new Failed<>("breaks", "defect: IllegalStateException"),
            new Failed<>("down", "no connection"));
    assertThat(never).isCancelled();
    assertThat(report.told()).hasSize(1);
    assertThat(report.isUnanimous()).isFalse();
    assertThat(report.next()).isEqualTo(20);
  }

  @Test
  void an_answer_that_cannot_be_one_to_the_question_fails_its_source() {
    TransactionHint foreign =
        new TransactionHint(address(0xbb), 1, hint(1, 12).transaction(), block(12));
    for (Page<TransactionHint> wrong :
        List.of(
            whole("other", hint(1, 12)),
            whole("a", foreign),
            whole("a", hint(10, 12)),
            whole("a", hint(1, 9)),
            whole("a", hint(1, 20)),
            whole("a", hint(1, 12), hint(1, 12)),
            whole("a", hint(2, 13), hint(1, 12)),
            until("a", 12, hint(1, 12)),
            until("a", 9),
            until("a", 20),
            new Page<TransactionHint>("a", List.of(), 19, block(30), Optional.empty()),
            new Page<TransactionHint>("a", List.of(), 20, block(18), Optional.empty()))) {
      assertThat(ask(says("a", wrong)).silent()).as("%s", wrong).hasSize(1);
    }
  }

  @Test
  void who_has_not_come_to_the_first_block_yet_is_behind_and_no_liar() {
    Page<TransactionHint> early =
        new Page<>("a", List.of(), 10, block(4), Optional.of(new Stop(Stop.Reason.BEHIND, "at 4")));
    IndexerReport<TransactionHint> report = ask(says("a", early));
    assertThat(report.behind()).containsExactly(early);
    assertThat(report.next()).isEqualTo(10);
  }

  @Test
  void a_pool_is_checked_when_it_is_made() {
    Indexer a = says("a", whole("a"));
    assertThatThrownBy(() -> IndexerPool.of(List.of(), Duration.ofSeconds(5), time.scheduler()))
        .hasMessageContaining("indexers 0");
    assertThatThrownBy(() -> IndexerPool.of(List.of(a, a), Duration.ofSeconds(5), time.scheduler()))
        .hasMessageContaining("named once");
    assertThatThrownBy(() -> IndexerPool.of(List.of(a), Duration.ofMillis(5), time.scheduler()))
        .hasMessageContaining("patience");
    assertThatThrownBy(
            () ->
                IndexerPool.of(
                    List.of(says("http://x", whole("x"))), Duration.ofSeconds(5), time.scheduler()))
        .hasMessageContaining("name");
  }
}
