package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.store.jdbc.PostgresTestServer.TestDatabase;
import io.payonce.testing.JournalScript;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a hand with a SQL prompt cannot do to a PostgreSQL journal, filled as {@link DirectSql}
 * says: neither with the role of the application nor with that of the owner of the tables.
 */
@ExtendWith(PostgresTestServer.class)
final class PostgresConstraintTest {
  private static final String OWNER = "only_owner";

  /** Beyond what is refused by every database. */
  private static final List<String> REFUSED =
      List.of(
          // I1
          "INSERT INTO @keys VALUES ('', 'another', 'x', 4, '')",
          "INSERT INTO @keys VALUES ('', 'a', 'x', 4, '')"
              + " ON CONFLICT (tenant, key) DO UPDATE SET fingerprint = 'x'",
          "INSERT INTO @bindings VALUES (2, 1, 8) ON CONFLICT (transfer) DO UPDATE SET nonce = 8",
          "WITH gone AS (DELETE FROM @bindings WHERE transfer = 2 RETURNING transfer)"
              + " INSERT INTO @bindings SELECT transfer, 1, 8 FROM gone",
          "INSERT INTO @transfers SELECT 9, chain, sender, asset, payee, amount, unusual_payee,"
              + " metadata, 'PAID_FINAL', code, reason, cancel_requested, accepted_at, updated_at"
              + " FROM @transfers WHERE id = 4",
          "TRUNCATE @keys CASCADE",
          "TRUNCATE @members",
          "TRUNCATE @bindings",
          "TRUNCATE @transfers CASCADE",
          // I2
          "UPDATE @attempts SET raw = raw || [01] WHERE raw IS NOT NULL",
          "TRUNCATE @attempts CASCADE",
          // I3
          "INSERT INTO @slots (lane, nonce, state) VALUES (1, 8, 'RESERVED')"
              + " ON CONFLICT (lane, nonce) DO UPDATE SET state = 'RESERVED', nonce = 77",
          "UPDATE @slots SET lane = 2 WHERE nonce = 8",
          "TRUNCATE @slots CASCADE",
          "TRUNCATE @lanes CASCADE",
          // I12
          "TRUNCATE @orphans CASCADE",
          // I13
          "DELETE FROM @events WHERE seq = (SELECT max(seq) FROM @events)",
          "TRUNCATE @events",
          "INSERT INTO @events (stream, seq, at, entity, what, detail, previous, digest)"
              + " SELECT stream, max(seq) + 1, '', '', '', '', [ZERO], [ZERO] FROM @events"
              + " GROUP BY stream",
          "INSERT INTO @events (stream, seq, at, entity, what, detail, previous, digest)"
              + " SELECT stream, seq, '', '', '', '', previous, digest FROM @events",
          "UPDATE @streams SET digest = [ZERO]",
          "UPDATE @streams SET seq = seq - 1, digest = [ZERO] WHERE seq > 0",
          "DELETE FROM @streams",
          "DELETE FROM @journal",
          "TRUNCATE @journal");

  private final TestDatabase database;
  private JdbcTransferStore store;
  private JournalScript lane;

  PostgresConstraintTest(TestDatabase database) {
    this.database = database;
  }

  /** The owner is no administrator: it may create a schema here, and that is all. */
  @BeforeEach
  void fill() {
    database.sql("GRANT CREATE ON DATABASE postgres TO payonce_owner");
    assertThat(JdbcTransferStore.migrate(database.source(OWNER), database.options())).isZero();
    store = JdbcTransferStore.open(database.url(), database.options());
    lane = DirectSql.fill(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void direct_sql_with_the_role_of_the_application_is_refused() throws SQLException {
    assertAllRefused(TestDatabase.APP, true);
  }

  @Test
  void direct_sql_with_the_role_of_the_owner_is_refused() throws SQLException {
    assertAllRefused(OWNER, false);
  }

  @Test
  void what_is_broken_by_hand_is_broken_as_the_engine_breaks_it() throws SQLException {
    follow(DirectSql.BREAKING, OWNER);
  }

  @Test
  void what_is_archived_by_hand_is_archived_as_the_engine_archives_it() throws SQLException {
    follow(DirectSql.ARCHIVING, TestDatabase.APP);
  }

  private void follow(List<DirectSql.Step> steps, String user) throws SQLException {
    try (Connection connection = database.connect(user);
        Statement statement = connection.createStatement()) {
      for (DirectSql.Step step : steps) {
        if (step.refused()) {
          assertThatThrownBy(() -> statement.execute(words(step.sql())))
              .as(step.sql())
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(PostgresErrors.isRefusal(e)).isTrue());
        } else {
          statement.execute(words(step.sql()));
        }
      }
    }
  }

  private void assertAllRefused(String user, boolean mayLackRights) throws SQLException {
    Object before = lane.everything();
    try (Connection connection = database.connect(user);
        Statement statement = connection.createStatement()) {
      for (List<String> all : List.of(DirectSql.REFUSED, REFUSED, DirectSql.refusedAttempts())) {
        for (String sql : all) {
          assertThatThrownBy(() -> statement.execute(words(sql)))
              .as(sql)
              .isInstanceOfSatisfying(
                  SQLException.class,
                  e ->
                      assertThat(
                              PostgresErrors.isRefusal(e)
                                  || (mayLackRights && "42501".equals(e.getSQLState())))
                          .as("%s: %s", sql, e)
                          .isTrue());
        }
      }
      assertThat(lane.everything()).isEqualTo(before);
      assertThat(store.verifyChain().isIntact()).isTrue();
      statement.execute(words(DirectSql.goodAttempt())); // the statement itself is right
    }
  }

  private String words(String sql) {
    return sql.replace("@", database.schema() + ".")
        .replace("[01]", "'\\x01'::bytea")
        .replace("[TRUE]", "true")
        .replace("[ZERO]", "decode(repeat('00', 32), 'hex')");
  }
}
