package io.payonce.store.jdbc;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
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

  private final Connection connection;
  private final Dialect dialect;
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  private @Nullable PreparedStatement batch;

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
    PreparedStatement known = statements.get(text);
    if (known == null) {
      known = dialect.prepare(connection, dialect.sql(text));
      statements.put(text, known);
    }
    return known;
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
   * travel together when the database is a network away.
   */
  void queue(String text, @Nullable Object... values) throws SQLException {
    if (!dialect.isRemote()) {
      int unused = update(text, values);
      return;
    }
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
