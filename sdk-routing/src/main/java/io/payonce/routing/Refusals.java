package io.payonce.routing;

import io.payonce.failure.FailureCode;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import java.util.ArrayList;
import java.util.List;

/**
 * Which endpoints refused what another one answers, within one call. One that refuses everything at
 * once, as after its credential was revoked, would look like the quickest of all, and each call to
 * it spend from the budget of second attempts. What all refuse alike is left to the request.
 *
 * <p>Used by one thread at a time.
 */
final class Refusals {
  /** One request, refused without a word about the request. */
  private record Refusal(int request, Node by) {}

  private List<Refusal> all = List.of();

  /**
   * Takes note of what an endpoint answered.
   *
   * @param asked the positions of the requests in the call
   * @return those that had refused some of what it answers, each once
   */
  List<Node> refutedBy(Node node, List<Integer> asked, List<RpcOutcome<?>> answer) {
    List<Node> refuted = List.of();
    for (int i = 0; i < answer.size(); i++) {
      int request = asked.get(i);
      if (isOfEndpoint(answer.get(i))) {
        all = all.isEmpty() ? new ArrayList<>() : all;
        all.add(new Refusal(request, node));
      } else if (answer.get(i) instanceof RpcOutcome.Ok<?> && !all.isEmpty()) {
        refuted = refuted.isEmpty() ? new ArrayList<>() : refuted;
        for (Refusal refusal : all) {
          if (refusal.request == request && refusal.by != node && !refuted.contains(refusal.by)) {
            refuted.add(refusal.by);
          }
        }
      }
    }
    return refuted;
  }

  /** Whether it may be the endpoint that is at fault: neither the request nor what it can. */
  private static boolean isOfEndpoint(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.NodeError error
        && !ReadCall.isFinal(outcome)
        && (error.meaning().affectsHealth() || error.meaning().code() == FailureCode.UNKNOWN);
  }
}
