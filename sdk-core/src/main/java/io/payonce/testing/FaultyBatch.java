package io.payonce.testing;

import io.payonce.Bytes;
import io.payonce.internal.Keccak256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/** The faults that change single calls or answers of a JSON-RPC body, other bytes untouched. */
final class FaultyBatch {
  private static final String SEND = "eth_sendRawTransaction";

  private FaultyBatch() {}

  /** The call that an element fault strikes: over many requests, each place is struck. */
  static int victim(ProxiedRequest request) {
    return (int) (request.ordinal() % Math.max(1, request.calls().size()));
  }

  /** The request's body without the victim. */
  static String withoutVictim(ProxiedRequest request) {
    List<String> rest = new ArrayList<>(request.calls().stream().map(c -> c.text()).toList());
    rest.remove(victim(request));
    return array(rest);
  }

  /** An error answer for the victim, as an overloaded provider gives it. */
  static String refusal(ProxiedRequest request) {
    return "{\"jsonrpc\":\"2.0\",\"id\":"
        + request.calls().get(victim(request)).id()
        + ",\"error\":{\"code\":-32005,\"message\":\"limit exceeded\"}}";
  }

  /** The answers and one more. */
  static String plus(String answers, String answer) {
    List<String> all = new ArrayList<>(JsonText.elements(answers));
    all.add(answer);
    return array(all);
  }

  /** The answers without the victim's. */
  static String withoutVictimsAnswer(ProxiedRequest request, String answers) {
    String id = request.calls().get(victim(request)).id();
    return array(JsonText.elements(answers).stream().filter(answer -> !hasId(answer, id)).toList());
  }

  /** The answers, each under an id that is a thousand higher. */
  static String withWrongIds(ProxiedRequest request, String answers) {
    List<String> changed = new ArrayList<>();
    for (String answer : JsonText.elements(answers)) {
      String id = JsonText.member(answer, "id").orElse("null");
      changed.add(
          answer.replaceFirst("\"id\"\\s*:\\s*" + Pattern.quote(id), "\"id\":" + other(id)));
    }
    return request.batch() ? array(changed) : changed.get(0);
  }

  private static String other(String id) {
    return id.matches("[0-9]{1,15}") ? Long.toString(Long.parseLong(id) + 1000) : "\"another\"";
  }

  /** The answers, the first of them twice. */
  static String withDuplicate(String answers) {
    return plus(answers, JsonText.elements(answers).get(0));
  }

  static String reversed(String answers) {
    List<String> all = new ArrayList<>(JsonText.elements(answers));
    Collections.reverse(all);
    return array(all);
  }

  /** The answers, each hash of a sent transaction replaced by the Keccak-256 of its text. */
  static String withWrongHashes(ProxiedRequest request, String answers) {
    List<String> changed = new ArrayList<>();
    for (String answer : JsonText.elements(answers)) {
      boolean toSend =
          request.calls().stream()
              .anyMatch(call -> call.method().equals(SEND) && hasId(answer, call.id()));
      changed.add(toSend ? withWrongHash(answer) : answer);
    }
    return JsonText.isArray(answers) ? array(changed) : changed.get(0);
  }

  private static String withWrongHash(String answer) {
    return JsonText.string(answer, "result")
        .map(hash -> answer.replace('"' + hash + '"', '"' + otherHash(hash) + '"'))
        .orElse(answer);
  }

  private static String otherHash(String hash) {
    return Bytes.of(Keccak256.of(hash.getBytes(StandardCharsets.US_ASCII))).toHex();
  }

  private static boolean hasId(String answer, String id) {
    return JsonText.member(answer, "id").filter(id::equals).isPresent();
  }

  private static String array(List<String> elements) {
    return "[" + String.join(",", elements) + "]";
  }
}
