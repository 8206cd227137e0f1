package io.payonce.routing;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Wei;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells an endpoint that answers no more from one that just was not able to answer what it was
 * asked: the same method about a block that it has by its own word. Pure.
 */
final class ControlQuestion {
  private static final String BLOCK = "eth_getBlockByNumber";

  /** What an endpoint did with a request. */
  enum Heard {
    ANSWERED,
    NOT_ANSWERED,
    /** Nothing was sent, for a reason of the pool's own. */
    NOT_ASKED
  }

  private ControlQuestion() {}

  /**
   * The question that an endpoint which has ever answered this method can answer.
   *
   * @param own a block that the endpoint has shown; while there is none, it is asked for one
   */
  static RpcRequest<?> of(RpcRequest<?> refused, OptionalLong own) {
    if (own.isEmpty()) {
      return Requests.blockRef("latest");
    }
    String block = Requests.quantity(own.getAsLong());
    return switch (refused.method()) {
      case BLOCK -> Requests.blockRef(block); // a whole block would be much to ask for
      // What computes may be too much for this node: whatever the call was, this one is nothing.
      case "eth_call" -> Requests.call(Address.ZERO, Bytes.EMPTY, block);
      case "eth_estimateGas" ->
          Requests.estimateGas(Address.ZERO, Address.ZERO, Wei.ZERO, Bytes.EMPTY);
      default -> BlockRange.moved(refused, own.getAsLong());
    };
  }

  /**
   * Whatever words an endpoint has for it, what does not answer the question is no answer: an error
   * is, where a call was computed and reverts, and nowhere else. A null is, but for a block.
   *
   * @param isVerified whether the endpoint has proven its chain id: one that never does so is never
   *     asked, which is its own doing
   */
  static Heard heard(RpcRequest<?> request, RpcOutcome<?> outcome, boolean isVerified) {
    if (outcome instanceof RpcOutcome.Ok<?> ok) {
      boolean lacks = request.method().equals(BLOCK) && Optional.empty().equals(ok.value());
      return lacks ? Heard.NOT_ANSWERED : Heard.ANSWERED;
    }
    RpcFailure failure = ((RpcOutcome.Failed<?>) outcome).failure();
    if (failure instanceof RpcFailure.PrivateTransaction
        || failure instanceof RpcFailure.Cancelled
        || (failure instanceof RpcFailure.NoEligibleEndpoint && isVerified)) {
      return Heard.NOT_ASKED;
    }
    boolean computes = RequestClass.of(List.of(request)) == RequestClass.SIMULATE;
    return failure instanceof RpcFailure.Behind || (computes && ReadCall.isMeant(outcome))
        ? Heard.ANSWERED
        : Heard.NOT_ANSWERED;
  }
}
