package io.payonce.store.jdbc;

import io.payonce.LaneId;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalChange.AttemptSent;
import io.payonce.store.LaneRequest;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredReservation;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.StagedCommit;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rows that changes leave behind. Runs inside a session's write transaction.
 *
 * <p>An update names only columns that change: one that is named costs its indexes, checks and
 * triggers, even when its value stays as it is.
 */
final class JournalWriter {
  private final Session session;

  JournalWriter(Session session) {
    this.session = session;
  }

  /** Inserts a lane, with slots that somebody else holds, unless it is there. */
  boolean insert(StoredLane lane, List<StoredSlot> held) throws SQLException {
    int rows =
        session.update(
            "INSERT INTO @lanes (chain, address, next_nonce, final_nonce, epoch, state, incident)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chain, address) DO NOTHING",
            lane.id().chain().value(),
            lane.id().address().value(),
            lane.nextNonce(),
            lane.finalNonce(),
            lane.epoch(),
            LaneColumns.state(lane.state()),
            lane.incident());
    if (rows == 1 && !held.isEmpty()) {
      long row = laneRow(lane.id());
      for (StoredSlot slot : held) {
        writeSlot(row, Optional.empty(), slot);
      }
    }
    return rows == 1;
  }

  /** Writes epoch and lease of a lane that is still in this epoch. */
  void updateOwner(StoredLane lane, long epoch) throws SQLException {
    int rows =
        session.update(
            "UPDATE @lanes SET epoch = ?, lease_owner = ?, lease_expires_at = ?, offer = ?"
                + " WHERE chain = ? AND address = ? AND epoch = ?",
            lane.epoch(),
            lane.leaseOwner().orElse(null),
            lane.leaseExpiresAt().map(Instant::toString).orElse(null),
            lane.offer().map(LaneColumns::offer).orElse(null),
            lane.id().chain().value(),
            lane.id().address().value(),
            epoch);
    demandOne(rows, lane.id(), epoch);
  }

  /** Owners of an earlier process: whoever may write now knows that they are gone. */
  void endLeases() throws SQLException {
    int unused =
        session.update(
            "UPDATE @lanes SET lease_owner = NULL, lease_expires_at = NULL, offer = NULL");
    int unusedSinks =
        session.update("UPDATE @sinks SET lease_owner = NULL, lease_expires_at = NULL");
  }

  void markNoticed(List<StoredTransfer> transfers) throws SQLException {
    for (StoredTransfer transfer : transfers) {
      session.queue("UPDATE @transfers SET noticed = TRUE WHERE id = ?", transfer.id().value());
    }
  }

  /** Writes what differs, in the order that the schema's checks ask for. */
  void write(StagedCommit staged, List<JournalChange> changes, Instant at) throws SQLException {
    long lane = laneRow(staged.lane().id());
    if (staged.laneChanged()) {
      update(staged.lane());
    }
    // Before the slot that was their proof opens again, and all others after their slots.
    List<StagedCommit.Changed<StoredTransfer>> transfers = staged.changedTransfers();
    for (StagedCommit.Changed<StoredTransfer> transfer : transfers) {
      if (transfer.after().isBroken()) {
        update(transfer, staged.lane().id());
      }
    }
    OrphanRows orphans = new OrphanRows(session);
    orphans.writeRulings(staged.changedOrphans());
    // Table by table, so that the rows of one table travel together.
    List<StagedCommit.Changed<StoredSlot>> slots = staged.changedSlots();
    for (StagedCommit.Changed<StoredSlot> slot : slots) {
      writeSlot(lane, slot.before(), slot.after());
    }
    for (StagedCommit.Changed<StoredSlot> slot : slots) {
      writeBinding(lane, slot.before(), slot.after());
    }
    for (StagedCommit.Changed<StoredSlot> slot : slots) {
      insertAttempts(lane, slot.before(), slot.after());
    }
    for (StagedCommit.Changed<StoredSlot> slot : slots) {
      updateAttempts(lane, slot.before(), slot.after());
    }
    orphans.writeFound(staged.changedOrphans());
    for (StagedCommit.Changed<StoredTransfer> transfer : transfers) {
      if (!transfer.after().isBroken()) {
        update(transfer, staged.lane().id());
      }
    }
    MemberRows members = new MemberRows(session);
    for (StagedCommit.Changed<StoredTransfer> transfer : staged.changedTransfers()) {
      if (transfer.after().group().isPresent()) {
        members.write(transfer.before().orElseThrow(), transfer.after());
      }
    }
    for (JournalChange change : changes) {
      if (change instanceof AttemptSent sent) {
        insert(lane, sent, at);
      }
    }
    for (LaneRequest answered : staged.answered()) {
      new RequestRows(session).answer(answered);
    }
    new FeeRows(session).write(lane, staged.lane().id().chain(), staged.fees());
  }

  /** I8: nothing of a lane is written but under its epoch. */
  private void update(StoredLane lane) throws SQLException {
    int rows =
        session.update(
            "UPDATE @lanes SET next_nonce = ?, final_nonce = ?, state = ?, paused = ?, incident = ?"
                + " WHERE chain = ? AND address = ? AND epoch = ?",
            lane.nextNonce(),
            lane.finalNonce(),
            LaneColumns.state(lane.state()),
            LaneColumns.paused(lane.state()),
            lane.incident(),
            lane.id().chain().value(),
            lane.id().address().value(),
            lane.epoch());
    demandOne(rows, lane.id(), lane.epoch());
  }

  private static void demandOne(int rows, LaneId lane, long epoch) {
    if (rows != 1) {
      throw new IllegalStateException("lane " + lane + " is not in epoch " + epoch);
    }
  }

  /** Whoever changes a transfer knows it; who is given it does not. */
  private void update(StagedCommit.Changed<StoredTransfer> changed, LaneId by) throws SQLException {
    StoredTransfer t = changed.after();
    if (!changed.before().map(StoredTransfer::lane).equals(Optional.of(t.lane()))) {
      session.queue(
          "UPDATE @transfers SET sender = ? WHERE id = ?",
          t.lane().address().value(),
          t.id().value());
    }
    StringBuilder sql = new StringBuilder("UPDATE @transfers SET updated_at = ?");
    List<Object> values = new ArrayList<>(List.of(t.updatedAt().toString()));
    Optional<StoredTransfer> before = changed.before();
    if (!before.map(StoredTransfer::state).equals(Optional.of(t.state()))) {
      sql.append(", state = ?");
      values.add(t.state().name());
    }
    if (!before.map(StoredTransfer::code).equals(Optional.of(t.code()))) {
      sql.append(", code = ?");
      values.add(t.code());
    }
    if (!before.map(StoredTransfer::reason).equals(Optional.of(t.reason()))) {
      sql.append(", reason = ?");
      values.add(t.reason());
    }
    if (!before.map(StoredTransfer::cancelRequested).equals(Optional.of(t.cancelRequested()))) {
      sql.append(", cancel_requested = ?");
      values.add(t.cancelRequested());
    }
    if (before.map(was -> was.state().isUnbound()).orElse(true)) { // later it is known for long
      sql.append(", noticed = ?");
      values.add(t.lane().equals(by));
    }
    values.add(t.id().value());
    session.queue(sql.append(" WHERE id = ?").toString(), values.toArray());
  }

  private void writeSlot(long lane, Optional<StoredSlot> before, StoredSlot after)
      throws SQLException {
    if (before.isEmpty()) {
      writeSlot(
          "INSERT INTO @slots (state, consumed_by, foreign_by, host, consumed_hash, block_number,"
              + " block_hash, block_time, gas_used, fee, reserved_as, reserved_by, reserved_for,"
              + " reserved_until, exposed_by, lane, nonce)"
              + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          lane,
          after);
    } else if (before.get().consumption().equals(after.consumption())
        && before.get().reservation().equals(after.reservation())) {
      if (before.get().state() != after.state()) {
        session.queue(
            "UPDATE @slots SET state = ? WHERE lane = ? AND nonce = ?",
            after.state().name(),
            lane,
            after.id().nonce());
      }
    } else {
      writeSlot(
          "UPDATE @slots SET state = ?, consumed_by = ?, foreign_by = ?, host = ?,"
              + " consumed_hash = ?, block_number = ?, block_hash = ?, block_time = ?,"
              + " gas_used = ?, fee = ?, reserved_as = ?, reserved_by = ?, reserved_for = ?,"
              + " reserved_until = ?, exposed_by = ? WHERE lane = ? AND nonce = ?",
          lane,
          after);
    }
  }

  private void writeBinding(long lane, Optional<StoredSlot> before, StoredSlot after)
      throws SQLException {
    if (after.transfer().isPresent() && before.flatMap(StoredSlot::transfer).isEmpty()) {
      session.queue(
          "INSERT INTO @bindings (transfer, lane, nonce) VALUES (?, ?, ?)",
          after.transfer().get().value(),
          lane,
          after.id().nonce());
    }
  }

  private void insertAttempts(long lane, Optional<StoredSlot> before, StoredSlot after)
      throws SQLException {
    int old = before.map(StoredSlot::attempts).orElse(List.of()).size();
    for (StoredAttempt attempt : after.attempts().subList(old, after.attempts().size())) {
      insert(lane, attempt);
    }
  }

  /** What changed, and what a new attempt became in the same commit. */
  private void updateAttempts(long lane, Optional<StoredSlot> before, StoredSlot after)
      throws SQLException {
    List<StoredAttempt> old = before.map(StoredSlot::attempts).orElse(List.of());
    for (int i = 0; i < after.attempts().size(); i++) {
      StoredAttempt attempt = after.attempts().get(i);
      boolean bytesStay = i < old.size() && attempt.signed().equals(old.get(i).signed());
      if (bytesStay && attempt.state() != old.get(i).state()) {
        updateState(lane, attempt);
      } else if (!bytesStay && attempt.state() != AttemptState.INTENT) {
        updateBytes(lane, attempt);
      }
    }
  }

  private void writeSlot(String sql, long lane, StoredSlot slot) throws SQLException {
    Consumption c = slot.consumption().orElse(null);
    StoredReservation held = slot.reservation().orElse(null);
    session.queue(
        sql,
        slot.state().name(),
        c == null ? null : LaneColumns.consumer(c.by()).name(),
        c == null || !c.by().isForeign() || c.by() == ConsumerClass.FOREIGN ? null : c.by().name(),
        c != null && c.by().isHost(),
        c == null ? null : c.hash().value(),
        c == null ? null : c.block().number(),
        c == null ? null : c.block().hash().value(),
        c == null ? null : c.blockTime().toString(),
        c == null ? null : c.gasUsed().toString(),
        c == null ? null : c.fee().value().toString(),
        held == null ? null : held.name(),
        held == null ? null : held.actor(),
        held == null ? null : held.reason(),
        held == null ? null : held.expiresAt().toString(),
        held == null ? null : held.exposedBy().orElse(null),
        lane,
        slot.id().nonce());
  }

  private void insert(long lane, StoredAttempt attempt) throws SQLException {
    UnsignedTransaction tx = attempt.transaction();
    session.queue(
        "INSERT INTO @attempts (lane, nonce, seq, chain, kind, host, state, recipient, value,"
            + " data_size, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, unsigned,"
            + " created_at) VALUES (?, ?, ?, ?, ?, ?, 'INTENT', ?, ?, ?, ?, ?, ?, ?, ?)",
        lane,
        attempt.id().slot().nonce(),
        attempt.id().sequence(),
        tx.chain().value(),
        (attempt.kind() == AttemptKind.HOST ? AttemptKind.PAYMENT : attempt.kind()).name(),
        attempt.kind() == AttemptKind.HOST,
        tx.to().value(),
        tx.value().value().toString(),
        tx.data().size(),
        tx.gasLimit().toString(),
        tx.maxFeePerGas().value().toString(),
        tx.maxPriorityFeePerGas().value().toString(),
        TransactionCodec.signingPayload(tx).toArray(),
        attempt.createdAt().toString());
  }

  private void updateState(long lane, StoredAttempt attempt) throws SQLException {
    session.queue(
        "UPDATE @attempts SET state = ? WHERE lane = ? AND nonce = ? AND seq = ?",
        attempt.state().name(),
        lane,
        attempt.id().slot().nonce(),
        attempt.id().sequence());
  }

  private void updateBytes(long lane, StoredAttempt attempt) throws SQLException {
    session.queue(
        "UPDATE @attempts SET state = ?, raw = ?, hash = ? WHERE lane = ? AND nonce = ? AND seq ="
            + " ?",
        attempt.state().name(),
        attempt.signed().map(signed -> signed.raw().toArray()).orElse(null),
        attempt.signed().map(signed -> signed.hash().value()).orElse(null),
        lane,
        attempt.id().slot().nonce(),
        attempt.id().sequence());
  }

  private void insert(long lane, AttemptSent sent, Instant at) throws SQLException {
    for (BroadcastEvidence.Answer answer : sent.evidence().answers()) {
      session.queue(
          "INSERT INTO @broadcasts (lane, nonce, seq, at, operator, endpoint, verdict, code,"
              + " message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          lane,
          sent.attempt().slot().nonce(),
          sent.attempt().sequence(),
          at.toString(),
          answer.operator().id(),
          answer.endpoint(),
          answer.verdict().name(),
          answer.code(),
          answer.message());
    }
  }

  /** The number of the lane's row. */
  long laneRow(LaneId lane) throws SQLException {
    PreparedStatement select =
        session.bound(
            "SELECT id FROM @lanes WHERE chain = ? AND address = ?",
            lane.chain().value(),
            lane.address().value());
    try (ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        throw new IllegalStateException("lane " + lane + " is not registered");
      }
      return row.getLong(1);
    }
  }
}
