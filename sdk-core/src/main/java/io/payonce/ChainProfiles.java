package io.payonce;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.ChainProfileException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The chains that Payonce knows: a data file in the jar, and over it the host's own file.
 *
 * <p>A file is a JSON object {@code {"chains": [...]}}. An entry whose {@code id} is known
 * overrides single fields; any other adds a chain and needs every field of {@code profiles.json},
 * {@code unsupported}, {@code ethereumHeaders} and {@code source} excepted. Amounts are integers in
 * wei. An unknown or missing field, a value of the wrong type or range and a doubled id throw
 * {@link ChainProfileException} with {@code PROFILE_INVALID} that names field and value. A file
 * cannot make a chain supported whose fee has a part that is not built yet.
 *
 * <p>Immutable; thread-safe.
 */
public final class ChainProfiles {
  private static final String RESOURCE = "profiles.json";

  private final Map<ChainId, ObjectNode> entries;
  private final Map<ChainId, ChainProfile> profiles;

  private ChainProfiles(Map<ChainId, ObjectNode> entries, String origin) {
    this.entries = entries;
    this.profiles = new TreeMap<>();
    entries.forEach((id, entry) -> profiles.put(id, ProfileFile.profile(origin, entry)));
  }

  /** The chains of the jar. */
  public static ChainProfiles builtIn() {
    return BuiltIn.PROFILES;
  }

  /** Only the chains of this text, each complete. */
  public static ChainProfiles parse(String json) {
    return new ChainProfiles(ProfileFile.entries("profile file", json), "profile file");
  }

  /** The built-in chains with a host's file over them; throws when the file cannot be read. */
  public static ChainProfiles withOverrides(Path file) {
    try {
      return builtIn().with(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("profile file " + file + " cannot be read", unreadable);
    }
  }

  /** These chains with the entries of another file over them. */
  public ChainProfiles withOverrides(String json) {
    return with("profile file", json);
  }

  private ChainProfiles with(String origin, String json) {
    Map<ChainId, ObjectNode> merged = new TreeMap<>(entries);
    ProfileFile.entries(origin, json)
        .forEach(
            (id, entry) -> {
              ObjectNode base = merged.get(id);
              merged.put(id, base == null ? entry : ProfileFile.overlay(base, entry));
            });
    return new ChainProfiles(merged, origin);
  }

  public Optional<ChainProfile> find(ChainId chain) {
    return Optional.ofNullable(profiles.get(chain));
  }

  /** The profile, supported or not; throws with {@code PROFILE_MISSING} when there is none. */
  public ChainProfile require(ChainId chain) {
    return find(chain)
        .orElseThrow(
            () ->
                new ChainProfileException(
                    Code.PROFILE_MISSING,
                    "chain "
                        + chain
                        + " is unknown; describe it in a profile file, known are "
                        + profiles.keySet()));
  }

  /** As {@link #require}, and throws with {@code PROFILE_UNSUPPORTED} when it cannot be priced. */
  public ChainProfile requireSupported(ChainId chain) {
    return require(chain).requireSupported();
  }

  /** All of them, by ascending chain id. */
  public List<ChainProfile> all() {
    return List.copyOf(profiles.values());
  }

  /** Loaded when first asked for. */
  private static final class BuiltIn {
    static final ChainProfiles PROFILES = load();

    private static ChainProfiles load() {
      try (InputStream in = ChainProfiles.class.getResourceAsStream(RESOURCE)) {
        if (in == null) {
          throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar");
        }
        String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return new ChainProfiles(ProfileFile.entries(RESOURCE, json), RESOURCE);
      } catch (IOException unreadable) {
        throw new UncheckedIOException("resource " + RESOURCE + " cannot be read", unreadable);
      }
    }
  }
}
