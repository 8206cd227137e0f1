package io.payonce.testing;

import io.payonce.AccessListEntry;
import io.payonce.Authorization;
import io.payonce.Block;
import io.payonce.Bytes;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.UnsignedTransaction;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Blocks, transactions and receipts as JSON-RPC shows them. Blooms and roots are left out: nothing
 * here could check them.
 */
final class ChainJson {
  private static final String ZERO_HASH = "0x" + "0".repeat(64);

  private ChainJson() {}

  static String block(SimBlock block, boolean full, long chainId) {
    String cached = full ? block.fullJson : block.headerJson;
    if (cached != null) {
      return cached;
    }
    StringBuilder out = new StringBuilder(600);
    Json json = new Json(out);
    json.quantity("number", block.number)
        .text("hash", block.hash())
        .text("parentHash", block.parent == null ? ZERO_HASH : block.parent.hash())
        .quantity("timestamp", block.timestamp)
        .quantity("gasLimit", block.gasLimit)
        .quantity("gasUsed", block.gasUsed)
        .quantity("baseFeePerGas", block.baseFee)
        .text("miner", "0x00000000000000000000000000000000000000fe")
        .text("extraData", "0x");
    StringBuilder txs = new StringBuilder("[");
    for (SimReceipt receipt : block.receipts) {
      txs.append(txs.length() > 1 ? "," : "");
      if (full) {
        txs.append(transaction(receipt.tx(), receipt, chainId));
      } else {
        txs.append('"').append(receipt.tx().hash().value()).append('"');
      }
    }
    String text = json.raw("transactions", txs.append(']').toString()).end().toString();
    if (full) {
      block.fullJson = text;
    } else {
      block.headerJson = text;
    }
    return text;
  }

  /** As a block shows it: without a signature, as nothing here is checked against its root. */
  static String transaction(SimTx tx, @Nullable SimReceipt included, long chainId) {
    return fields(tx, included, chainId).end().toString();
  }

  /** As it is shown by its hash, which it proves. */
  static String signed(SimTx tx, @Nullable SimReceipt included, long chainId) {
    Json json = fields(tx, included, chainId);
    tx.signed().ifPresent(signed -> signature(json, signed));
    return json.end().toString();
  }

  private static Json fields(SimTx tx, @Nullable SimReceipt included, long chainId) {
    Json json = new Json(new StringBuilder(600));
    json.text("hash", tx.hash().value())
        .text("from", tx.from().value())
        .text("to", tx.to().value())
        .quantity("nonce", tx.nonce())
        .quantity("value", tx.value())
        .quantity("gas", tx.gasLimit())
        .text("input", tx.data().toHex())
        .quantity("type", tx.type())
        .quantity("chainId", chainId)
        .quantity("gasPrice", included == null ? tx.cap() : included.price());
    if (tx.type() == Block.Entry.SET_CODE) {
      StringBuilder entries = new StringBuilder("[");
      for (Authorization entry : tx.authorizations()) {
        entries.append(entries.length() > 1 ? "," : "").append(authorization(entry));
      }
      json.raw("authorizationList", entries.append(']').toString());
    }
    if (!tx.hasOnePrice()) {
      json.quantity("maxFeePerGas", tx.cap()).quantity("maxPriorityFeePerGas", tx.tip());
    }
    if (included == null) {
      json.raw("blockHash", "null").raw("blockNumber", "null").raw("transactionIndex", "null");
    } else {
      json.text("blockHash", included.block().hash())
          .quantity("blockNumber", included.block().number)
          .quantity("transactionIndex", included.index());
    }
    return json;
  }

  private static void signature(Json json, SignedTransaction signed) {
    Signature signature = signed.signature();
    long parity = signature.yParity();
    UnsignedTransaction tx = signed.transaction();
    if (tx instanceof UnsignedTransaction.Legacy) {
      json.quantity("v", 35 + 2 * tx.chain().value() + parity);
    } else {
      List<AccessListEntry> entries =
          tx instanceof UnsignedTransaction.AccessListTx access
              ? access.accessList()
              : ((UnsignedTransaction.DynamicFee) tx).accessList();
      json.raw("accessList", accessList(entries)).quantity("v", parity).quantity("yParity", parity);
    }
    json.quantity("r", signature.r()).quantity("s", signature.s());
  }

  private static String accessList(List<AccessListEntry> entries) {
    StringBuilder list = new StringBuilder("[");
    for (AccessListEntry entry : entries) {
      String keys =
          entry.storageKeys().stream()
              .map(key -> Json.quote(key.toHex()))
              .collect(Collectors.joining(",", "[", "]"));
      list.append(list.length() > 1 ? "," : "")
          .append(
              new Json(new StringBuilder(100))
                  .text("address", entry.address().value())
                  .raw("storageKeys", keys)
                  .end());
    }
    return list.append(']').toString();
  }

  private static String authorization(Authorization entry) {
    return new Json(new StringBuilder(300))
        .quantity("chainId", entry.chainId())
        .text("address", entry.address().value())
        .quantity("nonce", entry.nonce())
        .quantity("yParity", entry.yParity())
        .quantity("r", entry.r())
        .quantity("s", entry.s())
        .end()
        .toString();
  }

  static String receipt(SimReceipt receipt, boolean succeeded, boolean withLogs) {
    StringBuilder logs = new StringBuilder("[");
    if (withLogs) {
      for (SimReceipt.Log log : receipt.logs()) {
        logs.append(logs.length() > 1 ? "," : "").append(log(receipt, log));
      }
    }
    return receiptHead(receipt.tx(), receipt.block(), receipt.index(), succeeded)
        .quantity("gasUsed", receipt.gasUsed())
        .quantity("cumulativeGasUsed", receipt.cumulativeGas())
        .quantity("effectiveGasPrice", receipt.price())
        .raw("logs", logs.append(']').toString())
        .end()
        .toString();
  }

  /** The receipt of an inclusion that never was. */
  static String inventedReceipt(SimTx tx, SimBlock block) {
    return receiptHead(tx, block, 0, true)
        .quantity("gasUsed", tx.gasLimit())
        .quantity("cumulativeGasUsed", tx.gasLimit())
        .quantity("effectiveGasPrice", tx.cap())
        .raw("logs", "[]")
        .end()
        .toString();
  }

  private static Json receiptHead(SimTx tx, SimBlock block, int index, boolean succeeded) {
    return new Json(new StringBuilder(900))
        .text("transactionHash", tx.hash().value())
        .quantity("transactionIndex", index)
        .text("blockHash", block.hash())
        .quantity("blockNumber", block.number)
        .text("from", tx.from().value())
        .text("to", tx.to().value())
        .text("contractAddress", null)
        .quantity("type", tx.type())
        .quantity("status", succeeded ? 1 : 0);
  }

  static StringBuilder log(SimReceipt receipt, SimReceipt.Log log) {
    StringBuilder topics = new StringBuilder("[");
    for (Bytes topic : log.topics()) {
      topics.append(topics.length() > 1 ? "," : "").append('"').append(topic.toHex()).append('"');
    }
    return new Json(new StringBuilder(600))
        .text("address", log.address().value())
        .raw("topics", topics.append(']').toString())
        .text("data", log.data().toHex())
        .text("blockHash", receipt.block().hash())
        .quantity("blockNumber", receipt.block().number)
        .text("transactionHash", receipt.tx().hash().value())
        .quantity("transactionIndex", receipt.index())
        .quantity("logIndex", log.index())
        .raw("removed", "false")
        .end();
  }
}
