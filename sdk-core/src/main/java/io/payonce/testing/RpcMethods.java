package io.payonce.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.TransactionHash;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Answers JSON-RPC methods as an honest node would, from its own view. Results are JSON text. */
final class RpcMethods {
  private static final int MAX_FEE_HISTORY = 1024;

  private final Ledger ledger;
  private final Transactions transactions;
  private final BigInteger suggestedTip;
  private final int safeDepth;
  private final int finalizedDepth;

  /** Where sent bytes go. */
  interface Transactions {
    /** Hands raw bytes to the node's pool and answers the hash, or throws the node's words. */
    TransactionHash send(SimNode node, SimBlock view, String rawHex);
  }

  RpcMethods(
      Ledger ledger,
      Transactions transactions,
      BigInteger suggestedTip,
      int safeDepth,
      int finalizedDepth) {
    this.ledger = ledger;
    this.transactions = transactions;
    this.suggestedTip = suggestedTip;
    this.safeDepth = safeDepth;
    this.finalizedDepth = finalizedDepth;
  }

  /** The result, or an {@link RpcError}. */
  String answer(SimNode node, SimBlock view, String method, JsonNode params) {
    return switch (method) {
      case "eth_chainId" -> Json.quantity(ledger.chain.value());
      case "net_version" -> Json.quote(Long.toString(ledger.chain.value()));
      case "web3_clientVersion" -> Json.quote(node.family.version());
      case "eth_syncing" -> "false";
      case "eth_blockNumber" -> Json.quantity(view.number);
      case "eth_getBlockByNumber" -> block(find(view, text(params, 0)), params.path(1).asBoolean());
      case "eth_getBlockByHash" ->
          block(findByHash(view, text(params, 0)), params.path(1).asBoolean());
      case "eth_getTransactionCount" -> Json.quantity(nonce(node, view, params));
      case "eth_getBalance" ->
          Json.quantity(ledger.account(state(node, view, params, 1), address(params, 0)).balance());
      case "eth_getCode" -> Json.quote(code(state(node, view, params, 1), address(params, 0)));
      case "eth_call" -> Json.quote(call(node, state(node, view, params, 1), params.path(0)));
      case "eth_estimateGas" -> Json.quantity(estimate(node, view, params.path(0)));
      case "eth_maxPriorityFeePerGas" -> Json.quantity(suggestedTip);
      case "eth_gasPrice" -> Json.quantity(nextBaseFee(view).add(suggestedTip));
      case "eth_feeHistory" -> feeHistory(node, view, params);
      case "eth_getLogs" -> logs(node, view, params.path(0));
      case "eth_getTransactionReceipt" -> receipt(view, hash(params));
      case "eth_getTransactionByHash" -> transaction(node, view, hash(params));
      case "eth_sendRawTransaction" ->
          Json.quote(transactions.send(node, view, text(params, 0)).value());
      default -> throw noSuchMethod(node, method);
    };
  }

  private static RpcError noSuchMethod(SimNode node, String method) {
    return switch (node.family) {
      case GETH ->
          new RpcError(-32601, "the method " + method + " does not exist/is not available");
      case RETH, BESU -> new RpcError(-32601, "Method not found");
      case NETHERMIND -> new RpcError(-32601, "Method " + method + " is not supported");
    };
  }

  private String block(@Nullable SimBlock block, boolean full) {
    return block == null ? "null" : ChainJson.block(block, full, ledger.chain.value());
  }

  /** The block of a tag or number on the branch of the view, or null. */
  @Nullable SimBlock find(SimBlock view, String tag) {
    return switch (tag) {
      case "latest", "pending" -> view;
      case "safe" -> view.ancestor(safeDepth);
      case "finalized" -> view.ancestor(finalizedDepth);
      case "earliest" -> ledger.first();
      default -> ledger.at(view, number(tag));
    };
  }

  private @Nullable SimBlock findByHash(SimBlock view, String hash) {
    for (SimBlock block = view; block != null; block = block.parent) {
      if (block.hash().equals(hash)) {
        return block;
      }
    }
    return null;
  }

  private SimBlock state(SimNode node, SimBlock view, JsonNode params, int index) {
    JsonNode tag = params.path(index);
    String name = tag.isTextual() ? tag.textValue() : "latest";
    SimBlock found =
        tag.has("blockHash") ? findByHash(view, tag.path("blockHash").asText()) : find(view, name);
    if (found == null) {
      throw node.family.noSuchBlock(tag.has("blockHash") ? tag.path("blockHash").asText() : name);
    }
    return found;
  }

  private long nonce(SimNode node, SimBlock view, JsonNode params) {
    Address account = address(params, 0);
    long next = ledger.account(state(node, view, params, 1), account).nonce();
    return params.path(1).asText().equals("pending") ? node.pool.pendingNonce(account, next) : next;
  }

  private String code(SimBlock at, Address address) {
    if (ledger.payouts.containsKey(address)) {
      return SimulatedPayout.CODE.toHex();
    }
    return ledger.tokens.containsKey(address)
        ? SimToken.CODE.toHex()
        : ledger.delegation(at, address);
  }

  private String call(SimNode node, SimBlock at, JsonNode call) {
    SimToken token = ledger.tokens.get(Address.of(call.path("to").asText()));
    if (token == null) {
      return "0x";
    }
    try {
      return token.call(caller(call), data(call), scratch(token, at));
    } catch (RpcError revert) {
      throw node.family.reverts(revert);
    }
  }

  private long estimate(SimNode node, SimBlock view, JsonNode call) {
    Address from = caller(call);
    BigInteger value =
        call.has("value")
            ? new BigInteger(call.path("value").asText().substring(2), 16)
            : BigInteger.ZERO;
    if (ledger.account(view, from).balance().compareTo(value) < 0) {
      throw node.family == ClientFamily.BESU
          ? new RpcError(-32004, "Upfront cost exceeds account balance")
          : new RpcError(-32000, "insufficient funds for transfer");
    }
    Address to = Address.of(call.path("to").asText());
    SimulatedPayout payout = ledger.payouts.get(to);
    if (payout != null) {
      SimBlock scratch =
          new SimBlock(view, view.number + 1, view.timestamp, view.baseFee, view.gasLimit);
      OptionalLong gas =
          new BlockBuilder(ledger, scratch).estimate(payout, from, value, data(call));
      return gas.orElseThrow(
          () -> node.family.reverts(new RpcError(3, "execution reverted", "0x")));
    }
    SimToken token = ledger.tokens.get(to);
    if (token == null) {
      return BlockBuilder.intrinsicGas(data(call));
    }
    SimToken.TransferCall transfer = SimToken.transferCall(data(call));
    if (transfer == null || value.signum() > 0) {
      throw node.family.reverts(new RpcError(3, "execution reverted", "0x"));
    }
    String revert = token.transfer(from, transfer, scratch(token, view)).revert();
    if (revert != null) {
      throw node.family.reverts(SimToken.reverted(revert));
    }
    return SimToken.GAS;
  }

  /** Balances as of a block; what is written to them is forgotten. */
  private SimToken.Balances scratch(SimToken token, SimBlock at) {
    Map<Address, BigInteger> written = new HashMap<>(4);
    return new SimToken.Balances() {
      @Override
      public BigInteger of(Address holder) {
        BigInteger own = written.get(holder);
        return own != null ? own : ledger.tokens(at, new SimToken.Slot(token.address, holder));
      }

      @Override
      public void set(Address holder, BigInteger amount) {
        written.put(holder, amount);
      }
    };
  }

  private static BigInteger nextBaseFee(SimBlock block) {
    return BaseFee.next(block.baseFee, block.gasUsed, block.gasLimit);
  }

  private String feeHistory(SimNode node, SimBlock view, JsonNode params) {
    SimBlock newest = state(node, view, params, 1);
    long asked = params.path(0).isTextual() ? number(text(params, 0)) : params.path(0).asLong();
    long count = Math.min(Math.min(asked, MAX_FEE_HISTORY), newest.number + 1);
    StringBuilder fees = new StringBuilder("[");
    StringBuilder ratios = new StringBuilder("[");
    StringBuilder rewards = new StringBuilder("[");
    long oldest = newest.number - count + 1;
    for (long number = oldest; number <= newest.number; number++) {
      SimBlock block = ledger.at(newest, number);
      if (block == null) {
        throw node.family.noSuchBlock(Long.toString(number));
      }
      fees.append(Json.quantity(block.baseFee)).append(',');
      String comma = number < newest.number ? "," : "";
      ratios.append(gasRatio(block)).append(comma);
      rewards.append(rewards(params.path(2))).append(comma);
    }
    fees.append(Json.quantity(nextBaseFee(newest))).append(']');
    Json json =
        new Json(new StringBuilder(1024))
            .quantity("oldestBlock", oldest)
            .raw("baseFeePerGas", fees.toString())
            .raw("gasUsedRatio", ratios.append(']').toString());
    if (!params.path(2).isEmpty()) {
      json.raw("reward", rewards.append(']').toString());
    }
    return json.end().toString();
  }

  private static String gasRatio(SimBlock block) {
    return BigDecimal.valueOf(block.gasUsed)
        .divide(BigDecimal.valueOf(block.gasLimit), 16, RoundingMode.HALF_EVEN)
        .toPlainString();
  }

  /** Half the suggested tip at percentile 0, one and a half at 100. */
  private String rewards(JsonNode percentiles) {
    StringBuilder out = new StringBuilder("[");
    for (JsonNode percentile : percentiles) {
      BigInteger share = BigInteger.valueOf(50 + percentile.asLong());
      out.append(out.length() > 1 ? "," : "")
          .append(Json.quantity(suggestedTip.multiply(share).divide(BigInteger.valueOf(100))));
    }
    return out.append(']').toString();
  }

  /** By range of blocks; a node does not refuse one that it has in part. */
  private String logs(SimNode node, SimBlock view, JsonNode filter) {
    SimBlock newest = find(view, filter.path("toBlock").asText("latest"));
    SimBlock oldest = find(view, filter.path("fromBlock").asText("latest"));
    if (oldest == null) {
      throw node.family.noSuchBlock(filter.path("fromBlock").asText());
    }
    Deque<SimBlock> blocks = new ArrayDeque<>();
    for (SimBlock block = newest == null ? view : newest;
        block != null && block.number >= oldest.number;
        block = block.parent) {
      blocks.addFirst(block);
    }
    StringBuilder out = new StringBuilder("[");
    for (SimBlock block : blocks) {
      for (SimReceipt receipt : block.receipts) {
        for (SimReceipt.Log log : receipt.logs()) {
          if (isWanted(log, filter)) {
            out.append(out.length() > 1 ? "," : "").append(ChainJson.log(receipt, log));
          }
        }
      }
    }
    return out.append(']').toString();
  }

  private static boolean isWanted(SimReceipt.Log log, JsonNode filter) {
    boolean wanted = isOneOf(log.address().value(), filter.path("address"));
    JsonNode topics = filter.path("topics");
    for (int place = 0; place < topics.size(); place++) {
      wanted &=
          place < log.topics().size()
              && isOneOf(log.topics().get(place).toHex(), topics.path(place));
    }
    return wanted;
  }

  /** Null, a missing field and an empty list are anything; else one text or a list of them. */
  private static boolean isOneOf(String value, JsonNode allowed) {
    if (allowed.isTextual()) {
      return allowed.asText().equalsIgnoreCase(value);
    }
    boolean found = allowed.isEmpty();
    for (JsonNode each : allowed) {
      found |= each.asText().equalsIgnoreCase(value);
    }
    return found;
  }

  private String receipt(SimBlock view, TransactionHash hash) {
    SimReceipt receipt = ledger.receipt(view, hash);
    return receipt == null ? "null" : ChainJson.receipt(receipt, receipt.succeeded(), true);
  }

  private String transaction(SimNode node, SimBlock view, TransactionHash hash) {
    SimReceipt included = ledger.receipt(view, hash);
    if (included != null) {
      return ChainJson.signed(included.tx(), included, ledger.chain.value());
    }
    SimTx pooled = node.pool.get(hash);
    return pooled == null ? "null" : ChainJson.signed(pooled, null, ledger.chain.value());
  }

  private static Address caller(JsonNode call) {
    return call.has("from") ? Address.of(call.path("from").asText()) : Address.ZERO;
  }

  private static Bytes data(JsonNode call) {
    JsonNode data = call.has("input") ? call.path("input") : call.path("data");
    return data.isTextual() ? Bytes.fromHex(data.textValue()) : Bytes.EMPTY;
  }

  private static Address address(JsonNode params, int index) {
    return Address.of(text(params, index));
  }

  private static TransactionHash hash(JsonNode params) {
    return TransactionHash.of(text(params, 0));
  }

  private static long number(String quantity) {
    try {
      if (quantity.startsWith("0x")) {
        return Long.parseLong(quantity, 2, quantity.length(), 16);
      }
    } catch (NumberFormatException notHex) {
      // answered below, as any other wrong argument
    }
    throw new RpcError(-32602, "invalid argument: '" + quantity + "' is no block");
  }

  private static String text(JsonNode params, int index) {
    JsonNode value = params.path(index);
    if (!value.isTextual()) {
      throw new RpcError(-32602, "missing value for required argument " + index);
    }
    return value.textValue();
  }
}
