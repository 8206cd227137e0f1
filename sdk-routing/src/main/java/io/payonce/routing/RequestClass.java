package io.payonce.routing;

import io.payonce.rpc.RpcRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What may be done with a method: how long it may take, and whether it may be asked again, twice at
 * once, or once for several callers. In the order of their patience: a batch is of the class of its
 * slowest request.
 */
enum RequestClass {
  /** Answered from memory. */
  QUICK,
  /** State, blocks, transactions. */
  READ,
  /** Runs code: a second endpoint at the same time would double the cost for nothing. */
  SIMULATE,
  /** Logs and whole receipts of a block. */
  HEAVY,
  /** Old state, proofs and traces. */
  ARCHIVE,
  /** A method we do not know: sent once, as nobody knows what asking twice does. */
  UNKNOWN;

  /** Only asked for membership, as are the others. */
  private static final Set<String> QUICK_METHODS =
      Set.of(
          "eth_chainId",
          "eth_blockNumber",
          "eth_gasPrice",
          "eth_maxPriorityFeePerGas",
          "eth_blobBaseFee",
          "eth_feeHistory",
          "eth_syncing",
          "net_version",
          "web3_clientVersion");

  private static final Set<String> SIMULATIONS =
      Set.of("eth_call", "eth_estimateGas", "eth_createAccessList", "eth_simulateV1");

  private static final Set<String> HEAVY_METHODS = Set.of("eth_getLogs", "eth_getBlockReceipts");

  /** A second reader must never be given the answer to an earlier question. */
  private static final String NONCE = "eth_getTransactionCount";

  /** Null means that there is no such thing, which only a node at the head can say. */
  private static final Set<String> LOOKUPS =
      Set.of(
          "eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_getRawTransactionByHash");

  private static final String BLOCK = "eth_getBlockByNumber";

  private static final List<String> ARCHIVES = List.of("debug_", "trace_", "eth_getProof");

  /** What lives inside one node cannot be asked of a pool. */
  private static final List<String> STATEFUL = List.of("filter", "subscribe");

  private static final List<String> REFUSED_PREFIXES = List.of("personal_", "miner_", "admin_");
  private static final List<String> REFUSED_WORDS = List.of("send", "sign", "submit");

  static RequestClass of(List<RpcRequest<?>> requests) {
    RequestClass slowest = QUICK;
    for (int i = 0; i < requests.size(); i++) { // each call looks several times: no iterators
      RequestClass one = of(requests.get(i).method());
      slowest = one.compareTo(slowest) > 0 ? one : slowest;
    }
    return slowest;
  }

  static RequestClass of(String method) {
    if (QUICK_METHODS.contains(method)) {
      return QUICK;
    }
    if (SIMULATIONS.contains(method)) {
      return SIMULATE;
    }
    if (HEAVY_METHODS.contains(method)) {
      return HEAVY;
    }
    for (int i = 0; i < ARCHIVES.size(); i++) { // as above
      if (method.startsWith(ARCHIVES.get(i))) {
        return ARCHIVE;
      }
    }
    return method.startsWith("eth_get") ? READ : UNKNOWN;
  }

  /** Asking two operators at once, or once for two callers, can do no harm. */
  static boolean isPlain(String method) {
    RequestClass one = of(method);
    return one == QUICK || (one == READ && !method.equals(NONCE) && !LOOKUPS.contains(method));
  }

  /** Whether a null answer says that something does not exist. */
  static boolean isLookup(String method) {
    return LOOKUPS.contains(method);
  }

  /** Whether the answer names the newest block of the node. */
  static boolean isForHead(RpcRequest<?> request) {
    return request.method().equals("eth_blockNumber")
        || (request.method().equals(BLOCK)
            && !request.params().isEmpty()
            && "latest".equals(request.params().get(0)));
  }

  /** Whether the answer is a block that is being made, of no fixed hash. */
  static boolean isForPending(RpcRequest<?> request) {
    return !request.params().isEmpty() && "pending".equals(request.params().get(0));
  }

  /** The height of the block in an answer to this request; null when there is none. */
  static @Nullable Object heightIn(RpcRequest<?> request, @Nullable Object json) {
    if (request.method().equals("eth_blockNumber")) {
      return json;
    }
    return request.method().equals(BLOCK) && json instanceof Map<?, ?> block
        ? block.get("number")
        : null;
  }

  Duration deadline(RoutingPolicy policy) {
    return switch (this) {
      case QUICK -> policy.quickDeadline();
      case READ, SIMULATE, UNKNOWN -> policy.readDeadline();
      case HEAVY -> policy.heavyDeadline();
      case ARCHIVE -> policy.archiveDeadline();
    };
  }

  int attempts(RoutingPolicy policy) {
    return switch (this) {
      case QUICK, READ, UNKNOWN -> policy.attempts();
      case SIMULATE, HEAVY, ARCHIVE -> Math.min(2, policy.attempts());
    };
  }

  /** Whether it is asked elsewhere only while no byte of it has left. */
  boolean isSentOnce() {
    return this == UNKNOWN;
  }

  /** Whether a healthy node answers at once, so that its silence means something. */
  boolean isPrompt() {
    return this == QUICK || this == READ;
  }

  /** Reads of much, which are the first to give way. */
  boolean isBulk() {
    return this == HEAVY || this == ARCHIVE;
  }

  /** Refuses what a pool must not repeat, spread or answer from another node. */
  static void requireRead(RpcRequest<?> request) {
    if (QUICK_METHODS.contains(request.method()) || SIMULATIONS.contains(request.method())) {
      return;
    }
    String method = request.method().toLowerCase(Locale.ROOT);
    if (REFUSED_PREFIXES.stream().anyMatch(method::startsWith)
        || REFUSED_WORDS.stream().anyMatch(method::contains)) {
      throw new IllegalArgumentException(
          request.method() + " is no read; signed transactions go through broadcast");
    }
    if (STATEFUL.stream().anyMatch(method::contains)) {
      throw new IllegalArgumentException(
          request.method() + " lives inside one node; use heads() or eth_getLogs");
    }
  }
}
