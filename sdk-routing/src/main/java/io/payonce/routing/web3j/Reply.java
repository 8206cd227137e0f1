package io.payonce.routing.web3j;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a request is answered with. */
sealed interface Reply {
  /** The {@code result}, null included. */
  record Result(@Nullable Object json) implements Reply {}

  /**
   * The {@code error}.
   *
   * @param data null when there is none
   */
  record Refused(int code, String message, @Nullable Object data) implements Reply {}

  /** The element of a body, under the caller's own id. */
  default Map<String, @Nullable Object> to(Call call) {
    Map<String, @Nullable Object> element = new LinkedHashMap<>();
    element.put("jsonrpc", "2.0");
    element.put("id", call.id());
    if (this instanceof Refused refused) {
      Map<String, @Nullable Object> error = new LinkedHashMap<>();
      error.put("code", refused.code());
      error.put("message", refused.message());
      if (refused.data() != null) {
        error.put("data", refused.data());
      }
      element.put("error", error);
    } else {
      element.put("result", ((Result) this).json());
    }
    return element;
  }
}
