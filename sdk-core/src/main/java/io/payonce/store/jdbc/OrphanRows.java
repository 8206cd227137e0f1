package io.payonce.store.jdbc;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.TransferId;
import io.payonce.store.StoredOrphan;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/** Orphans and what people said about them. Runs inside a session's transaction. */
final class OrphanRows {
  private static final String ORPHAN =
      "SELECT o.id, l.address, o.nonce, o.hash, o.asset, o.payee, o.amount, r.transfer, r.ruling"
          + " FROM @orphans o JOIN @lanes l ON l.id = o.lane"
          + " LEFT JOIN @orphan_rulings r ON r.orphan = o.id WHERE o.chain = ?";
  static final String TO = ORPHAN + " AND o.payee = ? ORDER BY o.id, r.transfer";
  private static final String LANE = "(SELECT id FROM @lanes WHERE chain = ? AND address = ?)";

  private final Session session;

  OrphanRows(Session session) {
    this.session = session;
  }

  List<StoredOrphan> all(ChainId chain) throws SQLException {
    return orphans(chain, session.bound(ORPHAN + " ORDER BY o.id, r.transfer", chain.value()));
  }

  /** Whether the chain has any, claimed ones included. */
  boolean hasAny(ChainId chain) throws SQLException {
    PreparedStatement select =
        session.bound("SELECT 1 FROM @orphans WHERE chain = ? LIMIT 1", chain.value());
    try (ResultSet row = select.executeQuery()) {
      return row.next();
    }
  }

  List<StoredOrphan> to(ChainId chain, Address payee) throws SQLException {
    return orphans(chain, session.bound(TO, chain.value(), payee.value()));
  }

  /** Rulings on orphans that are stored; a binding to an orphan's nonce needs its ruling first. */
  void writeRulings(List<StoredOrphan> changed) throws SQLException {
    for (StoredOrphan orphan : changed) {
      OptionalLong id = id(orphan);
      if (id.isPresent()) {
        for (TransferId transfer : orphan.dismissedFor()) {
          rule(id.getAsLong(), transfer, "DISMISSED");
        }
        if (orphan.claimedBy().isPresent()) {
          rule(id.getAsLong(), orphan.claimedBy().get(), "CLAIMED");
        }
      }
    }
  }

  /** Orphans that are not stored; their slots are. */
  void writeFound(List<StoredOrphan> changed) throws SQLException {
    for (StoredOrphan orphan : changed) {
      if (id(orphan).isEmpty()) {
        LaneId lane = orphan.slot().lane();
        session.update(
            "INSERT INTO @orphans (lane, nonce, hash, chain, asset, payee, amount) VALUES ("
                + LANE
                + ", ?, ?, ?, ?, ?, ?)",
            lane.chain().value(),
            lane.address().value(),
            orphan.slot().nonce(),
            orphan.hash().value(),
            lane.chain().value(),
            LaneColumns.asset(orphan.amount().asset()),
            orphan.payee().value(),
            orphan.amount().units().toString());
      }
    }
  }

  private void rule(long orphan, TransferId transfer, String ruling) throws SQLException {
    PreparedStatement known =
        session.bound(
            "SELECT ruling FROM @orphan_rulings WHERE orphan = ? AND transfer = ?",
            orphan,
            transfer.value());
    try (ResultSet row = known.executeQuery()) {
      if (row.next() && row.getString(1).equals(ruling)) {
        return;
      }
    }
    session.update(
        "INSERT INTO @orphan_rulings (orphan, transfer, ruling) VALUES (?, ?, ?)",
        orphan,
        transfer.value(),
        ruling);
  }

  private OptionalLong id(StoredOrphan orphan) throws SQLException {
    PreparedStatement select =
        session.bound(
            "SELECT id FROM @orphans WHERE lane = " + LANE + " AND nonce = ? AND hash = ?",
            orphan.slot().lane().chain().value(),
            orphan.slot().lane().address().value(),
            orphan.slot().nonce(),
            orphan.hash().value());
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
    }
  }

  private static List<StoredOrphan> orphans(ChainId chain, PreparedStatement select)
      throws SQLException {
    Map<Long, StoredOrphan> orphans = new LinkedHashMap<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long id = row.getLong(1);
        StoredOrphan orphan = orphans.containsKey(id) ? orphans.get(id) : orphan(chain, row);
        long transfer = row.getLong(8);
        boolean ruled = !row.wasNull();
        if (ruled && row.getString(9).equals("CLAIMED")) {
          orphan = orphan.claimed(new TransferId(transfer));
        } else if (ruled) {
          orphan = orphan.dismissed(new TransferId(transfer));
        }
        orphans.put(id, orphan);
      }
    }
    return new ArrayList<>(orphans.values());
  }

  private static StoredOrphan orphan(ChainId chain, ResultSet row) throws SQLException {
    return new StoredOrphan(
        new SlotId(new LaneId(chain, Address.of(row.getString(2))), row.getLong(3)),
        TransactionHash.of(row.getString(4)),
        Address.of(row.getString(6)),
        TokenAmount.of(
            LaneColumns.asset(chain, row.getString(5)), new BigInteger(row.getString(7))),
        Optional.empty(),
        new TreeSet<>());
  }
}
