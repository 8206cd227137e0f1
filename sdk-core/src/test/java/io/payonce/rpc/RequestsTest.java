package io.payonce.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Block;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.rpc.RpcRequest.MalformedValueException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Decoders answer exactly what the node said, or refuse; never a default. */
class RequestsTest {
  private static final Address ACCOUNT = Address.of("0x" + "aa".repeat(20));
  private static final String HASH = "0x" + "77".repeat(32);
  private static final String BLOCK_HASH = "0x" + "b1".repeat(32);

  private static void assertMalformed(RpcRequest<?> request, Object json) {
    assertThatThrownBy(() -> request.decoder().decode(json))
        .as("%s of %s", request.method(), json)
        .isInstanceOf(MalformedValueException.class);
  }

  @Test
  void reads_quantities_strictly() {
    RpcRequest<Wei> price = Requests.gasPrice();
    assertThat(price.decoder().decode("0x0")).isEqualTo(Wei.ZERO);
    assertThat(price.decoder().decode("0x3b9aca00")).isEqualTo(Wei.gwei(1));
    assertThat(price.decoder().decode("0x" + "f".repeat(64)).value().bitLength()).isEqualTo(256);
    for (Object wrong :
        Arrays.asList(
            null,
            "",
            "0x",
            "0x00",
            "0x01",
            "1",
            "0X1",
            "-0x1",
            "0x-1",
            "0xg",
            " 0x1",
            "0x1 ",
            "0x1\n",
            "0x1" + "0".repeat(64),
            1,
            BigInteger.ONE,
            true,
            List.of("0x1"),
            Map.of())) {
      assertMalformed(price, wrong);
    }
  }

  @Test
  void keeps_numbers_within_63_bits() {
    RpcRequest<Long> nonce = Requests.nonce(ACCOUNT, "latest");
    assertThat(nonce.decoder().decode("0x7fffffffffffffff")).isEqualTo(Long.MAX_VALUE);
    assertMalformed(nonce, "0x8000000000000000");
  }

  @Test
  void reads_chain_ids_that_can_be() {
    assertThat(Requests.chainId().decoder().decode("0x1")).isEqualTo(ChainId.of(1));
    assertMalformed(Requests.chainId(), "0x0");
    assertMalformed(Requests.chainId(), "0x7fffffffffffffff");
  }

  @Test
  void reads_data_strictly() {
    RpcRequest<Bytes> code = Requests.code(ACCOUNT, "latest");
    assertThat(code.decoder().decode("0x")).isEqualTo(Bytes.EMPTY);
    assertThat(code.decoder().decode("0x00FF").toHex()).isEqualTo("0x00ff");
    for (Object wrong : Arrays.asList(null, "", "00", "0x0", "0x000", "0xzz", 1, List.of())) {
      assertMalformed(code, wrong);
    }
  }

  private static Map<String, Object> block() {
    Map<String, Object> tx = new LinkedHashMap<>();
    tx.put("hash", HASH);
    tx.put("from", ACCOUNT.value());
    tx.put("nonce", "0x5");
    tx.put("to", null);
    tx.put("value", "0x1");
    tx.put("input", "0x");
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("number", "0x64");
    json.put("hash", BLOCK_HASH);
    json.put("parentHash", HASH);
    json.put("timestamp", "0x65");
    json.put("gasUsed", "0x5208");
    json.put("gasLimit", "0x1c9c380");
    json.put("baseFeePerGas", "0x7");
    json.put("transactions", List.of(tx));
    return json;
  }

  @Test
  void reads_a_block_with_its_transactions() {
    RpcRequest<java.util.Optional<Block>> request = Requests.block(100);
    assertThat(request.params()).containsExactly("0x64", true);
    Block block = request.decoder().decode(block()).orElseThrow();
    assertThat(block.ref()).isEqualTo(new BlockRef(100, BlockHash.of(BLOCK_HASH)));
    assertThat(block.baseFee()).contains(Wei.of(7));
    assertThat(block.time().getEpochSecond()).isEqualTo(0x65);
    assertThat(block.transactions()).hasSize(1);
    assertThat(block.transactions().get(0).nonce()).isEqualTo(5);
    assertThat(block.transactions().get(0).to()).isEmpty();
    assertThat(request.decoder().decode(null)).isEmpty();
    Map<String, Object> old = block();
    old.remove("baseFeePerGas");
    assertThat(request.decoder().decode(old).orElseThrow().baseFee()).isEmpty();
  }

  private static Map<String, Object> authorization() {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("chainId", "0x7a69");
    entry.put("address", ACCOUNT.value());
    entry.put("nonce", "0xffffffffffffffff");
    entry.put("yParity", "0x1b");
    entry.put("r", "0x0" + "1".repeat(63));
    entry.put("s", "0x1");
    return entry;
  }

  private static Map<String, Object> blockWith(Object authorizationList) {
    @SuppressWarnings("unchecked")
    Map<String, Object> tx = (Map<String, Object>) ((List<?>) block().get("transactions")).get(0);
    tx.put("type", "0x4");
    tx.put("authorizationList", authorizationList);
    Map<String, Object> json = block();
    json.put("transactions", List.of(tx));
    return json;
  }

  @Test
  void reads_authorizations_also_those_that_the_protocol_skips() {
    Map<String, Object> besu = authorization();
    besu.put("v", besu.remove("yParity"));
    Block.Entry tx =
        Requests.block(100)
            .decoder()
            .decode(blockWith(List.of(authorization(), besu)))
            .orElseThrow()
            .transactions()
            .get(0);
    assertThat(tx.type()).isEqualTo(Block.Entry.SET_CODE);
    assertThat(tx.authorizations()).hasSize(2);
    assertThat(tx.authorizations().get(0)).isEqualTo(tx.authorizations().get(1));
    assertThat(tx.authorizations().get(0).chainId()).isEqualTo(BigInteger.valueOf(31337));
    assertThat(tx.authorizations().get(0).nonce().bitLength()).isEqualTo(64);
    assertThat(tx.authorizations().get(0).yParity()).isEqualTo(27);
    assertThat(tx.authorizations().get(0).authority(ChainId.of(31337))).isEmpty();
  }

  @Test
  void refuses_authorizations_with_any_field_missing_or_wrong() {
    RpcRequest<?> request = Requests.block(100);
    for (Object wrong : Arrays.asList(null, "0x", Map.of(), List.of("0x"))) {
      assertMalformed(request, blockWith(wrong));
    }
    for (String field : authorization().keySet()) {
      for (Object wrong : Arrays.asList(null, 1, "", "1", "0x0g", "0x1" + "0".repeat(64))) {
        Map<String, Object> spoilt = authorization();
        spoilt.put(field, wrong);
        assertMalformed(request, blockWith(List.of(spoilt)));
      }
      Map<String, Object> short1 = authorization();
      short1.remove(field);
      assertMalformed(request, blockWith(List.of(short1)));
    }
  }

  @Test
  void refuses_a_block_with_any_field_missing_or_wrong() {
    RpcRequest<?> request = Requests.block(100);
    for (String field : new ArrayList<>(block().keySet())) {
      for (Object wrong : List.of(1, "zz", "0x0g", true, Map.of())) {
        Map<String, Object> spoilt = block();
        spoilt.put(field, wrong);
        assertMalformed(request, spoilt);
      }
      if (!field.equals("baseFeePerGas")) {
        Map<String, Object> short1 = block();
        short1.remove(field);
        assertMalformed(request, short1);
      }
    }
    Map<String, Object> hashesOnly = block();
    hashesOnly.put("transactions", List.of(HASH));
    assertMalformed(request, hashesOnly);
    Map<String, Object> pending = block();
    pending.put("hash", null);
    assertMalformed(request, pending);
    Map<String, Object> noTime = block();
    noTime.put("timestamp", "0x7fffffffffffffff");
    assertMalformed(request, noTime);
    assertMalformed(request, "0x64");
    assertMalformed(request, List.of());
  }

  private static Map<String, Object> receipt() {
    Map<String, Object> log = new LinkedHashMap<>();
    log.put("address", ACCOUNT.value());
    log.put("topics", List.of(HASH));
    log.put("data", "0x01");
    log.put("logIndex", "0x3");
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("transactionHash", HASH);
    json.put("blockNumber", "0x64");
    json.put("blockHash", BLOCK_HASH);
    json.put("from", ACCOUNT.value());
    json.put("status", "0x1");
    json.put("gasUsed", "0x5208");
    json.put("effectiveGasPrice", "0x2");
    json.put("logs", List.of(log));
    return json;
  }

  @Test
  void reads_a_receipt_of_the_asked_transaction_only() {
    var request = Requests.receipt(TransactionHash.of(HASH));
    Receipt receipt = request.decoder().decode(receipt()).orElseThrow();
    assertThat(receipt.succeeded()).isTrue();
    assertThat(receipt.fee()).isEqualTo(Wei.of(42_000));
    assertThat(receipt.logs().get(0).index()).isEqualTo(3);
    assertThat(request.decoder().decode(null)).isEmpty();
    Map<String, Object> reverted = receipt();
    reverted.put("status", "0x0");
    assertThat(request.decoder().decode(reverted).orElseThrow().succeeded()).isFalse();

    Map<String, Object> other = receipt();
    other.put("transactionHash", "0x" + "78".repeat(32));
    assertMalformed(request, other);
    Map<String, Object> strange = receipt();
    strange.put("status", "0x2");
    assertMalformed(request, strange);
    for (String field : receipt().keySet()) {
      Map<String, Object> spoilt = receipt();
      spoilt.remove(field);
      assertMalformed(request, spoilt);
      spoilt.put(field, "0x0g");
      assertMalformed(request, spoilt);
    }
  }

  @Test
  void reads_storage_as_a_quantity_or_as_all_32_bytes() {
    RpcRequest<BigInteger> storage = Requests.storage(ACCOUNT, BigInteger.TEN, "latest");
    assertThat(storage.params())
        .containsExactly(ACCOUNT.value(), "0x" + "0".repeat(63) + "a", "latest");
    assertThat(storage.decoder().decode("0x38")).isEqualTo(BigInteger.valueOf(0x38));
    assertThat(storage.decoder().decode("0x" + "0".repeat(62) + "38"))
        .isEqualTo(BigInteger.valueOf(0x38));
    assertMalformed(storage, "0x");
    assertMalformed(storage, "0x" + "1".repeat(65));
    assertMalformed(storage, null);
  }

  @Test
  void reads_a_header_with_its_bloom_where_the_node_shows_one() {
    RpcRequest<Optional<LogBallot.Bloomed>> header = Requests.bloomOf(7);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("number", "0x7");
    json.put("hash", HASH);
    json.put("parentHash", HASH);
    json.put("timestamp", "0x1");
    assertThat(header.decoder().decode(json).orElseThrow().bloom()).isEmpty();
    json.put("logsBloom", "0x" + "00".repeat(256));
    assertThat(header.decoder().decode(json).orElseThrow().bloom()).isPresent();
    assertThat(header.decoder().decode(null)).isEmpty();
    json.put("logsBloom", "0x" + "00".repeat(255));
    assertMalformed(header, json);
  }

  @Test
  void asks_for_logs_and_reads_where_each_is() {
    RpcRequest<List<IncludedLog>> logs =
        Requests.logs(List.of(ACCOUNT), List.of(List.of(), List.of(Bytes.fromHex(HASH))), 1, 255);
    assertThat(logs.method()).isEqualTo("eth_getLogs");
    Map<?, ?> filter = (Map<?, ?>) logs.params().get(0);
    assertThat(filter.get("fromBlock")).isEqualTo("0x1");
    assertThat(filter.get("toBlock")).isEqualTo("0xff");
    assertThat(filter.get("address")).isEqualTo(List.of(ACCOUNT.value()));
    assertThat(filter.get("topics")).isEqualTo(Arrays.asList(null, List.of(HASH)));
    Map<String, Object> log = new LinkedHashMap<>();
    log.put("address", ACCOUNT.value());
    log.put("topics", List.of(HASH));
    log.put("data", "0x12");
    log.put("logIndex", "0x3");
    log.put("transactionHash", HASH);
    log.put("blockNumber", "0x7");
    log.put("blockHash", BLOCK_HASH);
    IncludedLog read = logs.decoder().decode(List.of(log)).get(0);
    assertThat(read.log().index()).isEqualTo(3);
    assertThat(read.transaction()).isEqualTo(TransactionHash.of(HASH));
    assertThat(read.block()).isEqualTo(new BlockRef(7, BlockHash.of(BLOCK_HASH)));
    assertThat(logs.decoder().decode(List.of())).isEmpty();
    for (String field : List.copyOf(log.keySet())) {
      Map<String, Object> without = new LinkedHashMap<>(log);
      without.remove(field);
      assertMalformed(logs, List.of(without));
    }
    log.put("removed", true);
    assertMalformed(logs, List.of(log));
    assertMalformed(logs, null);
    assertMalformed(logs, Map.of());
  }

  @Test
  void knows_a_transaction_only_by_its_own_hash() {
    RpcRequest<Boolean> knows = Requests.knows(TransactionHash.of(HASH));
    assertThat(knows.decoder().decode(null)).isFalse();
    assertThat(knows.decoder().decode(Map.of("hash", HASH))).isTrue();
    assertThat(knows.decoder().decode(Map.of("hash", BLOCK_HASH))).isFalse();
    assertMalformed(knows, Map.of());
    assertMalformed(knows, HASH);
  }

  @Test
  void reads_references_and_hashes_strictly() {
    RpcRequest<?> ref = Requests.blockRef("finalized");
    assertThat(ref.decoder().decode(null)).isEqualTo(java.util.Optional.empty());
    assertMalformed(ref, Map.of("number", "0x1"));
    assertMalformed(ref, Map.of("number", "0x1", "hash", "0x12"));
    assertMalformed(ref, Map.of("number", 1, "hash", BLOCK_HASH));
    assertMalformed(Requests.sendRawTransaction(Bytes.EMPTY), "0x12");
    assertMalformed(Requests.sendRawTransaction(Bytes.EMPTY), null);
    assertThat(Requests.sendRawTransaction(Bytes.EMPTY).decoder().decode(HASH))
        .isEqualTo(TransactionHash.of(HASH));
  }

  @Test
  void writes_quantities_without_leading_zeros() {
    assertThat(Requests.quantity(0)).isEqualTo("0x0");
    assertThat(Requests.quantity(1024)).isEqualTo("0x400");
    assertThat(Requests.quantity(BigInteger.TWO.pow(255))).isEqualTo("0x8" + "0".repeat(63));
    Map<?, ?> call =
        (Map<?, ?>) Requests.estimateGas(ACCOUNT, ACCOUNT, Wei.ZERO, Bytes.EMPTY).params().get(0);
    assertThat(call.get("value")).isEqualTo("0x0");
    assertThat(call.get("data")).isEqualTo("0x");
  }
}
