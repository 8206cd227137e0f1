package io.payonce.rpc;

/** A value or the reason why there is none. */
public sealed interface RpcOutcome<T> {
  /**
   * The decoded result.
   *
   * @param endpoint name of the endpoint that answered
   */
  record Ok<T>(T value, String endpoint) implements RpcOutcome<T> {}

  /** No result. */
  record Failed<T>(RpcFailure failure) implements RpcOutcome<T> {}
}
