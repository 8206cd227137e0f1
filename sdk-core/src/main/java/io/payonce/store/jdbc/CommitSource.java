package io.payonce.store.jdbc;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.Wei;
import io.payonce.store.LaneRequest;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.FeeBooking;
import io.payonce.store.internal.StagedCommit;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** The rows as a commit reads them, inside its own transaction. */
final class CommitSource implements StagedCommit.Source {
  private final JournalReader reader;
  private final OrphanRows orphans;
  private final FeeRows fees;
  private final RequestRows requests;
  private final ChainId chain;

  CommitSource(
      JournalReader reader, OrphanRows orphans, FeeRows fees, RequestRows requests, ChainId chain) {
    this.reader = reader;
    this.orphans = orphans;
    this.fees = fees;
    this.requests = requests;
    this.chain = chain;
  }

  @Override
  public Optional<StoredSlot> slot(SlotId id) {
    return ask(() -> reader.slot(id));
  }

  @Override
  public Optional<StoredTransfer> transfer(TransferId id) {
    return ask(() -> reader.transfer(id));
  }

  @Override
  public Optional<LaneRequest> request(long id) {
    return ask(() -> requests.find(id));
  }

  @Override
  public List<StoredOrphan> orphansLike(Address payee, TokenAmount amount) {
    return ask(() -> orphans.like(payee, amount));
  }

  @Override
  public Optional<FeeBooking> booking(SlotId slot) {
    return ask(() -> fees.booking(slot));
  }

  @Override
  public Wei inFlight() {
    return ask(() -> fees.inFlight(chain));
  }

  @Override
  public SortedMap<Long, Wei> settledFrom(long minute) {
    return ask(() -> fees.settled(chain, minute, Long.MAX_VALUE));
  }

  private interface Question<T> {
    T ask() throws SQLException;
  }

  private static <T> T ask(Question<T> question) {
    try {
      return question.ask();
    } catch (SQLException e) {
      throw new Failed(e);
    }
  }

  /** Carries a failed read through the rules, which know no database. */
  static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SQLException sql;

    Failed(SQLException sql) {
      super(sql);
      this.sql = sql;
    }

    SQLException sql() {
      return sql;
    }
  }
}
