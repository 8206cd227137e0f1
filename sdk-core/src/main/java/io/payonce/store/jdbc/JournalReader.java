package io.payonce.store.jdbc;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.SubmitOptions;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.WalletPool;
import io.payonce.Wei;
import io.payonce.store.Agenda;
import io.payonce.store.OpenCount;
import io.payonce.store.StoredGroup;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The questions to the journal, and its rows as values. Runs inside a session's transaction. */
final class JournalReader {
  private static final String LANE =
      "SELECT id, chain, address, next_nonce, final_nonce, epoch, state, incident,"
          + " lease_owner, lease_expires_at, paused, offer FROM @lanes";

  // CROSS JOIN fixes the order: SQLite must walk the transfers, so that a LIMIT ends the walk.
  private static final String TRANSFER =
      "SELECT t.id, k.tenant, k.key, k.fingerprint, t.chain, t.sender, t.asset, t.payee, t.amount,"
          + " t.unusual_payee, t.metadata, t.state, t.code, t.reason, b.nonce, t.cancel_requested,"
          + " t.accepted_at, t.updated_at, t.pool, t.priority, t.max_fee, t.not_before, t.deadline,"
          + " t.cancel_at_deadline, t.payout_data, t.payout_gas, t.payout_proof"
          + " FROM @transfers t [CROSS] JOIN @keys k ON k.transfer = t.id LEFT JOIN"
          + " @bindings b ON b.transfer = t.id";
  static final String BY_KEY =
      TRANSFER + " WHERE t.id = (SELECT transfer FROM @keys WHERE tenant = ? AND key = ?)";

  private static final String REQUESTED =
      BY_KEY
          .replace("b.nonce", "CAST(NULL AS bigint)")
          .replace(" LEFT JOIN @bindings b ON b.transfer = t.id", "");

  /** As the partial index says it, word for word: else SQLite does not use it. */
  static final String WAITING =
      TRANSFER
          + " WHERE t.chain = ? AND t.sender = ? AND t.priority = ?"
          + " AND t.state IN ('ACCEPTED', 'HELD', 'READY') AND t.id > ?"
          + " AND (t.not_before IS NULL OR t.not_before <= ?) ORDER BY t.id LIMIT ?";

  /** Also word for word, like the next two. */
  static final String EXPIRED =
      TRANSFER
          + " WHERE t.chain = ? AND t.sender = ? AND t.deadline <= ? AND t.deadline IS NOT NULL"
          + " AND t.state IN ('ACCEPTED', 'HELD', 'READY') ORDER BY t.deadline LIMIT ?";

  static final String NEXT_DEADLINE =
      "SELECT min(t.deadline) FROM @transfers t WHERE t.chain = ? AND t.sender = ?"
          + " AND t.deadline > ? AND t.deadline IS NOT NULL"
          + " AND t.state IN ('ACCEPTED', 'HELD', 'READY')";

  static final String NEXT_DUE = NEXT_DEADLINE.replace("deadline", "not_before");

  /** Also word for word. */
  static final String UNNOTICED =
      TRANSFER + " WHERE t.chain = ? AND t.sender = ? AND NOT t.noticed ORDER BY t.id LIMIT ?";

  private static final String OF_IDS = TRANSFER + " WHERE t.id IN (%s) ORDER BY t.id DESC";
  static final String OPEN_COUNTS =
      "SELECT k.tenant, t.chain, t.sender, t.asset, count(*)"
          + " FROM @transfers t [BY transfers_by_state] [CROSS] JOIN @keys k ON k.transfer = t.id"
          + " WHERE t.state IN ("
          + TransferState.open().stream()
              .map(state -> "'" + state + "'")
              .collect(Collectors.joining(", "))
          + ") GROUP BY k.tenant, t.chain, t.sender, t.asset";

  private final Session session;

  JournalReader(Session session) {
    this.session = session;
  }

  Optional<StoredLane> lane(LaneId lane) throws SQLException {
    return lane(lane, LANE + " WHERE chain = ? AND address = ?");
  }

  /** The lane, which nobody else changes until the running transaction ends. */
  Optional<StoredLane> lockedLane(LaneId lane) throws SQLException {
    return lane(lane, LANE + " WHERE chain = ? AND address = ? [LOCK]");
  }

  private Optional<StoredLane> lane(LaneId lane, String sql) throws SQLException {
    PreparedStatement select = session.prepared(sql);
    lane(select, lane);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? Optional.of(lane(row)) : Optional.empty();
    }
  }

  /** By chain and address. */
  List<StoredLane> lanes() throws SQLException {
    List<StoredLane> lanes = new ArrayList<>();
    try (ResultSet row = session.prepared(LANE + " ORDER BY chain, address").executeQuery()) {
      while (row.next()) {
        lanes.add(lane(row));
      }
    }
    return lanes;
  }

  /** Transfers that nobody moved and no owner was told of, by id. */
  List<StoredTransfer> unnoticed(LaneId lane, int limit) throws SQLException {
    PreparedStatement select = session.prepared(UNNOTICED);
    lane(select, lane);
    select.setInt(3, limit);
    return transfers(select);
  }

  Optional<StoredTransfer> transfer(TransferId id) throws SQLException {
    return Optional.ofNullable(transfers(List.of(id)).get(id));
  }

  /** Those of these transfers that there are. */
  Map<TransferId, StoredTransfer> transfers(Collection<TransferId> ids) throws SQLException {
    Map<TransferId, StoredTransfer> found = new TreeMap<>();
    for (List<TransferId> some : InList.of(ids)) {
      PreparedStatement select =
          session.prepared(TRANSFER + " WHERE t.id IN (%s)".formatted(InList.marks(some)));
      for (int i = 0; i < some.size(); i++) {
        select.setLong(i + 1, some.get(i).value());
      }
      transfers(select).forEach(transfer -> found.put(transfer.id(), transfer));
    }
    return found;
  }

  Optional<StoredTransfer> transfer(IdempotencyKey key) throws SQLException {
    PreparedStatement select = session.prepared(BY_KEY);
    select.setString(1, key.tenant());
    select.setString(2, key.value());
    return transfers(select).stream().findFirst();
  }

  /** The transfer of a key without slot and members: what a role may read that only accepts. */
  Optional<StoredTransfer> requested(IdempotencyKey key) throws SQLException {
    PreparedStatement select = session.bound(REQUESTED, key.tenant(), key.value());
    List<StoredTransfer> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(transfer(row));
      }
    }
    return found.stream().findFirst();
  }

  /** The group in which a member is live; else the last one that it was in. */
  Optional<StoredTransfer> groupOf(IdempotencyKey member) throws SQLException {
    Optional<TransferId> group = new MemberRows(session).groupOf(member);
    return group.isPresent() ? transfer(group.get()) : Optional.empty();
  }

  List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit)
      throws SQLException {
    PreparedStatement select = session.prepared(WAITING);
    lane(select, lane);
    select.setInt(3, priority.rank());
    select.setLong(4, after.map(TransferId::value).orElse(0L));
    select.setString(5, second(now));
    select.setInt(6, limit);
    return transfers(select);
  }

  Agenda agenda(LaneId lane, Instant now, int limit) throws SQLException {
    PreparedStatement select = session.prepared(EXPIRED);
    lane(select, lane);
    select.setString(3, second(now));
    select.setInt(4, limit);
    List<StoredTransfer> expired = transfers(select);
    if (expired.size() == limit) {
      return new Agenda(expired, Optional.of(now));
    }
    Optional<Instant> due = earliest(NEXT_DUE, lane, now);
    Optional<Instant> deadline = earliest(NEXT_DEADLINE, lane, now);
    return new Agenda(
        expired, Stream.concat(due.stream(), deadline.stream()).min(Comparator.naturalOrder()));
  }

  private Optional<Instant> earliest(String sql, LaneId lane, Instant now) throws SQLException {
    PreparedStatement select = session.prepared(sql);
    lane(select, lane);
    select.setString(3, second(now));
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return Optional.ofNullable(row.getString(1)).map(Instant::parse);
    }
  }

  /** Times of payments are whole seconds, so that their texts are ordered as they are. */
  private static String second(Instant now) {
    return now.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  List<StoredTransfer> newest(TransferFilter filter, Optional<TransferId> before, int limit)
      throws SQLException {
    long from = 0;
    long below = before.map(TransferId::value).orElse(Long.MAX_VALUE);
    Optional<List<String>> times = TransferQuery.times(filter);
    if (times.isPresent()) {
      PreparedStatement select = session.bound(TransferQuery.ACCEPTED_IN, times.get().toArray());
      try (ResultSet row = select.executeQuery()) {
        row.next();
        if (row.getLong(1) == 0) {
          return List.of();
        }
        from = row.getLong(2);
        below = Math.min(below, row.getLong(3) + 1);
      }
    }
    TransferQuery ids = TransferQuery.of(filter, from, below, limit);
    return transfers(session.bound(sql(ids), ids.values().toArray()));
  }

  /** The statement that reads the transfers whose ids it finds. */
  static String sql(TransferQuery ids) {
    return OF_IDS.formatted(ids.sql());
  }

  Map<TransferState, Long> counts() throws SQLException {
    Map<TransferState, Long> counts = new EnumMap<>(TransferState.class);
    String sql = "SELECT state, count(*) FROM @transfers GROUP BY state";
    try (ResultSet row = session.prepared(sql).executeQuery()) {
      while (row.next()) {
        counts.put(TransferState.valueOf(row.getString(1)), row.getLong(2));
      }
    }
    return counts;
  }

  List<OpenCount> openCounts() throws SQLException {
    List<OpenCount> counts = new ArrayList<>();
    try (ResultSet row = session.prepared(OPEN_COUNTS).executeQuery()) {
      while (row.next()) {
        LaneId lane = laneId(row.getLong(2), row.getString(3));
        counts.add(
            new OpenCount(
                row.getString(1),
                lane,
                LaneColumns.asset(lane.chain(), row.getString(4)),
                row.getLong(5)));
      }
    }
    return counts;
  }

  /** The slot that a binding names, read from the binding alone. */
  Optional<SlotId> boundSlot(TransferId transfer) throws SQLException {
    PreparedStatement select =
        session.prepared(
            "SELECT l.chain, l.address, b.nonce FROM @bindings b JOIN @lanes l ON l.id = b.lane"
                + " WHERE b.transfer = ?");
    select.setLong(1, transfer.value());
    try (ResultSet row = select.executeQuery()) {
      return row.next()
          ? Optional.of(new SlotId(laneId(row.getLong(1), row.getString(2)), row.getLong(3)))
          : Optional.empty();
    }
  }

  private static StoredLane lane(ResultSet row) throws SQLException {
    LaneId id = laneId(row.getLong(2), row.getString(3));
    return new StoredLane(
        id,
        row.getLong(4),
        row.getLong(5),
        row.getLong(6),
        LaneColumns.state(row.getString(7), row.getString(11)),
        row.getString(8),
        Optional.ofNullable(row.getString(9)),
        Optional.ofNullable(row.getString(10)).map(Instant::parse),
        LaneColumns.offer(id.chain(), Optional.ofNullable(row.getString(12))));
  }

  private List<StoredTransfer> transfers(PreparedStatement select) throws SQLException {
    List<StoredTransfer> transfers = new ArrayList<>();
    Map<Integer, MemberRows.Call> groups = new TreeMap<>(); // by position
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        StoredTransfer transfer = transfer(row);
        byte @Nullable [] data = row.getBytes(25);
        if (data != null) {
          groups.put(
              transfers.size(),
              new MemberRows.Call(
                  transfer.transfer().to(),
                  transfer.transfer().amount().asset(),
                  Bytes.of(data),
                  new BigInteger(row.getString(26)),
                  row.getString(27)));
        }
        transfers.add(transfer);
      }
    }
    for (Map.Entry<Integer, MemberRows.Call> group : groups.entrySet()) {
      StoredTransfer bare = transfers.get(group.getKey());
      StoredGroup members = new MemberRows(session).read(bare.id(), group.getValue());
      transfers.set(group.getKey(), bare.withMembers(members));
    }
    return transfers;
  }

  private static StoredTransfer transfer(ResultSet row) throws SQLException {
    ChainId chain = ChainId.of(row.getLong(5));
    LaneId lane = new LaneId(chain, Address.of(row.getString(6)));
    String pool = row.getString(19);
    Transfer transfer =
        new Transfer(
            pool == null ? lane.address() : new WalletPool(pool),
            Address.of(row.getString(8)),
            TokenAmount.of(
                LaneColumns.asset(chain, row.getString(7)), new BigInteger(row.getString(9))),
            row.getBoolean(10));
    long nonce = row.getLong(15);
    Optional<SlotId> slot = row.wasNull() ? Optional.empty() : Optional.of(new SlotId(lane, nonce));
    return new StoredTransfer(
        new TransferId(row.getLong(1)),
        new IdempotencyKey(row.getString(2), row.getString(3)),
        new Fingerprint(row.getString(4)),
        transfer,
        options(row),
        lane,
        TransferState.valueOf(row.getString(12)),
        row.getString(13),
        row.getString(14),
        slot,
        row.getBoolean(16),
        Instant.parse(row.getString(17)),
        Instant.parse(row.getString(18)),
        Optional.empty());
  }

  private static Priority priority(int rank) {
    for (Priority priority : Priority.values()) {
      if (priority.rank() == rank) {
        return priority;
      }
    }
    throw new IllegalStateException("no priority has the rank " + rank);
  }

  private static SubmitOptions options(ResultSet row) throws SQLException {
    return new SubmitOptions(
        priority(row.getInt(20)),
        Optional.ofNullable(row.getString(21)).map(fee -> Wei.of(new BigInteger(fee))),
        Optional.ofNullable(row.getString(22)).map(Instant::parse),
        Optional.ofNullable(row.getString(23)).map(Instant::parse),
        row.getBoolean(24),
        MetadataJson.read(row.getString(11)));
  }

  static void lane(PreparedStatement statement, LaneId lane) throws SQLException {
    statement.setLong(1, lane.chain().value());
    statement.setString(2, lane.address().value());
  }

  private static LaneId laneId(long chain, String address) {
    return new LaneId(ChainId.of(chain), Address.of(address));
  }
}
