package io.payonce.routing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * Whom a JSON-RPC message is for: read from its ids, up to where they are known, and without
 * looking at what it says. Pure.
 */
final class Envelope {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String CHAIN_ID = "eth_chainId";

  private Envelope() {}

  /**
   * A body of requests that the codec wrote.
   *
   * @param firstId of {@code count} ids in a row
   * @param asksChainId whether one of them asks for the chain id
   */
  record Asked(long firstId, int count, boolean asksChainId) {
    boolean has(long id) {
      return firstId <= id && id < firstId + count;
    }
  }

  /**
   * A message of an endpoint.
   *
   * @param id of a request that it answers; of a batch the first one that has any
   * @param isNotice whether nobody asked for it
   */
  record Heard(OptionalLong id, boolean isNotice) {}

  /** What one message of a body says of itself. */
  private static final class Fields {
    OptionalLong id = OptionalLong.empty();
    String method = "";
  }

  static Asked asked(byte[] body) throws IOException {
    try (JsonParser in = JSON.createParser(body)) {
      boolean isBatch = in.nextToken() == JsonToken.START_ARRAY;
      JsonToken token = isBatch ? in.nextToken() : in.currentToken();
      OptionalLong first = OptionalLong.empty();
      int count = 0;
      boolean asksChainId = false;
      while (token == JsonToken.START_OBJECT) {
        Fields one = fields(in, false);
        first = count++ == 0 ? one.id : first;
        asksChainId |= one.method.equals(CHAIN_ID);
        token = isBatch ? in.nextToken() : null;
      }
      if (first.isEmpty()) {
        throw new IOException("no request with an id");
      }
      return new Asked(first.getAsLong(), count, asksChainId);
    }
  }

  /** Throws when it is neither an object nor a list of them. */
  static Heard heard(byte[] message) throws IOException {
    try (JsonParser in = JSON.createParser(message)) {
      boolean isBatch = in.nextToken() == JsonToken.START_ARRAY;
      JsonToken token = isBatch ? in.nextToken() : in.currentToken();
      if (token != JsonToken.START_OBJECT) {
        throw new IOException("no JSON-RPC");
      }
      boolean isNotice = !isBatch;
      while (token == JsonToken.START_OBJECT) {
        Fields one = fields(in, true);
        if (one.id.isPresent()) {
          return new Heard(one.id, false);
        }
        isNotice &= !one.method.isEmpty();
        token = isBatch ? in.nextToken() : null;
      }
      return new Heard(OptionalLong.empty(), isNotice);
    }
  }

  /**
   * Of the object that begins here.
   *
   * @param stopsAtId whether the rest is left unread, which may be long
   */
  private static Fields fields(JsonParser in, boolean stopsAtId) throws IOException {
    Fields fields = new Fields();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      JsonToken value = in.nextToken();
      if (name.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
        if (in.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
          fields.id = OptionalLong.of(in.getLongValue());
          if (stopsAtId) {
            return fields;
          }
        }
      } else if (name.equals("method") && value == JsonToken.VALUE_STRING) {
        fields.method = in.getText();
      } else {
        in.skipChildren();
      }
    }
    return fields;
  }
}
