package io.payonce.store.jdbc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;

/** The host's metadata as one JSON object, its names in order. */
final class MetadataJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<TreeMap<String, String>> STRINGS = new TypeReference<>() {};

  /** Most payments have none, and every commit reads what it changes. */
  private static final String NONE = "{}";

  private MetadataJson() {}

  static String write(Map<String, String> metadata) {
    if (metadata.isEmpty()) {
      return NONE;
    }
    try {
      return JSON.writeValueAsString(new TreeMap<>(metadata));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("metadata is no text: " + e.getOriginalMessage(), e);
    }
  }

  static Map<String, String> read(String json) {
    if (json.equals(NONE)) {
      return Map.of();
    }
    try {
      return JSON.readValue(json, STRINGS);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "metadata of the journal is no JSON: " + e.getOriginalMessage(), e);
    }
  }
}
