package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Asset;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.testing.JournalScript;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No question of the engine may grow with the number of payments that are done. */
final class QueryPlanTest {
  @TempDir private Path directory;

  @Test
  void open_slots_are_found_by_the_index_of_open_slots() {
    assertThat(plan(SlotRows.OPEN_SLOTS)).anyMatch(step -> step.contains("slots_open"));
    assertThat(plan(SlotRows.OPEN_ATTEMPTS)).anyMatch(step -> step.contains("slots_open"));
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
            SlotRows.OPEN_SLOTS,
            SlotRows.OPEN_ATTEMPTS,
            SlotRows.FINAL_SLOTS,
            SlotRows.RESERVED,
            SlotRows.CLAIMS,
            HistoryReader.ANSWERS,
            JournalReader.WAITING,
            JournalReader.UNNOTICED,
            JournalReader.BY_KEY,
            TransferQuery.ACCEPTED_IN,
            RequestRows.OPEN,
            ArchiveRows.FROM_CURSOR,
            ArchiveRows.FINAL_SINCE.formatted("?, ?"))) {
      assertThat(plan(sql)).as(sql).isNotEmpty().noneMatch(step -> step.startsWith("SCAN"));
    }
  }

  @Test
  void a_page_ends_its_walk_without_sorting_the_rest() {
    for (String sql :
        List.of(
            JournalReader.WAITING,
            SlotRows.FINAL_SLOTS,
            TransferQuery.ACCEPTED_IN,
            ArchiveRows.FROM_CURSOR,
            ids(TransferFilter.all()))) {
      assertThat(plan(sql)).as(sql).noneMatch(step -> step.contains("TEMP B-TREE"));
    }
  }

  @Test
  void a_list_walks_the_index_of_what_it_looks_for_in_the_order_of_ids() {
    Map<TransferFilter, String> walks = new LinkedHashMap<>();
    TransferFilter all = TransferFilter.all();
    TransferFilter tenant = all.ofTenant("a").ofAsset(new Asset.Native(JournalScript.CHAIN));
    walks.put(tenant.ofLane(JournalScript.LANE), "keys_by_tenant");
    walks.put(tenant.withMetadata("order", "7").withMetadata("desk", "2"), "metadata_by_value");
    walks.put(tenant.toPayee(JournalScript.LANE.address()), "transfers_by_payee");
    walks.put(tenant.inState(TransferState.PAID_FINAL), "keys_by_tenant");
    walks.put(tenant.inState(TransferState.HELD), "transfers_by_state");
    walks.put(all.ofLane(JournalScript.LANE).acceptedBefore(Instant.EPOCH), "transfers_by_lane");
    walks.put(all.inState(TransferState.PAID_FINAL), "transfers_by_state");
    walks.forEach(
        (filter, index) -> {
          List<String> plan = plan(ids(filter));
          assertThat(plan).as("%s", filter).anyMatch(step -> step.contains(index));
          assertThat(plan).as("%s", filter).noneMatch(step -> step.contains("SCAN t"));
          if (!index.equals("transfers_by_state")) {
            assertThat(plan).as("%s", filter).noneMatch(step -> step.contains("TEMP B-TREE"));
          }
        });
  }

  @Test
  void the_ids_of_a_time_are_read_from_the_index_alone() {
    assertThat(plan(TransferQuery.ACCEPTED_IN))
        .anyMatch(step -> step.contains("COVERING INDEX keys_by_time"));
  }

  private static String ids(TransferFilter filter) {
    return TransferQuery.of(filter, 0, Long.MAX_VALUE, 5).sql();
  }

  @Test
  void the_events_of_one_transfer_are_found_by_their_entities() {
    assertThat(plan(HistoryReader.EVENTS)).anyMatch(step -> step.contains("events_by_entity"));
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
