package io.payonce.testing;

import io.payonce.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP request as a {@link FaultProxy} received it.
 *
 * @param ordinal 0 for the first request of this proxy, in order of arrival
 * @param verb the HTTP method
 * @param path path and query
 * @param headers by lower-case name; of several with one name, the last
 * @param body the body, empty when there was none
 * @param batch whether the body is a JSON array
 * @param calls the JSON-RPC calls of the body; empty when it is not JSON-RPC
 */
public record ProxiedRequest(
    long ordinal,
    String verb,
    String path,
    Map<String, String> headers,
    String body,
    boolean batch,
    List<Call> calls) {

  public ProxiedRequest {
    headers = java.util.Collections.unmodifiableMap(new TreeMap<>(headers));
    calls = List.copyOf(calls);
  }

  /**
   * One JSON-RPC call.
   *
   * @param id as written: a string keeps its quotes
   * @param method the called method
   * @param paramsDigest SHA-256 of the parameters as written: equal bytes sent, equal digest
   * @param text the whole call as written
   */
  public record Call(String id, String method, String paramsDigest, String text) {}

  static ProxiedRequest of(
      long ordinal, String verb, String path, Map<String, String> headers, String body) {
    return new ProxiedRequest(
        ordinal, verb, path, headers, body, JsonText.isArray(body), callsOf(body));
  }

  /** Whether one of the calls is of this method. */
  public boolean calls(String method) {
    return calls.stream().anyMatch(call -> call.method().equals(method));
  }

  /** SHA-256 of the body. */
  public String bodyDigest() {
    return digest(body);
  }

  private static List<Call> callsOf(String body) {
    try {
      return JsonText.elements(body).stream()
          .filter(element -> JsonText.string(element, "method").isPresent())
          .map(ProxiedRequest::callOf)
          .toList();
    } catch (IllegalArgumentException notJson) {
      return List.of();
    }
  }

  private static Call callOf(String element) {
    return new Call(
        JsonText.member(element, "id").orElse("null"),
        JsonText.string(element, "method").orElseThrow(),
        digest(JsonText.member(element, "params").orElse("")),
        element);
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Bytes.of(hash).toHex();
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
