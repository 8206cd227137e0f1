package io.payonce.examples.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.routing.Endpoint;
import io.payonce.routing.Secret;
import io.payonce.routing.SecretUri;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Endpoints of a JSON file, with what does not fit on a command line: pinned keys, a proxy, headers
 * with credentials, roles. Its owner alone may read it. What it holds is never part of a message:
 * refusals name the place, as a secret may stand anywhere.
 */
final class EndpointFile {
  private static final int MOST_ENDPOINTS = 64;
  private static final Pattern PROXY = Pattern.compile("(.+):(\\d{1,5})");
  private static final List<String> FIELDS =
      List.of("name", "operator", "url", "webSocket", "tier", "roles", "headers", "pins", "proxy");

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path file;

  private EndpointFile(Path file) {
    this.file = file;
  }

  /** All of them, in their order; a pool checks their values. */
  static List<Endpoint> read(Path file) {
    return new EndpointFile(file).endpoints();
  }

  private List<Endpoint> endpoints() {
    String text = PrivateFile.of("endpoints", file, "change the keys in it", "give --rpc instead");
    JsonNode list;
    try {
      list = JSON.readTree(text);
    } catch (JsonProcessingException malformed) { // its words quote the text
      int line = malformed.getLocation() == null ? 1 : malformed.getLocation().getLineNr();
      throw Refusal.badInput("endpoints file " + file + " is no JSON at line " + line);
    }
    if (!list.isArray() || list.isEmpty() || list.size() > MOST_ENDPOINTS) {
      throw Refusal.badInput(
          "endpoints file " + file + " must be a list of 1 to " + MOST_ENDPOINTS + " endpoints");
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      endpoints.add(endpoint(i, list.get(i)));
    }
    return endpoints;
  }

  private Endpoint endpoint(int index, JsonNode json) {
    if (!json.isObject()) {
      throw wrong(index, "", "must be an object");
    }
    json.fieldNames()
        .forEachRemaining(
            field -> {
              if (!FIELDS.contains(field)) {
                throw wrong(index, "", "may have the fields " + FIELDS + " and no others");
              }
            });
    String name = json.has("name") ? text(index, json, "name") : "rpc-" + (index + 1);
    SecretUri url = SecretUri.of(text(index, json, "url"));
    Endpoint.Builder endpoint =
        legal(index, "operator", () -> Endpoint.builder(name, text(index, json, "operator"), url));
    given(json, "webSocket", f -> endpoint.webSocket(SecretUri.of(text(index, json, f))));
    given(json, "tier", f -> endpoint.tier(word(index, f, json.get(f), Endpoint.Tier.values())));
    given(json, "roles", f -> roles(index, json.get(f), endpoint));
    given(json, "headers", f -> headers(index, json.get(f), endpoint));
    given(json, "pins", f -> strings(index, f, json.get(f)).forEach(endpoint::pin));
    given(json, "proxy", f -> proxy(index, text(index, json, f), endpoint));
    return endpoint.build();
  }

  private static void given(JsonNode json, String field, Consumer<String> then) {
    if (json.has(field)) {
      then.accept(field);
    }
  }

  private String text(int index, JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual() || value.asText().isEmpty()) {
      throw wrong(index, field, "must be a text");
    }
    return value.asText();
  }

  /** What refuses a value of its own names no place. */
  private <T> T legal(int index, String field, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException illegal) { // its words quote no value
      throw wrong(index, field, "is refused: " + illegal.getMessage());
    }
  }

  private List<String> strings(int index, String field, JsonNode json) {
    List<String> all = new ArrayList<>();
    for (JsonNode value : json) {
      if (!value.isTextual()) {
        throw wrong(index, field, "must be a list of texts");
      }
      all.add(value.asText());
    }
    if (!json.isArray() || all.isEmpty()) {
      throw wrong(index, field, "must be a list of texts, and not an empty one");
    }
    return all;
  }

  private <E extends Enum<E>> E word(int index, String field, JsonNode value, E[] allowed) {
    for (E one : allowed) {
      if (one.name().toLowerCase(Locale.ROOT).equals(value.asText().toLowerCase(Locale.ROOT))) {
        return one;
      }
    }
    String words = Arrays.toString(allowed).toLowerCase(Locale.ROOT);
    throw wrong(index, field, "must be of " + words);
  }

  private void roles(int index, JsonNode json, Endpoint.Builder endpoint) {
    TreeSet<Endpoint.Role> roles = new TreeSet<>();
    strings(index, "roles", json);
    json.forEach(one -> roles.add(word(index, "roles", one, Endpoint.Role.values())));
    endpoint.roles(roles.first(), roles.toArray(Endpoint.Role[]::new));
  }

  private void headers(int index, JsonNode json, Endpoint.Builder endpoint) {
    if (!json.isObject()) {
      throw wrong(index, "headers", "must be an object of texts");
    }
    json.properties()
        .forEach(
            header -> {
              if (!header.getValue().isTextual()) {
                throw wrong(index, "headers", "must be an object of texts");
              }
              Secret value = legal(index, "headers", () -> Secret.of(header.getValue().asText()));
              endpoint.header(header.getKey(), value);
            });
  }

  private void proxy(int index, String text, Endpoint.Builder endpoint) {
    Matcher form = PROXY.matcher(text);
    if (!form.matches()) {
      throw wrong(index, "proxy", "must be like proxy.example:3128");
    }
    endpoint.proxy(form.group(1), Integer.parseInt(form.group(2)));
  }

  private Refusal wrong(int index, String field, String rule) {
    String place = "[" + index + "]" + (field.isEmpty() ? "" : "." + field);
    return Refusal.badInput("endpoints file " + file + ": " + place + " " + rule);
  }
}
