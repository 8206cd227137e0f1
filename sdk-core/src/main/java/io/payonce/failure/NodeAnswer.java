package io.payonce.failure;

import io.payonce.ChainId;
import java.util.Optional;

/**
 * Everything that an endpoint said instead of a result, and who said it. What is not known stays
 * empty or 0.
 *
 * @param chain the chain that was asked
 * @param method the JSON-RPC method that was called
 * @param httpStatus 0 where there was none
 * @param code JSON-RPC error code, 0 where there was none
 * @param message the node's words
 * @param data the {@code data} of the JSON-RPC error as text; some chains put their words there
 * @param body the beginning of an answer that was no JSON-RPC reply
 */
public record NodeAnswer(
    NodeClient client,
    Optional<ChainId> chain,
    String method,
    int httpStatus,
    int code,
    String message,
    String data,
    String body) {

  /** A JSON-RPC error of an unknown client. */
  public static NodeAnswer error(int code, String message) {
    return new NodeAnswer(NodeClient.UNKNOWN, Optional.empty(), "", 0, code, message, "", "");
  }

  /** An answer that was no JSON-RPC reply. */
  public static NodeAnswer http(int status, String body) {
    return new NodeAnswer(NodeClient.UNKNOWN, Optional.empty(), "", status, 0, "", "", body);
  }

  public NodeAnswer by(NodeClient who) {
    return new NodeAnswer(who, chain, method, httpStatus, code, message, data, body);
  }

  public NodeAnswer on(ChainId where) {
    return new NodeAnswer(
        client, Optional.of(where), method, httpStatus, code, message, data, body);
  }

  public NodeAnswer to(String called) {
    return new NodeAnswer(client, chain, called, httpStatus, code, message, data, body);
  }

  public NodeAnswer withData(String said) {
    return new NodeAnswer(client, chain, method, httpStatus, code, message, said, body);
  }

  public NodeAnswer withHttp(int status, String said) {
    return new NodeAnswer(client, chain, method, status, code, message, data, said);
  }
}
