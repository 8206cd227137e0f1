package io.payonce.routing.web3j;

import io.payonce.rpc.RpcFailure;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * No endpoint gave an answer in time. It was a read: nothing was changed, and it may be asked
 * again.
 */
public final class RpcFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable RpcFailure failure;

  RpcFailedException(String message, @Nullable RpcFailure failure) {
    super(message);
    this.failure = failure;
  }

  /** What the last endpoint did; empty when none was asked. */
  public Optional<RpcFailure> failure() {
    return Optional.ofNullable(failure);
  }
}
