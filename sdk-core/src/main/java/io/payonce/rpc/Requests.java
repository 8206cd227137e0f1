package io.payonce.rpc;

import io.payonce.Address;
import io.payonce.Authorization;
import io.payonce.Block;
import io.payonce.BlockHash;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.rpc.RpcRequest.MalformedValueException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The JSON-RPC methods that Payonce uses, with strict decoders (ethereum/execution-apis): a wrong
 * shape is malformed, never zero.
 */
public final class Requests {
  /** Longer ones do not fit into a long. */
  private static final int SHORT_HEX = 17;

  private Requests() {}

  public static RpcRequest<ChainId> chainId() {
    return new RpcRequest<>(
        "eth_chainId", List.of(), j -> decode("chainId", () -> ChainId.of(number(j))));
  }

  public static RpcRequest<String> clientVersion() {
    return new RpcRequest<>("web3_clientVersion", List.of(), Requests::text);
  }

  /** Number and hash of the block with this tag or number; empty when the node does not have it. */
  public static RpcRequest<Optional<BlockRef>> blockRef(String tagOrNumber) {
    return new RpcRequest<>(
        "eth_getBlockByNumber",
        List.of(tagOrNumber, false),
        j -> j == null ? Optional.empty() : Optional.of(ref(object(j), "number", "hash")));
  }

  /** The block with this tag or number; empty when the node does not have it. */
  public static RpcRequest<Optional<BlockHeader>> header(String tagOrNumber) {
    return new RpcRequest<>(
        "eth_getBlockByNumber",
        List.of(tagOrNumber, false),
        j -> j == null ? Optional.empty() : Optional.of(header(object(j))));
  }

  private static BlockHeader header(Map<String, Object> json) {
    return new BlockHeader(
        ref(json, "number", "hash"),
        decode("parentHash", () -> BlockHash.of(text(json.get("parentHash")))),
        time(json.get("timestamp")));
  }

  /** The block with its transactions; empty when the node does not have it. */
  public static RpcRequest<Optional<Block>> block(long number) {
    return new RpcRequest<>(
        "eth_getBlockByNumber",
        List.of(quantity(number), true),
        j -> j == null ? Optional.empty() : Optional.of(decodeBlock(object(j))));
  }

  public static RpcRequest<Long> nonce(Address account, String tagOrNumber) {
    return new RpcRequest<>(
        "eth_getTransactionCount", List.of(account.value(), tagOrNumber), Requests::number);
  }

  public static RpcRequest<Wei> balance(Address account, String tagOrNumber) {
    return new RpcRequest<>(
        "eth_getBalance", List.of(account.value(), tagOrNumber), j -> Wei.of(quantity(j)));
  }

  public static RpcRequest<Bytes> code(Address account, String tagOrNumber) {
    return new RpcRequest<>("eth_getCode", List.of(account.value(), tagOrNumber), Requests::data);
  }

  public static RpcRequest<Bytes> call(Address contract, Bytes data, String tagOrNumber) {
    return new RpcRequest<>(
        "eth_call",
        List.of(Map.of("to", contract.value(), "data", data.toHex()), tagOrNumber),
        Requests::data);
  }

  /**
   * The gas of a call on the state of the latest block. The tag is always given: without it some
   * nodes take the pending block, and anvil executes its whole pool for each estimate.
   */
  public static RpcRequest<BigInteger> estimateGas(
      Address from, Address to, Wei value, Bytes data) {
    Map<String, Object> call = new LinkedHashMap<>();
    call.put("from", from.value());
    call.put("to", to.value());
    call.put("value", quantity(value.value()));
    call.put("data", data.toHex());
    return new RpcRequest<>("eth_estimateGas", List.of(call, "latest"), Requests::quantity);
  }

  public static RpcRequest<Wei> maxPriorityFeePerGas() {
    return new RpcRequest<>("eth_maxPriorityFeePerGas", List.of(), j -> Wei.of(quantity(j)));
  }

  public static RpcRequest<Wei> gasPrice() {
    return new RpcRequest<>("eth_gasPrice", List.of(), j -> Wei.of(quantity(j)));
  }

  public static RpcRequest<Optional<Receipt>> receipt(TransactionHash hash) {
    return new RpcRequest<>(
        "eth_getTransactionReceipt",
        List.of(hash.value()),
        j -> j == null ? Optional.empty() : Optional.of(decodeReceipt(object(j), hash)));
  }

  /** Whether the node knows a transaction, pooled or included. */
  public static RpcRequest<Boolean> knows(TransactionHash hash) {
    return new RpcRequest<>(
        "eth_getTransactionByHash",
        List.of(hash.value()),
        j -> j != null && hash.equals(txHash(object(j).get("hash"))));
  }

  public static RpcRequest<TransactionHash> sendRawTransaction(Bytes raw) {
    return new RpcRequest<>("eth_sendRawTransaction", List.of(raw.toHex()), Requests::txHash);
  }

  /** {@code 0x} and hex without leading zeros. */
  public static String quantity(long value) {
    return "0x" + Long.toHexString(value);
  }

  public static String quantity(BigInteger value) {
    return "0x" + value.toString(16);
  }

  private static Block decodeBlock(Map<String, Object> json) {
    List<Block.Entry> entries = new ArrayList<>();
    for (Object element : list(json.get("transactions"))) {
      Map<String, Object> tx = object(element);
      Object to = tx.get("to");
      int type = type(tx.get("type"));
      entries.add(
          new Block.Entry(
              txHash(tx.get("hash")),
              type,
              address(tx.get("from")),
              number(tx.get("nonce")),
              to == null ? Optional.empty() : Optional.of(address(to)),
              Wei.of(quantity(tx.get("value"))),
              data(tx.get("input")),
              type == Block.Entry.SET_CODE ? authorizations(tx) : List.of()));
    }
    Object baseFee = json.get("baseFeePerGas");
    return new Block(
        ref(json, "number", "hash"),
        decode("parentHash", () -> BlockHash.of(text(json.get("parentHash")))),
        time(json.get("timestamp")),
        quantity(json.get("gasUsed")),
        quantity(json.get("gasLimit")),
        baseFee == null ? Optional.empty() : Optional.of(Wei.of(quantity(baseFee))),
        entries);
  }

  /** Nodes from before EIP-2718 name no type. */
  private static int type(@Nullable Object json) {
    if (json == null) {
      return 0;
    }
    long type = number(json);
    if (type > 0x7f) {
      throw new MalformedValueException("transaction type " + type + " must be at most 0x7f");
    }
    return (int) type;
  }

  /** Every entry counts, also one that the protocol skips; a missing list is no type 4. */
  private static List<Authorization> authorizations(Map<String, Object> tx) {
    List<Authorization> entries = new ArrayList<>();
    for (Object element : list(tx.get("authorizationList"))) {
      Map<String, Object> entry = object(element);
      Object parity = entry.containsKey("yParity") ? entry.get("yParity") : entry.get("v");
      entries.add(
          decode(
              "authorization",
              () ->
                  new Authorization(
                      quantity(entry.get("chainId")),
                      address(entry.get("address")),
                      quantity(entry.get("nonce")),
                      parity(parity),
                      scalar(entry.get("r")),
                      scalar(entry.get("s")))));
    }
    return entries;
  }

  private static int parity(@Nullable Object json) {
    BigInteger parity = quantity(json);
    if (parity.bitLength() > 8) {
      throw new MalformedValueException("yParity " + json + " is wider than 8 bits");
    }
    return parity.intValueExact();
  }

  private static Receipt decodeReceipt(Map<String, Object> json, TransactionHash asked) {
    TransactionHash hash = txHash(json.get("transactionHash"));
    if (!hash.equals(asked)) {
      throw new MalformedValueException("receipt is for " + hash + ", asked for " + asked);
    }
    long status = number(json.get("status"));
    if (status > 1) {
      throw new MalformedValueException("receipt status " + status + " must be 0 or 1");
    }
    List<Log> logs = new ArrayList<>();
    for (Object element : list(json.get("logs"))) {
      Map<String, Object> log = object(element);
      List<Bytes> topics = new ArrayList<>();
      list(log.get("topics")).forEach(topic -> topics.add(data(topic)));
      logs.add(
          decode(
              "log",
              () ->
                  new Log(
                      address(log.get("address")),
                      topics,
                      data(log.get("data")),
                      number(log.get("logIndex")))));
    }
    return new Receipt(
        hash,
        ref(json, "blockNumber", "blockHash"),
        address(json.get("from")),
        status == 1,
        quantity(json.get("gasUsed")),
        Wei.of(quantity(json.get("effectiveGasPrice"))),
        logs);
  }

  private static BlockRef ref(Map<String, Object> json, String number, String hash) {
    return decode(
        hash, () -> new BlockRef(number(json.get(number)), BlockHash.of(text(json.get(hash)))));
  }

  private static TransactionHash txHash(@Nullable Object json) {
    return decode("hash", () -> TransactionHash.of(text(json)));
  }

  private static Address address(@Nullable Object json) {
    return decode("address", () -> Address.of(text(json)));
  }

  private static Bytes data(@Nullable Object json) {
    return decode("data", () -> Bytes.fromHex(text(json)));
  }

  private static long number(@Nullable Object json) {
    BigInteger value = quantity(json);
    if (value.bitLength() > 63) {
      throw new MalformedValueException("quantity " + json + " is wider than 63 bits");
    }
    return value.longValueExact();
  }

  private static Instant time(@Nullable Object json) {
    long seconds = number(json);
    if (seconds > Instant.MAX.getEpochSecond()) {
      throw new MalformedValueException("timestamp " + json + " is no time");
    }
    return Instant.ofEpochSecond(seconds);
  }

  private static BigInteger quantity(@Nullable Object json) {
    String text = text(json);
    boolean wellFormed = isHex(text) && (text.length() == 3 || text.charAt(2) != '0');
    if (!wellFormed) {
      throw new MalformedValueException("'" + brief(text) + "' is no quantity");
    }
    return text.length() <= SHORT_HEX
        ? BigInteger.valueOf(Long.parseLong(text, 2, text.length(), 16))
        : new BigInteger(text.substring(2), 16);
  }

  /** {@code 0x} and 1 to 64 digits; by hand, as every answer comes through here. */
  private static boolean isHex(String text) {
    if (text.length() < 3 || text.length() > 66 || !text.startsWith("0x")) {
      return false;
    }
    for (int i = 2; i < text.length(); i++) {
      char digit = text.charAt(i);
      boolean known =
          (digit >= '0' && digit <= '9')
              || (digit >= 'a' && digit <= 'f')
              || (digit >= 'A' && digit <= 'F');
      if (!known) {
        return false;
      }
    }
    return true;
  }

  /** Part of a signature: some clients write a quantity, others all 32 bytes. */
  private static BigInteger scalar(@Nullable Object json) {
    String text = text(json);
    if (!isHex(text)) {
      throw new MalformedValueException("'" + brief(text) + "' is no number of 256 bits");
    }
    return new BigInteger(text.substring(2), 16);
  }

  private static String text(@Nullable Object json) {
    if (json instanceof String text) {
      return text;
    }
    throw new MalformedValueException("expected a string, got " + brief(String.valueOf(json)));
  }

  private static List<?> list(@Nullable Object json) {
    if (json instanceof List<?> list) {
      return list;
    }
    throw new MalformedValueException("expected a list, got " + brief(String.valueOf(json)));
  }

  @SuppressWarnings("unchecked") // JSON objects have string keys
  private static Map<String, Object> object(@Nullable Object json) {
    if (json instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new MalformedValueException("expected an object, got " + brief(String.valueOf(json)));
  }

  private static String brief(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  private interface Parse<T> {
    T value();
  }

  private static <T> T decode(String field, Parse<T> parse) {
    try {
      return parse.value();
    } catch (IllegalArgumentException malformed) {
      throw new MalformedValueException(field + ": " + malformed.getMessage());
    }
  }
}
