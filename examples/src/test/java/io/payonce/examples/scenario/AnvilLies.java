package io.payonce.examples.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.payonce.Bytes;
import io.payonce.TransactionCodec;
import io.payonce.examples.node.NodeRpc;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.VirtualProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.EnumSet;
import java.util.Set;

/** What a lying provider makes of an honest node's answers. Liars tell the same lies. */
final class AnvilLies {
  private static final Set<ProviderFault> LIES =
      EnumSet.of(
          ProviderFault.WRONG_FINALIZED,
          ProviderFault.NONCE_TOO_HIGH,
          ProviderFault.WRONG_PENDING,
          ProviderFault.FAKE_RECEIPT,
          ProviderFault.FATAL_TEXT,
          ProviderFault.INFLATED_BALANCE);
  private static final BigInteger INFLATION = BigInteger.valueOf(1000);

  private final ObjectMapper json = new ObjectMapper();
  private final NodeRpc node;

  AnvilLies(NodeRpc node) {
    this.node = node;
  }

  /** Refuses faults that neither the way to the node nor these lies can show. */
  static void check(ProviderFaults faults) {
    for (ProviderFault fault : faults.rates().keySet()) {
      if (fault.compareTo(ProviderFault.DUPLICATE_DELIVERY) > 0 && !LIES.contains(fault)) {
        throw new IllegalArgumentException("fault " + fault + " cannot be shown on a real node");
      }
    }
  }

  /** Has the node carry out a body, and answers what this provider says. */
  byte[] serve(VirtualProvider provider, byte[] body) {
    if (provider.faults().rates().keySet().stream().noneMatch(LIES::contains)) {
      return node.post(body);
    }
    try {
      JsonNode asked = json.readTree(body);
      if (!asked.isArray()) {
        return json.writeValueAsBytes(answer(provider, asked));
      }
      ArrayNode answers = json.createArrayNode();
      for (JsonNode request : asked) {
        answers.add(answer(provider, request));
      }
      return json.writeValueAsBytes(answers);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode answer(VirtualProvider provider, JsonNode honestRequest) throws IOException {
    JsonNode request = withWrongFinality(provider, honestRequest);
    ObjectNode answer = (ObjectNode) json.readTree(node.post(json.writeValueAsBytes(request)));
    if (!answer.has("error")) {
      tell(provider, request.path("method").asText(), request.path("params"), answer);
    }
    return answer;
  }

  private static JsonNode withWrongFinality(VirtualProvider provider, JsonNode request) {
    JsonNode params = request.path("params");
    for (int i = 0; i < params.size(); i++) {
      String tag = params.path(i).asText();
      if ((tag.equals("finalized") || tag.equals("safe"))
          && provider.suffers(ProviderFault.WRONG_FINALIZED)) {
        ObjectNode changed = request.deepCopy();
        ((ArrayNode) changed.path("params")).set(i, TextNode.valueOf("latest"));
        return changed;
      }
    }
    return request;
  }

  private void tell(VirtualProvider provider, String method, JsonNode params, ObjectNode answer) {
    JsonNode result = answer.path("result");
    switch (method) {
      case "eth_getTransactionCount" -> {
        if (params.path(1).asText().equals("pending")
            && provider.suffers(ProviderFault.WRONG_PENDING)) {
          answer.put("result", NodeRpc.hex(NodeRpc.quantity(result).add(BigInteger.valueOf(7))));
        } else if (provider.suffers(ProviderFault.NONCE_TOO_HIGH)) {
          answer.put("result", NodeRpc.hex(NodeRpc.quantity(result).add(BigInteger.ONE)));
        }
      }
      case "eth_getTransactionReceipt" -> {
        if (provider.suffers(ProviderFault.FAKE_RECEIPT)) {
          answer.set("result", result.isNull() ? invented(params.path(0)) : contrary(result));
        }
      }
      case "eth_getBalance" -> {
        if (provider.suffers(ProviderFault.INFLATED_BALANCE)) {
          answer.put("result", NodeRpc.hex(NodeRpc.quantity(result).multiply(INFLATION)));
        }
      }
      case "eth_call" -> {
        boolean balance = params.path(0).path("data").asText().length() == 2 + 2 * (4 + 32);
        if (balance && provider.suffers(ProviderFault.INFLATED_BALANCE)) {
          BigInteger more = NodeRpc.quantity(result).multiply(INFLATION);
          answer.put(
              "result", "0x" + "0".repeat(64 - more.toString(16).length()) + more.toString(16));
        }
      }
      case "eth_sendRawTransaction" -> {
        if (provider.suffers(ProviderFault.FATAL_TEXT)) {
          answer.remove("result");
          answer.putObject("error").put("code", -32000).put("message", fatal(params.path(0)));
        }
      }
      default -> {
        // told as it is
      }
    }
  }

  private static String fatal(JsonNode raw) {
    long nonce = TransactionCodec.decodeSigned(Bytes.fromHex(raw.asText())).transaction().nonce();
    return nonce % 2 == 0
        ? "nonce too low: next nonce " + (nonce + 1) + ", tx nonce " + nonce
        : "insufficient funds for gas * price + value: balance 1, tx cost 1000000000000000000";
  }

  private static JsonNode contrary(JsonNode receipt) {
    ObjectNode lie = receipt.deepCopy();
    lie.put("status", receipt.path("status").asText().equals("0x1") ? "0x0" : "0x1");
    lie.putArray("logs");
    return lie;
  }

  /** The receipt of an inclusion that never was, in the newest block. */
  private JsonNode invented(JsonNode hash) {
    JsonNode block = node.call("eth_getBlockByNumber", "latest", false);
    JsonNode waiting = node.call("eth_getTransactionByHash", hash.asText());
    String nobody = "0x00000000000000000000000000000000000000fe";
    String gas = waiting.path("gas").asText("0x5208");
    ObjectNode lie = json.createObjectNode();
    lie.put("transactionHash", hash.asText())
        .put("transactionIndex", "0x0")
        .put("blockHash", block.path("hash").asText())
        .put("blockNumber", block.path("number").asText())
        .put("from", waiting.path("from").asText(nobody))
        .put("to", waiting.path("to").asText(nobody))
        .putNull("contractAddress")
        .put("type", "0x2")
        .put("status", "0x1")
        .put("gasUsed", gas)
        .put("cumulativeGasUsed", gas)
        .put("effectiveGasPrice", waiting.path("maxFeePerGas").asText("0x1"))
        .putArray("logs");
    return lie;
  }
}
