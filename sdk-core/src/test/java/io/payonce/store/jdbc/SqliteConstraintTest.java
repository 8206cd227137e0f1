package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.testing.JournalScript;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a hand with a SQL prompt cannot do to a SQLite journal, filled as {@link DirectSql} says.
 */
final class SqliteConstraintTest {
  static final List<String> REFUSED = DirectSql.REFUSED;

  @TempDir private Path directory;
  private JdbcTransferStore store;
  private JournalScript lane;

  @BeforeEach
  void fill() {
    store = JdbcTransferStore.open(directory.resolve("journal.db"), JournalOptions.defaults());
    lane = DirectSql.fill(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void direct_sql_is_refused(String sql) throws SQLException {
    assertRefused(sql);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // I1: a key binds once.
        "INSERT OR REPLACE INTO keys SELECT tenant, key, 'x', transfer, created_at FROM keys",
        "INSERT OR REPLACE INTO bindings VALUES (2, 1, 8)",
        "INSERT OR REPLACE INTO lanes SELECT id, chain, address, 0, 0, 0, state, '', NULL, NULL, paused, offer, 0 FROM lanes",
        "UPDATE transfers SET noticed = 2",
        "INSERT OR REPLACE INTO transfers SELECT id, chain, sender, asset, payee, '7', unusual_payee, metadata, 'ACCEPTED', '', '', 0, '', '', 0, pool, priority, max_fee, not_before, deadline, cancel_at_deadline, payout_data, payout_gas, payout_proof FROM transfers WHERE id = 4",
        // I2: intent before bytes, bytes before sending.
        // I3: a slot keeps its purpose.
        "INSERT OR REPLACE INTO slots (lane, nonce, state) VALUES (1, 8, 'RESERVED')",
        "INSERT OR REPLACE INTO slots (lane, nonce, state) VALUES (1, 6, 'RELEASED')",
        // I12: what an orphan may have paid is not paid again.
        "INSERT OR REPLACE INTO orphans SELECT id, lane, nonce, hash, chain, asset, payee, '5' FROM orphans",
        // I13: what was written stays.
        "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
        "INSERT OR REPLACE INTO events SELECT seq, at, entity, what, '', previous, digest FROM events",
        "INSERT INTO events VALUES (99, '', '', '', '', zeroblob(32), zeroblob(32))",
        "INSERT INTO events SELECT max(seq) + 1, '', '', '', '', zeroblob(32), zeroblob(32) FROM events"
      })
  void direct_sql_in_the_words_of_sqlite_is_refused(String sql) throws SQLException {
    assertRefused(sql);
  }

  @Test
  void direct_attempts_of_another_purpose_are_refused() throws SQLException {
    for (String sql : DirectSql.refusedAttempts()) {
      assertRefused(sql);
    }
    run(DirectSql.goodAttempt()); // the statement itself is right
  }

  @Test
  void what_is_broken_by_hand_is_broken_as_the_engine_breaks_it() throws SQLException {
    follow(DirectSql.BREAKING);
  }

  @Test
  void what_is_archived_by_hand_is_archived_as_the_engine_archives_it() throws SQLException {
    follow(DirectSql.ARCHIVING);
  }

  private void follow(List<DirectSql.Step> steps) throws SQLException {
    for (DirectSql.Step step : steps) {
      if (step.refused()) {
        assertRefused(step.sql());
      } else {
        run(step.sql());
      }
    }
  }

  private void assertRefused(String sql) throws SQLException {
    Object before = lane.everything();
    assertThatThrownBy(() -> run(sql))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(SqliteErrors.isRefusal(e)).as("%s", e).isTrue());
    assertThat(lane.everything()).isEqualTo(before);
  }

  private void run(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA foreign_keys = 1");
      statement.execute(sql.replace("@", "").replace("[01]", "x'01'").replace("[TRUE]", "1"));
    }
  }
}
