package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
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
  private static final int IO_ERROR = 10;
  private static final int FULL = 13;

  @TempDir private Path directory;
  private Connection connection;
  private boolean commitFirst;
  private int failure;

  @BeforeEach
  void connect() throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("x.db"));
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)");
    }
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
  }

  @Test
  void a_commit_whose_answer_is_lost_is_unknown() {
    commitFirst = true;
    failure = IO_ERROR;
    SqliteConnection session = new SqliteConnection(faulty(), new SqliteDialect(Clock.systemUTC()));
    assertThat(insert(session)).isEqualTo(Outcome.UNKNOWN);
    assertThat(rows(session)).isEqualTo(1);
  }

  @Test
  void a_commit_that_fails_in_its_flush_is_unknown_and_leaves_no_transaction_open() {
    failure = IO_ERROR;
    SqliteConnection session = new SqliteConnection(faulty(), new SqliteDialect(Clock.systemUTC()));
    assertThat(insert(session)).isEqualTo(Outcome.UNKNOWN);
    assertThat(rows(session)).isZero();
    failure = 0;
    session.write(s -> s.update("INSERT INTO t VALUES (1)"), rows -> true);
    assertThat(rows(session)).isEqualTo(1);
  }

  @Test
  void a_commit_without_room_is_not_applied() {
    failure = FULL;
    SqliteConnection session = new SqliteConnection(faulty(), new SqliteDialect(Clock.systemUTC()));
    assertThat(insert(session)).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(rows(session)).isZero();
  }

  @Test
  void a_failed_statement_is_not_applied_and_takes_its_transaction_with_it() {
    SqliteConnection session = new SqliteConnection(faulty(), new SqliteDialect(Clock.systemUTC()));
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
    SqliteConnection session = new SqliteConnection(faulty(), new SqliteDialect(Clock.systemUTC()));
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

  /** The connection, but a COMMIT throws {@link #failure}, before or after it was done. */
  private Connection faulty() {
    return proxy(
        Connection.class,
        connection,
        (method, arguments, result) ->
            result.get() instanceof Statement s && method.equals("createStatement")
                ? faulty(s)
                : result.get());
  }

  private Statement faulty(Statement statement) {
    return proxy(
        Statement.class,
        statement,
        (method, arguments, result) -> {
          boolean fails = failure != 0 && method.equals("execute") && "COMMIT".equals(arguments[0]);
          if (fails && !commitFirst) {
            throw new SQLException("COMMIT failed", "", failure);
          }
          Object answer = result.get();
          if (fails) {
            throw new SQLException("answer lost", "", failure);
          }
          return answer;
        });
  }

  private interface Call {
    Object get() throws Throwable;
  }

  private interface Fault {
    Object around(String method, Object[] arguments, Call call) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, T target, Fault fault) {
    return type.cast(
        Proxy.newProxyInstance(
            SqliteConnectionTest.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                fault.around(
                    method.getName(),
                    arguments,
                    () -> {
                      try {
                        return method.invoke(target, arguments);
                      } catch (InvocationTargetException e) {
                        throw e.getCause();
                      }
                    })));
  }
}
