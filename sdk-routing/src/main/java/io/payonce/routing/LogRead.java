package io.payonce.routing;

import io.payonce.failure.FailureCode;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The logs of many blocks: a range that endpoints refuse as too large is asked for in halves, and
 * halves of these, one after the other within the one deadline. What an endpoint takes is
 * remembered, so that the next question comes in parts at once. Steps follow one another.
 */
final class LogRead<T> {
  /** More parts than this would take longer than any deadline. */
  private static final int MOST_PARTS = 1_024;

  private final Roster roster;
  private final Wiring wiring;
  private final RpcRequest<T> request;
  private final long deadline;
  private final Deque<BlockRange> open = new ArrayDeque<>();
  private final List<Object> logs = new ArrayList<>();
  private int parts;
  private String endpoint = "";

  LogRead(
      Roster roster, Wiring wiring, RpcRequest<T> request, BlockRange range, long deadlineNanos) {
    this.roster = roster;
    this.wiring = wiring;
    this.request = request;
    this.deadline = wiring.now() + deadlineNanos;
    long most = 1;
    for (Node node : roster.readers(RequestClass.HEAVY)) {
      most = Math.max(most, node.learned.logRange(wiring.now()));
    }
    boolean tooMany = range.blocks() / most >= MOST_PARTS;
    open.addAll(tooMany ? List.of(range) : range.parts(most));
    parts = open.size();
  }

  /** Completes on the executor, normally. */
  CompletableFuture<RpcOutcome<T>> start() {
    BlockRange next = open.pollFirst();
    if (next == null) {
      return CompletableFuture.completedFuture(whole());
    }
    long left = Math.max(0, deadline - wiring.now());
    return new ReadCall(roster, wiring, List.of(next.logs(request)), left, null)
        .start()
        .thenCompose(
            outcomes -> {
              if (outcomes.get(0) instanceof RpcOutcome.Ok<?> part) {
                endpoint = part.endpoint();
                logs.addAll((List<?>) part.value());
                return start();
              }
              RpcFailure failure = ((RpcOutcome.Failed<?>) outcomes.get(0)).failure();
              if (!isTooLarge(failure) || next.blocks() == 1 || parts >= MOST_PARTS) {
                return CompletableFuture.completedFuture(new RpcOutcome.Failed<>(failure));
              }
              List<BlockRange> halves = next.parts((next.blocks() + 1) / 2);
              open.addFirst(halves.get(1));
              open.addFirst(halves.get(0));
              parts++;
              return start();
            });
  }

  private static boolean isTooLarge(RpcFailure failure) {
    return failure instanceof RpcFailure.NodeError error
        && error.meaning().code() == FailureCode.REQUEST_TOO_LARGE;
  }

  private RpcOutcome<T> whole() {
    try {
      return new RpcOutcome.Ok<>(request.decoder().decode(logs), endpoint);
    } catch (RuntimeException wrongShape) {
      return new RpcOutcome.Failed<>(
          new RpcFailure.Malformed(endpoint + ": logs have a wrong shape"));
    }
  }
}
