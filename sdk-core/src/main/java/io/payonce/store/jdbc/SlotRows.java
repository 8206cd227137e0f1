package io.payonce.store.jdbc;

import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Fingerprint;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionCodec;
import io.payonce.TransactionHash;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningClaims.Claim;
import io.payonce.signing.SigningRequest.Intent;
import io.payonce.store.AttemptState;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredSlot;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Slots with their attempts, as rows are read. Runs inside a transaction of the session, on its
 * thread.
 */
final class SlotRows {
  private static final String LANE_ID = "(SELECT id FROM @lanes WHERE chain = ? AND address = ?)";
  private static final String SLOT =
      "SELECT s.nonce, s.state, b.transfer, s.consumed_by, s.consumed_hash, s.block_number,"
          + " s.block_hash, s.block_time, s.gas_used, s.fee, s.foreign_by, s.host, s.reserved_as,"
          + " s.reserved_by, s.reserved_for, s.reserved_until, s.exposed_by FROM @slots s"
          + " LEFT JOIN @bindings b ON b.lane = s.lane AND b.nonce = s.nonce WHERE s.lane = "
          + LANE_ID;
  private static final String ATTEMPT =
      "SELECT a.nonce, a.seq, a.kind, a.unsigned, a.raw, a.state, a.created_at, a.host, a.hash,"
          + " a.archived_hash FROM"
          + " @slots s"
          + " [CROSS] JOIN @attempts a ON a.lane = s.lane AND a.nonce = s.nonce WHERE s.lane = "
          + LANE_ID;
  private static final String SOME_SLOTS = SLOT + " AND s.nonce IN (%s)";
  private static final String ATTEMPTS_OF_SOME =
      ATTEMPT + " AND s.nonce IN (%s) ORDER BY a.nonce, a.seq";
  static final String RESERVED = SLOT + " AND s.reserved_as = ? AND s.reserved_as IS NOT NULL";
  static final String CLAIMS =
      "SELECT a.seq, a.kind, a.host, a.unsigned, b.transfer, k.fingerprint"
          + " FROM @lanes l [CROSS] JOIN @attempts a ON a.lane = l.id"
          + " LEFT JOIN @bindings b ON b.lane = a.lane AND b.nonce = a.nonce"
          + " LEFT JOIN @keys k ON k.transfer = b.transfer"
          + " WHERE l.chain = ? AND l.address = ? AND a.nonce = ? ORDER BY a.seq";
  private static final String OPEN = " AND s.state <> 'CONSUMED_FINAL'";
  private static final String BY_OPEN_INDEX = "@slots s [BY slots_open]";

  // Left to itself, SQLite prefers the primary key, and walks every slot that was ever final.
  static final String OPEN_SLOTS =
      SLOT.replace("@slots s", BY_OPEN_INDEX) + OPEN + " ORDER BY s.nonce";
  static final String OPEN_ATTEMPTS =
      ATTEMPT.replace("@slots s", BY_OPEN_INDEX) + OPEN + " ORDER BY s.nonce, a.seq";
  static final String FINAL_SLOTS =
      SLOT + " AND s.state = 'CONSUMED_FINAL' AND s.nonce < ? ORDER BY s.nonce DESC LIMIT ?";
  private static final String ATTEMPTS_BETWEEN =
      ATTEMPT + " AND s.nonce BETWEEN ? AND ? ORDER BY s.nonce, a.seq";

  private final Session session;

  SlotRows(Session session) {
    this.session = session;
  }

  Optional<StoredSlot> slot(SlotId slot) throws SQLException {
    return slots(slot.lane(), List.of(slot.nonce())).stream().findFirst();
  }

  /** Those of these nonces of a lane that were ever given out. */
  List<StoredSlot> slots(LaneId lane, Collection<Long> nonces) throws SQLException {
    List<StoredSlot> found = new ArrayList<>();
    for (List<Long> some : InList.of(nonces)) {
      List<StoredSlot> bare = slots(lane, atNonces(SOME_SLOTS, lane, some), Map.of());
      if (bare.isEmpty()) {
        continue; // each binding asks for a slot that is not there yet
      }
      Map<Long, List<StoredAttempt>> attempts =
          attempts(lane, atNonces(ATTEMPTS_OF_SOME, lane, some));
      for (StoredSlot slot : bare) {
        found.add(with(slot, attempts));
      }
    }
    return found;
  }

  private PreparedStatement atNonces(String sql, LaneId lane, List<Long> nonces)
      throws SQLException {
    PreparedStatement select = session.prepared(sql.formatted(InList.marks(nonces)));
    JournalReader.lane(select, lane);
    for (int i = 0; i < nonces.size(); i++) {
      select.setLong(i + 3, nonces.get(i));
    }
    return select;
  }

  Optional<StoredSlot> reserved(LaneId lane, String name) throws SQLException {
    PreparedStatement select = session.prepared(RESERVED);
    JournalReader.lane(select, lane);
    select.setString(3, name);
    List<StoredSlot> bare = slots(lane, select, Map.of());
    return bare.isEmpty() ? Optional.empty() : slot(bare.get(0).id());
  }

  List<StoredSlot> openSlots(LaneId lane) throws SQLException {
    PreparedStatement attempts = session.prepared(OPEN_ATTEMPTS);
    JournalReader.lane(attempts, lane);
    PreparedStatement slots = session.prepared(OPEN_SLOTS);
    JournalReader.lane(slots, lane);
    return slots(lane, slots, attempts(lane, attempts));
  }

  List<StoredSlot> finalSlots(LaneId lane, long below, int limit) throws SQLException {
    PreparedStatement select = session.prepared(FINAL_SLOTS);
    JournalReader.lane(select, lane);
    select.setLong(3, below);
    select.setInt(4, limit);
    List<StoredSlot> bare = slots(lane, select, Map.of());
    if (bare.isEmpty()) {
      return bare;
    }
    PreparedStatement between = session.prepared(ATTEMPTS_BETWEEN);
    JournalReader.lane(between, lane);
    between.setLong(3, bare.get(0).id().nonce());
    between.setLong(4, bare.get(bare.size() - 1).id().nonce());
    Map<Long, List<StoredAttempt>> attempts = attempts(lane, between);
    return bare.stream().map(slot -> with(slot, attempts)).toList();
  }

  private static StoredSlot with(StoredSlot bare, Map<Long, List<StoredAttempt>> attempts) {
    return bare.with(attempts.getOrDefault(bare.id().nonce(), List.of()));
  }

  /** One statement: a guard asks before each signature. */
  List<Claim> claims(SlotId slot) throws SQLException {
    PreparedStatement select = session.prepared(CLAIMS);
    JournalReader.lane(select, slot.lane());
    select.setLong(3, slot.nonce());
    List<Claim> claims = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long transfer = row.getLong(5);
        Optional<Intent> intent =
            row.wasNull()
                ? Optional.empty()
                : Optional.of(
                    new Intent(new TransferId(transfer), new Fingerprint(row.getString(6))));
        claims.add(
            new Claim(
                new AttemptId(slot, row.getInt(1)),
                kind(row.getString(2), row.getBoolean(3)),
                intent,
                TransactionCodec.decodeUnsigned(Bytes.of(row.getBytes(4)))));
      }
    }
    return claims;
  }

  private static AttemptKind kind(String column, boolean host) {
    return host ? AttemptKind.HOST : AttemptKind.valueOf(column);
  }

  private Map<Long, List<StoredAttempt>> attempts(LaneId lane, PreparedStatement select)
      throws SQLException {
    Map<Long, List<StoredAttempt>> attempts = new TreeMap<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long nonce = row.getLong(1);
        byte @Nullable [] raw = row.getBytes(5);
        attempts
            .computeIfAbsent(nonce, n -> new ArrayList<>())
            .add(
                new StoredAttempt(
                    new AttemptId(new SlotId(lane, nonce), row.getInt(2)),
                    kind(row.getString(3), row.getBoolean(8)),
                    TransactionCodec.decodeUnsigned(Bytes.of(row.getBytes(4))),
                    raw == null ? Optional.empty() : Optional.of(signed(raw, row.getString(9))),
                    AttemptState.valueOf(row.getString(6)),
                    Instant.parse(row.getString(7)),
                    Optional.ofNullable(row.getString(10)).map(TransactionHash::of)));
      }
    }
    return attempts;
  }

  private static SignedTransaction signed(byte[] raw, String hash) {
    try {
      return SignedTransaction.restored(Bytes.of(raw), TransactionHash.of(hash));
    } catch (IllegalArgumentException damaged) {
      throw new JournalUnusableException(
          "the bytes of " + hash + " are damaged; restore the journal from a backup", damaged);
    }
  }

  private static List<StoredSlot> slots(
      LaneId lane, PreparedStatement select, Map<Long, List<StoredAttempt>> attempts)
      throws SQLException {
    List<StoredSlot> slots = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long nonce = row.getLong(1);
        SlotState state = SlotState.valueOf(row.getString(2));
        long transfer = row.getLong(3);
        Optional<TransferId> bound =
            row.wasNull() ? Optional.empty() : Optional.of(new TransferId(transfer));
        slots.add(
            new StoredSlot(
                new SlotId(lane, nonce),
                state,
                bound,
                attempts.getOrDefault(nonce, List.of()),
                consumption(row),
                reservation(row)));
      }
    }
    slots.sort(Comparator.comparingLong(slot -> slot.id().nonce()));
    return slots;
  }

  private static Optional<Consumption> consumption(ResultSet row) throws SQLException {
    String by = row.getString(4);
    if (by == null) {
      return Optional.empty();
    }
    String how = row.getString(11);
    ConsumerClass consumer = ConsumerClass.valueOf(how == null ? by : how);
    return Optional.of(
        new Consumption(
            row.getBoolean(12) ? LaneColumns.host(consumer) : consumer,
            TransactionHash.of(row.getString(5)),
            new BlockRef(row.getLong(6), BlockHash.of(row.getString(7))),
            Instant.parse(row.getString(8)),
            new BigInteger(row.getString(9)),
            Wei.of(new BigInteger(row.getString(10)))));
  }

  private static Optional<StoredReservation> reservation(ResultSet row) throws SQLException {
    String name = row.getString(13);
    return name == null
        ? Optional.empty()
        : Optional.of(
            new StoredReservation(
                name,
                row.getString(14),
                row.getString(15),
                Instant.parse(row.getString(16)),
                Optional.ofNullable(row.getString(17))));
  }
}
