package io.payonce.rpc;

/** The chain cannot be asked, or not by enough operators. Nothing was changed. */
public final class RpcUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RpcUnavailableException(String message) {
    super(message);
  }
}
