package io.payonce.store.jdbc;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.signing.SigningRequest;
import io.payonce.store.AcceptResult;
import io.payonce.store.CommitResult;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalInUseException;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.store.internal.Acceptance;
import io.payonce.store.internal.EventLine;
import io.payonce.store.internal.StagedCommit;
import io.payonce.store.jdbc.JournalFile.Use;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The durable journal: one SQLite file, written by one process.
 *
 * <p>Thread-safe. Writes are one at a time and each is on the disk when it returns; reads use their
 * own connection and wait for no write. Limits: metadata of 16 entries and 4 KiB; amounts of 2^256
 * - 1. See the package for what is refused and why.
 */
public final class JdbcTransferStore implements TransferStore {
  private static final String SQLITE_URL = "jdbc:sqlite:";

  private final JournalFile file;
  private final JournalOptions options;
  private final EventChain chain;
  private final Session reader;
  private final JournalReader read;
  private final @Nullable Session writer;
  private final @Nullable SideLock lock;

  private final DecodedTransactions decoded = new DecodedTransactions();

  private JdbcTransferStore(
      JournalFile file,
      JournalOptions options,
      Schema schema,
      Session reader,
      @Nullable Session writer,
      @Nullable SideLock lock) {
    this.file = file;
    this.options = options;
    this.chain = new EventChain(schema.id());
    this.reader = reader;
    this.read = new JournalReader(reader, decoded);
    this.writer = writer;
    this.lock = lock;
  }

  /**
   * Opens a journal to write, and creates it when the file is missing.
   *
   * @throws JournalInUseException when another process or store writes it
   * @throws JournalUnusableException when file, directory or schema do not allow it
   * @throws IllegalStateException when the driver is not on the class path
   */
  public static JdbcTransferStore open(Path journal, JournalOptions options) {
    JournalFile file = JournalFile.forWriting(journal);
    SideLock lock = SideLock.acquire(file.path());
    Session writer = null;
    Session reader = null;
    try {
      writer = file.connect(Use.WRITE, options.busyTimeout());
      file.copyBeforeMigration(writer, options.busyTimeout());
      Schema schema = Schema.start(writer, file.path(), options.random());
      reader = file.connect(Use.READ, options.busyTimeout());
      return new JdbcTransferStore(file, options, schema, reader, writer, lock);
    } catch (RuntimeException e) {
      closeAll(e, reader, writer, lock);
      throw e;
    }
  }

  /**
   * As {@link #open(Path, JournalOptions)}.
   *
   * @param location a path, or {@code jdbc:sqlite:} and a path
   * @throws IllegalArgumentException for any other database, PostgreSQL by name
   */
  public static JdbcTransferStore open(String location, JournalOptions options) {
    return open(path(location), options);
  }

  /**
   * Opens a journal to read, also while another process writes it: takes no lock, migrates nothing,
   * counts as no start. Every write throws {@link IllegalStateException}.
   *
   * @throws JournalUnusableException when there is no journal, or its schema is too new
   */
  public static JdbcTransferStore openReadOnly(Path journal, JournalOptions options) {
    JournalFile file = JournalFile.forReading(journal);
    Session reader = file.connect(Use.READ_ONLY, options.busyTimeout());
    try {
      Schema schema =
          reader.read(
              s -> {
                if (Schema.isNew(s, file.path())) {
                  throw new JournalUnusableException(
                      "journal " + journal + " is empty; start its writer once");
                }
                return Schema.load(s);
              });
      schema.checkReadable(file.path());
      return new JdbcTransferStore(file, options, schema, reader, null, null);
    } catch (RuntimeException e) {
      closeAll(e, reader, null, null);
      throw e;
    }
  }

  /** As {@link #openReadOnly(Path, JournalOptions)}, with a location as in {@link #open}. */
  public static JdbcTransferStore openReadOnly(String location, JournalOptions options) {
    return openReadOnly(path(location), options);
  }

  /** The statements that make the schema, for people and their tools. */
  public static String ddl() {
    return Migrations.sqlite().ddl();
  }

  /** The random name of this journal, for ever. */
  public String journalId() {
    return reader.read(s -> Schema.load(s).id());
  }

  /** How often a writer opened this journal, this one included. */
  public long incarnation() {
    return reader.read(s -> Schema.load(s).incarnation());
  }

  @Override
  public AcceptResult accept(
      IdempotencyKey key, Transfer transfer, Map<String, String> metadata, Instant at) {
    Acceptance.checkMetadata(metadata);
    return writer()
        .write(
            s -> {
              Optional<StoredTransfer> known = new JournalReader(s, decoded).transfer(key);
              if (known.isPresent()) {
                return Acceptance.known(known.get(), transfer);
              }
              JournalWriter write = new JournalWriter(s);
              TransferId id = new TransferId(write.nextTransferId());
              StoredTransfer accepted = Acceptance.accepted(id, key, transfer, metadata, at);
              write.insert(accepted);
              chain.append(s, List.of(EventLine.accepted(accepted)), at);
              return new AcceptResult.Accepted(accepted);
            },
            result -> result instanceof AcceptResult.Accepted);
  }

  @Override
  public void registerLane(LaneId lane, long nextNonce, Instant at) {
    SlotId first = new SlotId(lane, nextNonce); // checks the nonce
    writer()
        .write(
            s -> {
              boolean missing = new JournalReader(s, decoded).lane(lane).isEmpty();
              if (missing) {
                new JournalWriter(s).insert(StoredLane.registered(lane, first.nonce()));
                chain.append(s, List.of(EventLine.registered(lane, nextNonce)), at);
              }
              return missing;
            },
            inserted -> inserted);
  }

  @Override
  public Optional<StoredLane> lane(LaneId lane) {
    return reader.read(s -> read.lane(lane));
  }

  @Override
  public List<StoredLane> lanes() {
    return reader.read(s -> read.lanes());
  }

  @Override
  public Optional<StoredLane> takeLane(LaneId lane, Lease lease, Instant at) {
    return writer()
        .write(
            s -> {
              StoredLane known = registered(s, lane);
              Instant now = options.clock().instant();
              if (known.isLeasedToOther(lease.owner(), now)) {
                return Optional.empty();
              }
              StoredLane taken = known.taken(lease.owner(), now.plus(lease.duration()));
              new JournalWriter(s).updateOwner(taken, known.epoch());
              EventLine line = EventLine.taken(lane, taken.epoch(), lease.owner());
              chain.append(s, List.of(line), at);
              return Optional.of(taken);
            },
            Optional::isPresent);
  }

  @Override
  public boolean renewLane(LaneId lane, long epoch, Lease lease) {
    return updateLease(
        lane,
        epoch,
        known -> {
          Instant end = options.clock().instant().plus(lease.duration());
          return known.renewed(lease.owner(), end);
        });
  }

  @Override
  public void releaseLane(LaneId lane, long epoch) {
    boolean unused = updateLease(lane, epoch, StoredLane::released);
  }

  private boolean updateLease(LaneId lane, long epoch, UnaryOperator<StoredLane> change) {
    return writer()
        .write(
            s -> {
              StoredLane known = registered(s, lane);
              boolean mine = known.epoch() == epoch;
              if (mine) {
                new JournalWriter(s).updateOwner(change.apply(known), epoch);
              }
              return mine;
            },
            mine -> mine);
  }

  @Override
  public List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at) {
    if (reader.read(s -> read.unnoticed(lane, 1)).isEmpty()) {
      return List.of(); // the usual case writes nothing and locks nothing
    }
    return writer()
        .write(
            s -> {
              if (registered(s, lane).epoch() != epoch) {
                return List.<StoredTransfer>of();
              }
              List<StoredTransfer> arrivals = new JournalReader(s, decoded).unnoticed(lane, limit);
              new JournalWriter(s).markNoticed(arrivals);
              return arrivals;
            },
            arrivals -> !arrivals.isEmpty());
  }

  @Override
  public long ask(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at) {
    return writer()
        .write(
            s -> {
              LaneId known = registered(s, lane).id();
              RequestRows rows = new RequestRows(s);
              LaneRequest request =
                  new LaneRequest(
                      rows.nextId(), known, kind, transfer, actor, reason, at, Optional.empty());
              rows.insert(request);
              chain.append(s, List.of(EventLine.asked(request)), at);
              return request.id();
            },
            id -> true);
  }

  @Override
  public List<LaneRequest> openRequests(LaneId lane, int limit) {
    return reader.read(s -> new RequestRows(s).open(lane, limit));
  }

  @Override
  public Optional<LaneRequest> request(long id) {
    return reader.read(s -> new RequestRows(s).find(id));
  }

  @Override
  public List<StoredSlot> openSlots(LaneId lane) {
    return reader.read(s -> read.openSlots(lane));
  }

  @Override
  public Optional<StoredSlot> slot(SlotId slot) {
    return reader.read(s -> read.slot(slot));
  }

  @Override
  public List<StoredTransfer> waiting(LaneId lane, Optional<TransferId> after, int limit) {
    return reader.read(s -> read.waiting(lane, after, limit));
  }

  @Override
  public Optional<StoredTransfer> find(IdempotencyKey key) {
    return reader.read(s -> read.transfer(key));
  }

  @Override
  public Optional<StoredTransfer> find(TransferId id) {
    return reader.read(s -> read.transfer(id));
  }

  @Override
  public List<StoredTransfer> list(
      Optional<TransferState> state, Optional<TransferId> before, int limit) {
    return reader.read(s -> read.newest(state, before, limit));
  }

  @Override
  public Map<TransferState, Long> counts() {
    return reader.read(s -> read.counts());
  }

  @Override
  public CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at) {
    return writer()
        .write(
            s -> {
              try {
                return commit(s, lane, epoch, changes, at);
              } catch (CommitSource.Failed e) {
                throw e.sql();
              } catch (SQLException e) {
                if (SqliteErrors.isRefusal(e)) {
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
    CommitSource source =
        new CommitSource(
            new JournalReader(s, decoded), new FeeRows(s), new RequestRows(s), lane.chain());
    StagedCommit staged = new StagedCommit(known, source);
    CommitResult result = staged.apply(changes, at);
    if (!(result instanceof CommitResult.Applied)) {
      return result;
    }
    new JournalWriter(s).write(staged, changes, at);
    for (JournalChange change : changes) {
      if (change instanceof JournalChange.AttemptSigned signed) {
        decoded.remember(signed.signed());
      }
    }
    chain.append(s, changes.stream().map(change -> EventLine.of(lane, change)).toList(), at);
    return result;
  }

  @Override
  public List<JournalEvent> events(TransferId transfer) {
    return reader.read(s -> read.events(transfer));
  }

  @Override
  public List<Claim> claims(SlotId id) {
    return reader.read(
        s -> {
          Optional<StoredSlot> slot = read.slot(id);
          Optional<StoredTransfer> paid = Optional.empty();
          if (slot.isPresent() && slot.get().transfer().isPresent()) {
            paid = read.transfer(slot.get().transfer().get());
          }
          Optional<SigningRequest.Intent> intent =
              paid.map(t -> new SigningRequest.Intent(t.id(), t.fingerprint()));
          List<Claim> claims = new ArrayList<>();
          for (StoredAttempt attempt : slot.map(StoredSlot::attempts).orElse(List.of())) {
            claims.add(new Claim(attempt.id(), attempt.kind(), intent, attempt.transaction()));
          }
          return claims;
        });
  }

  @Override
  public Optional<SlotId> slotOf(TransferId transfer) {
    return reader.read(s -> read.boundSlot(transfer));
  }

  /** Recomputes the hash chain over all events: time and reads in proportion to the history. */
  public ChainCheck verifyChain() {
    return reader.read(chain::verify);
  }

  /**
   * Writes a consistent copy while the journal is in use, and flushes it to the disk.
   *
   * @param target a file that does not exist
   */
  public void backup(Path target) {
    if (Files.exists(target)) {
      throw new IllegalArgumentException("backup " + target + " exists; name another file");
    }
    file.copyTo(target, options.busyTimeout());
  }

  /** Releases file and lock; everything stays resumable. Idempotent. */
  @Override
  public void close() {
    RuntimeException failed = new IllegalStateException("journal did not close");
    closeAll(failed, reader, writer, lock);
    if (failed.getSuppressed().length > 0) {
      throw failed;
    }
  }

  /** The writing connection, for tests that take its room away. */
  Session writer() {
    if (writer == null) {
      throw new IllegalStateException("journal " + file.path() + " is open read-only");
    }
    return writer;
  }

  /** The reading connection, for tests of its settings and plans. */
  Session reader() {
    return reader;
  }

  private StoredLane registered(Session s, LaneId lane) throws SQLException {
    return new JournalReader(s, decoded)
        .lane(lane)
        .orElseThrow(() -> new IllegalStateException("lane " + lane + " is not registered"));
  }

  private static Path path(String location) {
    if (location.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException("PostgreSQL journals are not supported yet");
    }
    if (location.startsWith("jdbc:") && !location.startsWith(SQLITE_URL)) {
      throw new IllegalArgumentException(
          "journal must be a path or start with "
              + SQLITE_URL
              + ": no other database is supported");
    }
    return Path.of(
        location.startsWith(SQLITE_URL) ? location.substring(SQLITE_URL.length()) : location);
  }

  /** Readers first, the lock last: nobody else may write before this one has let go. */
  private static void closeAll(
      RuntimeException cause,
      @Nullable Session reader,
      @Nullable Session writer,
      @Nullable SideLock lock) {
    for (AutoCloseable part : new @Nullable AutoCloseable[] {reader, writer, lock}) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (Exception e) {
        cause.addSuppressed(e);
      }
    }
  }
}
