package io.payonce.rpc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC request with the decoder of its result.
 *
 * @param params values as listed in the package description
 */
public record RpcRequest<T>(String method, List<@Nullable Object> params, Decoder<T> decoder) {

  /** Turns a JSON value into a typed one, strictly. */
  @FunctionalInterface
  public interface Decoder<T> {
    /**
     * Throws {@link MalformedValueException} on a wrong shape, and {@link AbsentValueException} for
     * what the node does not have though others do; never answers a default.
     */
    T decode(@Nullable Object json);
  }

  /**
   * The node does not have, yet or any more, what others have shown. It is asked elsewhere, and no
   * fault of the node.
   */
  public static final class AbsentValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public AbsentValueException(String message) {
      super(message);
    }
  }

  /** A node's answer that does not have the shape that the method promises. */
  public static final class MalformedValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedValueException(String message) {
      super(message);
    }
  }
}
