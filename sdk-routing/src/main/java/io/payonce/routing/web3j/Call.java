package io.payonce.routing.web3j;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.TransactionHash;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request as web3j wrote it.
 *
 * @param id given back as it came: a number, a string or null
 */
record Call(@Nullable Object id, String method, List<@Nullable Object> params) {
  /** The node's code for parameters that it cannot read. */
  static final int INVALID_PARAMS = -32602;

  /** A parameter that no node could read; becomes a JSON-RPC error. */
  static final class InvalidParamsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidParamsException(String message) {
      super(message);
    }
  }

  /** A whole body: whether it is a batch, and its requests in order. */
  record Body(boolean isBatch, List<Call> calls) {}

  static Body parse(String payload) throws IOException {
    Object json = JsonText.parse(payload);
    if (json instanceof List<?> elements) {
      List<Call> calls = new ArrayList<>();
      for (Object element : elements) {
        calls.add(of(element));
      }
      return new Body(true, List.copyOf(calls));
    }
    return new Body(false, List.of(of(json)));
  }

  private static Call of(@Nullable Object json) throws IOException {
    if (json instanceof Map<?, ?> request && request.get("method") instanceof String method) {
      Object params = request.get("params");
      List<@Nullable Object> list = new ArrayList<>();
      if (params instanceof List<?> given) {
        list.addAll(given);
      } else if (params != null) {
        throw new IOException("parameters of " + method + " are no list");
      }
      return new Call(request.get("id"), method, list);
    }
    throw new IOException("no JSON-RPC request");
  }

  @Nullable Object param(int index) {
    return index < params.size() ? params.get(index) : null;
  }

  Address address(int index) {
    return read(index, "an address", Address::of);
  }

  TransactionHash hash(int index) {
    return read(index, "a transaction hash", TransactionHash::of);
  }

  String text(int index) {
    return read(index, "a string", text -> text);
  }

  private <T> T read(int index, String what, Function<String, T> reader) {
    if (param(index) instanceof String text) {
      try {
        return reader.apply(text);
      } catch (IllegalArgumentException wrong) {
        throw new InvalidParamsException(
            method + ": parameter " + index + " is not " + what + ": " + wrong.getMessage());
      }
    }
    throw new InvalidParamsException(method + ": parameter " + index + " must be " + what);
  }

  /** A block number of up to 63 bits. */
  static long number(String text) {
    if (text.matches("0x[0-9a-fA-F]{1,16}")) {
      BigInteger number = new BigInteger(text.substring(2), 16);
      if (number.bitLength() <= 63) {
        return number.longValueExact();
      }
    }
    throw new InvalidParamsException("'" + brief(text) + "' is no block number or tag");
  }

  static BlockHash blockHash(String text) {
    try {
      return BlockHash.of(text);
    } catch (IllegalArgumentException wrong) {
      throw new InvalidParamsException("'" + brief(text) + "' is no block hash");
    }
  }

  private static String brief(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}
