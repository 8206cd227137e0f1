package io.payonce.store.jdbc;

import io.payonce.TransferId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Where the two databases differ. All questions and rows are written once, in {@link
 * JournalReader}, {@link JournalWriter} and {@link FeeRows}, in plain SQL with a few marks that
 * {@link #sql} turns into the words of the database:
 *
 * <ul>
 *   <li>{@code @name}: a table of the journal;
 *   <li>{@code [LOCK]}: the row is locked until the transaction ends;
 *   <li>{@code [CROSS] JOIN}: a join that SQLite must not reorder;
 *   <li>{@code [BY slots_open]}: an index that SQLite must use;
 *   <li>{@code [BYTES]}: a text that is compared byte by byte;
 *   <li>{@code [ORDER]}: the column that orders all events.
 * </ul>
 */
interface Dialect {
  /** The statement in the words of this database. */
  String sql(String text);

  PreparedStatement prepare(Connection connection, String sql) throws SQLException;

  /** Whether each statement is a round trip. */
  boolean isRemote();

  /** Whether a constraint or a trigger of the schema refused the row. */
  boolean isRefusal(SQLException e);

  /** The clock by which leases end. */
  Instant now(Session session) throws SQLException;

  /**
   * Stores keys with their transfers as {@code ACCEPTED}.
   *
   * @return for each its id, or empty when the key is stored already, also by a row before it; then
   *     nothing was written for it
   */
  List<Optional<TransferId>> insert(Session session, List<TransferRow> rows) throws SQLException;

  /** The history of the journal of this id. */
  History history(String journalId);

  /** Those of these transfers whose acceptance has no event yet, by id; from now on they have. */
  List<TransferId> claimDueEvents(Session session, Collection<TransferId> transfers)
      throws SQLException;
}
