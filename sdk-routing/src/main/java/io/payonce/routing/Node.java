package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.ChainId;
import io.payonce.failure.FailureClass;
import io.payonce.failure.FailureClassifier;
import io.payonce.failure.NodeAnswer;
import io.payonce.failure.Throttle;
import io.payonce.routing.JsonRpcCodec.Answer;
import io.payonce.routing.JsonRpcCodec.Decoded;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One endpoint at work: asks it, reads its answers, keeps its state, probes it while it is not up.
 * Thread-safe.
 */
final class Node {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  private static final long MOST_SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  final Endpoint endpoint;
  final EndpointState state;
  private final RpcTransport transport;
  private final Wiring wiring;

  @GuardedBy("this")
  private @Nullable CompletableFuture<Boolean> check;

  @GuardedBy("this")
  private boolean probing;

  @GuardedBy("this")
  private @Nullable ScheduledFuture<?> probe;

  Node(Endpoint endpoint, RpcTransport transport, Wiring wiring) {
    this.endpoint = endpoint;
    this.transport = transport;
    this.wiring = wiring;
    this.state = new EndpointState(wiring.policy.failuresUntilDown());
  }

  /** How fresh the proof of the chain id has to be. */
  enum Proof {
    /** It was right once; a stale one is renewed beside the call. */
    ONCE,
    /** Younger than the policy's {@code chainIdMaxAge}, else renewed first. */
    FRESH
  }

  /**
   * Asks, after the endpoint has proven its chain id. Completes on the executor, within the
   * timeout, normally, with one outcome for each request.
   */
  CompletableFuture<List<RpcOutcome<?>>> ask(
      List<RpcRequest<?>> requests, long timeoutNanos, Proof proof) {
    try {
      return proven(requests, timeoutNanos, proof)
          .exceptionally(defect -> defective(requests.size(), defect));
    } catch (RuntimeException defect) {
      return CompletableFuture.completedFuture(defective(requests.size(), defect));
    }
  }

  /** A future that never completes would be worse than a failure that says too little. */
  private List<RpcOutcome<?>> defective(int requests, Throwable defect) {
    LOG.error("defect while asking endpoint {}", endpoint.name(), defect);
    return failed(requests, new RpcFailure.Cancelled("defect in the pool", BytesSent.ALL));
  }

  private CompletableFuture<List<RpcOutcome<?>>> proven(
      List<RpcRequest<?>> requests, long timeoutNanos, Proof proof) {
    long now = wiring.now();
    long maxAge = wiring.policy.chainIdMaxAge().toNanos();
    boolean fresh = state.isVerifiedWithin(now, maxAge);
    if (fresh) {
      return exchange(requests, timeoutNanos);
    }
    if (proof == Proof.ONCE && state.isVerified()) {
      Wiring.detach(check());
      return exchange(requests, timeoutNanos);
    }
    return within(check(), timeoutNanos)
        .thenCompose(
            verified -> {
              long left = timeoutNanos - (wiring.now() - now);
              return verified && left > 0
                  ? exchange(requests, left)
                  : CompletableFuture.completedFuture(unverified(requests.size()));
            });
  }

  private List<RpcOutcome<?>> unverified(int requests) {
    String why = state.reason();
    return failed(
        requests,
        new RpcFailure.NoEligibleEndpoint(
            endpoint.name() + " has not proven its chain id" + (why.isEmpty() ? "" : ": " + why)));
  }

  /** Asks for the chain id; callers at the same time share one request. */
  private CompletableFuture<Boolean> check() {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    synchronized (this) {
      if (check != null) {
        return check;
      }
      check = mine;
    }
    Wiring.detach(
        exchange(List.of(Requests.chainId()), checkNanos())
            .thenAccept(
                outcomes -> {
                  learnChainId(outcomes.get(0));
                  synchronized (this) {
                    check = null;
                  }
                  mine.complete(state.isVerified());
                }));
    return mine;
  }

  private long checkNanos() {
    return wiring.policy.quickDeadline().toNanos();
  }

  private void learnChainId(RpcOutcome<?> outcome) {
    if (!(outcome instanceof RpcOutcome.Ok<?> ok)) {
      return;
    }
    if (wiring.chainId.equals(ok.value())) {
      state.chainIdMatches(wiring.now());
    } else {
      ChainId claimed = (ChainId) ok.value();
      state.chainIdDiffers("serves chain " + claimed + " instead of " + wiring.chainId);
      LOG.error("endpoint {} is quarantined: it {}", endpoint.name(), state.reason());
      armProbe();
    }
  }

  private CompletableFuture<Boolean> within(CompletableFuture<Boolean> shared, long nanos) {
    if (shared.isDone() || nanos >= checkNanos()) {
      return shared;
    }
    CompletableFuture<Boolean> bounded = shared.copy();
    ScheduledFuture<?> timer = wiring.after(nanos, () -> bounded.complete(false));
    return bounded.whenComplete((verified, thrown) -> timer.cancel(false));
  }

  /** One body there and back. The pool's own timer bounds it, whatever the transport does. */
  private CompletableFuture<List<RpcOutcome<?>>> exchange(
      List<RpcRequest<?>> requests, long timeoutNanos) {
    long firstId = wiring.ids(requests.size());
    byte[] body = wiring.codec.encode(requests, firstId);
    long start = wiring.now();
    state.sent();
    CompletableFuture<TransportReply> settled = new CompletableFuture<>();
    ScheduledFuture<?> timer =
        wiring.after(
            timeoutNanos,
            () ->
                settled.complete(
                    new TransportReply.Failed("no answer in time", BytesSent.ALL, true)));
    Wiring.detach(
        send(body, timeoutNanos)
            .handle((reply, thrown) -> thrown == null ? reply : broken(thrown))
            .thenAccept(reply -> wiring.run(() -> settled.complete(reply))));
    return settled.thenApply(
        reply -> {
          timer.cancel(false);
          List<RpcOutcome<?>> outcomes = read(reply, requests, firstId, start);
          armProbe();
          return outcomes;
        });
  }

  private CompletableFuture<TransportReply> send(byte[] body, long timeoutNanos) {
    // The transport ends a little earlier, as it knows better how much was sent.
    long slack = Math.min(MOST_SLACK_NANOS, timeoutNanos / 10);
    try {
      return transport.send(body, Duration.ofNanos(timeoutNanos - slack));
    } catch (RuntimeException defect) {
      return CompletableFuture.completedFuture(broken(defect));
    }
  }

  /** A transport must not fail like this; its words may hold a URL. */
  private static TransportReply broken(Throwable defect) {
    return new TransportReply.Failed(
        "transport threw " + defect.getClass().getSimpleName(), BytesSent.ALL, false);
  }

  private List<RpcOutcome<?>> read(
      TransportReply reply, List<RpcRequest<?>> requests, long firstId, long start) {
    long now = wiring.now();
    long took = now - start;
    int count = requests.size();
    if (reply instanceof TransportReply.Failed failed) {
      String reason = endpoint.name() + ": " + endpoint.uri().mask(failed.reason());
      state.failed(now, took, reason);
      return failed(
          count,
          failed.timedOut()
              ? new RpcFailure.DeadlineExceeded(reason, failed.bytesSent())
              : new RpcFailure.Transport(reason, failed.bytesSent()));
    }
    TransportReply.Answered answered = (TransportReply.Answered) reply;
    int status = answered.status();
    Decoded decoded = wiring.codec.decode(answered.body(), firstId, count);
    boolean ok = status >= 200 && status < 300;
    OptionalLong pause = Throttling.pause(answered, wiring.clock());
    boolean throttled = status == 429 || (status == 503 && pause.isPresent());
    if (!ok && (decoded.hasResult() || !decoded.hasError())) {
      return refused(status, throttled, pause, took, count);
    }
    if (decoded.fault().isEmpty()) {
      state.answered(now, took);
    } else {
      String fault = "its answer " + decoded.fault();
      state.malformed(now, took, fault);
      LOG.warn("endpoint {} broke the protocol: {}", endpoint.name(), fault);
    }
    List<RpcOutcome<?>> outcomes = outcomes(decoded.answers(), requests);
    if (throttled || outcomes.stream().anyMatch(Node::isRateLimit)) {
      state.throttled(now, pause);
    } else {
      state.notThrottled();
    }
    return outcomes;
  }

  /** An HTTP status that is no success, without a node's error in the body. */
  private List<RpcOutcome<?>> refused(
      int status, boolean throttled, OptionalLong pause, long took, int count) {
    String reason = endpoint.name() + ": HTTP " + status;
    long now = wiring.now();
    if (throttled) {
      state.answered(now, took);
      long nanos = state.throttled(now, pause);
      return failed(count, new RpcFailure.Throttled(reason, Duration.ofNanos(nanos)));
    }
    state.failed(now, took, reason);
    return failed(count, new RpcFailure.Transport(reason, BytesSent.ALL));
  }

  private List<RpcOutcome<?>> outcomes(List<Answer> answers, List<RpcRequest<?>> requests) {
    List<RpcOutcome<?>> outcomes = new ArrayList<>(answers.size());
    for (int i = 0; i < answers.size(); i++) {
      Answer answer = answers.get(i);
      if (answer instanceof Answer.Result result) {
        outcomes.add(decode(requests.get(i), result.json()));
      } else if (answer instanceof Answer.Failure error) {
        outcomes.add(
            new RpcOutcome.Failed<>(
                new RpcFailure.NodeError(
                    error.code(),
                    endpoint.uri().mask(error.message()),
                    endpoint.uri().mask(error.data()))));
      } else {
        String reason = endpoint.name() + ": its answer " + ((Answer.Missing) answer).reason();
        outcomes.add(new RpcOutcome.Failed<>(new RpcFailure.Malformed(reason)));
      }
    }
    return outcomes;
  }

  private <T> RpcOutcome<T> decode(RpcRequest<T> request, @Nullable Object json) {
    try {
      return new RpcOutcome.Ok<>(request.decoder().decode(json), endpoint.name());
    } catch (RuntimeException wrongShape) {
      String what = endpoint.uri().mask(String.valueOf(wrongShape.getMessage()));
      state.suspect("its answer to " + request.method() + " has a wrong shape");
      return new RpcOutcome.Failed<>(
          new RpcFailure.Malformed(endpoint.name() + ": " + request.method() + ": " + what));
    }
  }

  /** Whether a node's error asks for fewer requests. */
  static boolean isRateLimit(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.NodeError error
        && meaning(error).throttle() != Throttle.NONE;
  }

  /** What a node's error means; its client is not known. */
  static FailureClass meaning(RpcFailure.NodeError error) {
    return FailureClassifier.standard()
        .classify(NodeAnswer.error(error.code(), error.message()).withData(error.data()));
  }

  private static List<RpcOutcome<?>> failed(int count, RpcFailure failure) {
    return Collections.nCopies(count, new RpcOutcome.Failed<>(failure));
  }

  /** The agreed answer of a quorum is another one than this endpoint gave. */
  void dissented(String question) {
    state.dissented("contradicted the agreed answer to " + question);
    LOG.warn("endpoint {} contradicted the agreed answer to {}", endpoint.name(), question);
    armProbe();
  }

  /** It returned another hash than that of the bytes it was given. */
  void lied(String why) {
    state.lied(why);
    LOG.error("endpoint {} is quarantined: it {}", endpoint.name(), why);
  }

  /** Keeps one probe scheduled for as long as the endpoint is not up. */
  private void armProbe() {
    OptionalLong delay = state.probeInNanos(wiring.now());
    if (delay.isEmpty() || wiring.isClosed()) {
      return;
    }
    synchronized (this) {
      if (probing) {
        return;
      }
      probing = true;
      probe = wiring.after(delay.getAsLong(), this::probe);
    }
  }

  private void probe() {
    if (wiring.isClosed()) {
      return;
    }
    boolean still = state.probeInNanos(wiring.now()).isPresent();
    CompletableFuture<Boolean> checked = still ? check() : CompletableFuture.completedFuture(true);
    Wiring.detach(
        checked.thenRun(
            () -> {
              synchronized (this) {
                probing = false;
              }
              armProbe();
            }));
  }

  void close() {
    ScheduledFuture<?> pending;
    synchronized (this) {
      pending = probe;
    }
    if (pending != null) {
      pending.cancel(false);
    }
    transport.close();
  }
}
