package io.payonce.internal;

import static io.payonce.internal.KnownAnswers.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Log;
import io.payonce.internal.BlockRoots.Outcome;
import io.payonce.internal.BlockRoots.Rooted;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BlockRootsTest {
  private static final Map<String, Object> GETH = KnownAnswers.read("execution-apis.json");
  private static final Map<String, Object> BLOCK = object(GETH.get("block"));

  @Test
  void receipts_give_the_root_and_the_bloom_of_their_block() {
    Rooted<Outcome> receipts = BlockRoots.receipts(GETH.get("receipts")).orElseThrow();
    assertThat(Hex.encode(receipts.root())).isEqualTo(BLOCK.get("receiptsRoot"));
    assertThat(receipts.entries()).hasSize(4);
    LogsBloom bloom = new LogsBloom();
    List<Log> logs = receipts.entries().stream().flatMap(one -> one.logs().stream()).toList();
    logs.forEach(bloom::add);
    assertThat(logs).isNotEmpty();
    assertThat(Hex.encode(bloom.toArray())).isEqualTo(BLOCK.get("logsBloom"));
    for (Log log : logs) {
      assertThat(LogsBloom.mayHold(bloom.toArray(), log)).isTrue();
      assertThat(LogsBloom.mayHold(new byte[LogsBloom.BYTES], log)).isFalse();
    }
    assertThat(logs.get(logs.size() - 1).index()).isEqualTo(logs.size() - 1L);
  }

  @Test
  void transactions_give_the_root_of_their_block_and_their_own_hashes() {
    assertThat(Hex.encode(BlockRoots.transactions(BLOCK).orElseThrow().root()))
        .isEqualTo(BLOCK.get("transactionsRoot"));
    List<?> each = (List<?>) GETH.get("transactions");
    assertThat(each).extracting(tx -> object(tx).get("type")).contains("0x1", "0x2", "0x3", "0x4");
    for (Object tx : each) {
      Map<String, Object> block = Map.of("transactions", List.of(tx));
      assertThat(BlockRoots.transactions(block).orElseThrow().entries().get(0).value())
          .as("type %s", object(tx).get("type"))
          .isEqualTo(object(tx).get("hash"));
    }
  }

  @Test
  void what_has_another_form_has_no_root() {
    assertThat(BlockRoots.receipts(null)).isEmpty();
    assertThat(BlockRoots.receipts(List.of("0x"))).isEmpty();
    Map<String, Object> receipt = object(((List<?>) GETH.get("receipts")).get(0));
    for (String field : List.of("status", "cumulativeGasUsed", "logs")) {
      Object before = receipt.remove(field);
      assertThat(BlockRoots.receipts(List.of(receipt))).as(field).isEmpty();
      receipt.put(field, before);
    }
    receipt.put("type", "0x7e"); // a deposit of the OP Stack has more fields
    assertThat(BlockRoots.receipts(List.of(receipt))).isEmpty();
    receipt.put("type", "0x0");
    assertThat(BlockRoots.receipts(List.of(receipt))).isPresent();
    assertThat(BlockRoots.transactions(Map.of("transactions", List.of("0x11")))).isEmpty();
  }
}
