package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoreUnavailableException.Outcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes that share a commit, and what each of their callers is told. */
final class GroupCommitTest {
  @TempDir private Path directory;
  private Connection connection;
  private FaultyConnection faulty;
  private SqliteConnection journal;

  @BeforeEach
  void connect() throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("x.db"));
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)");
    }
    faulty = new FaultyConnection(connection);
    journal = new SqliteConnection(faulty.connection(), new SqliteDialect(Clock.systemUTC()));
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
  }

  @Test
  void writes_that_come_during_a_commit_share_the_next_one() throws Exception {
    List<String> told =
        QueuedWrites.together(journal, () -> insert(1), () -> insert(2), () -> insert(3));
    assertThat(told).containsExactly("applied", "applied", "applied");
    assertThat(QueuedWrites.rows(connection)).containsExactly(0, 1, 2, 3);
    assertThat(faulty.commits()).isEqualTo(2); // of the write before them, and theirs
  }

  @Test
  void one_that_fails_or_is_refused_harms_no_other() throws Exception {
    List<String> told =
        QueuedWrites.together(
            journal,
            () -> insert(1),
            () -> insert(1), // the key is taken by then
            () -> refused(2),
            () -> defect(3),
            () -> insert(4));
    assertThat(told).containsExactly("applied", "NOT_APPLIED", "refused", "defect", "applied");
    assertThat(QueuedWrites.rows(connection)).containsExactly(0, 1, 4);
    assertThat(faulty.commits()).isEqualTo(2);
  }

  @Test
  void each_sees_what_those_before_it_wrote() throws Exception {
    List<String> told = QueuedWrites.together(journal, () -> insert(1), () -> insertUnlessThere(1));
    assertThat(told).containsExactly("applied", "refused");
  }

  @Test
  void nothing_is_committed_for_refusals() throws Exception {
    List<String> told = QueuedWrites.together(journal, () -> refused(1), () -> refused(2));
    assertThat(told).containsExactly("refused", "refused");
    assertThat(faulty.commits()).isEqualTo(1);
  }

  @Test
  void a_commit_of_unknown_outcome_is_unknown_to_all_and_a_refusal_by_it_too() throws Exception {
    faulty.failCommits(() -> faulty.commits() == 2 ? FaultyConnection.IO_ERROR : 0, true);
    List<String> told =
        QueuedWrites.together(
            journal, () -> insert(1), () -> insertUnlessThere(1), () -> defect(2));
    assertThat(told).containsExactly("UNKNOWN", "UNKNOWN", "defect");
    assertThat(QueuedWrites.rows(connection)).containsExactly(0, 1);
  }

  @Test
  void a_commit_that_is_known_to_be_undone_is_not_applied_for_any() throws Exception {
    faulty.failCommits(() -> faulty.commits() == 2 ? FaultyConnection.FULL : 0, false);
    List<String> told =
        QueuedWrites.together(
            journal, () -> insert(1), () -> insertUnlessThere(1), () -> insert(2));
    assertThat(told).containsExactly("NOT_APPLIED", "NOT_APPLIED", "NOT_APPLIED");
    assertThat(QueuedWrites.rows(connection)).containsExactly(0);
    assertThat(insert(1)).isEqualTo("applied");
  }

  @Test
  void a_transaction_that_sqlite_ends_by_itself_takes_all_its_writes_with_it() throws Exception {
    List<String> told =
        QueuedWrites.together(
            journal,
            () -> insert(1),
            () ->
                told(
                    s -> {
                      s.execute("ROLLBACK"); // as SQLite does after an error of the disk
                      throw new SQLException("disk I/O error", "", FaultyConnection.IO_ERROR);
                    },
                    true),
            () -> insert(2));
    assertThat(told).containsExactly("NOT_APPLIED", "NOT_APPLIED", "NOT_APPLIED");
    assertThat(QueuedWrites.rows(connection)).containsExactly(0);
    assertThat(insert(1)).isEqualTo("applied");
  }

  /** Whatever fails: what was told is what is there. */
  @Test
  void every_caller_is_told_what_the_file_holds() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("GroupCommitTest seed " + seed);
    Random faults = new Random(seed);
    boolean done = faults.nextBoolean(); // a COMMIT without room is not
    faulty.failCommits(
        () -> {
          int dice = faults.nextInt(10); // asked under the lock of the connection
          boolean full = dice == 1 && !done;
          return dice == 0 ? FaultyConnection.IO_ERROR : full ? FaultyConnection.FULL : 0;
        },
        done);
    int threads = 8;
    Map<Integer, String> told = new ConcurrentSkipListMap<>();
    ConcurrentSkipListSet<Integer> twice = new ConcurrentSkipListSet<>();
    List<Thread> all = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      Random dice = new Random(seed + t);
      int first = 1 + t * 1_000;
      all.add(
          new Thread(
              () -> {
                for (int i = 0; i < 200; i++) {
                  int x = first + i;
                  String answer =
                      switch (dice.nextInt(6)) {
                        case 0 -> refused(x);
                        case 1 -> defect(x);
                        case 2 -> insertUnlessThere(x);
                        default -> insert(x);
                      };
                  if (told.put(x, answer) != null) {
                    twice.add(x);
                  }
                }
              }));
    }
    all.forEach(Thread::start);
    for (Thread thread : all) {
      thread.join();
    }
    faulty.failCommits(0);
    TreeSet<Integer> rows = new TreeSet<>(QueuedWrites.rows(connection));
    assertThat(twice).isEmpty();
    assertThat(told).hasSize(threads * 200);
    told.forEach(
        (x, answer) -> {
          switch (answer) {
            case "applied" -> assertThat(rows).as("seed " + seed).contains(x);
            case "UNKNOWN" -> assertThat(x).isPositive(); // either way
            default -> assertThat(rows).as("seed " + seed + " " + answer).doesNotContain(x);
          }
        });
  }

  private String insert(int x) {
    return told(s -> s.update("INSERT INTO t VALUES (?)", x) == 1, true);
  }

  /** Writes and is refused then. */
  private String refused(int x) {
    return told(s -> s.update("INSERT INTO t VALUES (?)", x) == 1, false);
  }

  private String insertUnlessThere(int x) {
    return told(s -> s.update("INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING", x) == 1, true);
  }

  private String defect(int x) {
    return told(
        s -> {
          s.update("INSERT INTO t VALUES (?)", x);
          throw new IllegalArgumentException("defect");
        },
        true);
  }

  private String told(Session.Work<Boolean> work, boolean keep) {
    try {
      return journal.write(work, wrote -> wrote && keep) && keep ? "applied" : "refused";
    } catch (StoreUnavailableException e) {
      return e.outcome() == Outcome.UNKNOWN ? "UNKNOWN" : "NOT_APPLIED";
    } catch (IllegalStateException | IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
