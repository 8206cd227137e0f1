package io.payonce.store.jdbc;

import io.payonce.AttemptId;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.Operator;
import io.payonce.store.StoredAnswer;
import io.payonce.store.TransferStore.JournalEvent;
import io.payonce.store.internal.EventLine;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What happened, and what endpoints said. Runs inside a session's transaction. */
final class HistoryReader {
  static final String EVENTS =
      "SELECT [ORDER], at, entity, what, detail FROM @events WHERE entity IN (?, ?)"
          + " ORDER BY [ORDER]";

  private static final String TO_SLOT =
      " FROM @broadcasts b JOIN @lanes l ON l.id = b.lane"
          + " WHERE l.chain = ? AND l.address = ? AND b.nonce = ?";
  static final String ANSWERS =
      "SELECT seq, at, operator, endpoint, verdict, code, message FROM @broadcasts WHERE id IN"
          + " (SELECT max(b.id)"
          + TO_SLOT
          + " AND b.seq = (SELECT max(b.seq)"
          + TO_SLOT
          + ") GROUP BY b.endpoint)";

  private final Session session;

  HistoryReader(Session session) {
    this.session = session;
  }

  List<JournalEvent> events(TransferId transfer) throws SQLException {
    String own = EventLine.of(transfer);
    String slot = new JournalReader(session).boundSlot(transfer).map(EventLine::of).orElse(own);
    List<JournalEvent> events = new ArrayList<>();
    try (ResultSet row = session.bound(EVENTS, own, slot).executeQuery()) {
      while (row.next()) {
        events.add(
            new JournalEvent(
                row.getLong(1),
                Instant.parse(row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5)));
      }
    }
    return events;
  }

  List<StoredAnswer> answers(SlotId slot) throws SQLException {
    long chain = slot.lane().chain().value();
    String wallet = slot.lane().address().value();
    PreparedStatement select =
        session.bound(ANSWERS, chain, wallet, slot.nonce(), chain, wallet, slot.nonce());
    List<StoredAnswer> answers = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        answers.add(
            new StoredAnswer(
                new AttemptId(slot, row.getInt(1)),
                Instant.parse(row.getString(2)),
                new Operator(row.getString(3)),
                row.getString(4),
                Verdict.valueOf(row.getString(5)),
                row.getInt(6),
                row.getString(7)));
      }
    }
    answers.sort(Comparator.comparing(StoredAnswer::endpoint)); // databases order texts their way
    return answers;
  }
}
