package io.payonce.routing.web3j;

import io.payonce.rpc.BroadcastEvidence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Broadcast evidence for people, and for the {@code data} of a JSON-RPC error. */
final class Evidence {
  private Evidence() {}

  static String words(BroadcastEvidence evidence) {
    StringBuilder words = new StringBuilder();
    for (BroadcastEvidence.Answer answer : evidence.answers()) {
      words.append(words.length() == 0 ? "" : "; ");
      words.append(answer.endpoint()).append(' ').append(answer.verdict());
      if (!answer.message().isEmpty()) {
        words.append(" (").append(answer.message()).append(')');
      }
    }
    return words.length() == 0 ? "no endpoint could take it" : words.toString();
  }

  static Map<String, @Nullable Object> json(BroadcastEvidence evidence) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("hash", evidence.hash().value());
    json.put("outcome", evidence.outcome().name());
    List<@Nullable Object> answers = new ArrayList<>();
    for (BroadcastEvidence.Answer answer : evidence.answers()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("operator", answer.operator().id());
      one.put("endpoint", answer.endpoint());
      one.put("verdict", answer.verdict().name());
      one.put("code", answer.code());
      one.put("message", answer.message());
      answers.add(one);
    }
    json.put("answers", answers);
    return json;
  }
}
