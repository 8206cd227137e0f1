package io.payonce.examples.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes into a copy what the journal has written since: the same rows in as many transactions, by
 * prepared statements and nothing else. What it writes is read before the clock starts.
 */
final class BareLoop {
  private static final int EVENTS_OF_A_BINDING = 4;
  private static final int EVENTS_OF_A_SIGNATURE = 1;

  /** The rows of a table in order; every value as the driver gives it. */
  private record Rows(String table, List<String> columns, List<@Nullable Object[]> values) {
    static Rows read(Connection from, String table, String condition) throws SQLException {
      try (Statement select = from.createStatement();
          ResultSet row = select.executeQuery("SELECT * FROM " + table + " " + condition)) {
        ResultSetMetaData meta = row.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
          columns.add(meta.getColumnName(i));
        }
        List<@Nullable Object[]> values = new ArrayList<>();
        while (row.next()) {
          @Nullable Object[] one = new Object[columns.size()];
          for (int i = 0; i < one.length; i++) {
            one[i] = row.getObject(i + 1);
          }
          values.add(one);
        }
        return new Rows(table, columns, values);
      }
    }

    @Nullable Object value(int row, String column) {
      return values.get(row)[columns.indexOf(column)];
    }

    PreparedStatement insert(Connection to) throws SQLException {
      return to.prepareStatement(
          "INSERT INTO "
              + table
              + columns.stream().collect(Collectors.joining(", ", " (", ") VALUES ("))
              + String.join(", ", Collections.nCopies(columns.size(), "?"))
              + ")");
    }

    /** The row as it is first written, before {@code later} columns have their value. */
    Rows withFirst(String column, @Nullable Object first) {
      int place = columns.indexOf(column);
      List<@Nullable Object[]> changed = new ArrayList<>();
      for (@Nullable Object[] row : values) {
        @Nullable Object[] copy = row.clone();
        copy[place] = first;
        changed.add(copy);
      }
      return new Rows(table, columns, changed);
    }
  }

  private final Path copy;
  private final int batch;
  private final Rows slots;
  private final Rows bindings;
  private final Rows attempts;
  private final Rows bookings;
  private final Rows events;
  private int nextEvent;

  BareLoop(Path journal, Path copy, int batch) throws SQLException {
    this.copy = copy;
    this.batch = batch;
    Object last;
    try (Connection before = open(copy)) {
      last = Rows.read(before, "events", "ORDER BY seq DESC LIMIT 1").value(0, "seq");
    }
    try (Connection from = open(journal)) {
      slots = Rows.read(from, "slots", "ORDER BY nonce");
      bindings = Rows.read(from, "bindings", "ORDER BY nonce");
      attempts = Rows.read(from, "attempts", "ORDER BY nonce");
      bookings = Rows.read(from, "fee_bookings", "ORDER BY nonce");
      events = Rows.read(from, "events", "WHERE seq > " + last + " ORDER BY seq");
    }
    int expected = slots.values().size() * (EVENTS_OF_A_BINDING + EVENTS_OF_A_SIGNATURE);
    if (events.values().size() != expected) {
      throw new IllegalStateException(
          events.values().size() + " events where the loop would write " + expected);
    }
  }

  /** Seconds for all bindings and signatures. */
  double seconds() throws SQLException {
    try (Connection to = open(copy)) {
      to.setAutoCommit(false);
      try (Writer writer = new Writer(to)) {
        long start = System.nanoTime();
        int count = slots.values().size();
        for (int from = 0; from < count; from += batch) {
          int end = Math.min(from + batch, count);
          writer.bind(from, end);
          to.commit();
          writer.sign(from, end);
          to.commit();
        }
        return (System.nanoTime() - start) / 1e9;
      }
    }
  }

  private static Connection open(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement pragma = connection.createStatement()) {
      pragma.execute("PRAGMA foreign_keys = 1");
      pragma.execute("PRAGMA journal_mode = wal");
      pragma.execute("PRAGMA synchronous = 2");
      pragma.execute("PRAGMA wal_autocheckpoint = 16384");
      pragma.execute("PRAGMA cache_size = -16384");
    }
    return connection;
  }

  private final class Writer implements AutoCloseable {
    private final Rows intended = slots.withFirst("state", "INTENDED");
    private final Rows intents =
        attempts.withFirst("state", "INTENT").withFirst("raw", null).withFirst("hash", null);
    private final PreparedStatement transfer;
    private final PreparedStatement lane;
    private final PreparedStatement fees;
    private final PreparedStatement insertSlot;
    private final PreparedStatement insertBinding;
    private final PreparedStatement insertAttempt;
    private final PreparedStatement insertBooking;
    private final PreparedStatement insertEvent;
    private final PreparedStatement signAttempt;
    private final PreparedStatement exposeSlot;

    Writer(Connection to) throws SQLException {
      transfer =
          to.prepareStatement("UPDATE transfers SET state = 'BOUND', updated_at = ? WHERE id = ?");
      lane = to.prepareStatement("UPDATE lanes SET next_nonce = ? WHERE id = ?");
      fees =
          to.prepareStatement("INSERT OR REPLACE INTO fees_in_flight (chain, worst) VALUES (?, ?)");
      insertSlot = intended.insert(to);
      insertBinding = bindings.insert(to);
      insertAttempt = intents.insert(to);
      insertBooking = bookings.insert(to);
      insertEvent = events.insert(to);
      signAttempt =
          to.prepareStatement("UPDATE attempts SET state = ?, raw = ?, hash = ? WHERE id = ?");
      exposeSlot =
          to.prepareStatement("UPDATE slots SET state = 'EXPOSED' WHERE lane = ? AND nonce = ?");
    }

    void bind(int from, int end) throws SQLException {
      for (int i = from; i < end; i++) {
        write(insertSlot, intended.values().get(i));
        write(insertBinding, bindings.values().get(i));
        write(transfer, attempts.value(i, "created_at"), bindings.value(i, "transfer"));
        write(insertAttempt, intents.values().get(i));
        write(insertBooking, bookings.values().get(i));
      }
      write(fees, attempts.value(from, "chain"), bookings.value(from, "worst"));
      write(lane, end, slots.value(from, "lane"));
      events((end - from) * EVENTS_OF_A_BINDING);
    }

    void sign(int from, int end) throws SQLException {
      for (int i = from; i < end; i++) {
        write(
            signAttempt,
            attempts.value(i, "state"),
            attempts.value(i, "raw"),
            attempts.value(i, "hash"),
            attempts.value(i, "id"));
        write(exposeSlot, slots.value(i, "lane"), slots.value(i, "nonce"));
      }
      events((end - from) * EVENTS_OF_A_SIGNATURE);
    }

    private void events(int count) throws SQLException {
      for (int i = 0; i < count; i++) {
        write(insertEvent, events.values().get(nextEvent++));
      }
    }

    private void write(PreparedStatement statement, @Nullable Object... values)
        throws SQLException {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      if (statement.executeUpdate() != 1) {
        throw new IllegalStateException("the bare loop did not write its row");
      }
    }

    @Override
    public void close() throws SQLException {
      for (PreparedStatement each :
          List.of(
              transfer,
              lane,
              fees,
              insertSlot,
              insertBinding,
              insertAttempt,
              insertBooking,
              insertEvent,
              signAttempt,
              exposeSlot)) {
        each.close();
      }
    }
  }
}
