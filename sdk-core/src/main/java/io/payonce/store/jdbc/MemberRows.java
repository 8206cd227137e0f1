package io.payonce.store.jdbc;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.Fingerprint;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.IdempotencyKey;
import io.payonce.Settlement;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.MemberState;
import io.payonce.store.StoredGroup;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.Acceptance;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The members of groups. Runs inside a session's transaction. */
final class MemberRows {
  private static final String MEMBER =
      "SELECT tenant, key, payee, amount, state, seen, log FROM @members WHERE transfer = ?"
          + " ORDER BY position";
  private static final String GROUP_OF =
      "SELECT m.transfer FROM @members m WHERE m.tenant = ? AND m.key = ?"
          + " ORDER BY CASE m.state WHEN 'NOT_PAID' THEN 1 ELSE 0 END, m.transfer DESC LIMIT 1";

  private static final String PAYMENTS =
      "SELECT key, transfer FROM @keys WHERE transfer IS NOT NULL AND tenant = ? AND key IN (%s)";
  private static final String GROUPS =
      "SELECT key, transfer FROM @members WHERE tenant = ? AND key IN (%s)";

  private final Session session;

  MemberRows(Session session) {
    this.session = session;
  }

  /** What a group calls, without its members, from its own row. */
  record Call(Address contract, Asset asset, Bytes data, BigInteger gasLimit, String proof) {}

  StoredGroup read(TransferId group, Call call) throws SQLException {
    List<GroupMember> members = new ArrayList<>();
    List<MemberState> states = new ArrayList<>();
    List<Settlement> seen = new ArrayList<>();
    try (ResultSet row = session.bound(MEMBER, group.value()).executeQuery()) {
      while (row.next()) {
        members.add(
            new GroupMember(
                new IdempotencyKey(row.getString(1), row.getString(2)),
                Address.of(row.getString(3)),
                TokenAmount.of(call.asset(), new BigInteger(row.getString(4)))));
        states.add(MemberState.valueOf(row.getString(5)));
        String outcome = row.getString(6);
        if (outcome != null) {
          long log = row.getLong(7);
          seen.add(
              new Settlement(
                  Settlement.Outcome.valueOf(outcome),
                  row.wasNull() ? OptionalLong.empty() : OptionalLong.of(log)));
        }
      }
    }
    return new StoredGroup(
        new Group(call.contract(), call.data(), call.gasLimit(), call.proof(), members),
        states,
        seen);
  }

  /** The group in which a member is live; else the last one. */
  Optional<TransferId> groupOf(IdempotencyKey member) throws SQLException {
    PreparedStatement select = session.bound(GROUP_OF, member.tenant(), member.value());
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? Optional.of(new TransferId(row.getLong(1))) : Optional.empty();
    }
  }

  /**
   * Stores the members of a group whose own row is written.
   *
   * @return who is in the way; then nothing of this transaction may stay
   */
  Optional<AcceptResult> insert(TransferId group, Group asked, Instant at, JournalReader reader)
      throws SQLException {
    // By key, so that two groups with the same members do not wait for each other.
    Map<String, Integer> byKey = new TreeMap<>();
    for (int i = 0; i < asked.members().size(); i++) {
      byKey.put(asked.members().get(i).key().value(), i);
    }
    for (int position : byKey.values()) {
      take(asked.members().get(position), at);
    }
    // What another transaction took meanwhile was waited for, so it is seen here.
    String tenant = asked.members().get(0).key().tenant();
    for (Map.Entry<String, TransferId> payment : found(PAYMENTS, tenant, byKey).entrySet()) {
      GroupMember member = asked.members().get(position(byKey, payment));
      return Optional.of(Acceptance.isPayment(member, payment.getValue()));
    }
    for (Map.Entry<String, TransferId> known : found(GROUPS, tenant, byKey).entrySet()) {
      GroupMember member = asked.members().get(position(byKey, known));
      StoredTransfer in = reader.groupOf(member.key()).orElseThrow();
      Optional<AcceptResult> taken = Acceptance.taken(member, in);
      if (taken.isPresent()) {
        return taken;
      }
    }
    for (int position : byKey.values()) {
      GroupMember member = asked.members().get(position);
      session.queue(
          "INSERT INTO @members (transfer, position, tenant, key, payee, amount, state)"
              + " VALUES (?, ?, ?, ?, ?, ?, 'OPEN')",
          group.value(),
          position,
          member.key().tenant(),
          member.key().value(),
          member.to().value(),
          member.amount().units().toString());
    }
    session.flush(); // here, where a refusal of the database is an answer
    return Optional.empty();
  }

  private static int position(Map<String, Integer> byKey, Map.Entry<String, TransferId> found) {
    return Objects.requireNonNull(byKey.get(found.getKey()));
  }

  /** What is known of these keys, by key. */
  private Map<String, TransferId> found(String sql, String tenant, Map<String, Integer> byKey)
      throws SQLException {
    Map<String, TransferId> found = new TreeMap<>();
    for (List<String> some : InList.of(byKey.keySet())) {
      PreparedStatement select = session.prepared(sql.formatted(InList.marks(some)));
      select.setString(1, tenant);
      for (int i = 0; i < some.size(); i++) {
        select.setString(i + 2, some.get(i));
      }
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.put(row.getString(1), new TransferId(row.getLong(2)));
        }
      }
    }
    return found;
  }

  /** A key that no payment has, and none can have from now on. */
  private void take(GroupMember member, Instant at) throws SQLException {
    session.queue(
        "INSERT INTO @keys (tenant, key, fingerprint, created_at) SELECT ?, ?, ?, ?"
            + " WHERE NOT EXISTS (SELECT 1 FROM @keys WHERE tenant = ? AND key = ?)"
            + " ON CONFLICT DO NOTHING",
        member.key().tenant(),
        member.key().value(),
        Fingerprint.of(member).value(),
        at.toString(),
        member.key().tenant(),
        member.key().value());
  }

  /**
   * Writes what differs. A member that somebody else may pay since its group had ended without it
   * stays there, whatever a broken finality has made of this one: its group is for a person.
   */
  void write(StoredTransfer before, StoredTransfer after) throws SQLException {
    StoredGroup old = before.group().orElseThrow();
    StoredGroup now = after.group().orElseThrow();
    if (old.equals(now)) {
      return;
    }
    for (int i = 0; i < now.states().size(); i++) {
      Optional<Settlement> seen =
          now.seen().isEmpty() ? Optional.empty() : Optional.of(now.seen(i));
      Optional<Settlement> seenBefore =
          old.seen().isEmpty() ? Optional.empty() : Optional.of(old.seen(i));
      if (now.states().get(i) == old.states().get(i) && seen.equals(seenBefore)) {
        continue;
      }
      IdempotencyKey key = now.asked().members().get(i).key();
      session.queue(
          "UPDATE @members SET seen = ?, log = ?, state = CASE WHEN state = 'NOT_PAID' AND EXISTS"
              + " (SELECT 1 FROM @members o WHERE o.tenant = ? AND o.key = ?"
              + " AND o.state IN ('OPEN', 'PAID')) THEN state ELSE ? END"
              + " WHERE transfer = ? AND position = ?",
          seen.map(one -> one.outcome().name()).orElse(null),
          seen.filter(one -> one.log().isPresent()).map(one -> one.log().getAsLong()).orElse(null),
          key.tenant(),
          key.value(),
          now.states().get(i).name(),
          after.id().value(),
          i);
    }
  }
}
