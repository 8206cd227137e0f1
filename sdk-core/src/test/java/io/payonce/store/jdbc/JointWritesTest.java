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
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers that share one write, and what each of them is told. */
final class JointWritesTest {
  @TempDir private Path directory;
  private Connection connection;
  private FaultyConnection faulty;
  private SqliteConnection journal;
  private JointWrites<Integer, Boolean> inserts;

  /** Of each run its items. */
  private final List<List<Integer>> runs = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void connect() throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("x.db"));
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (x INTEGER PRIMARY KEY CHECK (x < 1000000))");
    }
    faulty = new FaultyConnection(connection);
    journal = new SqliteConnection(faulty.connection(), new SqliteDialect(Clock.systemUTC()));
    inserts = new JointWrites<>(database(), this::insert, wrote -> wrote);
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
  }

  @Test
  void callers_that_come_while_a_write_waits_share_it() throws Exception {
    List<String> told =
        QueuedWrites.together(journal, () -> tell(1), () -> tell(2, 3), () -> tell(1));
    assertThat(told).containsExactly("[true]", "[true, true]", "[false]");
    assertThat(runs).containsExactly(List.of(1, 2, 3, 1));
    assertThat(QueuedWrites.rows(connection)).containsExactly(0, 1, 2, 3);
    assertThat(faulty.commits()).isEqualTo(2); // of the write before them, and theirs
  }

  @Test
  void one_that_the_database_refuses_harms_no_other() throws Exception {
    List<String> told =
        QueuedWrites.together(
            journal, () -> tell(1), () -> tell(2, 1_000_000), () -> tell(-7), () -> tell(3));
    assertThat(told).containsExactly("[true]", "NOT_APPLIED", "[true]", "[true]");
    assertThat(QueuedWrites.rows(connection)).containsExactly(-7, 0, 1, 3);
    assertThat(runs).hasSize(5); // once together, then each alone
  }

  @Test
  void a_commit_of_unknown_outcome_is_unknown_to_all_and_is_not_repeated() throws Exception {
    faulty.failCommits(() -> faulty.commits() == 2 ? FaultyConnection.IO_ERROR : 0, true);
    List<String> told = QueuedWrites.together(journal, () -> tell(1), () -> tell(2));
    assertThat(told).containsExactly("UNKNOWN", "UNKNOWN");
    assertThat(runs).hasSize(1);
    assertThat(QueuedWrites.rows(connection)).containsExactly(0, 1, 2);
  }

  @Test
  void a_write_takes_only_so_many_items() throws Exception {
    Integer[] many = new Integer[JointWrites.MOST];
    Arrays.setAll(many, i -> i + 10);
    List<String> told =
        QueuedWrites.together(journal, () -> tell(1), () -> tell(many), () -> tell(2));
    assertThat(told).doesNotContain("UNKNOWN", "NOT_APPLIED");
    assertThat(runs).extracting(List::size).containsExactly(1, many.length, 1);
  }

  @Test
  void nobody_joins_a_write_that_failed_before_its_turn() {
    journal.close();
    assertThat(tell(1)).isEqualTo("journal is closed");
    assertThat(tell(2)).isEqualTo("journal is closed");
  }

  /** Whatever fails: what was told is what is there. */
  @Test
  void every_caller_is_told_what_the_file_holds() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("JointWritesTest seed " + seed);
    Random faults = new Random(seed);
    boolean done = faults.nextBoolean();
    faulty.failCommits( // asked under the lock of the connection
        () ->
            faults.nextInt(10) == 0 ? done ? FaultyConnection.IO_ERROR : FaultyConnection.FULL : 0,
        done);
    Map<Integer, String> told = new ConcurrentSkipListMap<>();
    List<Thread> all = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      Random dice = new Random(seed + t);
      int first = 1 + t * 1_000;
      all.add(
          new Thread(
              () -> {
                for (int x = first; x < first + 200; x++) {
                  told.put(x, dice.nextInt(6) == 0 ? tell(x, 1_000_000) : tell(x));
                }
              }));
    }
    all.forEach(Thread::start);
    for (Thread thread : all) {
      thread.join();
    }
    List<Integer> rows = QueuedWrites.rows(connection);
    assertThat(told).hasSize(8 * 200);
    told.forEach(
        (x, answer) -> {
          switch (answer) {
            case "[true]" -> assertThat(rows).as("seed " + seed).contains(x);
            case "NOT_APPLIED" -> assertThat(rows).as("seed " + seed).doesNotContain(x);
            default -> assertThat(answer).as("seed " + seed).isEqualTo("UNKNOWN"); // either way
          }
        });
  }

  private List<Boolean> insert(Session session, List<Integer> items) throws SQLException {
    runs.add(List.copyOf(items));
    List<Boolean> wrote = new ArrayList<>();
    for (int x : items) {
      wrote.add(session.update("INSERT INTO t VALUES (?) ON CONFLICT (x) DO NOTHING", x) == 1);
    }
    return wrote;
  }

  private String tell(Integer... items) {
    try {
      return inserts.write(List.of(items)).toString();
    } catch (StoreUnavailableException e) {
      return e.outcome() == Outcome.UNKNOWN ? "UNKNOWN" : "NOT_APPLIED";
    } catch (IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private Database database() {
    return new Database() {
      @Override
      public <T> T read(Session.Work<T> work) {
        return journal.read(work);
      }

      @Override
      public <T> T write(Session.Work<T> work, Predicate<T> keep) {
        return journal.write(work, keep);
      }

      @Override
      public void close() {
        journal.close();
      }
    };
  }
}
