package io.payonce.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** JSON-RPC 2.0 in bytes: parses, asks the methods or the liar, and writes. */
final class RpcServer {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final RpcMethods methods;
  private final Lies lies;
  private final Ledger ledger;

  RpcServer(RpcMethods methods, Lies lies, Ledger ledger) {
    this.methods = methods;
    this.lies = lies;
    this.ledger = ledger;
  }

  /** Carries out a body and answers it. */
  byte[] serve(SimNode node, byte[] body, long nowNanos) {
    StringBuilder out = new StringBuilder(512);
    JsonNode parsed;
    try {
      parsed = MAPPER.readTree(body);
    } catch (IOException notJson) {
      parsed = MAPPER.nullNode();
    }
    SimBlock view = node.view(ledger, nowNanos);
    if (parsed.isObject()) {
      element(node, view, parsed, out);
    } else if (parsed.isArray() && !parsed.isEmpty()) {
      batch(node, view, parsed, out);
    } else {
      boolean emptyBatch = parsed.isArray();
      error(
          "null",
          emptyBatch ? new RpcError(-32600, "empty batch") : new RpcError(-32700, "parse error"),
          out);
    }
    return out.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private void batch(SimNode node, SimBlock view, JsonNode batch, StringBuilder out) {
    List<StringBuilder> answers = new ArrayList<>(batch.size());
    for (JsonNode request : batch) {
      StringBuilder answer = new StringBuilder(256);
      element(node, view, request, answer);
      answers.add(answer);
    }
    if (answers.size() > 1 && node.suffers(ProviderFault.REORDERED_BATCH)) {
      Collections.rotate(answers, 1 + (int) node.conduct.dice.below(answers.size() - 1));
    }
    char separator = '[';
    for (StringBuilder answer : answers) {
      out.append(separator).append(answer);
      separator = ',';
    }
    out.append(']');
  }

  private void element(SimNode node, SimBlock view, JsonNode request, StringBuilder out) {
    JsonNode id = request.path("id");
    String idText = id.isMissingNode() ? "null" : id.toString();
    String method = request.path("method").asText();
    try {
      String result = result(node, view, method, request.path("params"));
      out.append("{\"jsonrpc\":\"2.0\",\"id\":").append(idText);
      out.append(",\"result\":").append(result).append('}');
    } catch (RpcError refused) {
      error(idText, refused, out);
    } catch (IllegalArgumentException wrong) {
      error(idText, new RpcError(-32602, "invalid argument: " + wrong.getMessage()), out);
    }
  }

  private String result(SimNode node, SimBlock view, String method, JsonNode params) {
    if (node.conduct.isFaultless()) {
      return methods.answer(node, view, method, params);
    }
    SimBlock seen =
        node.suffers(ProviderFault.LAGGING)
            ? view.ancestor(node.conduct.faults().lagBlocks())
            : view;
    JsonNode asked = withWrongFinality(node, params);
    String honest;
    try {
      honest = methods.answer(node, seen, method, asked);
    } catch (RpcError refused) {
      throw lies.tell(node, method, refused);
    }
    return lies.tell(node, seen, method, asked, honest);
  }

  private static JsonNode withWrongFinality(SimNode node, JsonNode params) {
    for (int i = 0; i < params.size(); i++) {
      if (Lies.isFinality(params.path(i)) && node.suffers(ProviderFault.WRONG_FINALIZED)) {
        ArrayNode changed = params.deepCopy();
        changed.set(i, TextNode.valueOf("latest"));
        return changed;
      }
    }
    return params;
  }

  private static void error(String id, RpcError error, StringBuilder out) {
    out.append("{\"jsonrpc\":\"2.0\",\"id\":").append(id);
    out.append(",\"error\":{\"code\":").append(error.code());
    out.append(",\"message\":").append(Json.escaped(error.words()));
    String data = error.data();
    if (data != null) {
      out.append(",\"data\":\"").append(data).append('"');
    }
    out.append("}}");
  }
}
