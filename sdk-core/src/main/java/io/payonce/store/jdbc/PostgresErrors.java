package io.payonce.store.jdbc;

import java.sql.SQLException;
import java.util.Set;

/** What PostgreSQL's error codes mean for a write (its manual, appendix A). */
final class PostgresErrors {
  private static final Set<String> RERUN = Set.of("40001", "40P01");

  private PostgresErrors() {}

  /** A constraint or a trigger of the schema refused the row: class 23. */
  static boolean isRefusal(SQLException e) {
    return state(e).startsWith("23");
  }

  /** Serialization failure or deadlock: undone, and worth another run. */
  static boolean isWorthAnotherRun(SQLException e) {
    return RERUN.contains(state(e));
  }

  /** The network or the server ended the connection: class 08, and 57P01 to 57P03. */
  static boolean isLostConnection(SQLException e) {
    return state(e).startsWith("08") || state(e).startsWith("57P0");
  }

  /**
   * Whether a failed COMMIT is known to be undone: the server itself answered that it was not
   * serializable, ran into a deadlock, or broke a constraint. A connection that ended, also one
   * that the server ended, may have committed first.
   */
  static boolean isUndone(SQLException e) {
    return isWorthAnotherRun(e) || isRefusal(e);
  }

  private static String state(SQLException e) {
    String state = e.getSQLState();
    return state == null ? "" : state;
  }
}
