package io.payonce.rpc;

/**
 * A private route names an endpoint that the client does not have, or that does not take private
 * transactions. Nothing was sent to anybody. It may have been taken out of the configuration since.
 */
public final class UnknownEndpointException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String endpoint;

  public UnknownEndpointException(String endpoint) {
    super(
        "the private route names the endpoint '"
            + endpoint
            + "', and there is none of this name that takes private transactions");
    this.endpoint = endpoint;
  }

  /** The name that was given. */
  public String endpoint() {
    return endpoint;
  }
}
