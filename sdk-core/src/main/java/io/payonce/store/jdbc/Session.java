package io.payonce.store.jdbc;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection while a transaction runs on it: statements in the words of its {@link Dialect},
 * prepared once each. Confined to the thread that runs the transaction.
 */
final class Session {
  /** What runs inside a transaction, on the session it is given to. */
  interface Work<T> {
    T run(Session session) throws SQLException;
  }

  /** How many rows one statement inserts: most of what many would cost, with few statements. */
  private static final List<Integer> ROWS = List.of(16, 4, 1);

  private final Connection connection;
  private final Dialect dialect;
  private final Map<Prepared, PreparedStatement> statements = new HashMap<>();
  private @Nullable PreparedStatement batch;

  /** Rows that wait to be inserted together, and their statement. */
  private final List<@Nullable Object[]> rows = new ArrayList<>();

  private String rowsOf = "";

  /** A statement of so many rows; 1 for all but an {@code INSERT}. */
  private record Prepared(String text, int rows) {}

  Session(Connection connection, Dialect dialect) {
    this.connection = connection;
    this.dialect = dialect;
  }

  Dialect dialect() {
    return dialect;
  }

  /** The statement of this text, prepared once. What was queued is written first. */
  PreparedStatement prepared(String text) throws SQLException {
    flush();
    return statement(text);
  }

  private PreparedStatement statement(String text) throws SQLException {
    return statement(text, 1);
  }

  private PreparedStatement statement(String text, int count) throws SQLException {
    Prepared wanted = new Prepared(text, count);
    PreparedStatement known = statements.get(wanted);
    if (known == null) {
      known = dialect.prepare(connection, dialect.sql(ofRows(text, count)));
      statements.put(wanted, known);
    }
    return known;
  }

  /** The statement with its row of values so many times. */
  private static String ofRows(String text, int count) {
    if (count == 1) {
      return text;
    }
    int begin = text.indexOf("VALUES (") + "VALUES ".length();
    int end = text.indexOf(')', begin) + 1;
    String row = text.substring(begin, end);
    return text.substring(0, begin)
        + String.join(", ", Collections.nCopies(count, row))
        + text.substring(end);
  }

  /** The statement of this text with its parameters set. */
  PreparedStatement bound(String text, @Nullable Object... values) throws SQLException {
    return bind(prepared(text), values);
  }

  /** Runs a statement that writes; answers how many rows. */
  int update(String text, @Nullable Object... values) throws SQLException {
    return bound(text, values).executeUpdate();
  }

  /**
   * As {@link #update}, where the number of rows does not matter: rows of one statement in a row
   * travel together, in one message where the database is a network away, else in one statement
   * where they are inserted.
   *
   * @param text an {@code INSERT} has one row of {@code VALUES}, without brackets in it
   */
  void queue(String text, @Nullable Object... values) throws SQLException {
    if (dialect.isRemote()) {
      batch(text, values);
    } else if (text.startsWith("INSERT")) {
      if (!text.equals(rowsOf)) {
        flush();
        rowsOf = text;
      }
      rows.add(values);
    } else {
      int unused = update(text, values);
    }
  }

  private void batch(String text, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = statement(text);
    if (batch != statement) {
      flush();
      batch = statement;
    }
    bind(statement, values).addBatch();
  }

  /** Writes what is queued. */
  void flush() throws SQLException {
    PreparedStatement queued = batch;
    if (queued != null) {
      batch = null;
      int[] unused = queued.executeBatch();
    }
    if (!rows.isEmpty()) {
      List<@Nullable Object[]> due = List.copyOf(rows);
      rows.clear();
      insert(due);
    }
  }

  private void insert(List<@Nullable Object[]> due) throws SQLException {
    int from = 0;
    for (int count : ROWS) {
      while (due.size() - from >= count) {
        PreparedStatement statement = statement(rowsOf, count);
        int place = 1;
        for (@Nullable Object[] row : due.subList(from, from + count)) {
          for (Object value : row) {
            statement.setObject(place++, value);
          }
        }
        int unused = statement.executeUpdate();
        from += count;
      }
    }
  }

  /** An array parameter, for a database that has them. */
  Array array(String type, Object[] elements) throws SQLException {
    return connection.createArrayOf(type, elements);
  }

  /** Runs SQL as it stands, without parameters and without a result that anybody reads. */
  void execute(String sql) throws SQLException {
    flush();
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  /** A statement that a failure left half executed would fail again in the next transaction. */
  void forgetStatements() throws SQLException {
    batch = null;
    rows.clear();
    for (PreparedStatement statement : statements.values()) {
      statement.close();
    }
    statements.clear();
  }

  private static PreparedStatement bind(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }
}
