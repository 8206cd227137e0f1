package io.payonce.failure;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.payonce.failure.FailureRule.Field;
import io.payonce.failure.FailureRule.Match;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of rules: {@code version}, {@code projects} by name, and {@code rules}, each of
 * which names its sources as {@code project file} or {@code project@version file}.
 */
final class RuleFile {
  private static final int VERSION = 2;
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private RuleFile() {}

  static List<FailureRule> standard() {
    try (@Nullable InputStream file = RuleFile.class.getResourceAsStream("rules.json")) {
      if (file == null) {
        throw new IllegalStateException("rules.json is missing from the jar");
      }
      return parse(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("rules.json cannot be read", unreadable);
    }
  }

  static List<FailureRule> parse(String json) {
    Content content;
    try {
      content = MAPPER.readValue(json, Content.class);
    } catch (JsonProcessingException wrong) {
      throw new IllegalArgumentException("rules: " + wrong.getOriginalMessage(), wrong);
    }
    if (content == null || content.version() != VERSION) {
      throw new IllegalArgumentException("rules: version must be " + VERSION);
    }
    Map<String, Project> projects = orEmpty(content.projects());
    projects.forEach(RuleFile::requireComplete);
    return orEmpty(content.rules()).stream().map(entry -> entry.rule(projects)).toList();
  }

  private static void requireComplete(String name, Project project) {
    if (blank(project.repository()) || blank(project.version()) || blank(project.licence())) {
      throw new IllegalArgumentException(
          "project " + name + " needs repository, version and licence");
    }
  }

  private static boolean blank(@Nullable String text) {
    return text == null || text.isBlank();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  private static Map<String, Project> orEmpty(@Nullable Map<String, Project> projects) {
    return projects == null ? Map.of() : projects;
  }

  private record Content(
      int version, @Nullable Map<String, Project> projects, @Nullable List<Entry> rules) {}

  /** Where words come from; {@code version} is the commit or release that was read. */
  private record Project(
      @Nullable String repository, @Nullable String version, @Nullable String licence) {}

  private record Entry(
      @Nullable String id,
      @Nullable FailureCode code,
      @Nullable SendAction action,
      @Nullable List<String> clients,
      @Nullable List<Long> chains,
      @Nullable String method,
      @Nullable Integer rpcCode,
      @Nullable Field field,
      @Nullable Match match,
      @Nullable String pattern,
      @Nullable List<String> source,
      @Nullable List<String> samples,
      @Nullable List<String> nearMisses) {

    FailureRule rule(Map<String, Project> projects) {
      String name = id == null ? "without id" : id;
      if (id == null || code == null || match == null || pattern == null || id.isBlank()) {
        throw FailureRule.refused(name, "needs id, code, match and pattern");
      }
      for (String from : orEmpty(source)) {
        String[] parts = from.split(" ", 2);
        if (parts.length < 2 || !projects.containsKey(parts[0].split("@", 2)[0])) {
          throw FailureRule.refused(id, "has a source without known project or file: " + from);
        }
      }
      return new FailureRule(
          id,
          code,
          action == null ? code.action() : action,
          new RuleScope(
              orEmpty(clients).stream().map(RuleScope.Clients::parse).toList(), orEmpty(chains)),
          method == null ? "" : method,
          rpcCode == null ? OptionalInt.empty() : OptionalInt.of(rpcCode),
          field == null ? Field.TEXT : field,
          match,
          pattern,
          orEmpty(source),
          orEmpty(samples),
          orEmpty(nearMisses));
    }
  }
}
