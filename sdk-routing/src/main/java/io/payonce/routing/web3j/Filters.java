package io.payonce.routing.web3j;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Ticker;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Filters for a pool. One of a node is gone with the node, so these live here: each of logs or
 * blocks remembers the last block that it has delivered, and reads on from there at whichever
 * endpoint answers. Pending transactions are those that one endpoint pushes. Thread-safe.
 */
final class Filters {
  /** More are a leak of the caller. */
  static final int MOST = 256;

  /** As long as nodes keep a filter that nobody asks. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(5);

  /** What nodes say, and what makes web3j install a filter anew. */
  private static final Reply NOT_FOUND = new Reply.Refused(-32000, "filter not found", null);

  private static final int UNSUPPORTED = -32601;

  /** Calls, each of several endpoints, for a block that one of them has shown. */
  private static final int FETCHES = 4;

  private final RpcClient client;
  private final Ticker ticker;

  /** By id; the longest unused first. */
  @GuardedBy("this")
  private final Map<String, Filter> filters = new LinkedHashMap<>();

  @GuardedBy("this")
  private long lastId;

  private record Filter(Trail trail, long usedAtNanos) {}

  /** What a filter has delivered, and how it goes on. Thread-safe. */
  interface Trail {
    /** What is new; empty when that cannot be told any more. */
    CompletableFuture<Optional<List<@Nullable Object>>> advance(Deadline deadline);

    /** What {@code eth_getFilterLogs} answers. */
    CompletableFuture<Reply> everything(Deadline deadline);

    /** Whether it has told of a block with this hash that is in its chain. */
    boolean told(@Nullable Object blockHash);

    /** Nobody will ask again. Idempotent. */
    void end();
  }

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
          case "eth_newPendingTransactionFilter" -> done(pending());
          case "eth_getFilterChanges" -> changes(call, deadline);
          case "eth_getFilterLogs" -> logs(call, deadline);
          case "eth_uninstallFilter" -> done(new Reply.Result(remove(call.text(0))));
          case "eth_getBlockByHash" ->
              wasDelivered(call.param(0)) ? block(call, FETCHES, deadline) : null;
          default -> null;
        });
  }

  private CompletableFuture<Reply> install(@Nullable LogCriteria criteria, Deadline deadline) {
    return BlockTrail.fromHead(client, criteria, deadline)
        .thenApply(trail -> new Reply.Result(add(trail)));
  }

  private Reply pending() {
    if (!(client instanceof RpcPool pool)) {
      return new Reply.Refused(UNSUPPORTED, "pending transactions need an RpcPool", null);
    }
    try {
      return new Reply.Result(add(PendingTrail.of(pool)));
    } catch (UnsupportedOperationException noWebSocket) {
      return new Reply.Refused(UNSUPPORTED, String.valueOf(noWebSocket.getMessage()), null);
    }
  }

  private CompletableFuture<Reply> changes(Call call, Deadline deadline) {
    String id = call.text(0);
    Optional<Trail> trail = use(id);
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

  /**
   * A block that a filter has told of, as {@code blockFlowable} asks for it: from an endpoint that
   * has it too. Null only when nobody does, as after a reorg.
   */
  private CompletableFuture<Reply> block(Call call, int tries, Deadline deadline) {
    RpcRequest<Reply.Result> request =
        new RpcRequest<>(
            call.method(),
            call.params(),
            json -> {
              if (json == null) {
                throw new RpcRequest.AbsentValueException("does not have a block that was told");
              }
              return new Reply.Result(json);
            });
    return client
        .call(request, deadline.left())
        .thenCompose(
            outcome -> {
              boolean isAbsent =
                  outcome instanceof RpcOutcome.Failed<Reply.Result> failed
                      && failed.failure() instanceof RpcFailure.Behind;
              if (!isAbsent) {
                return CompletableFuture.completedFuture(Dispatch.reply(outcome));
              }
              return tries > 1 ? block(call, tries - 1, deadline) : done(new Reply.Result(null));
            });
  }

  private boolean wasDelivered(@Nullable Object hash) {
    List<Filter> all;
    synchronized (this) {
      all = List.copyOf(filters.values());
    }
    return all.stream().anyMatch(filter -> filter.trail().told(hash));
  }

  private CompletableFuture<Reply> logs(Call call, Deadline deadline) {
    return use(call.text(0))
        .map(trail -> trail.everything(deadline))
        .orElseGet(() -> done(NOT_FOUND));
  }

  private String add(Trail trail) {
    List<Filter> gone;
    String id;
    synchronized (this) {
      gone = forgotten();
      filters.values().removeAll(gone);
      if (filters.size() == MOST) {
        gone.add(filters.remove(filters.keySet().iterator().next()));
      }
      id = "0x" + Long.toHexString(++lastId);
      filters.put(id, new Filter(trail, ticker.nanos()));
    }
    gone.forEach(filter -> filter.trail().end());
    return id;
  }

  @GuardedBy("this")
  private List<Filter> forgotten() {
    long now = ticker.nanos();
    List<Filter> forgotten = new ArrayList<>();
    for (Filter filter : filters.values()) {
      if (now - filter.usedAtNanos() > FORGOTTEN_AFTER.toNanos()) {
        forgotten.add(filter);
      }
    }
    return forgotten;
  }

  private Optional<Trail> use(String id) {
    Optional<Trail> used = Optional.empty();
    List<Filter> gone;
    synchronized (this) {
      gone = forgotten();
      filters.values().removeAll(gone);
      Filter filter = filters.remove(id);
      if (filter != null) {
        filters.put(id, new Filter(filter.trail(), ticker.nanos()));
        used = Optional.of(filter.trail());
      }
    }
    gone.forEach(filter -> filter.trail().end());
    return used;
  }

  private boolean remove(String id) {
    Filter filter;
    synchronized (this) {
      filter = filters.remove(id);
    }
    if (filter != null) {
      filter.trail().end();
    }
    return filter != null;
  }

  /** Ends all of them. */
  void close() {
    List<Filter> all;
    synchronized (this) {
      all = new ArrayList<>(filters.values());
      filters.clear();
    }
    all.forEach(filter -> filter.trail().end());
  }

  private static CompletableFuture<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
