package io.payonce.testing;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * An HTTP answer with a text body, in UTF-8.
 *
 * @param status 200 to 599
 * @param headers by lower-case name; length and connection headers are the server's own
 * @param body the body, may be empty
 */
public record HttpReply(int status, Map<String, String> headers, String body) {
  public HttpReply {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("status " + status + " must be 200 to 599");
    }
    headers = Collections.unmodifiableMap(new TreeMap<>(headers));
  }

  /** Status 200 with a JSON body. */
  public static HttpReply json(String body) {
    return new HttpReply(200, Map.of("content-type", "application/json"), body);
  }

  /** A status with a plain text body. */
  public static HttpReply of(int status, String body) {
    return new HttpReply(status, Map.of("content-type", "text/plain"), body);
  }

  HttpReply withBody(String other) {
    return new HttpReply(status, headers, other);
  }

  HttpReply withHeader(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new HttpReply(status, more, body);
  }
}
