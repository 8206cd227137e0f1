package io.payonce.store.jdbc;

import io.payonce.ChainId;
import io.payonce.GroupSubmission;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.Priority;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.store.AcceptResult;
import io.payonce.store.Agenda;
import io.payonce.store.CommitResult;
import io.payonce.store.Intake;
import io.payonce.store.JournalChange;
import io.payonce.store.JournalInUseException;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.LaneOffer;
import io.payonce.store.LaneRequest;
import io.payonce.store.Lease;
import io.payonce.store.OpenCount;
import io.payonce.store.Outbox;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.store.internal.Acceptance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The durable journal: one SQLite file written by one process, or a PostgreSQL schema shared by
 * many instances.
 *
 * <p>Thread-safe. A write is durable when it returns; reads wait for no write. On SQLite writes run
 * one at a time, and those that come together share one flush of the disk. On PostgreSQL those of
 * one lane follow one another, others run side by side, on at most eight connections; a deadlock or
 * serialization failure is run again, five times at most, and a commit whose answer was lost is
 * {@code UNKNOWN}. Limits: metadata of 16 entries and 4 KiB; amounts of 2^256 - 1. See the package
 * for what is refused and why.
 */
public final class JdbcTransferStore implements TransferStore {
  private static final String SQLITE_URL = "jdbc:sqlite:";

  private final Database database;
  private final Dialect dialect;
  private final History history;
  private final LaneWrites writes;
  private final JointWrites<TransferRow, AcceptResult> accepting;
  private final Outbox outbox;
  private final String journalId;
  private final Optional<JoinedAccept> joined;

  private JdbcTransferStore(Database database, Dialect dialect) {
    this.database = database;
    this.dialect = dialect;
    Schema schema = database.read(Schema::load);
    this.journalId = schema.id();
    this.joined =
        dialect instanceof PostgresDialect postgres
            ? Optional.of(database.read(s -> new JoinedAccept(s, postgres, schema)))
            : Optional.empty();
    this.history = dialect.history(journalId);
    this.writes = new LaneWrites(database, dialect, history);
    this.accepting =
        new JointWrites<>(database, this::acceptAll, AcceptResult.Accepted.class::isInstance);
    this.outbox = new OutboxRows(database, dialect);
  }

  private static JdbcTransferStore sqlite(SqliteDatabase database, JournalOptions options) {
    return new JdbcTransferStore(database, new SqliteDialect(options.clock()));
  }

  private static JdbcTransferStore postgres(Database database, JournalOptions options) {
    return new JdbcTransferStore(database, new PostgresDialect(options.schema()));
  }

  /**
   * Opens a SQLite journal to write, and creates it when the file is missing.
   *
   * @throws JournalInUseException when another process or store writes it
   * @throws JournalUnusableException when file, directory or schema do not allow it
   * @throws IllegalStateException when the driver is not on the class path
   */
  public static JdbcTransferStore open(Path journal, JournalOptions options) {
    return sqlite(SqliteDatabase.open(journal, options), options);
  }

  /**
   * Opens a journal to write: as {@link #open(Path, JournalOptions)}, or a PostgreSQL journal over
   * connections of its own. The password belongs into {@link JournalOptions#withLogin}, not into
   * the URL: URLs are logged and shown in process lists.
   *
   * @param location a path, {@code jdbc:sqlite:} and a path, or {@code jdbc:postgresql://...}
   * @throws IllegalArgumentException for any other database
   * @throws JournalUnusableException when server, role or schema do not allow it
   */
  public static JdbcTransferStore open(String location, JournalOptions options) {
    return location.startsWith(PostgresJournal.URL)
        ? postgres(PostgresJournal.open(location, options), options)
        : open(path(location), options);
  }

  /**
   * Opens a PostgreSQL journal to write over the host's own pool. It stays the host's to close; at
   * most eight of its connections are used at a time, each for one transaction, and given back as
   * they were. Behind a transaction pooler set {@code prepareThreshold=0} in the URL of the pool.
   *
   * @throws JournalUnusableException when server, role or schema do not allow it
   * @throws IllegalStateException when the driver is not on the class path
   */
  public static JdbcTransferStore open(DataSource pool, JournalOptions options) {
    return postgres(PostgresJournal.open(pool, options), options);
  }

  /**
   * Opens a SQLite journal to read, also while another process writes it: takes no lock, migrates
   * nothing, counts as no start. Every write throws {@link IllegalStateException}.
   *
   * @throws JournalUnusableException when there is no journal, or its schema is too new or too old
   */
  public static JdbcTransferStore openReadOnly(Path journal, JournalOptions options) {
    return sqlite(SqliteDatabase.openReadOnly(journal, options), options);
  }

  /**
   * The same with a location as in {@link #open(String, JournalOptions)}. On PostgreSQL a replica
   * and a role with {@code payonce_read} will do.
   */
  public static JdbcTransferStore openReadOnly(String location, JournalOptions options) {
    return location.startsWith(PostgresJournal.URL)
        ? postgres(PostgresJournal.openReadOnly(location, options), options)
        : openReadOnly(path(location), options);
  }

  /** The same over the host's own pool to PostgreSQL. */
  public static JdbcTransferStore openReadOnly(DataSource pool, JournalOptions options) {
    return postgres(PostgresJournal.openReadOnly(pool, options), options);
  }

  /** The statements that make the schema, for people and their tools; roles and grants included. */
  public static String ddl(JournalDialect dialect) {
    return ddl(dialect, JournalOptions.DEFAULT_SCHEMA);
  }

  /**
   * The same for another schema of PostgreSQL.
   *
   * @param schema as in {@link JournalOptions}
   */
  public static String ddl(JournalDialect dialect, String schema) {
    String name = JournalOptions.defaults().withSchema(schema).schema(); // checks it
    return dialect == JournalDialect.SQLITE
        ? Migrations.sqlite().ddl()
        : PostgresMigration.ddl(name);
  }

  /**
   * Brings a PostgreSQL schema to the version of this code, and creates it when it is missing. For
   * the owner of the schema, before the roll-out; a running journal never changes its tables. Each
   * version is one transaction; a second migration at the same time waits for the first.
   *
   * @param owner connections of the role that owns the schema, or may create it
   * @return the schema version before, 0 when there was none
   * @throws JournalUnusableException when the schema is newer than this code
   */
  public static int migrate(DataSource owner, JournalOptions options) {
    PostgresJournal.demandDriver();
    return PostgresMigration.migrate(owner, options.schema());
  }

  /** The random name of this journal, for ever. */
  public String journalId() {
    return journalId;
  }

  /** How often a writer opened this journal, this one included. */
  public long incarnation() {
    return database.read(s -> Schema.load(s).incarnation());
  }

  @Override
  public List<AcceptResult> acceptAll(List<Intake> intakes, Instant at) {
    return accepting.write(
        intakes.stream()
            .map(intake -> TransferRow.of(intake, Optional.empty(), at, false))
            .toList());
  }

  private List<AcceptResult> acceptAll(Session s, List<TransferRow> rows) throws SQLException {
    List<AcceptResult> results = accept(s, rows);
    List<StoredTransfer> accepted = new ArrayList<>();
    for (AcceptResult result : results) {
      if (result instanceof AcceptResult.Accepted fresh) {
        accepted.add(fresh.transfer());
      }
    }
    if (!accepted.isEmpty()) {
      history.appendAccepted(s, accepted);
    }
    return results;
  }

  private List<AcceptResult> accept(Session s, List<TransferRow> rows) throws SQLException {
    List<Optional<TransferId>> ids = dialect.insert(s, rows);
    List<AcceptResult> results = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      TransferRow row = rows.get(i);
      results.add(
          ids.get(i).isPresent()
              ? new AcceptResult.Accepted(row.stored(ids.get(i).get()))
              : known(s, row));
    }
    return results;
  }

  private static AcceptResult known(Session s, TransferRow row) throws SQLException {
    Optional<StoredTransfer> known = new JournalReader(s).transfer(row.key());
    return known.isPresent()
        ? Acceptance.known(known.get(), row.intake().submission(), row.group())
        : Acceptance.memberKey(new JournalReader(s).groupOf(row.key()).orElseThrow());
  }

  @Override
  public AcceptResult acceptGroup(GroupSubmission group, Instant at) {
    return writes.acceptGroup(
        TransferRow.of(Acceptance.intake(group), Optional.of(group.group()), at, false),
        (s, row) -> accept(s, List.of(row)).get(0));
  }

  @Override
  public AcceptResult accept(Connection hostTransaction, Intake intake, Instant at) {
    return joined
        .map(accepting -> accepting.accept(hostTransaction, intake, at))
        .orElseGet(() -> TransferStore.super.accept(hostTransaction, intake, at));
  }

  @Override
  public void registerLane(LaneId lane, long firstNonce, long nextNonce, Instant at) {
    writes.register(lane, firstNonce, nextNonce, at);
  }

  @Override
  public Optional<StoredLane> lane(LaneId lane) {
    return database.read(s -> new JournalReader(s).lane(lane));
  }

  @Override
  public List<StoredLane> lanes() {
    return database.read(s -> new JournalReader(s).lanes());
  }

  @Override
  public Optional<StoredLane> takeLane(LaneId lane, Lease lease, Instant at) {
    return writes.take(lane, lease, at);
  }

  @Override
  public boolean renewLane(LaneId lane, long epoch, Lease lease, Optional<LaneOffer> offer) {
    return writes.renew(lane, epoch, lease, offer);
  }

  @Override
  public void releaseLane(LaneId lane, long epoch) {
    writes.release(lane, epoch);
  }

  @Override
  public List<StoredTransfer> noticeArrivals(LaneId lane, long epoch, int limit, Instant at) {
    return writes.noticeArrivals(lane, epoch, limit, at);
  }

  @Override
  public int archiveBytes(LaneId lane, long epoch, Instant finalBefore, int limit, Instant at) {
    return writes.archive(lane, epoch, finalBefore, limit, at);
  }

  @Override
  public long ask(
      LaneId lane,
      LaneRequest.Kind kind,
      Optional<TransferId> transfer,
      String actor,
      String reason,
      Instant at) {
    return writes.ask(lane, kind, transfer, actor, reason, at);
  }

  @Override
  public List<LaneRequest> openRequests(LaneId lane, int limit) {
    return database.read(s -> new RequestRows(s).open(lane, limit));
  }

  @Override
  public Optional<LaneRequest> request(long id) {
    return database.read(s -> new RequestRows(s).find(id));
  }

  @Override
  public List<StoredSlot> openSlots(LaneId lane) {
    return database.read(s -> slots(s).openSlots(lane));
  }

  @Override
  public List<StoredSlot> finalSlots(LaneId lane, long below, int limit) {
    return database.read(s -> slots(s).finalSlots(lane, below, limit));
  }

  @Override
  public Optional<StoredSlot> slot(SlotId slot) {
    return database.read(s -> slots(s).slot(slot));
  }

  @Override
  public Optional<StoredSlot> reserved(LaneId lane, String name) {
    return database.read(s -> slots(s).reserved(lane, name));
  }

  @Override
  public List<StoredTransfer> waiting(
      LaneId lane, Priority priority, Optional<TransferId> after, Instant now, int limit) {
    return database.read(s -> new JournalReader(s).waiting(lane, priority, after, now, limit));
  }

  @Override
  public Agenda agenda(LaneId lane, Instant now, int limit) {
    return database.read(s -> new JournalReader(s).agenda(lane, now, limit));
  }

  @Override
  public List<StoredOrphan> orphans(ChainId chain) {
    return database.read(s -> new OrphanRows(s).all(chain));
  }

  @Override
  public Optional<StoredTransfer> find(IdempotencyKey key) {
    return database.read(s -> new JournalReader(s).transfer(key));
  }

  @Override
  public Optional<StoredTransfer> find(TransferId id) {
    return database.read(s -> new JournalReader(s).transfer(id));
  }

  @Override
  public Optional<StoredTransfer> groupOf(IdempotencyKey member) {
    return database.read(s -> new JournalReader(s).groupOf(member));
  }

  @Override
  public List<StoredTransfer> list(TransferFilter filter, Optional<TransferId> before, int limit) {
    return database.read(s -> new JournalReader(s).newest(filter, before, limit));
  }

  @Override
  public Map<TransferState, Long> counts() {
    return database.read(s -> new JournalReader(s).counts());
  }

  @Override
  public List<OpenCount> openCounts() {
    return database.read(s -> new JournalReader(s).openCounts());
  }

  @Override
  public CommitResult commit(LaneId lane, long epoch, List<JournalChange> changes, Instant at) {
    return writes.commit(lane, epoch, changes, at);
  }

  @Override
  public Outbox outbox() {
    return outbox;
  }

  @Override
  public List<StoredAnswer> answers(SlotId slot) {
    return database.read(s -> new HistoryReader(s).answers(slot));
  }

  @Override
  public List<JournalEvent> events(TransferId transfer) {
    return database.read(s -> new HistoryReader(s).events(transfer));
  }

  @Override
  public List<Claim> claims(SlotId id) {
    return database.read(s -> slots(s).claims(id));
  }

  @Override
  public Optional<SlotId> slotOf(TransferId transfer) {
    return database.read(s -> new JournalReader(s).boundSlot(transfer));
  }

  /** Recomputes the hash chains over all events: time and reads in proportion to the history. */
  public ChainCheck verifyChain() {
    return database.read(history::verify);
  }

  /**
   * SQLite: writes a consistent copy while the journal is in use, and flushes it to the disk.
   *
   * @param target a file that does not exist
   * @throws IllegalStateException for a PostgreSQL journal: its server has its own backups
   */
  public void backup(Path target) {
    if (Files.exists(target)) {
      throw new IllegalArgumentException("backup " + target + " exists; name another file");
    }
    sqlite().file().copyTo(target);
  }

  /** Releases file and lock, or connections; everything stays resumable. Idempotent. */
  @Override
  public void close() {
    database.close();
  }

  /** The file behind it, also for tests that take its room away. */
  SqliteDatabase sqlite() {
    if (database instanceof SqliteDatabase sqlite) {
      return sqlite;
    }
    throw new IllegalStateException("the journal is no SQLite file; back up the server instead");
  }

  private SlotRows slots(Session s) {
    return new SlotRows(s);
  }

  private static Path path(String location) {
    if (location.startsWith("jdbc:") && !location.startsWith(SQLITE_URL)) {
      throw new IllegalArgumentException(
          "journal must be a path or start with "
              + SQLITE_URL
              + " or "
              + PostgresJournal.URL
              + ": no other database is supported");
    }
    return Path.of(
        location.startsWith(SQLITE_URL) ? location.substring(SQLITE_URL.length()) : location);
  }
}
