package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange.OrphanFound;
import io.payonce.store.JournalChange.SlotFound;
import io.payonce.store.JournalChange.SlotTaken;
import io.payonce.store.SlotState;
import io.payonce.store.StoredOrphan;
import io.payonce.testing.JournalScript;
import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a hand with a SQL prompt cannot do. The journal holds: transfer 1 in flight at nonce 5 with
 * signed attempt 1 and cancel intent 2, transfer 2 bound at nonce 6 with an intent, transfer 3 paid
 * at nonce 7, transfer 4 ready, nonce 8 released, and at nonce 9 an orphan like transfer 4.
 */
final class SqliteConstraintTest {
  private static final String ATTEMPT =
      "INSERT INTO attempts (lane, nonce, seq, chain, kind, state, recipient, value, data_size,"
          + " gas_limit, max_fee_per_gas, max_priority_fee_per_gas, unsigned, created_at) ";

  @TempDir private Path directory;
  private JdbcTransferStore store;
  private JournalScript lane;

  @BeforeEach
  void fill() {
    store = JdbcTransferStore.open(directory.resolve("journal.db"), JournalOptions.defaults());
    lane = JournalScript.on(store);
    lane.exposed("a");
    lane.apply(JournalScript.add(JournalScript.slot(5), 2, AttemptKind.CANCEL));
    lane.bind(lane.ready("b"));
    lane.paid("c");
    lane.ready("d");
    lane.apply(new SlotTaken(JournalScript.slot(8), SlotState.RELEASED));
    Consumption foreign =
        new Consumption(
            ConsumerClass.FOREIGN,
            TransactionHash.of("0x" + "11".repeat(32)),
            new BlockRef(40, BlockHash.of("0x" + "40".repeat(32))),
            JournalScript.AT,
            BigInteger.valueOf(21_000),
            Wei.gwei(21));
    lane.apply(
        new SlotFound(JournalScript.slot(9), foreign),
        new OrphanFound(
            StoredOrphan.found(
                JournalScript.slot(9),
                foreign.hash(),
                JournalScript.payment(1).to(),
                JournalScript.payment(100).amount())));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // I1: a key binds once.
        "UPDATE keys SET transfer = 4 WHERE key = 'a'",
        "UPDATE keys SET fingerprint = 'x'",
        "DELETE FROM keys",
        "INSERT OR REPLACE INTO keys SELECT tenant, key, 'x', transfer, created_at FROM keys",
        "UPDATE bindings SET nonce = 8 WHERE transfer = 2",
        "DELETE FROM bindings WHERE transfer = 1",
        "INSERT INTO bindings VALUES (1, 1, 8)",
        "INSERT OR REPLACE INTO bindings VALUES (2, 1, 8)",
        "INSERT INTO bindings VALUES (4, 1, 5)",
        "INSERT INTO bindings VALUES (4, 1, 99)",
        "INSERT INTO bindings VALUES (99, 1, 8)",
        "UPDATE transfers SET state = 'READY' WHERE id = 1",
        "UPDATE transfers SET state = 'BOUND' WHERE id = 4",
        "UPDATE transfers SET state = 'PAID_FINAL' WHERE id = 4",
        "UPDATE transfers SET state = 'IN_FLIGHT' WHERE id = 3",
        "UPDATE transfers SET state = 'REJECTED' WHERE id = 1",
        "UPDATE transfers SET state = 'LOST'",
        "UPDATE transfers SET payee = sender WHERE id = 4",
        "UPDATE transfers SET amount = '5' WHERE id = 4",
        "DELETE FROM transfers WHERE id = 4",
        "UPDATE lanes SET next_nonce = 5",
        "UPDATE lanes SET epoch = 0",
        "DELETE FROM lanes",
        "INSERT OR REPLACE INTO lanes SELECT id, chain, address, 0, 0, 0, state, '', NULL, NULL"
            + " FROM lanes",
        "UPDATE lanes SET lease_owner = NULL",
        "UPDATE transfers SET noticed = 2",
        "INSERT OR REPLACE INTO transfers SELECT id, chain, sender, asset, payee, '7',"
            + " unusual_payee, metadata, 'ACCEPTED', '', '', 0, '', '', 0 FROM transfers WHERE id ="
            + " 4",
        // I2: intent before bytes, bytes before sending.
        "UPDATE attempts SET state = 'SIGNED' WHERE nonce = 6",
        "UPDATE attempts SET state = 'SENT' WHERE nonce = 6",
        "UPDATE attempts SET state = 'UNKNOWN' WHERE nonce = 6",
        "UPDATE attempts SET state = 'SIGNED', raw = x'01' WHERE nonce = 6",
        "UPDATE attempts SET state = 'SIGNED', hash = '0x01' WHERE nonce = 6",
        "UPDATE attempts SET raw = x'01', hash = '0x01' WHERE nonce = 6",
        "UPDATE attempts SET raw = x'01' WHERE nonce = 5 AND seq = 1",
        "UPDATE attempts SET raw = NULL, hash = NULL, state = 'INTENT' WHERE nonce = 5",
        "UPDATE attempts SET unsigned = x'01' WHERE nonce = 6",
        "UPDATE attempts SET max_fee_per_gas = '1' WHERE nonce = 6",
        "UPDATE attempts SET state = 'LOST' WHERE nonce = 7",
        "UPDATE attempts SET state = 'SIGNED', raw = x'01',"
            + " hash = (SELECT hash FROM attempts WHERE nonce = 5 AND seq = 1) WHERE nonce = 6",
        "DELETE FROM attempts WHERE nonce = 6",
        "UPDATE slots SET state = 'INTENDED' WHERE nonce = 5",
        "INSERT INTO broadcasts VALUES (1, 1, 6, 1, '', 'a', 'a', 'ACCEPTED', 0, '')",
        "INSERT INTO broadcasts VALUES (1, 1, 5, 9, '', 'a', 'a', 'ACCEPTED', 0, '')",
        // I3: a slot keeps its purpose.
        "UPDATE slots SET state = 'RELEASED' WHERE nonce = 6",
        "UPDATE slots SET state = 'RESERVED' WHERE nonce = 5",
        "UPDATE slots SET nonce = 77 WHERE nonce = 8",
        "DELETE FROM slots WHERE nonce = 8",
        "UPDATE slots SET state = 'CONSUMED' WHERE nonce = 6",
        "UPDATE slots SET state = 'EXPOSED', consumed_by = NULL, consumed_hash = NULL,"
            + " block_number = NULL, block_hash = NULL, block_time = NULL, gas_used = NULL,"
            + " fee = NULL WHERE nonce = 7",
        "UPDATE attempts SET kind = 'FILL' WHERE nonce = 6",
        "INSERT OR REPLACE INTO slots (lane, nonce, state) VALUES (1, 8, 'RESERVED')",
        "INSERT OR REPLACE INTO slots (lane, nonce, state) VALUES (1, 6, 'RELEASED')",
        // I12: what an orphan may have paid is not paid again.
        "INSERT INTO bindings VALUES (4, 1, 8)",
        "INSERT INTO bindings VALUES (4, 1, 9)",
        "UPDATE orphans SET amount = '5'",
        "DELETE FROM orphans",
        "INSERT OR REPLACE INTO orphans SELECT id, lane, nonce, hash, chain, asset, payee, '5'"
            + " FROM orphans",
        "INSERT INTO orphans VALUES (2, 1, 9, '0x12', 31337, 'native', '0x', '0')",
        "INSERT INTO orphans VALUES (2, 1, 99, '0x12', 31337, 'native', '0x', '1')",
        "INSERT INTO orphan_rulings VALUES (1, 99, 'DISMISSED')",
        "INSERT INTO orphan_rulings VALUES (1, 4, 'MAYBE')",
        // I13: what was written stays.
        "UPDATE events SET detail = ''",
        "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
        "INSERT OR REPLACE INTO events SELECT seq, at, entity, what, '', previous, digest"
            + " FROM events",
        "INSERT INTO events VALUES (99, '', '', '', '', zeroblob(32), zeroblob(32))",
        "INSERT INTO events SELECT max(seq) + 1, '', '', '', '', zeroblob(32), zeroblob(32)"
            + " FROM events",
      })
  void direct_sql_is_refused(String sql) throws SQLException {
    assertRefused(sql);
  }

  @Test
  void direct_attempts_of_another_purpose_are_refused() throws SQLException {
    String payee = JournalScript.payment(1).to().value();
    String own = JournalScript.LANE.address().value();
    assertRefused(attempt(5, 3, "REPLACEMENT", "INTENT", payee, "1")); // after a cancel
    assertRefused(attempt(6, 2, "FILL", "INTENT", own, "0")); // a payment's slot
    assertRefused(attempt(6, 2, "CANCEL", "INTENT", payee, "0")); // not to itself
    assertRefused(attempt(6, 2, "CANCEL", "INTENT", own, "1")); // not nothing
    assertRefused(attempt(6, 2, "PAYMENT", "INTENT", payee, "1")); // a second first one
    assertRefused(attempt(6, 3, "REPLACEMENT", "INTENT", payee, "1")); // leaves a number out
    assertRefused(attempt(6, 2, "REPLACEMENT", "SIGNED", payee, "1")); // no intent
    assertRefused(attempt(8, 1, "PAYMENT", "INTENT", payee, "1")); // no binding
    assertRefused(attempt(99, 1, "FILL", "INTENT", own, "0")); // no slot
    run(attempt(6, 2, "REPLACEMENT", "INTENT", payee, "1")); // the statement itself is right
  }

  private static String attempt(
      long nonce, int seq, String kind, String state, String to, String value) {
    return ATTEMPT
        + "VALUES (1, %d, %d, %d, '%s', '%s', '%s', '%s', 0, '21000', '1', '1', x'00', '')"
            .formatted(nonce, seq, JournalScript.CHAIN.value(), kind, state, to, value);
  }

  private void assertRefused(String sql) throws SQLException {
    Object before = lane.everything();
    assertThatThrownBy(() -> run(sql))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(SqliteErrors.isRefusal(e)).as("%s", e).isTrue());
    assertThat(lane.everything()).isEqualTo(before);
  }

  private void run(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA foreign_keys = 1");
      statement.execute(sql);
    }
  }
}
