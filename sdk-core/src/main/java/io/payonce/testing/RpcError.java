package io.payonce.testing;

import org.jspecify.annotations.Nullable;

/** A JSON-RPC error as a node answers it. Without a stack trace: it is an answer, not a defect. */
final class RpcError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final @Nullable String data;

  RpcError(int code, String message) {
    this(code, message, null);
  }

  RpcError(int code, String message, @Nullable String data) {
    super(message, null, false, false);
    this.code = code;
    this.data = data;
  }

  int code() {
    return code;
  }

  String words() {
    return String.valueOf(getMessage());
  }

  @Nullable String data() {
    return data;
  }
}
