package io.payonce.routing.web3j;

import io.payonce.BlockHeader;
import io.payonce.Ticker;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.HeadEvent;
import io.payonce.rpc.HeadEvent.NewHead;
import io.payonce.rpc.HeadEvent.Stalled;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.reactivex.Flowable;
import io.reactivex.Single;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.FlowAdapters;

/**
 * {@code eth_subscribe} for a pool. Blocks and logs come of the pool's own stream of heads, so that
 * they go on, without a gap and none twice, whichever endpoint fails. Anything else is what one
 * endpoint with a WebSocket pushes. Thread-safe.
 */
final class Subscriptions {
  /** Open at a time; more are a leak of the caller. */
  static final int MOST = 256;

  /** Blocks in a row for which no endpoint gave the logs, before the subscriber is told. */
  static final int MOST_FAILURES = 10;

  /** Times that a block is asked for which an endpoint may not have yet. */
  private static final int FETCHES = 4;

  private final RpcClient client;
  private final Duration deadline;
  private final Ticker ticker;
  private final AtomicInteger open = new AtomicInteger();

  Subscriptions(RpcClient client, Duration deadline, Ticker ticker) {
    this.client = client;
    this.deadline = deadline;
    this.ticker = ticker;
  }

  /**
   * The {@code result} of each notification, from the time of its subscription on. Throws {@code
   * UnsupportedOperationException} for what this pool cannot subscribe to.
   */
  Flowable<Object> to(Call call) {
    if (!call.method().equals("eth_subscribe")) {
      throw new UnsupportedOperationException(call.method() + " is no subscription");
    }
    if (!(client instanceof RpcPool pool)) {
      throw new UnsupportedOperationException(
          "subscriptions need an RpcPool, and not any RpcClient; filters poll on each");
    }
    return counted(
        switch (call.text(0)) {
          case "newHeads" ->
              events(pool)
                  .doOnNext(Subscriptions::requireNoGap)
                  .ofType(NewHead.class)
                  .concatMapSingle(head -> single(whole(head.header())));
          case "logs" -> logs(pool, LogCriteria.ofSubscription(call));
          default ->
              Flowable.fromPublisher(FlowAdapters.toPublisher(pool.subscription(call.params())));
        });
  }

  private Flowable<Object> counted(Flowable<Object> results) {
    return Flowable.defer(
        () -> {
          if (open.incrementAndGet() > MOST) {
            open.decrementAndGet();
            return Flowable.error(
                new IllegalStateException(MOST + " subscriptions are open, and no more"));
          }
          return results.doFinally(open::decrementAndGet);
        });
  }

  private static Flowable<HeadEvent> events(RpcPool pool) {
    return Flowable.fromPublisher(FlowAdapters.toPublisher(pool.heads()));
  }

  private static Flowable<NewHead> heads(RpcPool pool) {
    return events(pool).ofType(NewHead.class);
  }

  /** A notification of a block cannot say that there are others before it. */
  private static void requireNoGap(HeadEvent event) throws IOException {
    if (event instanceof Stalled stalled && stalled.why() == Stalled.Why.GAP) {
      throw new RpcFailedException(
          "more blocks were missed than are fetched; subscribe anew", null);
    }
  }

  private static <T> Single<T> single(CompletableFuture<T> future) {
    return Single.create(
        emitter -> {
          CompletableFuture<T> unused =
              future.whenComplete(
                  (value, failure) -> {
                    if (failure == null) {
                      emitter.onSuccess(value);
                    } else {
                      emitter.tryOnError(Failures.cause(failure));
                    }
                  });
        });
  }

  /** All that a node says of the block; when none does, what the stream of heads knows of it. */
  private CompletableFuture<Object> whole(BlockHeader head) {
    Deadline end = Deadline.in(deadline, ticker);
    return Failures.start(() -> whole(head, FETCHES, end))
        .exceptionally(nobodyGivesIt -> known(head));
  }

  private CompletableFuture<Object> whole(BlockHeader head, int tries, Deadline end) {
    RpcRequest<Object> request =
        new RpcRequest<>(
            "eth_getBlockByHash", List.of(head.hash().value(), false), json -> of(head, json));
    return client
        .call(request, end.left())
        .thenCompose(
            outcome -> {
              boolean has =
                  outcome instanceof RpcOutcome.Ok<Object> ok && !(ok.value() instanceof Absent);
              return has || tries == 1
                  ? CompletableFuture.completedFuture(has ? Failures.value(outcome) : known(head))
                  : whole(head, tries - 1, end);
            });
  }

  /** The endpoint does not have the block, yet or any more. */
  private enum Absent {
    ABSENT
  }

  private static Object of(BlockHeader head, @Nullable Object json) {
    if (json == null) {
      return Absent.ABSENT;
    }
    if (json instanceof Map<?, ?> block && head.hash().value().equals(block.get("hash"))) {
      Map<String, @Nullable Object> header = new LinkedHashMap<>();
      block.forEach((key, value) -> header.put(String.valueOf(key), value));
      header.remove("transactions");
      header.remove("withdrawals");
      return header;
    }
    throw new RpcRequest.MalformedValueException("is not the block that was asked for");
  }

  private static Object known(BlockHeader head) {
    Map<String, @Nullable Object> header = new LinkedHashMap<>();
    header.put("number", Requests.quantity(head.number()));
    header.put("hash", head.hash().value());
    header.put("parentHash", head.parent().value());
    header.put("timestamp", Requests.quantity(head.time().getEpochSecond()));
    return header;
  }

  private Flowable<Object> logs(RpcPool pool, LogCriteria criteria) {
    return single(
            Failures.start(
                () -> BlockTrail.fromHead(client, criteria, Deadline.in(deadline, ticker))))
        .flatMapPublisher(
            trail -> {
              AtomicInteger failures = new AtomicInteger();
              return heads(pool)
                  .concatMapSingle(head -> single(logs(trail, head.header(), failures)), 1)
                  .concatMapIterable(logs -> logs);
            });
  }

  /** What the blocks up to this head bring; nothing when they cannot be read now. */
  private CompletableFuture<List<Object>> logs(
      BlockTrail trail, BlockHeader head, AtomicInteger failures) {
    List<Object> news = new ArrayList<>();
    Deadline end = Deadline.in(deadline, ticker);
    return Failures.start(() -> advance(trail, head, FETCHES, news, end))
        .handle(
            (done, failure) -> {
              if (failure == null) {
                failures.set(0);
              } else if (Failures.cause(failure) instanceof LostTrackException
                  || failures.incrementAndGet() == MOST_FAILURES) {
                throw Failures.thrown(
                    new RpcFailedException(
                        "no logs any more: " + Failures.cause(failure).getMessage(), null));
              }
              return news; // the next head brings what this one could not
            });
  }

  /** In steps, as long as they lead on. */
  private CompletableFuture<Void> advance(
      BlockTrail trail, BlockHeader head, int tries, List<Object> news, Deadline end) {
    long before = trail.height();
    return trail
        .advanceTo(head, end)
        .thenCompose(
            step -> {
              news.addAll(step.orElseThrow(LostTrackException::new));
              boolean hasMoved = trail.height() != before;
              if (trail.height() >= head.number() || (!hasMoved && tries == 1)) {
                return CompletableFuture.completedFuture(null);
              }
              return advance(trail, head, hasMoved ? FETCHES : tries - 1, news, end);
            });
  }

  /** A reorg went deeper than is remembered: which logs are gone cannot be told. */
  private static final class LostTrackException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LostTrackException() {
      super(
          "a reorganisation was deeper than " + BlockTrail.REMEMBERED + " blocks; subscribe anew");
    }
  }
}
