package io.payonce.store.jdbc;

import io.payonce.LaneId;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.EventLine;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** The hash-chained events of a journal. */
interface History {
  /** Makes ready for a lane that the running transaction has inserted. */
  void start(Session session, LaneId lane) throws SQLException;

  /** Appends what happened in a lane that the running transaction has locked. */
  void append(Session session, LaneId lane, List<EventLine> lines, Instant at) throws SQLException;

  /** Appends that these were accepted, each at its own time; no lane need be locked. */
  void appendAccepted(Session session, List<StoredTransfer> accepted) throws SQLException;

  /** Recomputes every chain. */
  ChainCheck verify(Session session) throws SQLException;
}
