package io.payonce.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.SignedTransaction;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Speaks JSON-RPC with a simulated chain as a host would, through its transports. */
final class ChainProbe {
  static final ChainId CHAIN = ChainId.of(1337);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  final VirtualTime time;
  final SimulatedChain chain;
  final VirtualTime.Process process;

  ChainProbe(VirtualTime time, SimulatedChain chain) {
    this.time = time;
    this.chain = chain;
    this.process = time.newProcess();
  }

  static UnsignedTransaction pay(long nonce, Address to, long wei, long capGwei, long tipGwei) {
    return new UnsignedTransaction.DynamicFee(
        CHAIN,
        nonce,
        Wei.gwei(tipGwei),
        Wei.gwei(capGwei),
        BigInteger.valueOf(21_000),
        to,
        Wei.of(wei),
        io.payonce.Bytes.EMPTY,
        List.of());
  }

  static UnsignedTransaction payToken(long nonce, Asset.Erc20 token, Address to, long units) {
    return new UnsignedTransaction.DynamicFee(
        CHAIN,
        nonce,
        Wei.gwei(2),
        Wei.gwei(100),
        BigInteger.valueOf(80_000),
        token.contract(),
        Wei.ZERO,
        Erc20Calls.transfer(to, BigInteger.valueOf(units)),
        List.of());
  }

  TransportReply exchange(String provider, String body) {
    try (RpcTransport transport = chain.transport(provider, process)) {
      CompletableFuture<TransportReply> reply =
          transport.send(body.getBytes(java.nio.charset.StandardCharsets.US_ASCII), TIMEOUT);
      return time.await(reply, TIMEOUT.plusSeconds(1));
    }
  }

  JsonNode body(TransportReply reply) {
    try {
      return MAPPER.readTree(((TransportReply.Answered) reply).body());
    } catch (IOException malformed) {
      throw new UncheckedIOException(malformed);
    }
  }

  JsonNode ask(String provider, String method, Object... params) {
    return body(exchange(provider, request(1, method, List.of(params))));
  }

  /** The result of a typed request, through its strict decoder. */
  <T> T ask(String provider, RpcRequest<T> request) {
    JsonNode answer = body(exchange(provider, request(1, request.method(), request.params())));
    if (answer.has("error")) {
      throw new IllegalStateException(answer.path("error").path("message").asText());
    }
    return request.decoder().decode(plain(answer.path("result")));
  }

  String send(String provider, SignedTransaction tx) {
    JsonNode answer = ask(provider, "eth_sendRawTransaction", tx.raw().toHex());
    return answer.has("error")
        ? answer.path("error").path("code").asInt()
            + " "
            + answer.path("error").path("message").asText()
        : answer.path("result").asText();
  }

  static String request(int id, String method, List<?> params) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("jsonrpc", "2.0");
    request.put("id", id);
    request.put("method", method);
    request.put("params", params);
    try {
      return MAPPER.writeValueAsString(request);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static @Nullable Object plain(JsonNode json) {
    if (json.isObject()) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      json.properties().forEach(e -> map.put(e.getKey(), plain(e.getValue())));
      return map;
    }
    if (json.isArray()) {
      List<@Nullable Object> list = new ArrayList<>();
      json.forEach(element -> list.add(plain(element)));
      return list;
    }
    if (json.isBoolean()) {
      return json.booleanValue();
    }
    if (json.isNumber()) {
      return json.isIntegralNumber() ? json.bigIntegerValue() : json.decimalValue();
    }
    return json.isNull() || json.isMissingNode() ? null : json.asText();
  }
}
