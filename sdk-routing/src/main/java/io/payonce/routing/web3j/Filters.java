package io.payonce.routing.web3j;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Ticker;
import io.payonce.rpc.RpcClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * {@code eth_newFilter} and {@code eth_newBlockFilter} for a pool. A filter of a node is gone with
 * the node, so these live here: each remembers the last block that it has delivered, and reads on
 * from there at whichever endpoint answers. Thread-safe.
 */
final class Filters {
  /** More are a leak of the caller. */
  static final int MOST = 256;

  /** As long as nodes keep a filter that nobody asks. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(5);

  /** What nodes say, and what makes web3j install a filter anew. */
  private static final Reply NOT_FOUND = new Reply.Refused(-32000, "filter not found", null);

  private static final int UNSUPPORTED = -32601;

  private final RpcClient client;
  private final Ticker ticker;

  /** By id; the longest unused first. */
  @GuardedBy("this")
  private final Map<String, Filter> filters = new LinkedHashMap<>();

  @GuardedBy("this")
  private long lastId;

  private record Filter(BlockTrail trail, long usedAtNanos) {}

  Filters(RpcClient client, Ticker ticker) {
    this.client = client;
    this.ticker = ticker;
  }

  /** Empty for a method that is about something else. */
  Optional<CompletableFuture<Reply>> answer(Call call, Deadline deadline) {
    return Optional.ofNullable(
        switch (call.method()) {
          case "eth_newFilter" -> install(LogCriteria.of(call), deadline);
          case "eth_newBlockFilter" -> install(null, deadline);
          case "eth_newPendingTransactionFilter" ->
              done(
                  new Reply.Refused(
                      UNSUPPORTED,
                      "pending transactions are those of one node, not of a pool",
                      null));
          case "eth_getFilterChanges" -> changes(call, deadline);
          case "eth_getFilterLogs" -> logs(call, deadline);
          case "eth_uninstallFilter" -> done(new Reply.Result(remove(call.text(0))));
          default -> null;
        });
  }

  private CompletableFuture<Reply> install(@Nullable LogCriteria criteria, Deadline deadline) {
    return BlockTrail.fromHead(client, criteria, deadline)
        .thenApply(trail -> new Reply.Result(add(trail)));
  }

  private CompletableFuture<Reply> changes(Call call, Deadline deadline) {
    String id = call.text(0);
    Optional<BlockTrail> trail = use(id);
    if (trail.isEmpty()) {
      return done(NOT_FOUND);
    }
    return trail
        .get()
        .advance(deadline)
        .thenApply(
            news -> {
              if (news.isEmpty()) {
                remove(id); // a reorg deeper than it remembers: web3j installs it anew
                return NOT_FOUND;
              }
              return new Reply.Result(news.get());
            });
  }

  private CompletableFuture<Reply> logs(Call call, Deadline deadline) {
    return use(call.text(0))
        .map(trail -> trail.everything(deadline))
        .orElseGet(() -> done(NOT_FOUND));
  }

  private synchronized String add(BlockTrail trail) {
    long now = ticker.nanos();
    filters.values().removeIf(filter -> now - filter.usedAtNanos() > FORGOTTEN_AFTER.toNanos());
    if (filters.size() == MOST) {
      List<String> ids = new ArrayList<>(filters.keySet());
      filters.remove(ids.get(0));
    }
    String id = "0x" + Long.toHexString(++lastId);
    filters.put(id, new Filter(trail, now));
    return id;
  }

  private synchronized Optional<BlockTrail> use(String id) {
    Filter filter = filters.remove(id);
    long now = ticker.nanos();
    if (filter == null || now - filter.usedAtNanos() > FORGOTTEN_AFTER.toNanos()) {
      return Optional.empty();
    }
    filters.put(id, new Filter(filter.trail(), now));
    return Optional.of(filter.trail());
  }

  private synchronized boolean remove(String id) {
    return filters.remove(id) != null;
  }

  private static CompletableFuture<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
