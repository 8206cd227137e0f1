package io.payonce.routing;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcRequest;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that names the latest block, turned into one for a given block. Pure.
 *
 * @param byHash the state of the block with this hash, as long as the chain holds it (EIP-1898);
 *     empty for methods that take no hash. Needs no other proof
 * @param byNumber the same by number, true while the block of that number has the hash
 */
record Pinned<T>(Optional<RpcRequest<T>> byHash, RpcRequest<T> byNumber) {
  private static final String LATEST = "latest";
  private static final String LOGS = "eth_getLogs";
  private static final String RECEIPT = "eth_getTransactionReceipt";
  private static final String BLOCK = "eth_getBlockByNumber";

  /** At which place each method names its block. */
  private static final Map<String, Integer> BLOCK_AT =
      Map.of(
          "eth_getBalance",
          1,
          "eth_getTransactionCount",
          1,
          "eth_getCode",
          1,
          "eth_call",
          1,
          "eth_getStorageAt",
          2,
          "eth_getProof",
          2,
          BLOCK,
          0);

  /** Throws {@code IllegalArgumentException} for what cannot be asked of one block. */
  static <T> Pinned<T> of(RpcRequest<T> request, BlockRef block) {
    String method = request.method();
    String number = Requests.quantity(block.number());
    if (method.equals(LOGS)) {
      return new Pinned<>(Optional.empty(), logs(request, number));
    }
    if (method.equals(RECEIPT)) {
      return new Pinned<>(Optional.empty(), cut(request, block.number()));
    }
    if (RequestClass.isLookup(method)) {
      return new Pinned<>(Optional.empty(), request);
    }
    Integer at = BLOCK_AT.get(method);
    if (at == null) {
      throw new IllegalArgumentException(method + " cannot be asked of one block");
    }
    if (request.params().size() <= at || !LATEST.equals(request.params().get(at))) {
      throw new IllegalArgumentException(
          method + " in a view must name the block \"latest\", which is that of the view");
    }
    RpcRequest<T> byNumber = with(request, at, number);
    return method.equals(BLOCK)
        ? new Pinned<>(Optional.empty(), itself(byNumber, block))
        : new Pinned<>(Optional.of(with(request, at, byHash(block.hash()))), byNumber);
  }

  /** What a decoder throws when the answer is of another block than the view's, or of none. */
  static final class OtherBlock extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OtherBlock(BlockRef wanted) {
      super("does not have block " + wanted + " any more", null, false, false);
    }
  }

  /** The block tells its own hash: an endpoint may lose it for a moment between two looks. */
  private static <T> RpcRequest<T> itself(RpcRequest<T> request, BlockRef block) {
    return new RpcRequest<>(
        request.method(),
        request.params(),
        json -> {
          boolean isIt =
              json instanceof Map<?, ?> found
                  && found.get("hash") instanceof String hash
                  && hash.equalsIgnoreCase(block.hash().value());
          if (!isIt) {
            throw new OtherBlock(block);
          }
          return request.decoder().decode(json);
        });
  }

  /** Whether a node answers questions about state at all. */
  static RpcRequest<Boolean> control() {
    return balance(LATEST);
  }

  /** The same about a block that cannot exist: whoever answers it does not look at hashes. */
  static RpcRequest<Boolean> impossible() {
    return balance(byHash(BlockHash.of("0x" + "f".repeat(64))));
  }

  private static RpcRequest<Boolean> balance(Object block) {
    return new RpcRequest<>(
        "eth_getBalance", List.of(Address.ZERO.value(), block), answered -> true);
  }

  private static Map<String, Object> byHash(BlockHash hash) {
    Map<String, Object> byHash = new LinkedHashMap<>(); // in this order on every machine
    byHash.put("blockHash", hash.value());
    byHash.put("requireCanonical", true);
    return Collections.unmodifiableMap(byHash);
  }

  private static <T> RpcRequest<T> with(RpcRequest<T> request, int at, Object value) {
    List<@Nullable Object> params = new ArrayList<>(request.params());
    params.set(at, value);
    return new RpcRequest<>(
        request.method(), Collections.unmodifiableList(params), request.decoder());
  }

  private static <T> RpcRequest<T> logs(RpcRequest<T> request, String number) {
    if (request.params().isEmpty() || !(request.params().get(0) instanceof Map<?, ?> filter)) {
      throw new IllegalArgumentException(LOGS + " without a filter");
    }
    Map<String, @Nullable Object> ofBlock = new LinkedHashMap<>();
    filter.forEach((name, value) -> ofBlock.put(String.valueOf(name), value));
    if (ofBlock.containsKey("blockHash")
        || !LATEST.equals(ofBlock.getOrDefault("fromBlock", LATEST))
        || !LATEST.equals(ofBlock.getOrDefault("toBlock", LATEST))) {
      throw new IllegalArgumentException(
          LOGS + " in a view is about its block alone: from \"latest\" to \"latest\"");
    }
    ofBlock.put("fromBlock", number);
    ofBlock.put("toBlock", number);
    return with(request, 0, Collections.unmodifiableMap(ofBlock));
  }

  /** What was included above the block has not happened yet. */
  private static <T> RpcRequest<T> cut(RpcRequest<T> request, long highest) {
    return new RpcRequest<>(
        request.method(),
        request.params(),
        json -> request.decoder().decode(isAbove(json, highest) ? null : json));
  }

  private static boolean isAbove(@Nullable Object json, long highest) {
    return json instanceof Map<?, ?> receipt
        && receipt.get("blockNumber") instanceof String number
        && number.matches("0x[0-9a-fA-F]{1,64}")
        && new BigInteger(number.substring(2), 16).compareTo(BigInteger.valueOf(highest)) > 0;
  }
}
