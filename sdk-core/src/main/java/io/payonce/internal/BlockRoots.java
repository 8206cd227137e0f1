package io.payonce.internal;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Log;
import io.payonce.TransactionHash;
import io.payonce.internal.Rlp.Item;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Transactions and receipts of a block, as nodes show them, turned into the bytes that the roots in
 * its header commit to. Known are the types 0 to 4 (EIP-2718, 2930, 1559, 4844, 7702); another one
 * may be encoded in a way that is not known here. Pure.
 */
public final class BlockRoots {
  private static final int WORD = 32;

  /** A block of 300 million gas holds no more transactions, a transaction no more logs. */
  private static final int MOST = 16_384;

  private BlockRoots() {}

  /**
   * What a root commits to.
   *
   * @param entries in the order of the block
   */
  public record Rooted<T>(byte[] root, List<T> entries) {
    public Rooted {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The part of a receipt that the block commits to.
   *
   * @param gasUsed by the block up to and including the transaction
   */
  public record Outcome(boolean succeeded, BigInteger gasUsed, List<Log> logs) {
    public Outcome {
      logs = List.copyOf(logs);
    }
  }

  /** Of an answer to {@code eth_getBlockReceipts}; empty when its form is not known here. */
  public static Optional<Rooted<Outcome>> receipts(@Nullable Object answer) {
    try {
      List<byte[]> encoded = new ArrayList<>();
      List<Outcome> outcomes = new ArrayList<>();
      long logs = 0;
      for (Object element : RpcJson.list("receipts", answer, MOST)) {
        Map<?, ?> receipt = RpcJson.object("receipt", element);
        Outcome outcome = outcome(receipt, logs);
        logs += outcome.logs().size();
        outcomes.add(outcome);
        encoded.add(TransactionJson.typed(TransactionJson.type(receipt), receipt(outcome)));
      }
      return Optional.of(new Rooted<>(MerkleTrie.rootOfList(encoded), outcomes));
    } catch (IllegalArgumentException otherForm) {
      return Optional.empty();
    }
  }

  private static Outcome outcome(Map<?, ?> receipt, long firstLog) {
    BigInteger status = RpcJson.quantity("status", receipt.get("status"));
    if (status.bitLength() > 1) {
      throw new IllegalArgumentException("status is neither 0 nor 1");
    }
    List<Log> logs = new ArrayList<>();
    for (Object element : RpcJson.list("logs", receipt.get("logs"), MOST)) {
      logs.add(log(RpcJson.object("log", element), firstLog + logs.size()));
    }
    return new Outcome(
        status.signum() > 0,
        RpcJson.quantity("cumulativeGasUsed", receipt.get("cumulativeGasUsed")),
        logs);
  }

  private static Log log(Map<?, ?> log, long index) {
    List<Bytes> topics = new ArrayList<>();
    for (Object topic : RpcJson.list("topics", log.get("topics"), 4)) {
      topics.add(Bytes.of(RpcJson.data("topic", topic, WORD)));
    }
    return new Log(
        Address.of(Hex.encode(RpcJson.data("address", log.get("address"), 20))),
        topics,
        Bytes.of(RpcJson.data("data", log.get("data"))),
        index);
  }

  private static Item receipt(Outcome outcome) {
    LogsBloom bloom = new LogsBloom();
    List<Item> logs = new ArrayList<>();
    for (Log log : outcome.logs()) {
      bloom.add(log);
      logs.add(
          Rlp.list(
              List.of(
                  Rlp.text(Hex.decode("address", log.address().value())),
                  Rlp.list(log.topics().stream().map(t -> Rlp.text(t.toArray())).toList()),
                  Rlp.text(log.data().toArray()))));
    }
    return Rlp.list(
        List.of(
            Rlp.integer(outcome.succeeded() ? 1 : 0),
            Rlp.integer(outcome.gasUsed()),
            Rlp.text(bloom.toArray()),
            Rlp.list(logs)));
  }

  /** Of a block with its transactions; empty when the form of one is not known here. */
  public static Optional<Rooted<TransactionHash>> transactions(Map<?, ?> block) {
    try {
      List<byte[]> encoded = new ArrayList<>();
      List<TransactionHash> hashes = new ArrayList<>();
      for (Object element : RpcJson.list("transactions", block.get("transactions"), MOST)) {
        byte[] bytes = TransactionJson.encode(RpcJson.object("transaction", element));
        encoded.add(bytes);
        hashes.add(TransactionHash.of(Keccak256.of(bytes)));
      }
      return Optional.of(new Rooted<>(MerkleTrie.rootOfList(encoded), hashes));
    } catch (IllegalArgumentException otherForm) {
      return Optional.empty();
    }
  }
}
