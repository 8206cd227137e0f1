package io.payonce.routing;

/** The stored state of a pool cannot be read, or not be written. */
public final class RoutingStateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RoutingStateException(String message) {
    super(message);
  }
}
