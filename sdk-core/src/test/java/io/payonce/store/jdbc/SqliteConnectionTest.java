package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a failed commit is known to have done. */
final class SqliteConnectionTest {
  @TempDir private Path directory;
  private Connection connection;
  private FaultyConnection faulty;

  @BeforeEach
  void connect() throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("x.db"));
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)");
    }
    faulty = new FaultyConnection(connection);
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
  }

  @Test
  void a_commit_whose_answer_is_lost_is_unknown() {
    faulty.failCommits(() -> FaultyConnection.IO_ERROR, true);
    SqliteConnection session = session();
    assertThat(insert(session)).isEqualTo(Outcome.UNKNOWN);
    assertThat(rows(session)).isEqualTo(1);
  }

  @Test
  void a_commit_that_fails_in_its_flush_is_unknown_and_leaves_no_transaction_open() {
    faulty.failCommits(FaultyConnection.IO_ERROR);
    SqliteConnection session = session();
    assertThat(insert(session)).isEqualTo(Outcome.UNKNOWN);
    assertThat(rows(session)).isZero();
    faulty.failCommits(0);
    session.write(s -> s.update("INSERT INTO t VALUES (1)"), rows -> true);
    assertThat(rows(session)).isEqualTo(1);
  }

  @Test
  void a_commit_without_room_is_not_applied() {
    faulty.failCommits(FaultyConnection.FULL);
    SqliteConnection session = session();
    assertThat(insert(session)).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(rows(session)).isZero();
  }

  @Test
  void a_failed_statement_is_not_applied_and_takes_its_transaction_with_it() {
    SqliteConnection session = session();
    StoreUnavailableException failed =
        catchThrowableOfType(
            StoreUnavailableException.class,
            () ->
                session.write(
                    s -> {
                      s.update("INSERT INTO t VALUES (1)");
                      return s.update("INSERT INTO t VALUES (1)");
                    },
                    rows -> true));
    assertThat(failed.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(rows(session)).isZero();
  }

  @Test
  void a_defect_in_the_work_rolls_back_and_is_thrown_as_it_is() {
    SqliteConnection session = session();
    IllegalStateException thrown =
        catchThrowableOfType(
            IllegalStateException.class,
            () ->
                session.write(
                    s -> {
                      s.update("INSERT INTO t VALUES (1)");
                      throw new IllegalStateException("defect");
                    },
                    nothing -> true));
    assertThat(thrown).hasMessage("defect");
    assertThat(rows(session)).isZero();
  }

  private SqliteConnection session() {
    return new SqliteConnection(faulty.connection(), new SqliteDialect(Clock.systemUTC()));
  }

  private static Outcome insert(SqliteConnection session) {
    return catchThrowableOfType(
            StoreUnavailableException.class,
            () -> session.write(s -> s.update("INSERT INTO t VALUES (1)"), rows -> true))
        .outcome();
  }

  private static int rows(SqliteConnection session) {
    return session.read(
        s -> {
          try (ResultSet row = s.prepared("SELECT count(*) FROM t").executeQuery()) {
            row.next();
            return row.getInt(1);
          }
        });
  }
}
