package io.payonce.routing;

import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that a question is about, where it names them by number: tags and hashes are no range.
 */
record BlockRange(long from, long to) {
  private static final Pattern NUMBER = Pattern.compile("0x[0-9a-fA-F]{1,15}");
  private static final String LOGS = "eth_getLogs";
  private static final String FROM = "fromBlock";
  private static final String TO = "toBlock";

  /** What an endpoint may have of the past, each with a bound of its own. */
  private record Place(HistoryKind kind, int parameter) {}

  /** Where each method names its block. */
  private static final Map<String, Place> PLACES =
      Map.of(
          "eth_getBalance", new Place(HistoryKind.STATE, 1),
          "eth_getTransactionCount", new Place(HistoryKind.STATE, 1),
          "eth_getCode", new Place(HistoryKind.STATE, 1),
          "eth_call", new Place(HistoryKind.STATE, 1),
          "eth_getStorageAt", new Place(HistoryKind.STATE, 2),
          "eth_getProof", new Place(HistoryKind.STATE, 2),
          "eth_getBlockByNumber", new Place(HistoryKind.BLOCKS, 0),
          "eth_getBlockReceipts", new Place(HistoryKind.RECEIPTS, 0),
          "debug_traceBlockByNumber", new Place(HistoryKind.TRACE, 0),
          "trace_block", new Place(HistoryKind.TRACE, 0));

  long blocks() {
    return to - from + 1;
  }

  /** Which part of an endpoint's past answers it; empty for methods that name no block. */
  static Optional<HistoryKind> kind(RpcRequest<?> request) {
    return request.method().equals(LOGS)
        ? Optional.of(HistoryKind.LOGS)
        : Optional.ofNullable(PLACES.get(request.method())).map(Place::kind);
  }

  /** Empty where it names none by number. */
  static Optional<BlockRange> of(RpcRequest<?> request) {
    List<?> params = request.params();
    if (request.method().equals(LOGS)) {
      return ofLogs(request);
    }
    Place place = PLACES.get(request.method());
    return place == null || params.size() <= place.parameter()
        ? Optional.empty()
        : number(params.get(place.parameter())).map(at -> new BlockRange(at, at));
  }

  /** The blocks whose logs are asked for. */
  static Optional<BlockRange> ofLogs(RpcRequest<?> request) {
    if (!request.method().equals(LOGS)
        || request.params().isEmpty()
        || !(request.params().get(0) instanceof Map<?, ?> filter)) {
      return Optional.empty();
    }
    Optional<Long> from = number(filter.get(FROM));
    Optional<Long> to = number(filter.get(TO));
    return from.isPresent() && to.isPresent() && from.get() <= to.get()
        ? Optional.of(new BlockRange(from.get(), to.get()))
        : Optional.empty();
  }

  /** Whether a list of logs is one of blocks by number, not of the one block with some hash. */
  static boolean isOfLogs(RpcRequest<?> request) {
    return request.method().equals(LOGS)
        && !request.params().isEmpty()
        && request.params().get(0) instanceof Map<?, ?> filter
        && !filter.containsKey("blockHash");
  }

  /** Whether each of these blocks has a log among them. */
  boolean isCovered(List<?> logs) {
    if (logs.size() < blocks()) {
      return false;
    }
    Set<Long> seen = new HashSet<>();
    for (Object log : logs) {
      if (log instanceof Map<?, ?> fields) {
        number(fields.get("blockNumber")).filter(n -> n >= from && n <= to).ifPresent(seen::add);
      }
    }
    return seen.size() == blocks();
  }

  private static Optional<Long> number(@Nullable Object parameter) {
    if ("earliest".equals(parameter)) {
      return Optional.of(0L);
    }
    return parameter instanceof String text && NUMBER.matcher(text).matches()
        ? Optional.of(Long.parseLong(text.substring(2), 16))
        : Optional.empty();
  }

  /** The same question about the logs of these blocks alone, its answer as it came. */
  RpcRequest<List<?>> logs(RpcRequest<?> request) {
    Map<String, @Nullable Object> filter = new LinkedHashMap<>();
    ((Map<?, ?>) request.params().get(0))
        .forEach((name, value) -> filter.put(String.valueOf(name), value));
    filter.put(FROM, Requests.quantity(from));
    filter.put(TO, Requests.quantity(to));
    List<@Nullable Object> params = new ArrayList<>(request.params());
    params.set(0, Collections.unmodifiableMap(filter));
    return new RpcRequest<>(
        request.method(),
        Collections.unmodifiableList(params),
        json -> {
          if (json instanceof List<?> logs) {
            return logs;
          }
          throw new IllegalArgumentException("logs are no list");
        });
  }

  /** The same question about one other block; as it is where it names no block. */
  static RpcRequest<?> moved(RpcRequest<?> request, long block) {
    if (isOfLogs(request)) {
      return new BlockRange(block, block).logs(request);
    }
    Place place = PLACES.get(request.method());
    if (place == null || request.params().size() <= place.parameter()) {
      return request;
    }
    List<@Nullable Object> params = new ArrayList<>(request.params());
    params.set(place.parameter(), Requests.quantity(block));
    return new RpcRequest<>(
        request.method(), Collections.unmodifiableList(params), request.decoder());
  }

  /** In parts of at most so many blocks, in their order. */
  List<BlockRange> parts(long most) {
    List<BlockRange> parts = new ArrayList<>();
    long step = Math.min(most, blocks());
    for (long first = from; first <= to; first += step) {
      parts.add(new BlockRange(first, Math.min(to, first + step - 1)));
    }
    return parts;
  }
}
