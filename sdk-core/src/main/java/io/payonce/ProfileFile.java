package io.payonce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.ChainProfileException.Code;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads profile files, strictly: what is unknown, missing, doubled or out of range has a name. */
final class ProfileFile {
  private static final List<String> REQUIRED =
      List.of(
          "id",
          "name",
          "coin",
          "blockTimeMillis",
          "feeModel",
          "baseFeeDenominator",
          "baseFeeElasticity",
          "minBaseFee",
          "minTip",
          "maxTip",
          "replacementPercent",
          "finality",
          "minimumDepth",
          "safeTag",
          "finalizedTag",
          "txGasCap",
          "maxLag");
  private static final List<String> OPTIONAL = List.of("unsupported", "ethereumHeaders", "source");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ProfileFile() {}

  /** The entries of a file by chain, as written. */
  static Map<ChainId, ObjectNode> entries(String origin, String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException malformed) {
      throw new ChainProfileException(
          Code.PROFILE_INVALID,
          origin + " is not JSON: " + malformed.getOriginalMessage(),
          malformed);
    }
    if (root == null || root.size() != 1 || !root.path("chains").isArray()) {
      throw invalid(origin + " must be an object with one field, the list 'chains'");
    }
    Map<ChainId, ObjectNode> entries = new TreeMap<>();
    for (JsonNode element : root.get("chains")) {
      if (!(element instanceof ObjectNode entry)) {
        throw invalid(origin + " has an entry of 'chains' that is not an object: " + element);
      }
      ChainId id = id(origin, entry);
      checkNames(origin + " chain " + id, entry);
      if (entries.put(id, entry) != null) {
        throw invalid(origin + " has two entries with id " + id);
      }
    }
    return entries;
  }

  /**
   * The fields of {@code entry} over those of {@code base}. No file can take {@code unsupported}
   * away, because its value is never blank or null: it would add knowledge, not the code that
   * prices the part.
   */
  static ObjectNode overlay(ObjectNode base, ObjectNode entry) {
    ObjectNode merged = base.deepCopy();
    merged.setAll(entry);
    return merged;
  }

  /** A whole profile. */
  static ChainProfile profile(String origin, ObjectNode entry) {
    String where = origin + " chain " + entry.get("id");
    for (String name : REQUIRED) {
      if (!entry.has(name)) {
        throw invalid(where + " lacks field '" + name + "'");
      }
    }
    Fields fields = new Fields(where, entry);
    try {
      return new ChainProfile(
          ChainId.of(fields.number("id")),
          fields.text("name"),
          fields.text("coin"),
          Duration.ofMillis(fields.number("blockTimeMillis")),
          Finality.parse(fields.text("finality")),
          new ChainProfile.FeeRules(
              fields.feeModel(),
              fields.number("baseFeeDenominator"),
              fields.number("baseFeeElasticity"),
              fields.wei("minBaseFee"),
              fields.wei("minTip"),
              fields.wei("maxTip"),
              fields.small("replacementPercent")),
          new ChainProfile.Limits(
              fields.small("minimumDepth"),
              fields.flag("safeTag"),
              fields.flag("finalizedTag"),
              fields.integer("txGasCap"),
              fields.small("maxLag")),
          entry.has("unsupported") ? Optional.of(fields.text("unsupported")) : Optional.empty(),
          entry.has("ethereumHeaders") && fields.flag("ethereumHeaders"));
    } catch (IllegalArgumentException outOfRange) {
      throw new ChainProfileException(
          Code.PROFILE_INVALID, where + ": " + outOfRange.getMessage(), outOfRange);
    }
  }

  private static ChainId id(String origin, ObjectNode entry) {
    if (!entry.has("id")) {
      throw invalid(origin + " has a chain without field 'id'");
    }
    try {
      return ChainId.of(new Fields(origin, entry).number("id"));
    } catch (IllegalArgumentException outOfRange) {
      throw new ChainProfileException(
          Code.PROFILE_INVALID, origin + ": " + outOfRange.getMessage(), outOfRange);
    }
  }

  private static void checkNames(String where, ObjectNode entry) {
    List<String> unknown = new ArrayList<>();
    for (Iterator<String> names = entry.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!REQUIRED.contains(name) && !OPTIONAL.contains(name)) {
        unknown.add("'" + name + "' (" + entry.get(name) + ")");
      }
    }
    if (!unknown.isEmpty()) {
      throw invalid(
          where
              + " has unknown field "
              + String.join(", ", unknown)
              + "; known are "
              + new TreeSet<>(REQUIRED)
              + " and "
              + OPTIONAL);
    }
  }

  private static ChainProfileException invalid(String message) {
    return new ChainProfileException(Code.PROFILE_INVALID, message);
  }

  /** Typed access to one entry; a wrong type names field and value. */
  private record Fields(String where, ObjectNode entry) {
    String text(String name) {
      JsonNode node = entry.get(name);
      if (node == null || !node.isTextual() || node.textValue().isBlank()) {
        throw wrong(name, node, "text");
      }
      return node.textValue();
    }

    boolean flag(String name) {
      JsonNode node = entry.get(name);
      if (node == null || !node.isBoolean()) {
        throw wrong(name, node, "true or false");
      }
      return node.booleanValue();
    }

    BigInteger integer(String name) {
      JsonNode node = entry.get(name);
      if (node == null || !node.isIntegralNumber() || node.bigIntegerValue().signum() < 0) {
        throw wrong(name, node, "an integer, 0 or more");
      }
      return node.bigIntegerValue();
    }

    long number(String name) {
      BigInteger value = integer(name);
      if (value.bitLength() > 63) {
        throw wrong(name, entry.get(name), "below 2^63");
      }
      return value.longValueExact();
    }

    int small(String name) {
      long value = number(name);
      if (value > Integer.MAX_VALUE) {
        throw wrong(name, entry.get(name), "below 2^31");
      }
      return (int) value;
    }

    Wei wei(String name) {
      return Wei.of(integer(name));
    }

    ChainProfile.FeeModel feeModel() {
      String text = text("feeModel");
      for (ChainProfile.FeeModel model : ChainProfile.FeeModel.values()) {
        if (model.name().equals(text)) {
          return model;
        }
      }
      throw wrong("feeModel", entry.get("feeModel"), "one of EIP1559, OBSERVED, LEGACY");
    }

    private ChainProfileException wrong(String name, @Nullable JsonNode node, String wanted) {
      return invalid(where + " field '" + name + "' is " + node + ", must be " + wanted);
    }
  }
}
