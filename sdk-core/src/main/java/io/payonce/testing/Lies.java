package io.payonce.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.TransactionHash;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/** Turns honest answers into those of a lying provider. */
final class Lies {
  private static final BigInteger INFLATION = BigInteger.valueOf(1000);

  private final Ledger ledger;

  Lies(Ledger ledger) {
    this.ledger = ledger;
  }

  /** What this provider says instead of {@code honest}; most often just that. */
  String tell(SimNode node, SimBlock view, String method, JsonNode params, String honest) {
    return switch (method) {
      case "eth_chainId" ->
          node.suffers(ProviderFault.WRONG_CHAIN_ID)
              ? Json.quantity(ledger.chain.value() + 1)
              : honest;
      case "eth_getTransactionCount" -> count(node, params, honest);
      case "eth_getTransactionReceipt" -> receipt(node, view, params, honest);
      case "eth_getBlockByNumber", "eth_getBlockByHash" ->
          !honest.equals("null") && node.suffers(ProviderFault.OTHER_BLOCK_HASH)
              ? otherHash(honest)
              : honest;
      case "eth_getBalance" ->
          node.suffers(ProviderFault.INFLATED_BALANCE)
              ? Json.quantity(quantity(honest).multiply(INFLATION))
              : honest;
      case "eth_call" ->
          honest.length() == 68
                  && params.path(0).path("data").asText().length() == 74
                  && node.suffers(ProviderFault.INFLATED_BALANCE)
              ? Json.quote(SimToken.word(quantity(honest).multiply(INFLATION)))
              : honest;
      case "eth_estimateGas" ->
          node.suffers(ProviderFault.LOW_GAS_ESTIMATE) ? Json.quantity(21_000) : honest;
      case "eth_maxPriorityFeePerGas" ->
          node.suffers(ProviderFault.HUGE_TIP)
              ? Json.quantity(quantity(honest).multiply(INFLATION))
              : honest;
      case "eth_sendRawTransaction" -> sent(node, view, honest);
      default -> honest;
    };
  }

  /** What this provider says instead of a refusal; most often just that. */
  RpcError tell(SimNode node, String method, RpcError honest) {
    return method.equals("eth_sendRawTransaction") && node.suffers(ProviderFault.PAYLOAD_TEXT)
        ? payload(node)
        : honest;
  }

  private static RpcError payload(SimNode node) {
    return node.family.payload((int) node.conduct.dice.below(ClientFamily.PAYLOADS));
  }

  /** The tag that a provider with a wrong idea of finality really looks at. */
  static boolean isFinality(JsonNode param) {
    String tag = param.asText();
    return tag.equals("finalized") || tag.equals("safe");
  }

  private static String count(SimNode node, JsonNode params, String honest) {
    BigInteger count = quantity(honest);
    if (params.path(1).asText().equals("pending") && node.suffers(ProviderFault.WRONG_PENDING)) {
      return Json.quantity(count.add(BigInteger.valueOf(7)));
    }
    if (node.suffers(ProviderFault.NONCE_TOO_HIGH)) {
      return Json.quantity(count.add(BigInteger.ONE));
    }
    if (count.signum() > 0 && node.suffers(ProviderFault.NONCE_TOO_LOW)) {
      return Json.quantity(count.subtract(BigInteger.ONE));
    }
    return honest;
  }

  private String receipt(SimNode node, SimBlock view, JsonNode params, String honest) {
    TransactionHash hash = TransactionHash.of(params.path(0).asText());
    SimReceipt real = ledger.receipt(view, hash);
    if (real != null) {
      if (node.suffers(ProviderFault.MISSING_RECEIPT)) {
        return "null";
      }
      return node.suffers(ProviderFault.FAKE_RECEIPT)
          ? ChainJson.receipt(real, !real.succeeded(), false)
          : honest;
    }
    return node.suffers(ProviderFault.FAKE_RECEIPT)
        ? ChainJson.inventedReceipt(known(node, hash), view)
        : honest;
  }

  private static SimTx known(SimNode node, TransactionHash hash) {
    SimTx pooled = node.pool.get(hash);
    if (pooled != null) {
      return pooled;
    }
    return new SimTx(
        hash,
        Address.of("0x00000000000000000000000000000000000000fe"),
        0,
        Address.of("0x00000000000000000000000000000000000000fd"),
        BigInteger.ZERO,
        Bytes.EMPTY,
        BigInteger.ONE,
        BigInteger.ONE,
        21_000,
        2,
        List.of(),
        Optional.empty());
  }

  private String sent(SimNode node, SimBlock view, String honest) {
    if (node.suffers(ProviderFault.WRONG_SEND_HASH)) {
      return flipped(honest);
    }
    if (node.suffers(ProviderFault.PAYLOAD_TEXT)) {
      throw payload(node);
    }
    if (node.suffers(ProviderFault.FATAL_TEXT)) {
      SimTx tx = node.pool.get(TransactionHash.of(honest.substring(1, honest.length() - 1)));
      if (tx == null) {
        throw new RpcError(-32000, "invalid sender");
      }
      Ledger.Account account = ledger.account(view, tx.from());
      ClientFamily.Refusal text =
          tx.nonce() % 2 == 0
              ? ClientFamily.Refusal.NONCE_TOO_LOW
              : ClientFamily.Refusal.INSUFFICIENT_FUNDS;
      throw node.family.error(text, tx, tx.nonce() + 1, account.balance().min(BigInteger.ONE));
    }
    return honest;
  }

  private static String otherHash(String block) {
    int at = block.indexOf("\"hash\":\"") + 8;
    String hash = block.substring(at, at + 66);
    return block.replace(hash, flipped(Json.quote(hash)).substring(1, 67));
  }

  /** A quoted hash with its last digit changed. */
  private static String flipped(String quoted) {
    char last = quoted.charAt(quoted.length() - 2);
    return quoted.substring(0, quoted.length() - 2) + (last == '0' ? '1' : '0') + '"';
  }

  private static BigInteger quantity(String json) {
    return new BigInteger(json.substring(3, json.length() - 1), 16);
  }
}
