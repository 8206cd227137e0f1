package io.payonce.routing;

import io.payonce.internal.HeaderCheck;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Requests of which each that asks for a block has its header checked on the way. Pure. */
final class HeadedQuestion {
  private static final String BLOCK = "eth_getBlockByNumber";

  /** A decoded block, and what its header proves. */
  private record Headed(Object value, Optional<HeaderCheck> check) {}

  /**
   * Answers, as without this.
   *
   * @param checks one for each block among them, in their order
   */
  record Heard(List<RpcOutcome<?>> outcomes, List<HeaderCheck> checks) {}

  private HeadedQuestion() {}

  /** The same requests on the wire; their answers are for {@link #heard} alone. */
  static List<RpcRequest<?>> of(List<RpcRequest<?>> requests) {
    List<RpcRequest<?>> headed = new ArrayList<>(requests.size());
    for (RpcRequest<?> request : requests) {
      headed.add(request.method().equals(BLOCK) ? headed(request) : request);
    }
    return headed;
  }

  private static RpcRequest<Object> headed(RpcRequest<?> request) {
    return new RpcRequest<>(
        request.method(),
        request.params(),
        json -> {
          Object value = request.decoder().decode(json);
          return new Headed(
              value,
              json instanceof Map<?, ?> block
                  ? Optional.of(HeaderCheck.of(block))
                  : Optional.empty());
        });
  }

  static Heard heard(List<RpcOutcome<?>> outcomes) {
    List<RpcOutcome<?>> plain = new ArrayList<>(outcomes.size());
    List<HeaderCheck> checks = new ArrayList<>(1);
    for (RpcOutcome<?> outcome : outcomes) {
      if (outcome instanceof RpcOutcome.Ok<?> ok && ok.value() instanceof Headed headed) {
        plain.add(new RpcOutcome.Ok<>(headed.value(), ok.endpoint()));
        headed.check().ifPresent(checks::add);
      } else {
        plain.add(outcome);
      }
    }
    return new Heard(plain, checks);
  }
}
