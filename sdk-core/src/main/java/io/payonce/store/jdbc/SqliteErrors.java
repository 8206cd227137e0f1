package io.payonce.store.jdbc;

import java.sql.SQLException;

/** What SQLite's primary result codes mean for a write (sqlite.org/rescode.html). */
final class SqliteErrors {
  private static final int BUSY = 5;
  private static final int FULL = 13;
  private static final int CONSTRAINT = 19;
  static final int CORRUPT = 11;
  static final int NOT_A_DATABASE = 26;

  private SqliteErrors() {}

  /** A constraint or a trigger of the schema refused the row. */
  static boolean isRefusal(SQLException e) {
    return primary(e) == CONSTRAINT;
  }

  /**
   * Whether a failed COMMIT is known to be undone. BUSY: it never began. FULL: the disk had no room
   * for a frame, and the commit frame is the last of all, so recovery ignores the rest. Anything
   * else, a failed flush above all, may have left a whole commit record behind.
   */
  static boolean commitRecordIsIncomplete(SQLException e) {
    return primary(e) == BUSY || primary(e) == FULL;
  }

  static int primary(SQLException e) {
    return e.getErrorCode() & 0xff; // the rest of an extended code only says where
  }
}
