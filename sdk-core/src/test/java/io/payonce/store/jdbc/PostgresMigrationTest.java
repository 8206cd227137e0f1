package io.payonce.store.jdbc;

import static io.payonce.testing.JournalScript.AT;
import static io.payonce.testing.JournalScript.LANE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.IdempotencyKey;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.StoreUnavailableException;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import io.payonce.testing.PostgresProxy;
import io.payonce.testing.PostgresProxy.Cut;
import io.payonce.testing.PostgresServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.ds.PGSimpleDataSource;

/** A journal that code of schema 1 wrote, under the code of today. */
@ExtendWith(PostgresTestServer.class)
final class PostgresMigrationTest {
  private final TestDatabase shared;
  private final TestDatabase other;

  PostgresMigrationTest(TestDatabase shared, TestDatabase other) {
    this.shared = shared;
    this.other = other;
  }

  /** Written by today's code, then taken back to schema 1 word for word; what it holds. */
  private static Object writeSchema1(TestDatabase database) {
    Object before;
    try (JdbcTransferStore store = database.open()) {
      JournalScript lane = JournalScript.on(store);
      lane.paid("paid");
      lane.exposed("exposed");
      lane.ready("ready");
      lane.accept("accepted");
      before = lane.everything();
    }
    String first = Migrations.postgresql(database.schema()).script(1);
    database.sql(
        """
        ALTER TABLE @attempts DROP COLUMN archived_hash;
        ALTER TABLE @lanes DROP COLUMN archived_below;
        DROP TABLE @members;
        DROP FUNCTION @members_fit, @members_end_by_proof;
        DROP TRIGGER groups_never_change ON @transfers;
        ALTER TABLE @transfers DROP COLUMN payout_data, DROP COLUMN payout_gas,
          DROP COLUMN payout_proof;
        ALTER TABLE @keys ALTER COLUMN transfer SET NOT NULL;
        DROP TRIGGER keep_their_host ON @slots;
        DROP TRIGGER respect_hosts ON @bindings;
        DROP TRIGGER stay_the_hosts ON @attempts;
        DROP FUNCTION @slots_keep_their_host, @bindings_respect_hosts;
        ALTER TABLE @slots DROP COLUMN host, DROP COLUMN reserved_as, DROP COLUMN reserved_by,
          DROP COLUMN reserved_for, DROP COLUMN reserved_until, DROP COLUMN exposed_by;
        ALTER TABLE @attempts DROP COLUMN host;
        DROP TRIGGER acceptance_reaches_the_outbox ON @transfers;
        DROP TRIGGER transition_reaches_the_outbox ON @transfers;
        DROP FUNCTION @transitions_reach_the_outbox;
        DROP TABLE @outbox, @sinks;
        DROP TRIGGER have_metadata ON @transfers;
        DROP FUNCTION @transfers_have_metadata;
        DROP TABLE @metadata_entries;
        DROP INDEX @transfers_by_payee, @transfers_by_lane, @keys_by_tenant, @keys_by_time;
        DROP TRIGGER end_once ON @transfers;
        DROP FUNCTION @transfers_end;
        DROP INDEX @transfers_due, @transfers_expiring, @transfers_waiting;
        ALTER TABLE @lanes DROP COLUMN paused, DROP COLUMN offer;
        ALTER TABLE @transfers DROP COLUMN pool, DROP COLUMN priority, DROP COLUMN max_fee,
          DROP COLUMN not_before, DROP COLUMN deadline, DROP COLUMN cancel_at_deadline;
        CREATE INDEX transfers_waiting ON @transfers (chain, sender, id)
          WHERE state IN ('ACCEPTED', 'HELD', 'READY');
        DROP TABLE @orphan_rulings, @orphans, @requests;
        DROP FUNCTION @requests_are_answered_once;
        ALTER TABLE @slots DROP COLUMN foreign_by;
        ALTER TABLE @lanes DROP COLUMN lease_owner, DROP COLUMN lease_expires_at;
        ALTER TABLE @transfers DROP COLUMN noticed, DROP COLUMN event_due;
        UPDATE @journal SET schema_version = 1, min_writer = 1;
        """
            + function(first, database.schema() + ".bindings_fit")
            + function(first, database.schema() + ".transfers_fit")
            + function(first, database.schema() + ".slots_keep_their_purpose")
            + function(first, database.schema() + ".attempts_fit")
            + function(first, database.schema() + ".attempts_keep_what_was_signed"));
    return before;
  }

  /** The statement that puts a function back as a script made it. */
  private static String function(String script, String name) {
    int from = script.indexOf("CREATE FUNCTION " + name);
    int to = script.indexOf("END $$;", from) + "END $$;".length();
    return script.substring(from, to).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION");
  }

  @Test
  void the_journal_of_these_tests_is_what_the_first_script_makes() {
    Object unused = writeSchema1(shared);
    String first = Migrations.postgresql(other.schema()).script(1);
    other.sql(first);
    assertThat(shape(shared)).isEqualTo(shape(other)).contains("bindings", "CHECK", "FUNCTION");
  }

  /** Columns, constraints, indexes, triggers and functions, without the name of the schema. */
  private static String shape(TestDatabase database) {
    String in = "'" + database.schema() + "'";
    return database
        .text(
            """
            SELECT string_agg(line, chr(10) ORDER BY line) FROM (
              SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable
                  || ' ' || coalesce(column_default, '')
                FROM information_schema.columns WHERE table_schema = %1$s
              UNION ALL SELECT conrelid::regclass || ' ' || conname || ' '
                  || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = %1$s::regnamespace
              UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = %1$s
              UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t
                JOIN pg_class c ON c.oid = t.tgrelid
                WHERE c.relnamespace = %1$s::regnamespace AND NOT t.tgisinternal
              UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc
                WHERE pronamespace = %1$s::regnamespace) shape(line)
            """
                .formatted(in))
        .replace(database.schema() + ".", "");
  }

  @Test
  void a_migration_keeps_everything() {
    Object before = writeSchema1(shared);
    assertThat(shared.migrate()).isEqualTo(1);
    assertThat(shared.migrate()).isEqualTo(Migrations.VERSION);
    try (JdbcTransferStore store = JdbcTransferStore.open(shared.url(), shared.options())) {
      assertThat(JournalScript.everything(store)).isEqualTo(before);
      assertThat(store.verifyChain().isIntact()).isTrue();
      JournalScript lane = JournalScript.on(store);
      StoredTransfer ready = store.find(IdempotencyKey.of("ready")).orElseThrow();
      lane.bind(ready.id());
      TransferFilter order = TransferFilter.all().withMetadata("order", "paid");
      assertThat(store.list(order, Optional.empty(), 9))
          .extracting(StoredTransfer::key)
          .containsExactly(IdempotencyKey.of("paid"));
      // What schema 1 held is found by loading the lane; only what comes now is an arrival.
      assertThat(store.noticeArrivals(LANE, lane.epoch(), 10, AT)).isEmpty();
    }
    int unused = other.migrate();
    assertThat(shape(shared)).as("as new").isEqualTo(shape(other));
  }

  @Test
  void a_server_that_reads_backslashes_in_the_old_way_gets_the_same_schema() {
    String role = "ALTER ROLE " + PostgresServer.ADMIN;
    shared.sql(role + " SET standard_conforming_strings = off");
    try {
      int unused = shared.migrate();
    } finally {
      shared.sql(role + " RESET standard_conforming_strings");
    }
    int unused = other.migrate();
    assertThat(shape(shared)).isEqualTo(shape(other));
  }

  @Test
  void a_schema_that_is_too_old_is_neither_read_nor_written_nor_changed_by_a_start() {
    Object unused = writeSchema1(shared);
    for (int version = 1; version < Migrations.VERSION; version++) {
      String before = shape(shared);
      for (Runnable opening :
          List.<Runnable>of(
              () -> JdbcTransferStore.open(shared.url(), shared.options()),
              () -> JdbcTransferStore.openReadOnly(shared.url(), shared.options()))) {
        assertThatThrownBy(opening::run)
            .isInstanceOf(JournalUnusableException.class)
            .hasMessageContaining("schema " + version)
            .hasMessageContaining("schema " + Migrations.VERSION)
            .hasMessageContaining("migrate");
      }
      assertThat(shape(shared)).isEqualTo(before);
      shared.sql(Migrations.postgresql(shared.schema()).script(version + 1));
    }
    assertThat(shared.migrate()).isEqualTo(Migrations.VERSION); // and grants
    JdbcTransferStore.open(shared.url(), shared.options()).close();
  }

  @Test
  void two_migrations_at_once_make_one() throws Exception {
    Object before = writeSchema1(shared);
    CompletableFuture<Integer> one = CompletableFuture.supplyAsync(shared::migrate);
    CompletableFuture<Integer> two = CompletableFuture.supplyAsync(shared::migrate);
    assertThat(List.of(one.get(), two.get())).contains(1);
    try (JdbcTransferStore store = JdbcTransferStore.open(shared.url(), shared.options())) {
      assertThat(JournalScript.everything(store)).isEqualTo(before);
    }
  }

  @Test
  void a_migration_whose_server_is_killed_in_any_script_left_the_version_before() throws Exception {
    try (PostgresServer server = PostgresTestServer.own()) {
      TestDatabase database = new TestDatabase(server, "payonce");
      Object before = writeSchema1(database);
      for (int version = 1; version < Migrations.VERSION; version++) {
        killInNextScript(server, database, version == 10 ? "lanes" : "transfers");
        assertThat(version(database)).isEqualTo(version);
        database.sql(Migrations.postgresql(database.schema()).script(version + 1));
      }
      assertThat(database.migrate()).isEqualTo(Migrations.VERSION);
      try (JdbcTransferStore store = JdbcTransferStore.open(database.url(), database.options())) {
        assertThat(JournalScript.everything(store)).isEqualTo(before);
        assertThat(store.verifyChain().isIntact()).isTrue();
      }
    }
  }

  /**
   * Each script from 2 on needs the bindings or this table, behind others of its statements.
   *
   * @param table which the script waits for when somebody holds it
   */
  private static void killInNextScript(PostgresServer server, TestDatabase database, String table)
      throws Exception {
    Connection holder = database.connect(PostgresServer.ADMIN);
    holder.setAutoCommit(false);
    try (Statement lock = holder.createStatement()) {
      lock.execute("LOCK TABLE %1$s.%2$s, %1$s.bindings".formatted(database.schema(), table));
      CompletableFuture<Integer> migration = CompletableFuture.supplyAsync(database::migrate);
      while (database
          .text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
          .equals("0")) {
        assertThat(migration).isNotDone();
      }
      server.kill();
      assertThatThrownBy(() -> migration.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(StoreUnavailableException.class);
    }
    server.start();
  }

  @Test
  void a_migration_that_is_cut_off_in_any_commit_is_repeated_without_harm() throws Exception {
    Object before = writeSchema1(shared);
    for (int cuts = 0; cuts < 2 * Migrations.VERSION; cuts++) { // the grants are a commit too
      Cut cut = cuts % 2 == 0 ? Cut.BEFORE : Cut.AFTER;
      try (PostgresProxy proxy = PostgresProxy.start(shared.server().port(), () -> cut)) {
        PGSimpleDataSource owner = new PGSimpleDataSource();
        owner.setURL(proxy.url("postgres"));
        owner.setUser(PostgresServer.ADMIN);
        assertThatThrownBy(() -> JdbcTransferStore.migrate(owner, shared.options()))
            .isInstanceOf(StoreUnavailableException.class);
        assertThat(proxy.commits(cut)).isOne();
        assertThat(version(shared)).isEqualTo(Math.min((cuts + 1) / 2 + 1, Migrations.VERSION));
      }
    }
    assertThat(shared.migrate()).isEqualTo(Migrations.VERSION);
    try (JdbcTransferStore store = JdbcTransferStore.open(shared.url(), shared.options())) {
      assertThat(JournalScript.everything(store)).isEqualTo(before);
    }
  }

  private static int version(TestDatabase database) {
    return Integer.parseInt(database.text("SELECT schema_version FROM @journal"));
  }
}
