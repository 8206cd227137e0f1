package io.payonce.routing;

import io.payonce.failure.FailureClassifier;
import io.payonce.failure.FailureCode;
import io.payonce.failure.NodeAnswer;
import io.payonce.failure.Throttle;
import io.payonce.routing.JsonRpcCodec.Answer;
import io.payonce.routing.JsonRpcCodec.Decoded;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.TransportReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes outcomes of what came back from one endpoint, and tells its state what that says about it.
 * Thread-safe.
 */
final class ReplyReader {
  /** Stands for a reply that nobody waits for any more. */
  static final TransportReply OUTRUN =
      new TransportReply.Failed("another endpoint was faster", BytesSent.ALL, false);

  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  /** A timeout below this says more about the caller than about the endpoint. */
  private static final long FAIR_CHANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** Every node has the state of so many blocks: the least is 128, less what is on its way. */
  private static final long LEAST_KEPT = 64;

  private static final Pattern HASH = Pattern.compile("0x[0-9a-f]{64}");
  private static final Pattern HEIGHT = Pattern.compile("0x[0-9a-fA-F]{1,15}");

  private final Endpoint endpoint;
  private final EndpointState state;
  private final Turnstile turnstile;
  private final Learned learned;
  private final Wiring wiring;
  private final ReferenceHead reference;
  private final NodeMeter meter;

  ReplyReader(
      Endpoint endpoint,
      EndpointState state,
      Turnstile turnstile,
      Learned learned,
      Wiring wiring,
      ReferenceHead reference,
      NodeMeter meter) {
    this.endpoint = endpoint;
    this.state = state;
    this.turnstile = turnstile;
    this.learned = learned;
    this.wiring = wiring;
    this.reference = reference;
    this.meter = meter;
  }

  /**
   * What became of the requests of one body.
   *
   * @param refusedWhole whether a batch was refused by one error, and not for its rate
   */
  record Outcomes(List<RpcOutcome<?>> each, boolean refusedWhole) {}

  Outcomes read(TransportReply reply, List<RpcRequest<?>> requests, long firstId, long start) {
    long now = wiring.now();
    long took = now - start;
    int count = requests.size();
    if (reply == OUTRUN) {
      state.outrun(now, took);
      String reason = endpoint.name() + ": another endpoint was faster";
      return none(count, new RpcFailure.Cancelled(reason, BytesSent.ALL));
    }
    if (reply instanceof TransportReply.Failed failed) {
      String reason = endpoint.name() + ": " + endpoint.mask(failed.reason());
      if (failed.timedOut() && took < FAIR_CHANCE_NANOS) {
        state.outrun(now, took); // the caller had no time left: no fault of the endpoint
      } else if (failed.cause() == TransportReply.Cause.PIN_MISMATCH) {
        state.pinMissed(now, took, reason);
      } else {
        state.failed(now, took, reason);
      }
      return none(
          count,
          failed.timedOut()
              ? new RpcFailure.DeadlineExceeded(reason, failed.bytesSent())
              : new RpcFailure.Transport(reason, failed.bytesSent()));
    }
    return answered((TransportReply.Answered) reply, requests, firstId, start, now);
  }

  private Outcomes answered(
      TransportReply.Answered answered,
      List<RpcRequest<?>> requests,
      long firstId,
      long start,
      long now) {
    long took = now - start;
    int status = answered.status();
    Decoded decoded = wiring.codec.decode(answered.body(), firstId, requests.size());
    boolean ok = status >= 200 && status < 300;
    OptionalLong pause = Throttling.pause(answered, wiring.clock());
    boolean throttled = status == 429 || (status == 503 && pause.isPresent());
    if (!ok && (decoded.hasResult() || !decoded.hasError())) {
      return refused(status, throttled, pause, start, now, requests.size());
    }
    if (decoded.fault().isEmpty()) {
      state.answered(now, took);
    } else {
      String fault = "its answer " + decoded.fault();
      state.malformed(now, took, fault);
      LOG.warn("endpoint {} broke the protocol: {}", endpoint.name(), fault);
    }
    List<RpcOutcome<?>> outcomes = outcomes(decoded.answers(), requests, status, start);
    boolean limited = throttled;
    for (int i = 0; i < outcomes.size(); i++) {
      limited |= isRateLimit(outcomes.get(i));
    }
    if (limited) {
      boolean spent = outcomes.stream().anyMatch(ReplyReader::isQuotaSpent);
      OptionalLong rest = OptionalLong.of(EndpointState.MOST_THROTTLE_NANOS);
      throttled(now, pause.isEmpty() && spent ? rest : pause);
    } else {
      state.notThrottled();
    }
    return new Outcomes(outcomes, decoded.refusedWhole() && !limited);
  }

  /** An HTTP status that is no success, without a node's error in the body. */
  private Outcomes refused(
      int status, boolean throttled, OptionalLong pause, long start, long now, int count) {
    String reason = endpoint.name() + ": HTTP " + status;
    long took = now - start;
    if (throttled) {
      state.answered(now, took);
      long nanos = throttled(now, pause);
      return none(count, new RpcFailure.Throttled(reason, Duration.ofNanos(nanos)));
    }
    if (status == 401 || status == 403) {
      state.credentialRefused(now, took, reason);
    } else {
      state.failed(now, took, reason);
    }
    // 413 says so of the body: a shorter one may pass.
    return new Outcomes(
        Node.failed(count, new RpcFailure.Transport(reason, BytesSent.ALL)),
        status == 413 && count > 1);
  }

  private long throttled(long now, OptionalLong pause) {
    turnstile.refused(now);
    return state.throttled(now, pause);
  }

  private static Outcomes none(int count, RpcFailure failure) {
    return new Outcomes(Node.failed(count, failure), false);
  }

  private List<RpcOutcome<?>> outcomes(
      List<Answer> answers, List<RpcRequest<?>> requests, int status, long start) {
    if (answers.size() == 1) {
      return List.of(outcome(answers.get(0), requests.get(0), status, start));
    }
    List<RpcOutcome<?>> outcomes = new ArrayList<>(answers.size());
    for (int i = 0; i < answers.size(); i++) {
      outcomes.add(outcome(answers.get(i), requests.get(i), status, start));
    }
    return outcomes;
  }

  private RpcOutcome<?> outcome(Answer answer, RpcRequest<?> request, int status, long start) {
    if (answer instanceof Answer.Result result) {
      return decode(request, result.json(), start);
    }
    if (answer instanceof Answer.Failure error) {
      RpcFailure.NodeError failure = failure(error, request.method(), status);
      if (failure.meaning().code() == FailureCode.METHOD_MISSING) {
        learned.lacks(request.method(), wiring.now());
        wiring.stateChanged(false);
      }
      learnLimits(request, failure.meaning().code());
      return new RpcOutcome.Failed<>(failure);
    }
    String reason = endpoint.name() + ": its answer " + ((Answer.Missing) answer).reason();
    return new RpcOutcome.Failed<>(new RpcFailure.Malformed(reason));
  }

  private <T> RpcOutcome<T> decode(RpcRequest<T> request, @Nullable Object json, long start) {
    if (!mayBelieve(request, json)) {
      return new RpcOutcome.Failed<>(new RpcFailure.Behind(state.cannotKnowAbsence(endpoint)));
    }
    try {
      RpcOutcome<T> value = new RpcOutcome.Ok<>(request.decoder().decode(json), endpoint.name());
      learnHead(request, json);
      learnBlock(request, json, start);
      if (json != null && learned.hasLimits()) {
        BlockRange.of(request)
            .ifPresent(
                range -> learned.hasHistory(BlockRange.kind(request).orElseThrow(), range.from()));
      }
      return value;
    } catch (Pinned.OtherBlock | RpcRequest.AbsentValueException other) {
      return new RpcOutcome.Failed<>(
          new RpcFailure.Behind(endpoint.name() + " " + other.getMessage()));
    } catch (RuntimeException wrongShape) {
      String what = endpoint.mask(String.valueOf(wrongShape.getMessage()));
      state.suspect("its answer to " + request.method() + " has a wrong shape");
      return new RpcOutcome.Failed<>(
          new RpcFailure.Malformed(endpoint.name() + ": " + request.method() + ": " + what));
    }
  }

  /**
   * False where the answer says that something is not there, as null or as a block without logs,
   * and this endpoint cannot know it. A block that is named by its hash is there or refused.
   */
  private boolean mayBelieve(RpcRequest<?> request, @Nullable Object json) {
    if (json == null && RequestClass.isLookup(request.method())) {
      return state.knowsAbsence();
    }
    if (!(json instanceof List<?> logs) || !BlockRange.isOfLogs(request)) {
      return true;
    }
    Optional<BlockRange> range = BlockRange.ofLogs(request);
    return range.isPresent()
        ? range.get().isCovered(logs) || state.knowsAbsence(range.get().to())
        : !logs.isEmpty() || state.knowsAbsence();
  }

  /**
   * What it has no more, or gives no more of at once. Near the head the same words say that it has
   * the block not yet.
   */
  private void learnLimits(RpcRequest<?> request, FailureCode code) {
    Optional<BlockRange> range = BlockRange.of(request);
    OptionalLong newest = reference.now();
    if (code == FailureCode.STATE_MISSING
        && range.isPresent()
        && newest.isPresent()
        && range.get().from() < newest.getAsLong() - LEAST_KEPT) {
      learned.lacksHistory(
          BlockRange.kind(request).orElseThrow(), range.get().from(), wiring.now());
      wiring.stateChanged(false);
    }
    if (code == FailureCode.REQUEST_TOO_LARGE) {
      BlockRange.ofLogs(request)
          .filter(blocks -> blocks.blocks() > 1)
          .ifPresent(
              blocks -> {
                learned.takesLogsOf(blocks.blocks() / 2, wiring.now());
                wiring.stateChanged(false);
              });
    }
  }

  private void learnHead(RpcRequest<?> request, @Nullable Object json) {
    Optional<Long> number = height(RequestClass.heightIn(request, json));
    if (number.isEmpty()) {
      return;
    }
    long height = number.get();
    OptionalLong newest = reference.now();
    // A block that was asked for by number tells about the head when nobody has a newer one.
    if (RequestClass.isForHead(request) || (newest.isPresent() && height >= newest.getAsLong())) {
      OptionalLong known = reference.told(endpoint.operator(), height);
      state.head(wiring.now(), height, known);
      if (known.isPresent()) {
        meter.lags("head", known.getAsLong() - height);
      }
    }
  }

  /** What it shows of the chain, for whether it is always the same one. */
  private void learnBlock(RpcRequest<?> request, @Nullable Object json, long asked) {
    Optional<Long> number = height(RequestClass.heightIn(request, json));
    if (number.isEmpty() || RequestClass.isForPending(request)) {
      return;
    }
    Consistency.Window when = new Consistency.Window(asked, wiring.now());
    boolean isNewest = RequestClass.isForHead(request);
    if (json instanceof Map<?, ?> block) {
      Optional<String> parent = hash(block.get("parentHash"));
      hash(block.get("hash"))
          .ifPresent(hash -> state.showsBlock(number.get(), hash, parent, isNewest, when));
    } else if (isNewest) {
      state.countsBlocks(number.get(), when);
    }
  }

  private static Optional<String> hash(@Nullable Object json) {
    return json instanceof String text && HASH.matcher(text).matches()
        ? Optional.of(text)
        : Optional.empty();
  }

  private static Optional<Long> height(@Nullable Object json) {
    if (json instanceof String text && HEIGHT.matcher(text).matches()) {
      return Optional.of(Long.parseLong(text.substring(2), 16));
    }
    return Optional.empty(); // the caller's decoder has its own word on it
  }

  /** Whether a node's error asks for fewer requests. */
  static boolean isRateLimit(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.NodeError error
        && error.meaning().throttle() != Throttle.NONE;
  }

  /** Whether it is no use to ask again for hours. */
  private static boolean isQuotaSpent(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.NodeError error
        && error.meaning().throttle() == Throttle.LONG;
  }

  /** The node's words, and what they mean when this client says them on this chain. */
  private RpcFailure.NodeError failure(Answer.Failure error, String method, int status) {
    String message = endpoint.mask(error.message());
    String data = endpoint.mask(error.data());
    NodeAnswer said =
        NodeAnswer.error(error.code(), message)
            .withData(data)
            .by(learned.client())
            .on(wiring.chainId)
            .to(method)
            .withHttp(status, "");
    return new RpcFailure.NodeError(
        error.code(), message, data, FailureClassifier.standard().classify(said));
  }
}
