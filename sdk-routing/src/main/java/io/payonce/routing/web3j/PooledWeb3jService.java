package io.payonce.routing.web3j;

import io.payonce.Address;
import io.payonce.Ticker;
import io.payonce.rpc.RpcClient;
import io.reactivex.Flowable;
import io.reactivex.processors.BehaviorProcessor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.Service;
import org.web3j.protocol.core.BatchRequest;
import org.web3j.protocol.core.BatchResponse;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.websocket.events.LogNotification;
import org.web3j.protocol.websocket.events.Notification;

/**
 * A {@code Web3jService} over a pool: a web3j program gains several providers, quorum reads and
 * evidence for what it sends by changing the line that builds its service.
 *
 * <ul>
 *   <li>Chain id, nonce, balance, code, receipt, and the safe and finalized blocks are agreed by
 *       the pool's quorum, or the call fails with {@link QuorumUnavailableException}. A null
 *       receipt means that it is agreed that there is none.
 *   <li>{@code eth_sendRawTransaction} is a broadcast. It answers the locally computed hash when a
 *       node took the transaction or is seen to have it; a JSON-RPC error with a node's own code
 *       and words when all refused it; and else throws {@link BroadcastAmbiguousException} or
 *       {@link BroadcastNotSentException}.
 *   <li>Filters, and subscriptions to heads and logs, live here and survive the failure of any
 *       endpoint.
 *   <li>Everything else is answered by one healthy endpoint, as it says it.
 * </ul>
 *
 * <p>A batch is answered in the order of its requests under the caller's ids, whatever order or ids
 * a node answers with; an element that fails is a JSON-RPC error with one of the codes below.
 *
 * <p>Thread-safe. A call ends by the deadline, one with a transaction also by the pool's broadcast
 * deadline. Futures complete on the pool's executor: block nothing that hangs on them. A blocked
 * caller carries what one endpoint answers by itself ({@link RpcClient#callBlocking}), as with
 * web3j's own service. Interrupting it stops its waiting, there when that exchange has ended; what
 * was sent stays sent.
 */
public final class PooledWeb3jService extends Service {
  /** Code of a batch element that no endpoint answered. */
  public static final int CODE_UNAVAILABLE = -32090;

  /** Code of a batch element for which too few operators agreed. */
  public static final int CODE_QUORUM_UNAVAILABLE = -32091;

  /**
   * Code of a transaction in a batch that may have been sent. It is no refusal: never pay again
   * under another nonce. The evidence is in the error's data.
   */
  public static final int CODE_AMBIGUOUS = -32092;

  /** Code of a transaction in a batch of which no byte was sent. */
  public static final int CODE_NOT_SENT = -32093;

  static final String NO_SUBSCRIPTIONS =
      "a call is answered once; subscribe by Web3jService.subscribe, as newHeadsNotifications does";

  private static final int MAX_BATCH = 1_000;
  private static final int MAX_IN_FLIGHT = 1_024;

  /** No pool's broadcast takes longer. */
  private static final Duration LONGEST_BROADCAST = Duration.ofMinutes(2);

  private static final Duration SLACK = Duration.ofSeconds(1);

  private final RpcClient client;
  private final boolean isOwner;
  private final boolean includeRawResponses;
  private final Duration deadline;
  private final Ticker ticker;
  private final Filters filters;
  private final Dispatch dispatch;
  private final Subscriptions subscriptions;
  private final AtomicLong lastSubscription = new AtomicLong();

  /** Completes with this service, and with it every subscription. */
  private final BehaviorProcessor<Boolean> closing = BehaviorProcessor.create();

  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  private PooledWeb3jService(Builder settings) {
    super(settings.includeRawResponses);
    this.client = settings.client;
    this.isOwner = settings.isOwner;
    this.includeRawResponses = settings.includeRawResponses;
    this.deadline = settings.deadline;
    this.ticker = settings.ticker;
    this.filters = new Filters(client, ticker);
    this.dispatch = new Dispatch(client, new CriticalReads(client, settings.nonces), filters);
    this.subscriptions = new Subscriptions(client, deadline, ticker);
  }

  /** Over a pool that stays open when this is closed. */
  public static PooledWeb3jService over(RpcClient pool) {
    return builder(pool).build();
  }

  /** Over a pool that is closed with this, and so with {@code Web3j.shutdown()}. */
  public static PooledWeb3jService owning(RpcClient pool) {
    return builder(pool).owning(true).build();
  }

  public static Builder builder(RpcClient pool) {
    return new Builder(pool);
  }

  /** web3j calls this with the JSON of one request or one batch. */
  @Override
  protected InputStream performIO(String payload) throws IOException {
    Call.Body body = Call.parse(payload);
    CompletableFuture<byte[]> answer = exchange(body, true);
    boolean sends = body.calls().stream().anyMatch(Dispatch::isSend);
    Duration patience = deadline.plus(sends ? LONGEST_BROADCAST : SLACK);
    try {
      return new ByteArrayInputStream(answer.get(patience.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException failed) {
      Throwable cause = Failures.cause(failed);
      throw Failures.isInterrupt(cause) ? interrupted(false, cause) : ioException(cause);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw interrupted(sends, stop);
    } catch (TimeoutException blocked) {
      throw new IOException(
          "the pool's executor is blocked: run nothing that waits on it"
              + (sends ? "; a transaction may have been sent" : ""),
          blocked);
    }
  }

  private static IOException interrupted(boolean sends, Throwable cause) {
    return (IOException)
        new InterruptedIOException(
                sends ? "interrupted; a transaction may have been sent" : "interrupted")
            .initCause(cause);
  }

  @Override
  @SuppressWarnings({"rawtypes", "unchecked"}) // as web3j declares it
  public <T extends Response> CompletableFuture<T> sendAsync(Request request, Class<T> type) {
    return async(mapping -> mapping.send(request, type));
  }

  @Override
  public CompletableFuture<BatchResponse> sendBatchAsync(BatchRequest batch) {
    if (batch.getRequests().isEmpty()) {
      return CompletableFuture.completedFuture(new BatchResponse(List.of(), List.of()));
    }
    return async(mapping -> mapping.sendBatch(batch));
  }

  /**
   * Subscribes, once for each subscriber of what this gives.
   *
   * <ul>
   *   <li>{@code newHeads}: each block once and in order, whichever endpoint fails, from the pool's
   *       own stream of heads. Of a block that no endpoint gives at that time there are number,
   *       hash, parent and time alone. Ends with an {@code IOException} when more than 1,024 blocks
   *       were missed.
   *   <li>{@code logs}: each log once, with those that a reorganisation takes away as {@code
   *       removed}; what an outage kept back follows. web3j's own {@code LogNotification} cannot
   *       say {@code removed} and would show these as new ones, so it does not get them: whoever
   *       has to know takes a class of its own, or {@code ethLogFlowable}. Ends with an {@code
   *       IOException} after a reorganisation of more than 64 blocks, and when ten blocks brought
   *       no logs.
   *   <li>Anything else: what one endpoint with a WebSocket pushes; see {@link
   *       io.payonce.routing.RpcPool#subscription}.
   * </ul>
   *
   * <p>Notifications come on the pool's executor. Disposing ends the subscription; {@code
   * unsubscribeMethod} is not needed. Throws {@code UnsupportedOperationException} for what cannot
   * be subscribed to: nothing but an {@code RpcPool} has subscriptions, and those of one endpoint
   * need a WebSocket.
   */
  @Override
  @SuppressWarnings({"rawtypes", "unchecked"}) // as web3j declares it
  public <T extends Notification<?>> Flowable<T> subscribe(
      Request request, String unsubscribeMethod, Class<T> type) {
    Call call;
    try {
      Mapping writing = new Mapping(includeRawResponses, null);
      Response<?> unused = writing.send(request, Response.class);
      call = Call.parse(writing.payload).calls().get(0);
    } catch (IOException unreadable) {
      throw new IllegalArgumentException("no request to subscribe by", unreadable);
    }
    String id = "0x" + Long.toHexString(lastSubscription.incrementAndGet());
    return subscriptions
        .to(call)
        .takeUntil(closing)
        .filter(result -> type != (Class<?>) LogNotification.class || !isRemoved(result))
        .map(result -> Notifications.read(id, result, type));
  }

  private static boolean isRemoved(Object log) {
    return log instanceof Map<?, ?> fields && Boolean.TRUE.equals(fields.get("removed"));
  }

  /** Later calls fail. The pool is closed only when this owns it. Idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      closing.onNext(true);
      filters.close();
      if (isOwner) {
        client.close();
      }
    }
  }

  private interface Turn<T> {
    T with(Mapping mapping) throws IOException;
  }

  /**
   * Blocks no thread: web3j writes the request here, and reads the reply on the pool's executor.
   */
  private <T> CompletableFuture<T> async(Turn<T> turn) {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      Mapping writing = new Mapping(includeRawResponses, null);
      turn.with(writing);
      exchange(Call.parse(writing.payload), false)
          .thenAccept(
              reply -> {
                try {
                  result.complete(turn.with(new Mapping(includeRawResponses, reply)));
                } catch (IOException unreadable) {
                  throw Failures.thrown(unreadable);
                }
              })
          .exceptionally(
              failure -> {
                result.completeExceptionally(ioException(Failures.cause(failure)));
                return null;
              });
    } catch (IOException | RuntimeException failed) {
      result.completeExceptionally(failed);
    }
    return result;
  }

  /**
   * web3j's own mapper, used without naming it: its class has another name in each line of web3j.
   * One instance writes a request, or reads one reply to it. Confined to one thread.
   */
  private static final class Mapping extends Service {
    private final byte @Nullable [] reply;
    private String payload = "";

    Mapping(boolean includeRawResponses, byte @Nullable [] reply) {
      super(includeRawResponses);
      this.reply = reply;
    }

    @Override
    protected @Nullable InputStream performIO(String written) {
      payload = written;
      return reply == null ? null : new ByteArrayInputStream(reply);
    }

    @Override
    public void close() {}
  }

  /**
   * Asks, and writes the reply.
   *
   * @param waits whether the current thread waits for it
   */
  private CompletableFuture<byte[]> exchange(Call.Body body, boolean waits) throws IOException {
    if (closed.get()) {
      throw new IOException("the service is closed");
    }
    int calls = body.calls().size();
    if (calls == 0 || calls > MAX_BATCH) {
      throw new IOException("a batch of " + calls + " requests; 1 to " + MAX_BATCH + " are taken");
    }
    if (inFlight.incrementAndGet() > MAX_IN_FLIGHT) {
      inFlight.decrementAndGet();
      throw new IOException("not sent: " + MAX_IN_FLIGHT + " calls are under way");
    }
    List<CompletableFuture<Reply>> replies;
    try {
      Deadline end = Deadline.in(deadline, ticker);
      replies =
          waits && calls == 1
              ? List.of(dispatch.answerWaiting(body.calls().get(0), end))
              : dispatch.answer(body.calls(), end);
    } catch (RuntimeException defect) {
      inFlight.decrementAndGet();
      throw defect;
    }
    CompletableFuture<byte[]> bytes =
        body.isBatch()
            ? batch(body.calls(), replies)
            : replies.get(0).thenApply(reply -> JsonText.bytes(reply.to(body.calls().get(0))));
    return bytes.whenComplete((done, failure) -> inFlight.decrementAndGet());
  }

  private static CompletableFuture<byte[]> batch(
      List<Call> calls, List<CompletableFuture<Reply>> replies) {
    List<CompletableFuture<Map<String, @Nullable Object>>> elements = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      elements.add(
          replies
              .get(i)
              .exceptionally(failure -> failed(Failures.cause(failure)))
              .thenApply(reply -> reply.to(call)));
    }
    return Failures.all(elements).thenApply(JsonText::bytes);
  }

  private static Reply failed(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof BroadcastAmbiguousException ambiguous) {
      return new Reply.Refused(CODE_AMBIGUOUS, message, Evidence.json(ambiguous.evidence()));
    }
    if (failure instanceof BroadcastNotSentException notSent) {
      return new Reply.Refused(CODE_NOT_SENT, message, Evidence.json(notSent.evidence()));
    }
    if (failure instanceof QuorumUnavailableException) {
      return new Reply.Refused(CODE_QUORUM_UNAVAILABLE, message, null);
    }
    return new Reply.Refused(CODE_UNAVAILABLE, message, null);
  }

  private static IOException ioException(Throwable failure) {
    return failure instanceof IOException known
        ? known
        : new IOException(String.valueOf(failure.getMessage()), failure);
  }

  /** Collects the settings. Confined to one thread. */
  public static final class Builder {
    private final RpcClient client;
    private boolean isOwner;
    private boolean includeRawResponses;
    private Duration deadline = Duration.ofSeconds(10);
    private Ticker ticker = Ticker.system();
    private Function<Address, Optional<NonceBounds>> nonces = account -> Optional.empty();

    private Builder(RpcClient client) {
      this.client = client;
    }

    /** Whether closing the service closes the pool; false by default. */
    public Builder owning(boolean value) {
      isOwner = value;
      return this;
    }

    /** As in web3j's {@code HttpService}; false by default. */
    public Builder includeRawResponses(boolean value) {
      includeRawResponses = value;
      return this;
    }

    /**
     * Of a whole call, however many questions it takes: default 10 s, 0.1 to 120 s. A receipt takes
     * three critical reads one after the other. Broadcasts keep the pool's own deadline.
     */
    public Builder deadline(Duration value) {
      deadline = value;
      return this;
    }

    /**
     * What the host knows of the nonces of its wallets; nothing by default. With bounds the pending
     * count is the agreed count or the host's own, whichever is higher; a pool that counts more
     * than the host fails with {@link ForeignUseException}. Without, it is the highest count that a
     * quorum of operators claims or exceeds.
     *
     * @param value asked on the caller's thread, for each nonce; must not block
     */
    public Builder nonces(Function<Address, Optional<NonceBounds>> value) {
      nonces = value;
      return this;
    }

    public Builder ticker(Ticker value) {
      ticker = value;
      return this;
    }

    public PooledWeb3jService build() {
      if (deadline.compareTo(Duration.ofMillis(100)) < 0
          || deadline.compareTo(Duration.ofMinutes(2)) > 0) {
        throw new IllegalArgumentException("deadline " + deadline + " must be PT0.1S to PT2M");
      }
      return new PooledWeb3jService(this);
    }
  }
}
