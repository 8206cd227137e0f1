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
import io.payonce.internal.Hex;
import io.payonce.internal.LogsBloom;
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

  /** The header with its bloom of logs; empty when the node does not have the block. */
  static RpcRequest<Optional<LogBallot.Bloomed>> bloomOf(long number) {
    return new RpcRequest<>(
        "eth_getBlockByNumber",
        List.of(quantity(number), false),
        j -> j == null ? Optional.empty() : Optional.of(bloomed(object(j))));
  }

  private static LogBallot.Bloomed bloomed(Map<String, Object> json) {
    Object shown = json.get("logsBloom");
    Optional<Bytes> bloom = shown == null ? Optional.empty() : Optional.of(data(shown));
    if (bloom.isPresent() && bloom.get().size() != LogsBloom.BYTES) {
      throw new MalformedValueException(
          "logsBloom has %s bytes, not %s".formatted(bloom.get().size(), LogsBloom.BYTES));
    }
    return new LogBallot.Bloomed(header(json), bloom);
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

  /** What a slot of a contract's storage holds, 0 to 256 bits; the slot goes out as 32 bytes. */
  public static RpcRequest<BigInteger> storage(
      Address contract, BigInteger slot, String tagOrNumber) {
    return new RpcRequest<>(
        "eth_getStorageAt", List.of(contract.value(), word(slot), tagOrNumber), Requests::scalar);
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

  /** The transaction, pooled or included, as far as it proves itself. */
  public static RpcRequest<ShownTransaction> transaction(TransactionHash hash) {
    return new RpcRequest<>(
        "eth_getTransactionByHash", List.of(hash.value()), j -> ShownTransaction.of(hash, j));
  }

  /**
   * The logs of some blocks.
   *
   * @param contracts whose logs; none for those of all contracts
   * @param topics what may stand at each place; none for anything
   * @param from the first block
   * @param to the last block, which many nodes allow to be no more than some hundreds later
   */
  public static RpcRequest<List<IncludedLog>> logs(
      List<Address> contracts, List<List<Bytes>> topics, long from, long to) {
    List<@Nullable Object> places = new ArrayList<>();
    for (List<Bytes> allowed : topics) {
      places.add(allowed.isEmpty() ? null : allowed.stream().map(Bytes::toHex).toList());
    }
    Map<String, Object> filter = new LinkedHashMap<>();
    filter.put("fromBlock", quantity(from));
    filter.put("toBlock", quantity(to));
    if (!contracts.isEmpty()) {
      filter.put("address", contracts.stream().map(Address::value).toList());
    }
    filter.put("topics", places);
    return new RpcRequest<>("eth_getLogs", List.of(filter), Requests::includedLogs);
  }

  private static List<IncludedLog> includedLogs(@Nullable Object json) {
    List<IncludedLog> logs = new ArrayList<>();
    for (Object element : list(json)) {
      Map<String, Object> log = object(element);
      if (Boolean.TRUE.equals(log.get("removed"))) {
        throw new MalformedValueException("a log of a search was removed from the chain");
      }
      logs.add(
          new IncludedLog(
              log(log), txHash(log.get("transactionHash")), ref(log, "blockNumber", "blockHash")));
    }
    return logs;
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

  /** {@code 0x} and all 64 digits of a number of 0 to 256 bits. */
  public static String word(BigInteger value) {
    String digits = value.toString(16);
    return "0x" + "0".repeat(Math.max(0, 64 - digits.length())) + digits;
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
      logs.add(log(object(element)));
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

  private static Log log(Map<String, Object> json) {
    List<Bytes> topics = new ArrayList<>();
    list(json.get("topics")).forEach(topic -> topics.add(data(topic)));
    return decode(
        "log",
        () ->
            new Log(
                address(json.get("address")),
                topics,
                data(json.get("data")),
                number(json.get("logIndex"))));
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
    boolean wellFormed = Hex.isNumber(text) && (text.length() == 3 || text.charAt(2) != '0');
    if (!wellFormed) {
      throw new MalformedValueException("'" + brief(text) + "' is no quantity");
    }
    return Hex.number(text);
  }

  /** A number that some clients write as a quantity, others as all 32 bytes. */
  private static BigInteger scalar(@Nullable Object json) {
    String text = text(json);
    if (!Hex.isNumber(text)) {
      throw new MalformedValueException("'" + brief(text) + "' is no number of 256 bits");
    }
    return Hex.number(text);
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
