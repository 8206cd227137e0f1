package io.payonce.store.jdbc;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.TransferId;
import io.payonce.store.LaneRequest;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows of requests between instances. Runs inside a session's transaction. */
final class RequestRows {
  private static final String REQUEST =
      "SELECT r.id, l.chain, l.address, r.kind, r.transfer, r.actor, r.reason, r.asked_at, r.answer"
          + " FROM @requests r JOIN @lanes l ON l.id = r.lane";

  /** As the partial index says it, word for word. */
  static final String OPEN =
      REQUEST + " WHERE l.chain = ? AND l.address = ? AND r.answer IS NULL ORDER BY r.id LIMIT ?";

  private final Session session;

  RequestRows(Session session) {
    this.session = session;
  }

  /** Stores a request of a lane that the transaction has locked, so that its ids rise. */
  LaneRequest insert(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at)
      throws SQLException {
    PreparedStatement insert =
        session.bound(
            "INSERT INTO @requests (lane, kind, transfer, actor, reason, asked_at)"
                + " VALUES ((SELECT id FROM @lanes WHERE chain = ? AND address = ?), ?, ?, ?, ?, ?)"
                + " RETURNING id",
            lane.chain().value(),
            lane.address().value(),
            kind.name(),
            transfer.map(TransferId::value).orElse(null),
            actor,
            reason,
            at.toString());
    try (ResultSet id = insert.executeQuery()) {
      if (!id.next()) {
        throw new SQLException("the request has no id");
      }
      return new LaneRequest(
          id.getLong(1), lane, kind, transfer, actor, reason, at, Optional.empty());
    }
  }

  void answer(LaneRequest request) throws SQLException {
    session.queue(
        "UPDATE @requests SET answer = ? WHERE id = ?",
        request.answer().orElseThrow(),
        request.id());
  }

  Optional<LaneRequest> find(long id) throws SQLException {
    PreparedStatement select = session.prepared(REQUEST + " WHERE r.id = ?");
    select.setLong(1, id);
    return requests(select).stream().findFirst();
  }

  List<LaneRequest> open(LaneId lane, int limit) throws SQLException {
    PreparedStatement select = session.prepared(OPEN);
    select.setLong(1, lane.chain().value());
    select.setString(2, lane.address().value());
    select.setInt(3, limit);
    return requests(select);
  }

  private static List<LaneRequest> requests(PreparedStatement select) throws SQLException {
    List<LaneRequest> requests = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long transfer = row.getLong(5);
        Optional<TransferId> meant =
            row.wasNull() ? Optional.empty() : Optional.of(new TransferId(transfer));
        requests.add(
            new LaneRequest(
                row.getLong(1),
                new LaneId(ChainId.of(row.getLong(2)), Address.of(row.getString(3))),
                LaneRequest.Kind.valueOf(row.getString(4)),
                meant,
                row.getString(6),
                row.getString(7),
                Instant.parse(row.getString(8)),
                Optional.ofNullable(row.getString(9))));
      }
    }
    return requests;
  }
}
