package io.payonce.store.jdbc;

import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AcceptResult;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.JournalChange.OrphanFound;
import io.payonce.store.JournalChange.SlotFound;
import io.payonce.store.JournalChange.SlotTaken;
import io.payonce.store.SlotState;
import io.payonce.store.StoredOrphan;
import io.payonce.testing.JournalScript;
import java.math.BigInteger;
import java.util.List;

/**
 * What a hand with a SQL prompt cannot do, whatever the database. The journal holds: transfer 1 in
 * flight at nonce 5 with signed attempt 1 and cancel intent 2, transfer 2 bound at nonce 6 with an
 * intent, transfer 3 paid at nonce 7, transfer 4 ready, nonce 8 released, and at nonce 9 an orphan
 * like transfer 4.
 */
final class DirectSql {
  /** {@code @} stands for the schema and a dot, {@code [01]} for one byte. */
  static final List<String> REFUSED =
      List.of(
          // I1: a key binds once.
          "UPDATE @keys SET transfer = 4 WHERE key = 'a'",
          "UPDATE @keys SET fingerprint = 'x'",
          "DELETE FROM @keys",
          "UPDATE @bindings SET nonce = 8 WHERE transfer = 2",
          "DELETE FROM @bindings WHERE transfer = 1",
          "INSERT INTO @bindings VALUES (1, 1, 8)",
          "INSERT INTO @bindings VALUES (4, 1, 5)",
          "INSERT INTO @bindings VALUES (4, 1, 99)",
          "INSERT INTO @bindings VALUES (99, 1, 8)",
          "UPDATE @transfers SET state = 'READY' WHERE id = 1",
          "UPDATE @transfers SET state = 'BOUND' WHERE id = 4",
          "UPDATE @transfers SET state = 'PAID_FINAL' WHERE id = 4",
          "UPDATE @transfers SET state = 'IN_FLIGHT' WHERE id = 3",
          "UPDATE @transfers SET state = 'REJECTED' WHERE id = 1",
          "UPDATE @transfers SET state = 'LOST'",
          // I15: what ended stays, while its final block does.
          "UPDATE @transfers SET state = 'QUARANTINED' WHERE id = 3",
          "UPDATE @transfers SET state = 'QUARANTINED', code = 'FINALITY_BROKEN' WHERE id = 3",
          "UPDATE @attempts SET state = 'UNKNOWN' WHERE nonce = 7",
          "UPDATE @transfers SET payee = sender WHERE id = 4",
          "UPDATE @transfers SET amount = '5' WHERE id = 4",
          "DELETE FROM @transfers WHERE id = 4",
          "UPDATE @lanes SET next_nonce = 5",
          "UPDATE @lanes SET epoch = 0",
          "DELETE FROM @lanes",
          "UPDATE @lanes SET lease_owner = NULL",
          // I2: intent before bytes, bytes before sending.
          "UPDATE @attempts SET state = 'SIGNED' WHERE nonce = 6",
          "UPDATE @attempts SET state = 'SENT' WHERE nonce = 6",
          "UPDATE @attempts SET state = 'UNKNOWN' WHERE nonce = 6",
          "UPDATE @attempts SET state = 'SIGNED', raw = [01] WHERE nonce = 6",
          "UPDATE @attempts SET state = 'SIGNED', hash = '0x01' WHERE nonce = 6",
          "UPDATE @attempts SET raw = [01], hash = '0x01' WHERE nonce = 6",
          "UPDATE @attempts SET raw = [01] WHERE nonce = 5 AND seq = 1",
          "UPDATE @attempts SET raw = NULL, hash = NULL, state = 'INTENT' WHERE nonce = 5",
          "UPDATE @attempts SET unsigned = [01] WHERE nonce = 6",
          "UPDATE @attempts SET max_fee_per_gas = '1' WHERE nonce = 6",
          "UPDATE @attempts SET state = 'LOST' WHERE nonce = 7",
          "UPDATE @attempts SET state = 'SIGNED', raw = [01], hash = (SELECT hash FROM @attempts WHERE nonce = 5 AND seq = 1) WHERE nonce = 6",
          "DELETE FROM @attempts WHERE nonce = 6",
          "UPDATE @attempts SET raw = NULL, hash = NULL WHERE nonce = 7",
          "UPDATE @attempts SET raw = NULL WHERE nonce = 7",
          "UPDATE @attempts SET archived_hash = hash WHERE nonce = 7",
          "UPDATE @attempts SET archived_hash = '0x01' WHERE nonce = 6",
          "UPDATE @attempts SET archived_hash = '0x01', hash = NULL, raw = NULL WHERE nonce = 7",
          "UPDATE @attempts SET archived_hash = hash, hash = NULL, raw = NULL, state = 'LOST' WHERE nonce = 7",
          "UPDATE @attempts SET archived_hash = hash, hash = NULL, raw = NULL WHERE nonce = 5 AND seq = 1",
          "UPDATE @attempts SET archived_hash = hash, hash = NULL, raw = NULL, state = 'LOST' WHERE nonce = 5 AND seq = 1",
          "UPDATE @lanes SET archived_below = -1",
          "UPDATE @slots SET state = 'INTENDED' WHERE nonce = 5",
          "INSERT INTO @broadcasts VALUES (1, 1, 6, 1, '', 'a', 'a', 'ACCEPTED', 0, '')",
          "INSERT INTO @broadcasts VALUES (1, 1, 5, 9, '', 'a', 'a', 'ACCEPTED', 0, '')",
          // I3: a slot keeps its purpose.
          "UPDATE @slots SET state = 'RELEASED' WHERE nonce = 6",
          "UPDATE @slots SET state = 'RESERVED' WHERE nonce = 5",
          "UPDATE @slots SET nonce = 77 WHERE nonce = 8",
          "DELETE FROM @slots WHERE nonce = 8",
          "UPDATE @slots SET state = 'CONSUMED' WHERE nonce = 6",
          "UPDATE @slots SET state = 'EXPOSED', consumed_by = NULL, consumed_hash = NULL, block_number = NULL, block_hash = NULL, block_time = NULL, gas_used = NULL, fee = NULL WHERE nonce = 7",
          "UPDATE @attempts SET kind = 'FILL' WHERE nonce = 6",
          // I3: what a host reserved is the host's.
          "UPDATE @slots SET reserved_as = 'mine' WHERE nonce = 8",
          "UPDATE @slots SET state = 'RESERVED' WHERE nonce = 8",
          "UPDATE @slots SET state = 'RELEASED' WHERE nonce = 10",
          "UPDATE @slots SET reserved_as = NULL, reserved_by = NULL, reserved_for = NULL, reserved_until = NULL, state = 'RELEASED' WHERE nonce = 11",
          "UPDATE @slots SET reserved_as = 'other' WHERE nonce = 11",
          "UPDATE @slots SET reserved_as = 'call' WHERE nonce = 10",
          "UPDATE @slots SET exposed_by = 'x' WHERE nonce = 8",
          "UPDATE @slots SET host = NOT host WHERE nonce = 7",
          "UPDATE @slots SET host = NOT host WHERE nonce = 11",
          "UPDATE @attempts SET host = NOT host WHERE nonce = 6",
          "UPDATE @attempts SET host = NOT host WHERE nonce = 11",
          "INSERT INTO @bindings VALUES (4, 1, 10)",
          "INSERT INTO @bindings VALUES (4, 1, 11)",
          // I12: what an orphan may have paid is not paid again.
          "INSERT INTO @bindings VALUES (4, 1, 8)",
          "INSERT INTO @bindings VALUES (4, 1, 9)",
          "UPDATE @orphans SET amount = '5'",
          "DELETE FROM @orphans",
          "INSERT INTO @orphans VALUES (2, 1, 9, '0x12', 31337, 'native', '0x', '0')",
          "INSERT INTO @orphans VALUES (2, 1, 99, '0x12', 31337, 'native', '0x', '1')",
          "INSERT INTO @orphan_rulings VALUES (1, 99, 'DISMISSED')",
          "INSERT INTO @orphan_rulings VALUES (1, 4, 'MAYBE')",
          // I1, I4: a member is paid in one place, and ends by proof.
          "INSERT INTO @members VALUES (5, 2, '', 'd', '0xaa', '1', 'OPEN', NULL, NULL)", // a
          // payment
          "INSERT INTO @members VALUES (4, 0, '', 'group-1a', '0xaa', '1', 'OPEN', NULL, NULL)", // no group
          "INSERT INTO @members VALUES (6, 2, '', 'group-1a', '0xaa', '1', 'OPEN', NULL, NULL)", // twice
          "INSERT INTO @members VALUES (5, 2, '', 'm-9', '0xaa', '1', 'OPEN', NULL, NULL)", // no
          // key
          "UPDATE @members SET state = 'PAID' WHERE key = 'group-1a'",
          "UPDATE @members SET state = 'NOT_PAID' WHERE key = 'group-1a'",
          "UPDATE @members SET state = 'NOT_PAID', seen = 'NOT_PAID' WHERE key = 'group-1a'",
          "UPDATE @members SET log = 7 WHERE key = 'group-1a'",
          "UPDATE @members SET seen = 'PAID', log = 7 WHERE transfer = 5", // one log, two members
          "UPDATE @members SET amount = '2'",
          "UPDATE @members SET key = 'm-9' WHERE key = 'group-1a'",
          "DELETE FROM @members",
          "UPDATE @transfers SET payout_gas = '1' WHERE id = 5",
          "INSERT INTO @keys VALUES ('', 'group-1a', 'x', 4, 'now')",
          // I13: what was written stays.
          "UPDATE @events SET detail = ''");

  /** One statement of several that follow one another. */
  record Step(boolean refused, String sql) {}

  private static final String REOPEN =
      "UPDATE @slots SET state = '%s', consumed_by = NULL, consumed_hash = NULL, block_number ="
          + " NULL, block_hash = NULL, block_time = NULL, gas_used = NULL, fee = NULL WHERE nonce ="
          + " 7";
  private static final String BREAK =
      "UPDATE @transfers SET state = 'QUARANTINED', code = 'FINALITY_BROKEN' WHERE id = 3";

  /** The one way out of an end, and what is not on it. */
  static final List<Step> BREAKING =
      List.of(
          new Step(true, BREAK), // the lane is not frozen
          new Step(false, "UPDATE @lanes SET state = 'FROZEN', incident = 'x'"),
          new Step(true, "UPDATE @transfers SET state = 'QUARANTINED', code = 'x' WHERE id = 3"),
          new Step(true, "UPDATE @transfers SET state = 'IN_FLIGHT' WHERE id = 3"),
          new Step(true, "UPDATE @transfers SET state = 'REVERTED_FINAL' WHERE id = 3"),
          new Step(true, REOPEN.formatted("EXPOSED")), // its transfer is still paid by it
          new Step(false, BREAK),
          new Step(true, REOPEN.formatted("RELEASED")),
          new Step(true, REOPEN.formatted("INTENDED")),
          new Step(true, "UPDATE @attempts SET state = 'UNKNOWN' WHERE nonce = 7"), // slot is final
          new Step(false, REOPEN.formatted("EXPOSED")),
          new Step(true, "UPDATE @attempts SET state = 'SENT' WHERE nonce = 7"),
          new Step(false, "UPDATE @attempts SET state = 'LOST' WHERE nonce = 7"),
          new Step(true, "UPDATE @attempts SET state = 'UNKNOWN' WHERE nonce = 7"),
          new Step(true, "UPDATE @transfers SET state = 'PAID_FINAL' WHERE id = 3"), // slot is open
          new Step(true, "UPDATE @transfers SET state = 'IN_FLIGHT' WHERE id = 3"));

  /** The one way in which bytes go, and what is not on it; the same when finality breaks then. */
  static final List<Step> ARCHIVING =
      List.of(
          new Step(
              false,
              "UPDATE @attempts SET archived_hash = hash, hash = NULL, raw = NULL WHERE nonce = 7"),
          new Step(true, "UPDATE @attempts SET archived_hash = NULL WHERE nonce = 7"),
          new Step(true, "UPDATE @attempts SET archived_hash = '0x01' WHERE nonce = 7"),
          new Step(true, "UPDATE @attempts SET raw = [01], hash = '0x01' WHERE nonce = 7"),
          new Step(
              true,
              "UPDATE @attempts SET raw = [01], hash = archived_hash, archived_hash = NULL WHERE"
                  + " nonce = 7"),
          new Step(true, "UPDATE @attempts SET state = 'SENT' WHERE nonce = 7"),
          new Step(true, "UPDATE @attempts SET state = 'LOST' WHERE nonce = 7"),
          new Step(false, "UPDATE @lanes SET state = 'FROZEN', incident = 'x'"),
          new Step(false, BREAK),
          new Step(false, REOPEN.formatted("EXPOSED")),
          new Step(true, "UPDATE @attempts SET state = 'UNKNOWN' WHERE nonce = 7"), // no bytes
          new Step(false, "UPDATE @attempts SET state = 'LOST' WHERE nonce = 7"),
          new Step(true, "UPDATE @attempts SET archived_hash = NULL WHERE nonce = 7"));

  private DirectSql() {}

  /** A new journal, filled; the lane goes on. */
  static JournalScript fill(JdbcTransferStore store) {
    JournalScript lane = JournalScript.on(store);
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
    lane.apply(
        JournalScript.reserve(JournalScript.slot(10), "held"),
        JournalScript.reserve(JournalScript.slot(11), "call"),
        JournalScript.add(JournalScript.slot(11), 1, AttemptKind.HOST));
    for (int group = 1; group <= 2; group++) { // transfers 5 and 6
      String name = "group-" + group;
      AcceptResult taken =
          store.acceptGroup(JournalScript.group(name, name + "a", name + "b"), JournalScript.AT);
      if (!(taken instanceof AcceptResult.Accepted)) {
        throw new IllegalStateException("not accepted: " + taken);
      }
    }
    return lane;
  }

  /** Attempts of another purpose than their slot has. */
  static List<String> refusedAttempts() {
    String payee = JournalScript.payment(1).to().value();
    String own = JournalScript.LANE.address().value();
    return List.of(
        attempt(5, 3, "REPLACEMENT", "INTENT", payee, "1"), // after a cancel
        attempt(6, 2, "FILL", "INTENT", own, "0"), // a payment's slot
        attempt(6, 2, "CANCEL", "INTENT", payee, "0"), // not to itself
        attempt(6, 2, "CANCEL", "INTENT", own, "1"), // not nothing
        attempt(6, 2, "PAYMENT", "INTENT", payee, "1"), // a second first one
        attempt(6, 3, "REPLACEMENT", "INTENT", payee, "1"), // leaves a number out
        attempt(6, 2, "REPLACEMENT", "SIGNED", payee, "1"), // no intent
        attempt(8, 1, "PAYMENT", "INTENT", payee, "1"), // no binding
        hosts(attempt(8, 1, "PAYMENT", "INTENT", payee, "1")), // nobody reserved it
        hosts(attempt(6, 2, "REPLACEMENT", "INTENT", payee, "1")), // a payment's slot
        attempt(10, 1, "PAYMENT", "INTENT", payee, "1"), // the host's slot
        hosts(attempt(11, 2, "PAYMENT", "INTENT", payee, "1")), // a second one
        attempt(11, 2, "FILL", "INTENT", payee, "0"), // not to itself
        attempt(99, 1, "FILL", "INTENT", own, "0")); // no slot
  }

  /** The same statement where it is right. */
  static String goodAttempt() {
    return attempt(6, 2, "REPLACEMENT", "INTENT", JournalScript.payment(1).to().value(), "1");
  }

  private static String hosts(String attempt) {
    return attempt
        .replace("(lane, nonce,", "(host, lane, nonce,")
        .replace("VALUES (1,", "VALUES ([TRUE], 1,");
  }

  private static String attempt(
      long nonce, int seq, String kind, String state, String to, String value) {
    return ("INSERT INTO @attempts (lane, nonce, seq, chain, kind, state, recipient, value,"
            + " data_size, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, unsigned,"
            + " created_at) VALUES (1, %d, %d, %d, '%s', '%s', '%s', '%s', 0, '21000', '1', '1',"
            + " [01], '')")
        .formatted(nonce, seq, JournalScript.CHAIN.value(), kind, state, to, value);
  }
}
