package io.payonce.store.jdbc;

import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files of an open journal, under the names that they had. On POSIX a file that was moved,
 * deleted or replaced takes every write all the same, and the next start does not find it: what was
 * confirmed would be forgotten and paid again. SQLite looks for that only while it opens them.
 *
 * <p>Nothing is opened here; asking costs three calls of the system. Immutable, thread-safe.
 */
final class FilesInPlace {
  /** Without the last one, tools in other processes would make one of their own, and be misled. */
  private static final List<String> ENDINGS = List.of("", "-wal", "-shm");

  private final Path journal;

  /** What tells a file from another one of its name; empty where the system does not say. */
  private final Map<Path, Optional<Object>> known;

  private FilesInPlace(Path journal, Map<Path, Optional<Object>> known) {
    this.journal = journal;
    this.known = known;
  }

  /** As they are now, while a connection that has written holds them. */
  static FilesInPlace of(Path journal) {
    Map<Path, Optional<Object>> known = new LinkedHashMap<>();
    for (String ending : ENDINGS) {
      Path file = Path.of(journal + ending);
      try {
        known.put(file, identity(file));
      } catch (IOException e) {
        throw strayed(Outcome.NOT_APPLIED, journal, file, e);
      }
    }
    return new FilesInPlace(journal, known);
  }

  /**
   * Throws when one has strayed.
   *
   * @param outcome of the write that is asked for
   */
  void demand(Outcome outcome) {
    known.forEach(
        (file, identity) -> {
          try {
            if (!identity(file).equals(identity)) {
              throw strayed(outcome, journal, file, new IOException("another file has its name"));
            }
          } catch (IOException e) {
            throw strayed(outcome, journal, file, e);
          }
        });
  }

  private static Optional<Object> identity(Path file) throws IOException {
    return Optional.ofNullable(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
  }

  private static StoreUnavailableException strayed(
      Outcome outcome, Path journal, Path file, IOException cause) {
    return new StoreUnavailableException(
        outcome,
        "journal %s: %s was moved, deleted or replaced while it is in use, so nothing is written; put"
                .formatted(journal, file.getFileName())
            + " it back, or close this process in an orderly way: killed, it loses what was in it",
        cause);
  }
}
