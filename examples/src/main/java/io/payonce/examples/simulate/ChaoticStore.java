package io.payonce.examples.simulate;

import io.payonce.ChainId;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.examples.simulate.Chaos.Fate;
import io.payonce.examples.simulate.Chaos.Point;
import io.payonce.store.AcceptResult;
import io.payonce.store.Agenda;
import io.payonce.store.CommitResult;
import io.payonce.store.Intake;
import io.payonce.store.JournalChange;
import io.payonce.store.LaneOffer;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.OpenCount;
import io.payonce.store.Outbox;
import io.payonce.store.OutboxEvent;
import io.payonce.store.SinkBacklog;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The journal as one process sees it: writes fail, lose their answer, or kill the process. */
final class ChaoticStore implements TransferStore {
  private static final Duration RETENTION = Duration.ofSeconds(10);

  private final TransferStore medium;
  private final Chaos chaos;
  private final ProcessLife life;
  private final Judge judge;
  private final Deliveries deliveries;

  ChaoticStore(
      TransferStore medium, Chaos chaos, ProcessLife life, Judge judge, Deliveries deliveries) {
    this.medium = medium;
    this.chaos = chaos;
    this.life = life;
    this.judge = judge;
    this.deliveries = deliveries;
  }

  @Override
  public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
    return write(
        Point.P1_ACCEPT,
        () -> {
          List<AcceptResult> results = medium.acceptAll(intakes, at);
          deliveries.look();
          return results;
        });
  }

  @Override
  public AcceptResult acceptGroup(GroupSubmission group, Instant at) {
    return write(
        Point.P1_ACCEPT,
        () -> {
          AcceptResult result = medium.acceptGroup(group, at);
          deliveries.look();
          return result;
        });
  }

  @Override
  public Optional<StoredTransfer> groupOf(IdempotencyKey member) {
    return read(() -> medium.groupOf(member));
  }

  @Override
  public List<OpenCount> openCounts() {
    return read(medium::openCounts);
  }

  @Override
  public CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at) {
    return write(
        point(changes),
        () -> {
          CommitResult result = medium.commit(lane, epoch, changes, at);
          if (result instanceof CommitResult.StaleEpoch) {
            chaos.count("fence/STALE_EPOCH");
          } else if (result instanceof CommitResult.Applied) {
            judge.wrote(lane, life, changes);
            deliveries.look();
          }
          return result;
        });
  }

  @Override
  public Optional<StoredLane> takeLane(LaneId lane, Lease lease, Instant at) {
    return write(
        Point.LOAD,
        () -> {
          Optional<StoredLane> taken = medium.takeLane(lane, lease, at);
          taken.ifPresent(mine -> judge.took(lane, mine.epoch(), life));
          return taken;
        });
  }

  @Override
  public boolean renewLane(LaneId lane, long epoch, Lease lease, Optional<LaneOffer> offer) {
    return write(Point.RENEW, () -> medium.renewLane(lane, epoch, lease, offer));
  }

  @Override
  public void releaseLane(LaneId lane, long epoch) {
    reach();
    medium.releaseLane(lane, epoch);
  }

  @Override
  public List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at) {
    reach();
    return write(
        Point.NOTICE,
        chaos.rarelyAt(Point.NOTICE),
        () -> {
          List<StoredTransfer> arrived = medium.noticeArrivals(lane, epoch, limit, at);
          if (!arrived.isEmpty()) {
            deliveries.look();
          }
          return arrived;
        });
  }

  /** As if the retention were over ten seconds after finality: no run lasts for months. */
  @Override
  public int archiveBytes(LaneId lane, long epoch, Instant finalBefore, int limit, Instant at) {
    return write(
        Point.ARCHIVE,
        () -> {
          int archived = medium.archiveBytes(lane, epoch, at.minus(RETENTION), limit, at);
          if (archived > 0) {
            chaos.count("journal/BYTES_ARCHIVED");
          }
          return archived;
        });
  }

  @Override
  public void registerLane(LaneId lane, long firstNonce, long nextNonce, Instant at) {
    boolean unused =
        write(
            Point.REGISTER,
            () -> {
              medium.registerLane(lane, firstNonce, nextNonce, at);
              return true;
            });
  }

  @Override
  public List<StoredOrphan> orphans(ChainId chain) {
    return read(() -> medium.orphans(chain));
  }

  private <T> T write(Point point, Supplier<T> work) {
    reach();
    return write(point, chaos.at(point), work);
  }

  private <T> T write(Point point, Fate fate, Supplier<T> work) {
    switch (fate) {
      case CRASH_BEFORE -> throw life.kill(point);
      case CRASH_DURING -> {
        if (chaos.coin(0.5)) {
          T unused = work.get();
        }
        throw life.kill(point);
      }
      case FAILS -> throw new StoreUnavailableException(Outcome.NOT_APPLIED, "disk full");
      case UNKNOWN_NOT_DONE ->
          throw new StoreUnavailableException(Outcome.UNKNOWN, "connection lost in commit");
      case UNKNOWN_DONE -> {
        T unused = work.get();
        throw new StoreUnavailableException(Outcome.UNKNOWN, "connection lost after commit");
      }
      case CRASH_AFTER -> {
        T unused = work.get();
        throw life.kill(point);
      }
      case FINE -> {
        return work.get();
      }
    }
    throw new IllegalStateException("unreachable fate " + fate);
  }

  private static Point point(List<JournalChange> changes) {
    Point point = Point.P2_DECIDE;
    for (JournalChange change : changes) {
      if (change instanceof JournalChange.SlotBound
          || change instanceof JournalChange.SlotReserved) {
        return Point.P3_BIND;
      } else if (change instanceof JournalChange.AttemptSigned
          || change instanceof JournalChange.HostMayHaveSent) {
        return Point.P5_SIGNED;
      } else if (change instanceof JournalChange.AttemptAdded) {
        return Point.P9_REPLACE;
      } else if (change instanceof JournalChange.AttemptEnded) {
        return Point.P10_END;
      } else if (change instanceof JournalChange.SlotMoved) {
        point = Point.P8_OBSERVED;
      } else if (change instanceof JournalChange.AttemptSent) {
        point = Point.P7_SENT;
      }
    }
    return point;
  }

  private <T> T read(Supplier<T> work) {
    reach();
    if (chaos.unanswered(Point.READ)) {
      throw new StoreUnavailableException(Outcome.NOT_APPLIED, "connection lost in a question");
    }
    return work.get();
  }

  /** Whatever this process asks: it must live, and the way to the journal must be open. */
  private void reach() {
    life.check();
    if (life.isCutOff()) {
      chaos.count("journal/NOT_REACHED");
      throw new StoreUnavailableException(Outcome.NOT_APPLIED, "connection refused");
    }
  }

  @Override
  public Optional<StoredLane> lane(LaneId lane) {
    return read(() -> medium.lane(lane));
  }

  @Override
  public List<StoredLane> lanes() {
    return read(medium::lanes);
  }

  @Override
  public long ask(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at) {
    return write(Point.REQUEST, () -> medium.ask(lane, kind, transfer, actor, reason, at));
  }

  @Override
  public List<LaneRequest> openRequests(LaneId lane, int limit) {
    return read(() -> medium.openRequests(lane, limit));
  }

  @Override
  public Optional<LaneRequest> request(long id) {
    return read(() -> medium.request(id));
  }

  @Override
  public List<StoredSlot> openSlots(LaneId lane) {
    return read(() -> medium.openSlots(lane));
  }

  @Override
  public Optional<StoredSlot> reserved(LaneId lane, String name) {
    return read(() -> medium.reserved(lane, name));
  }

  @Override
  public List<StoredSlot> finalSlots(LaneId lane, long below, int limit) {
    return read(() -> medium.finalSlots(lane, below, limit));
  }

  @Override
  public Optional<StoredSlot> slot(SlotId slot) {
    return read(() -> medium.slot(slot));
  }

  @Override
  public List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit) {
    return read(() -> medium.waiting(lane, priority, after, now, limit));
  }

  @Override
  public Agenda agenda(LaneId lane, Instant now, int limit) {
    return read(() -> medium.agenda(lane, now, limit));
  }

  @Override
  public Optional<StoredTransfer> find(IdempotencyKey key) {
    return read(() -> medium.find(key));
  }

  @Override
  public Optional<StoredTransfer> find(TransferId id) {
    return read(() -> medium.find(id));
  }

  @Override
  public List<StoredTransfer> list(TransferFilter filter, Optional<TransferId> before, int limit) {
    return read(() -> medium.list(filter, before, limit));
  }

  @Override
  public Map<TransferState, Long> counts() {
    return read(medium::counts);
  }

  @Override
  public List<StoredAnswer> answers(SlotId slot) {
    return read(() -> medium.answers(slot));
  }

  @Override
  public List<JournalEvent> events(TransferId transfer) {
    return read(() -> medium.events(transfer));
  }

  @Override
  public List<Claim> claims(SlotId slot) {
    return read(() -> medium.claims(slot));
  }

  @Override
  public Optional<SlotId> slotOf(TransferId transfer) {
    return read(() -> medium.slotOf(transfer));
  }

  @Override
  public Outbox outbox() {
    return new ChaoticOutbox();
  }

  /** What a relay asks: its writes fail too. */
  private final class ChaoticOutbox implements Outbox {
    private final Outbox outbox = medium.outbox();

    @Override
    public void addSink(String sink) {
      reach();
      outbox.addSink(sink);
    }

    @Override
    public void removeSink(String sink) {
      reach();
      outbox.removeSink(sink);
    }

    @Override
    public List<SinkBacklog> sinks() {
      return read(outbox::sinks);
    }

    @Override
    public boolean leaseSink(String sink, Lease lease) {
      reach();
      return write(Point.OUTBOX, chaos.rarelyAt(Point.OUTBOX), () -> outbox.leaseSink(sink, lease));
    }

    @Override
    public void releaseSink(String sink, String owner) {
      reach();
      outbox.releaseSink(sink, owner);
    }

    @Override
    public List<OutboxEvent> heads(String sink, long after, int limit) {
      return read(() -> outbox.heads(sink, after, limit));
    }

    @Override
    public void delivered(String sink, Collection<OutboxEvent> events) {
      boolean unused =
          write(
              Point.OUTBOX,
              () -> {
                outbox.delivered(sink, events);
                return true;
              });
    }
  }

  @Override
  public void close() {
    // the medium outlives its processes
  }
}
