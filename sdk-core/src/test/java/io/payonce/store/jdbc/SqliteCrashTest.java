package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.testing.JournalScript;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, ended by signal 9 in the middle of their commits. */
final class SqliteCrashTest {
  private static final int KILLS = 6;

  @TempDir private Path directory;

  @Test
  void every_acknowledged_commit_survives_a_kill_and_at_most_one_more() throws Exception {
    Path journal = directory.resolve("journal.db");
    long seed = Long.getLong("payonce.seed", new SplittableRandom().nextLong());
    System.out.println("seed of the kills: " + seed);
    RandomGenerator random = new SplittableRandom(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      List<Long> acknowledged = runAndKill(journal, 1 + random.nextInt(300));
      verify(journal, acknowledged);
    }
  }

  private static List<Long> runAndKill(Path journal, int commits) throws Exception {
    List<Long> acknowledged = new ArrayList<>();
    Process child = JournalChild.start(journal);
    try (BufferedReader lines = JournalChild.lines(child)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        acknowledged.add(Long.parseLong(line));
        if (acknowledged.size() == commits) {
          // By its handle, which leaves the pipe open: what it wrote until it died is read too.
          child.toHandle().destroyForcibly();
        }
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(commits);
    return acknowledged;
  }

  private static void verify(Path journal, List<Long> acknowledged) {
    try (JdbcTransferStore store = JdbcTransferStore.open(journal, JournalOptions.defaults())) {
      ChainCheck chain = store.verifyChain();
      assertThat(chain.isIntact()).isTrue();
      long last = acknowledged.get(acknowledged.size() - 1);
      // The commits of a payment leave 1, 1, 2 and 1 events; the first line counts none of them.
      long next = (acknowledged.size() - 1) % 4 == 2 ? 2 : 1;
      assertThat(chain.intact()).isIn(last, last + next);
      for (StoredTransfer transfer :
          store.list(TransferFilter.all(), Optional.empty(), Integer.MAX_VALUE)) {
        assertThat(transfer.state().isUnbound()).isEqualTo(transfer.slot().isEmpty());
        assertThat(store.slotOf(transfer.id())).isEqualTo(transfer.slot());
      }
      assertThat(store.openSlots(JournalScript.LANE))
          .allSatisfy(slot -> assertThat(slot.attempts()).hasSize(1))
          .hasSize(Math.toIntExact(store.lane(JournalScript.LANE).orElseThrow().nextNonce() - 5));
    }
  }

  @Test
  void a_second_process_is_refused_in_one_line_also_after_a_refusal_in_this_one() throws Exception {
    Path journal = directory.resolve("journal.db");
    try (JdbcTransferStore first = JdbcTransferStore.open(journal, JournalOptions.defaults())) {
      assertThat(first.incarnation()).isEqualTo(1);
      assertThatRefused(journal);
      // A careless refusal closes the lock file, which on POSIX would drop the first one's lock.
      SqliteJournalTest.assertInUse(journal);
      assertThatRefused(journal);
    }
    Process after = JournalChild.start(journal);
    try (BufferedReader lines = JournalChild.lines(after)) {
      assertThat(Long.parseLong(lines.readLine())).isPositive();
      SqliteJournalTest.assertInUse(journal);
    } finally {
      after.destroyForcibly().waitFor();
    }
  }

  private static void assertThatRefused(Path journal) throws Exception {
    Process second = JournalChild.start(journal);
    try (BufferedReader lines = JournalChild.lines(second)) {
      assertThat(lines.readLine())
          .startsWith("refused: ")
          .contains(journal.getFileName().toString(), "another process", "read-only");
      assertThat(lines.readLine()).isNull();
    } finally {
      second.destroyForcibly().waitFor();
    }
  }
}
