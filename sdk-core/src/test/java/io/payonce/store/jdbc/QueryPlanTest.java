package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No question of the engine may grow with the number of payments that are done. */
final class QueryPlanTest {
  @TempDir private Path directory;

  @Test
  void open_slots_are_found_by_the_index_of_open_slots() {
    assertThat(plan(JournalReader.OPEN_SLOTS)).anyMatch(step -> step.contains("slots_open"));
    assertThat(plan(JournalReader.OPEN_ATTEMPTS)).anyMatch(step -> step.contains("slots_open"));
  }

  @Test
  void waiting_transfers_are_found_by_the_index_of_waiting_transfers() {
    assertThat(plan(JournalReader.WAITING)).anyMatch(step -> step.contains("transfers_waiting"));
    assertThat(plan(JournalReader.UNNOTICED))
        .anyMatch(step -> step.contains("transfers_unnoticed"));
  }

  @Test
  void nothing_is_scanned_whole() {
    for (String sql :
        List.of(
            JournalReader.OPEN_SLOTS,
            JournalReader.OPEN_ATTEMPTS,
            JournalReader.WAITING,
            JournalReader.UNNOTICED,
            JournalReader.NEWEST_OF_STATE,
            JournalReader.NEWEST,
            JournalReader.BY_KEY,
            RequestRows.OPEN)) {
      assertThat(plan(sql)).as(sql).isNotEmpty().noneMatch(step -> step.startsWith("SCAN"));
    }
  }

  @Test
  void a_page_ends_its_walk_without_sorting_the_rest() {
    for (String sql :
        List.of(JournalReader.WAITING, JournalReader.NEWEST_OF_STATE, JournalReader.NEWEST)) {
      assertThat(plan(sql)).as(sql).noneMatch(step -> step.contains("TEMP B-TREE"));
    }
  }

  @Test
  void the_events_of_one_transfer_are_found_by_their_entities() {
    assertThat(plan(JournalReader.EVENTS)).anyMatch(step -> step.contains("events_by_entity"));
  }

  private List<String> plan(String sql) {
    try (JdbcTransferStore store =
        JdbcTransferStore.open(directory.resolve("journal.db"), JournalOptions.defaults())) {
      return store
          .sqlite()
          .reader()
          .read(
              s -> {
                List<String> steps = new ArrayList<>();
                try (ResultSet row = s.prepared("EXPLAIN QUERY PLAN " + sql).executeQuery()) {
                  while (row.next()) {
                    steps.add(row.getString("detail"));
                  }
                }
                return steps;
              });
    }
  }
}
