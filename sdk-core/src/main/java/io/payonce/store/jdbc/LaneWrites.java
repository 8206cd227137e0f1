package io.payonce.store.jdbc;

import io.payonce.Group;
import io.payonce.LaneId;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.LaneOffer;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.internal.Acceptance;
import io.payonce.store.internal.EventLine;
import io.payonce.store.internal.StagedCommit;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * What is written of one lane: each method is one write of the {@link Database}, under the lock of
 * the lane's row. As in {@link io.payonce.store.TransferStore}. Thread-safe.
 */
final class LaneWrites {
  /** Groups that take each other's members at the same time are rarely more than two. */
  private static final int MOST_RACES = 5;

  private final Database database;
  private final Dialect dialect;
  private final History history;

  LaneWrites(Database database, Dialect dialect, History history) {
    this.database = database;
    this.dialect = dialect;
    this.history = history;
  }

  void register(LaneId lane, long firstNonce, long nextNonce, Instant at) {
    List<StoredSlot> held = Acceptance.heldByOthers(lane, firstNonce, nextNonce);
    boolean unused =
        database.write(
            s -> {
              boolean missing =
                  new JournalReader(s).lane(lane).isEmpty()
                      && new JournalWriter(s).insert(StoredLane.registered(lane, nextNonce), held);
              if (missing) {
                history.start(s, lane);
                history.append(s, lane, List.of(EventLine.registered(lane, nextNonce)), at);
              }
              return missing;
            },
            inserted -> inserted);
  }

  Optional<StoredLane> take(LaneId lane, Lease lease, Instant at) {
    return database.write(
        s -> {
          StoredLane known = registered(s, lane);
          Instant now = dialect.now(s);
          if (known.isLeasedToOther(lease.owner(), now)) {
            return Optional.empty();
          }
          StoredLane taken = known.taken(lease.owner(), now.plus(lease.duration()));
          new JournalWriter(s).updateOwner(taken, known.epoch());
          EventLine line = EventLine.taken(lane, taken.epoch(), lease.owner());
          history.append(s, lane, List.of(line), at);
          return Optional.of(taken);
        },
        Optional::isPresent);
  }

  boolean renew(LaneId lane, long epoch, Lease lease, Optional<LaneOffer> offer) {
    return updateLease(
        lane,
        epoch,
        (known, now) -> known.renewed(lease.owner(), now.plus(lease.duration()), offer));
  }

  void release(LaneId lane, long epoch) {
    boolean unused = updateLease(lane, epoch, (known, now) -> known.released());
  }

  private boolean updateLease(
      LaneId lane, long epoch, BiFunction<StoredLane, Instant, StoredLane> change) {
    return database.write(
        s -> {
          StoredLane known = registered(s, lane);
          boolean mine = known.epoch() == epoch;
          if (mine) {
            new JournalWriter(s).updateOwner(change.apply(known, dialect.now(s)), epoch);
          }
          return mine;
        },
        mine -> mine);
  }

  List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at) {
    if (database.read(s -> new JournalReader(s).unnoticed(lane, 1)).isEmpty()) {
      return List.of(); // the usual case writes nothing and locks nothing
    }
    return database.write(
        s -> {
          if (registered(s, lane).epoch() != epoch) {
            return List.<StoredTransfer>of();
          }
          List<StoredTransfer> arrivals = new JournalReader(s).unnoticed(lane, limit);
          appendDueEvents(s, lane, arrivals);
          new JournalWriter(s).markNoticed(arrivals);
          return arrivals;
        },
        arrivals -> !arrivals.isEmpty());
  }

  int archive(LaneId lane, long epoch, Instant finalBefore, int limit, Instant at) {
    if (database.read(s -> new ArchiveRows(s).due(lane, finalBefore, 1)).isEmpty()) {
      return 0; // the usual case writes nothing and locks nothing
    }
    return database.write(
        s -> {
          List<Long> due =
              registered(s, lane).epoch() == epoch
                  ? new ArchiveRows(s).due(lane, finalBefore, limit)
                  : List.of();
          if (!due.isEmpty()) {
            new ArchiveRows(s).archive(new JournalWriter(s).laneRow(lane), epoch, due);
            EventLine line = EventLine.archived(lane, due.get(0), due.get(due.size() - 1));
            history.append(s, lane, List.of(line), at);
          }
          return due.size();
        },
        archived -> archived > 0);
  }

  long ask(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at) {
    return database.write(
        s -> {
          LaneId known = registered(s, lane).id();
          LaneRequest request = new RequestRows(s).insert(known, kind, transfer, actor, reason, at);
          history.append(s, lane, List.of(EventLine.asked(request)), at);
          return request.id();
        },
        id -> true);
  }

  /** Takes the row of a group in, or answers what its key is known for. */
  interface Acceptor {
    AcceptResult accept(Session session, TransferRow row) throws SQLException;
  }

  /** Another group that took a member at the same time is seen when it is tried again. */
  AcceptResult acceptGroup(TransferRow row, Acceptor acceptor) {
    for (int tries = 1; ; tries++) {
      boolean last = tries == MOST_RACES;
      Optional<AcceptResult> result =
          database.accept(
              s -> {
                try {
                  return Optional.of(acceptGroup(s, row, acceptor));
                } catch (SQLException e) {
                  if (dialect.isRefusal(e) && !last) {
                    return Optional.<AcceptResult>empty();
                  }
                  throw e;
                }
              },
              kept -> kept.filter(AcceptResult.Accepted.class::isInstance).isPresent());
      if (result.isPresent()) {
        return result.get();
      }
    }
  }

  private AcceptResult acceptGroup(Session s, TransferRow row, Acceptor acceptor)
      throws SQLException {
    AcceptResult result = acceptor.accept(s, row);
    if (!(result instanceof AcceptResult.Accepted accepted)) {
      return result;
    }
    Group group = row.group().orElseThrow();
    Optional<AcceptResult> taken =
        new MemberRows(s).insert(accepted.transfer().id(), group, row.at(), new JournalReader(s));
    if (taken.isPresent()) {
      return taken.get();
    }
    history.appendAccepted(s, List.of(accepted.transfer()));
    return result;
  }

  CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at) {
    return database.write(
        s -> {
          try {
            return commit(s, lane, epoch, changes, at);
          } catch (CommitSource.Failed e) {
            throw e.sql();
          } catch (SQLException e) {
            if (dialect.isRefusal(e)) {
              return new CommitResult.Conflict("refused by the database: " + e.getMessage());
            }
            throw e;
          }
        },
        result -> result instanceof CommitResult.Applied);
  }

  private CommitResult commit(
      Session s, LaneId lane, long epoch, List<JournalChange> changes, Instant at)
      throws SQLException {
    StoredLane known = registered(s, lane);
    if (known.epoch() != epoch) {
      return new CommitResult.StaleEpoch();
    }
    CommitSource source = new CommitSource(lane, s);
    source.expect(changes);
    StagedCommit staged = new StagedCommit(known, source);
    CommitResult result = staged.apply(changes, at);
    if (!(result instanceof CommitResult.Applied)) {
      return result;
    }
    appendDueEvents(s, lane, staged.changedTransfers().stream().map(c -> c.after()).toList());
    new JournalWriter(s).write(staged, changes, at);
    history.append(
        s, lane, changes.stream().map(change -> EventLine.of(lane, change)).toList(), at);
    s.flush(); // here, where a refusal of the database is an answer
    return result;
  }

  /**
   * I13: what a transaction of the host accepted gets its event before anything is done with it.
   */
  private void appendDueEvents(Session s, LaneId lane, List<StoredTransfer> transfers)
      throws SQLException {
    Map<TransferId, StoredTransfer> fresh = new TreeMap<>();
    for (StoredTransfer transfer : transfers) {
      fresh.put(transfer.id(), transfer);
    }
    for (TransferId due : dialect.claimDueEvents(s, fresh.keySet())) {
      StoredTransfer accepted = Objects.requireNonNull(fresh.get(due));
      history.append(s, lane, List.of(EventLine.accepted(accepted)), accepted.acceptedAt());
    }
  }

  /** The lane, locked until the running transaction ends. */
  private StoredLane registered(Session s, LaneId lane) throws SQLException {
    return new JournalReader(s)
        .lockedLane(lane)
        .orElseThrow(() -> new IllegalStateException("lane " + lane + " is not registered"));
  }
}
