package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static io.payonce.testing.JournalScript.LEASE;
import static io.payonce.testing.JournalScript.intake;
import static io.payonce.testing.JournalScript.payment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.store.JournalInUseException;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.TransferState;
import io.payonce.testing.JournalScript;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the contract cannot ask of every store: the file, its locks and its surroundings. */
final class SqliteJournalTest {
  @TempDir private Path directory;
  private Path journal;

  @BeforeEach
  void name() {
    journal = directory.resolve("journal.db");
  }

  @Test
  void a_journal_is_named_once_and_counts_its_writing_starts() {
    String id;
    try (JdbcTransferStore store = open()) {
      id = store.journalId();
      assertThat(id).matches("[0-9a-f]{32}");
      assertThat(store.incarnation()).isEqualTo(1);
      try (JdbcTransferStore tool = openReadOnly()) {
        assertThat(tool.incarnation()).isEqualTo(1);
      }
    }
    try (JdbcTransferStore store = open()) {
      assertThat(store.journalId()).isEqualTo(id);
      assertThat(store.incarnation()).isEqualTo(2);
    }
  }

  @Test
  void the_history_reads_the_same_whatever_language_the_process_speaks() throws Exception {
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG")); // its numbers have digits of their own
    try (JdbcTransferStore store = open()) {
      assertThat("%d".formatted(1)).isNotEqualTo("1");
      JournalScript.on(store).paid("p");
    } finally {
      Locale.setDefault(usual);
    }
    try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + journal);
        Statement statement = file.createStatement();
        ResultSet row = statement.executeQuery("SELECT what, detail FROM events")) {
      while (row.next()) {
        assertThat(row.getString(2)).as(row.getString(1)).isASCII();
      }
    }
  }

  @Test
  void one_store_at_a_time_writes_a_journal() throws Exception {
    try (JdbcTransferStore first = open()) {
      assertInUse(journal);
      Path link = Files.createSymbolicLink(directory.resolve("link.db"), journal);
      assertInUse(link);
      JournalScript.on(first).accept("still-works");
    }
    open().close();
  }

  @Test
  void nothing_is_written_into_a_file_that_lost_its_name_and_it_goes_on_when_the_file_is_back()
      throws Exception {
    Path aside = directory.resolve("aside");
    for (String ending : List.of("", "-wal", "-shm")) {
      Path file = Path.of(journal + ending);
      try (JdbcTransferStore store = open()) {
        JournalScript lane = JournalScript.on(store);
        lane.accept("before" + ending);
        Files.move(file, aside);
        assertStrayed(store, lane, file);
        Files.copy(aside, file); // the same bytes are another file
        assertStrayed(store, lane, file);
        Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
        lane.accept("after" + ending);
      }
      try (JdbcTransferStore store = open()) {
        assertThat(store.find(IdempotencyKey.of("before" + ending))).isPresent();
        assertThat(store.find(IdempotencyKey.of("refused"))).isEmpty();
        assertThat(store.find(IdempotencyKey.of("after" + ending))).isPresent();
      }
    }
  }

  @Test
  void a_write_during_which_the_file_lost_its_name_is_not_confirmed() {
    try (JdbcTransferStore store = open()) {
      Path aside = directory.resolve("aside");
      assertThatThrownBy(
              () ->
                  store
                      .sqlite()
                      .write(
                          s -> {
                            Schema.countStart(s);
                            return move(journal, aside);
                          },
                          moved -> true))
          .isInstanceOfSatisfying(
              StoreUnavailableException.class,
              e -> assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN));
      assertThat(move(aside, journal)).isEqualTo(journal);
      assertThat(store.incarnation()).isEqualTo(2); // it was written
    }
  }

  private static Path move(Path from, Path to) {
    try {
      return Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertStrayed(JdbcTransferStore store, JournalScript lane, Path file) {
    assertThatThrownBy(() -> lane.accept("refused"))
        .isInstanceOfSatisfying(
            StoreUnavailableException.class,
            e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED))
        .hasMessageContaining(file.getFileName() + " was moved, deleted or replaced");
    assertThat(store.find(IdempotencyKey.of("refused"))).isEmpty();
  }

  @Test
  void a_log_that_was_deleted_is_saved_by_an_orderly_close() throws Exception {
    try (JdbcTransferStore store = open()) {
      JournalScript.on(store).accept("only-in-the-log");
      Files.delete(Path.of(journal + "-wal"));
    }
    try (JdbcTransferStore store = open()) {
      assertThat(store.find(IdempotencyKey.of("only-in-the-log"))).isPresent();
    }
  }

  static void assertInUse(Path journal) {
    assertThatThrownBy(() -> JdbcTransferStore.open(journal, JournalOptions.defaults()))
        .isInstanceOf(JournalInUseException.class)
        .hasMessageContaining("journal.db")
        .hasMessageContaining("read-only");
  }

  @Test
  void settings_hold_on_every_connection() {
    try (JdbcTransferStore store = open();
        JdbcTransferStore tool = openReadOnly()) {
      assertThat(pragma(store.sqlite().writer(), "journal_mode")).isEqualTo("wal");
      assertThat(pragma(store.sqlite().writer(), "synchronous")).isEqualTo("2");
      assertThat(pragma(store.sqlite().writer(), "temp_store")).isEqualTo("2");
      for (SqliteConnection session :
          List.of(store.sqlite().writer(), store.sqlite().reader(), tool.sqlite().reader())) {
        assertThat(pragma(session, "foreign_keys")).isEqualTo("1");
        assertThat(pragma(session, "busy_timeout")).isEqualTo("5000");
      }
      assertThat(pragma(store.sqlite().reader(), "query_only")).isEqualTo("1");
      assertThat(pragma(tool.sqlite().reader(), "query_only")).isEqualTo("1");
    }
  }

  @Test
  void a_reading_tool_sees_each_commit_and_can_write_nothing() {
    try (JdbcTransferStore store = open()) {
      JournalScript lane = JournalScript.on(store);
      try (JdbcTransferStore tool = openReadOnly()) {
        for (int i = 0; i < 20; i++) {
          lane.exposed("k" + i);
          assertThat(JournalScript.everything(tool)).isEqualTo(lane.everything());
        }
        Object before = lane.everything();
        assertThatThrownBy(() -> tool.accept(intake(IdempotencyKey.of("x"), payment(1)), AT))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("read-only");
        assertThatThrownBy(() -> tool.takeLane(LANE, LEASE, AT))
            .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> tool.registerLane(LANE, 0, AT))
            .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> tool.commit(LANE, 1, List.of(), AT))
            .isInstanceOf(IllegalStateException.class);
        assertThat(lane.everything()).isEqualTo(before);
      }
      lane.exposed("after-the-tool-left");
    }
  }

  @Test
  void a_reading_tool_creates_nothing() {
    assertThatThrownBy(this::openReadOnly)
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining("no such file");
    assertThat(journal).doesNotExist();
  }

  @Test
  void what_cannot_hold_a_journal_is_refused_with_cause_and_remedy() {
    assertUnusable(directory, "it is a directory", "name a file");
    assertUnusable(directory.resolve("missing/journal.db"), "does not exist", "create it");
    assertUnusable(directory.resolve("a?b.db"), "'?'", "rename");
  }

  @Test
  void another_database_is_refused_by_name() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JdbcTransferStore.open("jdbc:h2:mem:x", JournalOptions.defaults()))
        .withMessageContaining("jdbc:sqlite:")
        .withMessageContaining("jdbc:postgresql:");
    JdbcTransferStore.open("jdbc:sqlite:" + journal, JournalOptions.defaults()).close();
    assertThat(journal).exists();
  }

  @Test
  void a_file_that_is_no_database_is_refused_and_left_as_it_is() throws Exception {
    for (String text : List.of("not a journal", "not a journal ".repeat(1_000))) {
      Files.writeString(journal, text);
      assertUnusable(journal, "not a SQLite file", "restore");
      assertThatThrownBy(this::openReadOnly).isInstanceOf(JournalUnusableException.class);
      assertThat(journal).hasContent(text);
    }
  }

  @Test
  void a_database_of_something_else_is_refused_and_left_as_it_is() throws Exception {
    sql("CREATE TABLE other (x)");
    byte[] before = Files.readAllBytes(journal);
    assertUnusable(journal, "something else", "another file");
    assertThatThrownBy(this::openReadOnly).isInstanceOf(JournalUnusableException.class);
    assertThat(Files.readAllBytes(journal)).isEqualTo(before);
  }

  @Test
  void a_torn_file_is_refused() throws Exception {
    try (JdbcTransferStore store = open()) {
      JournalScript.on(store).exposed("k");
    }
    try (FileChannel file = FileChannel.open(journal, StandardOpenOption.WRITE)) {
      file.truncate(file.size() / 2);
    }
    assertUnusable(journal, "damaged", "backup");
  }

  @Test
  void a_torn_log_tail_loses_nothing_before_it() throws Exception {
    Path crashed = directory.resolve("crashed.db");
    Object before;
    try (JdbcTransferStore store = open()) {
      JournalScript lane = JournalScript.on(store);
      lane.exposed("k");
      before = lane.everything();
      lane.accept("torn");
      // A copy of file and log is what a crash leaves; the last frame is cut as a torn write is.
      Files.copy(journal, crashed);
      Files.copy(Path.of(journal + "-wal"), Path.of(crashed + "-wal"));
    }
    try (FileChannel log = FileChannel.open(Path.of(crashed + "-wal"), StandardOpenOption.WRITE)) {
      log.truncate(log.size() - 100);
    }
    try (JdbcTransferStore store = JdbcTransferStore.open(crashed, JournalOptions.defaults())) {
      assertThat(JournalScript.everything(store)).isEqualTo(before);
      assertThat(store.verifyChain().isIntact()).isTrue();
      JournalScript.on(store).exposed("next");
    }
  }

  @Test
  void a_newer_schema_is_refused_with_both_versions() throws Exception {
    open().close();
    int next = Migrations.VERSION + 1;
    sql("UPDATE journal SET schema_version = 99, min_writer = " + next);
    assertUnusable(journal, "schema 99", "this code has " + Migrations.VERSION);
    openReadOnly().close();
    sql("UPDATE journal SET min_reader = " + next);
    assertThatThrownBy(this::openReadOnly)
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining("schema 99")
        .hasMessageContaining("schema " + next + " or later");
    sql("UPDATE journal SET min_reader = 1, min_writer = 1");
    open().close();
  }

  @Test
  void a_full_disk_applies_nothing_and_loses_nothing() {
    try (JdbcTransferStore store = open()) {
      JournalScript lane = JournalScript.on(store);
      lane.exposed("before");
      store.sqlite().writer().outside(s -> s.prepared("PRAGMA max_page_count = 1").execute());
      int accepted = 0;
      StoreUnavailableException full = null;
      while (full == null && accepted < 10_000) {
        try {
          store.accept(intake(IdempotencyKey.of("k" + accepted), payment(1)), AT);
          accepted++;
        } catch (StoreUnavailableException e) {
          full = e;
        }
      }
      assertThat(full).isNotNull();
      assertThat(full.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(store.find(IdempotencyKey.of("k" + accepted))).isEmpty();
      assertThat(store.counts())
          .isEqualTo(
              accepted == 0
                  ? Map.of(TransferState.IN_FLIGHT, 1L)
                  : Map.of(TransferState.IN_FLIGHT, 1L, TransferState.ACCEPTED, (long) accepted));
      assertThat(store.verifyChain().isIntact()).isTrue();
      store.sqlite().writer().outside(s -> s.prepared("PRAGMA max_page_count = 1000000").execute());
      lane.exposed("after");
      assertThat(store.verifyChain().isIntact()).isTrue();
    }
  }

  @Test
  void a_database_held_by_another_tool_is_not_applied() throws Exception {
    JournalOptions impatient = JournalOptions.defaults().withBusyTimeout(Duration.ZERO);
    try (JdbcTransferStore store = JdbcTransferStore.open(journal, impatient);
        Connection other = DriverManager.getConnection("jdbc:sqlite:" + journal);
        Statement statement = other.createStatement()) {
      JournalScript lane = JournalScript.on(store);
      statement.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(() -> lane.accept("k"))
          .isInstanceOfSatisfying(
              StoreUnavailableException.class,
              e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED));
      statement.execute("ROLLBACK");
      lane.accept("k");
    }
  }

  @Test
  void the_history_shows_every_edit() throws Exception {
    try (JdbcTransferStore store = open()) {
      JournalScript.on(store).paid("k");
      assertThat(store.verifyChain().intact()).isGreaterThan(8);
    }
    sql("DROP TRIGGER events_never_change");
    sql("UPDATE events SET detail = detail || ' ' WHERE seq = 4");
    try (JdbcTransferStore store = openReadOnly()) {
      assertThat(store.verifyChain()).isEqualTo(new ChainCheck(3, Optional.of(4L)));
    }
    sql("DROP TRIGGER events_never_go");
    sql("DELETE FROM events WHERE seq IN (2, 4)");
    try (JdbcTransferStore store = openReadOnly()) {
      assertThat(store.verifyChain()).isEqualTo(new ChainCheck(1, Optional.of(3L)));
    }
  }

  @Test
  void damaged_bytes_are_never_sent() throws Exception {
    try (JdbcTransferStore store = open()) {
      JournalScript.on(store).exposed("k");
    }
    sql("DROP TRIGGER attempts_keep_their_bytes");
    sql("UPDATE attempts SET raw = substr(raw, 1, length(raw) - 1)");
    try (JdbcTransferStore store = open()) {
      assertThatThrownBy(() -> store.openSlots(JournalScript.LANE))
          .isInstanceOf(JournalUnusableException.class)
          .hasMessageMatching("the bytes of 0x[0-9a-f]{64} are damaged; restore .*");
    }
  }

  @Test
  void a_backup_is_the_whole_journal_and_overwrites_nothing() {
    Path copy = directory.resolve("backup.db");
    try (JdbcTransferStore store = open()) {
      JournalScript lane = JournalScript.on(store);
      lane.paid("a");
      lane.exposed("b");
      store.backup(copy);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.backup(copy))
          .withMessageContaining("exists");
      try (JdbcTransferStore restored = JdbcTransferStore.open(copy, JournalOptions.defaults())) {
        assertThat(JournalScript.everything(restored)).isEqualTo(lane.everything());
        assertThat(restored.journalId()).isEqualTo(store.journalId());
        assertThat(restored.verifyChain().isIntact()).isTrue();
        JournalScript.on(restored).exposed("c");
      }
    }
  }

  @Test
  void a_closed_journal_answers_nothing_and_closes_again() {
    JdbcTransferStore store = open();
    store.close();
    store.close();
    assertThatThrownBy(store::lanes).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.accept(intake(IdempotencyKey.of("k"), payment(1)), AT))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void the_schema_can_be_printed() {
    assertThat(JdbcTransferStore.ddl(JournalDialect.SQLITE))
        .contains("CREATE TABLE bindings", "CREATE TRIGGER");
  }

  private JdbcTransferStore open() {
    return JdbcTransferStore.open(journal, JournalOptions.defaults());
  }

  private JdbcTransferStore openReadOnly() {
    return JdbcTransferStore.openReadOnly(journal, JournalOptions.defaults());
  }

  private static void assertUnusable(Path journal, String cause, String remedy) {
    assertThatThrownBy(() -> JdbcTransferStore.open(journal, JournalOptions.defaults()))
        .isInstanceOf(JournalUnusableException.class)
        .hasMessageContaining(cause)
        .hasMessageContaining(remedy);
  }

  private static String pragma(SqliteConnection session, String name) {
    return session.outside(
        s -> {
          try (ResultSet row = s.prepared("PRAGMA " + name).executeQuery()) {
            row.next();
            return row.getString(1);
          }
        });
  }

  private void sql(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + journal);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
