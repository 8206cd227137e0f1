package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The file of a journal: whether it may be used, and connections to it whose settings are known to
 * hold.
 *
 * <p>Deliberate: the database file itself is never opened but by SQLite. On POSIX, closing any
 * other handle of it would drop the locks that SQLite holds on it in this process.
 *
 * @param path its real path: one journal has one name
 * @param options how it is opened
 */
record JournalFile(Path path, JournalOptions options) {
  private static final List<String> NETWORK =
      List.of("nfs", "cifs", "smb", "afs", "afp", "ceph", "glusterfs", "lustre", "sshfs", "webdav");

  /**
   * The write-ahead log is copied into the file when it has so many pages, 64 MiB, and stays that
   * large. Most pages change again within it and are copied once; at SQLite's own 1,000 pages the
   * copying takes a third of the writer's time.
   */
  private static final String CHECKPOINT_PAGES = "16384";

  /** What the writer keeps of the indexes in memory: 16 MiB, where SQLite's own figure is 2. */
  private static final String CACHE_KIB = "-16384";

  /**
   * What a write would be taken back with, the pages as they were at its savepoint: at most a few
   * MiB, as the writes of a commit are bounded. SQLite itself writes what exceeds 64 KiB into a
   * temporary file, a sixth of what accepting costs.
   */
  private static final String IN_MEMORY = "2";

  /** A journal to write; created when it is missing, in a directory that exists. */
  static JournalFile forWriting(Path asked, JournalOptions options) {
    JournalFile file = located(asked, options);
    Path directory = file.directory();
    if (!Files.isWritable(directory)) {
      throw unusable(asked, "directory " + directory + " is read-only", "make it writable");
    }
    if (Files.exists(file.path) && !Files.isWritable(file.path)) {
      throw unusable(asked, "the file is read-only", "make it writable, or open it read-only");
    }
    return file;
  }

  /** A journal that exists, to read. */
  static JournalFile forReading(Path asked, JournalOptions options) {
    JournalFile file = located(asked, options);
    if (!Files.exists(file.path)) {
      throw unusable(asked, "there is no such file", "check the path");
    }
    return file;
  }

  /** What a connection is for. */
  enum Use {
    WRITE,
    /** Beside the writer, in its process. */
    READ,
    /** A tool: the file is opened without the right to write. */
    READ_ONLY,
    /** A backup: reads this file and writes another, which {@code query_only} would forbid. */
    COPY
  }

  /** A connection whose settings were read back. */
  SqliteConnection connect(Use use) {
    demandDriver();
    Properties properties = new Properties();
    // Else the driver asks for the last row's id after every INSERT, and nobody reads it.
    properties.setProperty("jdbc.get_generated_keys", "false");
    if (use == Use.READ_ONLY || use == Use.COPY) {
      properties.setProperty("open_mode", "1"); // SQLITE_OPEN_READONLY
    }
    Connection connection = null;
    try {
      connection = DriverManager.getConnection("jdbc:sqlite:" + path, properties);
      Dialect dialect = new SqliteDialect(options.clock());
      try (Statement statement = connection.createStatement()) {
        set(statement, "busy_timeout", Long.toString(options.busyTimeout().toMillis()));
        set(statement, "foreign_keys", "1");
        if (use == Use.WRITE) {
          SqliteStart.isNew(
              new Session(connection, dialect),
              path); // refuses what is not ours before anything is changed
          set(statement, "journal_mode", "wal");
          set(statement, "synchronous", "2"); // FULL
          set(statement, "wal_autocheckpoint", CHECKPOINT_PAGES);
          set(statement, "cache_size", CACHE_KIB);
          set(statement, "temp_store", IN_MEMORY);
        } else {
          hold(statement, "journal_mode", "wal");
        }
        if (use == Use.READ || use == Use.READ_ONLY) {
          set(statement, "query_only", "1");
        }
      }
      return new SqliteConnection(connection, dialect);
    } catch (SQLException e) {
      throw closing(connection, refusal(e));
    } catch (RuntimeException e) {
      throw closing(connection, e);
    }
  }

  /**
   * Writes a consistent copy while the journal is in use, and flushes it to the disk.
   *
   * @param target a file that does not exist
   */
  void copyTo(Path target) {
    try (SqliteConnection copier = connect(Use.COPY)) {
      copier.outside(
          s -> {
            PreparedStatement vacuum = s.prepared("VACUUM INTO ?");
            vacuum.setString(1, target.toAbsolutePath().toString());
            return vacuum.execute();
          });
    }
    try (FileChannel copy = FileChannel.open(target, StandardOpenOption.WRITE)) {
      copy.force(true);
    } catch (IOException e) {
      throw new StoreUnavailableException(
          Outcome.UNKNOWN, "copy " + target + " is not flushed: " + e.getMessage(), e);
    }
  }

  /**
   * Keeps a journal of an older schema as {@code <journal>.schema-<n>} before it is migrated. Only
   * for the holder of the side lock. A copy that an interrupted start left is replaced: the journal
   * is still of the old schema and may have changed since.
   */
  void copyBeforeMigration(SqliteConnection writer) {
    Optional<Schema> old =
        writer.read(
            s ->
                SqliteStart.isNew(s, path)
                    ? Optional.<Schema>empty()
                    : Optional.of(Schema.load(s)));
    if (old.filter(Schema::isOlderThanCode).isEmpty()) {
      return;
    }
    old.get().checkWritable(path.toString());
    Path copy = Path.of(path + ".schema-" + old.get().version());
    Path unfinished = Path.of(copy + ".unfinished");
    try {
      Files.deleteIfExists(unfinished);
      copyTo(unfinished);
      Files.move(
          unfinished, copy, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new JournalUnusableException(
          "cannot keep a copy of " + path + " before its migration: " + e + "; make room", e);
    }
  }

  private JournalUnusableException refusal(SQLException e) {
    return switch (SqliteErrors.primary(e)) {
      case SqliteErrors.NOT_A_DATABASE ->
          new JournalUnusableException(
              path + " is not a SQLite file; name another file, or restore it from a backup", e);
      case SqliteErrors.CORRUPT ->
          new JournalUnusableException(path + " is damaged; restore it from a backup", e);
      default ->
          new JournalUnusableException(
              "cannot open journal " + path + ": " + e.getMessage() + "; check file and disk", e);
    };
  }

  /** Sets a pragma and reads it back: SQLite ignores what it cannot do. */
  private void set(Statement statement, String pragma, String value) throws SQLException {
    statement.execute("PRAGMA " + pragma + " = " + value);
    hold(statement, pragma, value);
  }

  private void hold(Statement statement, String pragma, String value) throws SQLException {
    try (ResultSet row = statement.executeQuery("PRAGMA " + pragma)) {
      String actual = row.next() ? row.getString(1) : "nothing";
      if (!value.equals(actual)) {
        throw new JournalUnusableException(
            "journal %s: %s is %s and must be %s; the file system or the driver does not support it"
                .formatted(path, pragma, actual, value));
      }
    }
  }

  private Path directory() {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }

  private static JournalFile located(Path asked, JournalOptions options) {
    Path absolute = asked.toAbsolutePath().normalize();
    Path directory = absolute.getParent();
    Path name = absolute.getFileName();
    if (directory == null || name == null || Files.isDirectory(absolute)) {
      throw unusable(asked, "it is a directory", "name a file in it");
    }
    if (absolute.toString().indexOf('?') >= 0) {
      throw unusable(asked, "its name has a '?', which the driver reads as options", "rename it");
    }
    if (!Files.isDirectory(directory)) {
      throw unusable(asked, "directory " + directory + " does not exist", "create it");
    }
    try {
      String type = Files.getFileStore(directory).type().toLowerCase(Locale.ROOT);
      if (NETWORK.stream().anyMatch(type::contains)) {
        throw unusable(
            asked,
            "directory " + directory + " is on a network file system (" + type + ")",
            "use a local disk: locks and flushes do not hold there");
      }
      return new JournalFile(
          Files.exists(absolute) ? absolute.toRealPath() : directory.toRealPath().resolve(name),
          options);
    } catch (IOException e) {
      throw new JournalUnusableException(
          "cannot reach " + asked + ": " + e + "; check its path", e);
    }
  }

  private static void demandDriver() {
    try {
      Class.forName("org.sqlite.JDBC");
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "a SQLite journal needs org.xerial:sqlite-jdbc on the class path", e);
    }
  }

  private static JournalUnusableException unusable(Path asked, String cause, String remedy) {
    return new JournalUnusableException("journal " + asked + ": " + cause + "; " + remedy);
  }

  private static RuntimeException closing(@Nullable Connection connection, RuntimeException cause) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
    return cause;
  }
}
