package io.payonce.store.jdbc;

import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Wei;
import io.payonce.store.internal.FeeBooking;
import io.payonce.store.internal.FeeStage;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** The rows of the rolling hour. Runs inside a session's write transaction. */
final class FeeRows {
  private static final String BOOKINGS =
      "SELECT nonce, worst, actual, settled_minute FROM @fee_bookings WHERE lane ="
          + " (SELECT id FROM @lanes WHERE chain = ? AND address = ?) AND nonce IN (%s)";

  private final Session session;

  FeeRows(Session session) {
    this.session = session;
  }

  void write(long lane, ChainId chain, FeeStage fees) throws SQLException {
    if (fees.changed().isEmpty()) {
      return;
    }
    for (FeeBooking booking : fees.changed()) {
      session.queue(
          "INSERT INTO @fee_bookings (lane, nonce, worst, actual, settled_minute)"
              + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (lane, nonce) DO UPDATE SET"
              + " worst = excluded.worst, actual = excluded.actual,"
              + " settled_minute = excluded.settled_minute",
          lane,
          booking.slot().nonce(),
          booking.worst().value().toString(),
          booking.actual().map(wei -> wei.value().toString()).orElse(null),
          booking.settledMinute().isPresent() ? booking.settledMinute().getAsLong() : null);
    }
    session.queue(
        "INSERT INTO @fees_in_flight (chain, worst) VALUES (?, ?)"
            + " ON CONFLICT (chain) DO UPDATE SET worst = excluded.worst",
        chain.value(),
        fees.inFlight().value().toString());
    for (Map.Entry<Long, Wei> minute : fees.settled().entrySet()) {
      Wei before =
          settled(chain, minute.getKey(), minute.getKey()).getOrDefault(minute.getKey(), Wei.ZERO);
      session.queue(
          "INSERT INTO @fee_windows (chain, minute, actual) VALUES (?, ?, ?)"
              + " ON CONFLICT (chain, minute) DO UPDATE SET actual = excluded.actual",
          chain.value(),
          minute.getKey(),
          before.plus(minute.getValue()).value().toString());
    }
  }

  /** The bookings of these nonces of a lane, where there is one. */
  List<FeeBooking> bookings(LaneId lane, Collection<Long> nonces) throws SQLException {
    List<FeeBooking> found = new ArrayList<>();
    for (List<Long> some : InList.of(nonces)) {
      PreparedStatement select =
          session.bound(
              BOOKINGS.formatted(InList.marks(some)), lane.chain().value(), lane.address().value());
      for (int i = 0; i < some.size(); i++) {
        select.setLong(i + 3, some.get(i));
      }
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          String actual = row.getString(3);
          found.add(
              new FeeBooking(
                  new SlotId(lane, row.getLong(1)),
                  wei(row.getString(2)),
                  Optional.ofNullable(actual).map(FeeRows::wei),
                  actual == null ? OptionalLong.empty() : OptionalLong.of(row.getLong(4))));
        }
      }
    }
    return found;
  }

  /** Locks the sums of the chain: lanes of one chain share its hour of fees. */
  Wei inFlight(ChainId chain) throws SQLException {
    Optional<Wei> sum = lockedSum(chain);
    if (sum.isPresent()) {
      return sum.get();
    }
    // A row that is not there cannot be locked; of two that add it, the second waits for the first.
    int unused =
        session.update(
            "INSERT INTO @fees_in_flight (chain, worst) VALUES (?, '0')"
                + " ON CONFLICT (chain) DO NOTHING",
            chain.value());
    return lockedSum(chain).orElseThrow();
  }

  private Optional<Wei> lockedSum(ChainId chain) throws SQLException {
    PreparedStatement select =
        session.bound("SELECT worst FROM @fees_in_flight WHERE chain = ? [LOCK]", chain.value());
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? Optional.of(wei(row.getString(1))) : Optional.empty();
    }
  }

  SortedMap<Long, Wei> settled(ChainId chain, long fromMinute, long toMinute) throws SQLException {
    PreparedStatement select =
        session.bound(
            "SELECT minute, actual FROM @fee_windows WHERE chain = ? AND minute BETWEEN ? AND ?",
            chain.value(),
            fromMinute,
            toMinute);
    SortedMap<Long, Wei> settled = new TreeMap<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        settled.put(row.getLong(1), wei(row.getString(2)));
      }
    }
    return settled;
  }

  private static Wei wei(String decimal) {
    return Wei.of(new BigInteger(decimal));
  }
}
