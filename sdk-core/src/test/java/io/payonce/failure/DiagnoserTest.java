package io.payonce.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.SubmitOptions;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.signing.AttemptKind;
import io.payonce.store.AttemptState;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredLane;
import io.payonce.store.StoredLane.LaneState;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.testing.JournalScript;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class DiagnoserTest {
  private static final long NONCE = 5;
  private static final SlotId SLOT = new SlotId(JournalScript.LANE, NONCE);
  private static final Wei CAP = Wei.gwei(30);
  private static final ChainFacts NOT_ASKED = new ChainFacts.NotAsked();
  private static final BlockRef HEAD = new BlockRef(100, BlockHash.of("0x" + "cd".repeat(32)));

  @Test
  void an_unknown_key_is_called_unknown() {
    JournalFacts nothing =
        new JournalFacts(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            JournalScript.AT);
    assertCode(nothing, NOT_ASKED, DiagnosisCode.UNKNOWN_KEY);
  }

  @ParameterizedTest
  @CsvSource({
    "ACCEPTED,'',QUEUED",
    "READY,'',QUEUED",
    "HELD,FUNDS_SHORT,FUNDS_SHORT",
    "HELD,GAS_SHORT,GAS_SHORT",
    "HELD,CAP_BELOW_MARKET,FEE_CAP_REACHED",
    "HELD,BUDGET_PAYMENT,FEE_CAP_REACHED",
    "HELD,BUDGET_WINDOW,LIMIT_REACHED",
    "HELD,PRECHECK_REFUSED,CONTRACT_REVERTED",
    "HELD,TOKEN_UNREADABLE,WRONG_TOKEN",
    "HELD,NETWORK_DEGRADED,NETWORK_DEGRADED",
    "HELD,A_RULE_OF_TOMORROW,UNKNOWN_SOURCES",
    "INCLUDED,'',NOT_YET_FINAL",
    "SAFE,'',NOT_YET_FINAL",
    "REVERTED,'',CONTRACT_REVERTED",
    "REVERTED_FINAL,REVERTED,CONTRACT_REVERTED",
    "CANCELLING,CANCELLED,CANCEL_RACES",
    "CANCELLED_FINAL,CANCELLED,CANCELLED",
    "REJECTED,CANCELLED,CANCELLED",
    "REJECTED,EXPIRED,CANCELLED",
    "UNPAID_FINAL,GIVEN_UP,NONCE_FOREIGN",
    "UNPAID_FINAL,NOT_PAID,CANCELLED",
    "HELD,POOL_UNSURE,OUTCOME_CONTRADICTORY",
    "QUARANTINED,FOREIGN_USE,NONCE_FOREIGN",
    "QUARANTINED,PAYMENT_UNPROVEN,OUTCOME_CONTRADICTORY",
    "QUARANTINED,POSSIBLE_DUPLICATE,OUTCOME_CONTRADICTORY",
    "PAID_FINAL,'',PAID"
  })
  void each_state_of_the_journal_has_its_code(
      TransferState state, String why, DiagnosisCode expected) {
    assertCode(journal(state, why, Optional.empty(), LaneState.ACTIVE, ""), NOT_ASKED, expected);
  }

  @ParameterizedTest
  @CsvSource({
    "PAUSED,lunch,LANE_PAUSED",
    "FROZEN,JOURNAL_BEHIND: more,JOURNAL_BEHIND",
    "FROZEN,FOREIGN_USE: more,NONCE_FOREIGN",
    "FROZEN,SIGNER_SUSPECT: more,SIGNER_SUSPECT",
    "FROZEN,SIGNER_REFUSED: more,SIGNER_SUSPECT",
    "FROZEN,NONCE_CONTRADICTION: more,OUTCOME_CONTRADICTORY",
    "FROZEN,FINALITY_BROKEN: more,OUTCOME_CONTRADICTORY",
    "FROZEN,AN_INCIDENT_OF_TOMORROW,UNKNOWN_SOURCES"
  })
  void a_wallet_that_stands_explains_what_waits_for_it(
      LaneState lane, String incident, DiagnosisCode expected) {
    JournalFacts facts = journal(TransferState.ACCEPTED, "", Optional.empty(), lane, incident);
    assertCode(facts, NOT_ASKED, expected);
  }

  @Test
  void a_stopped_wallet_does_not_hide_a_payment_that_ended() {
    JournalFacts facts =
        journal(TransferState.PAID_FINAL, "", Optional.empty(), LaneState.FROZEN, "FOREIGN_USE: x");
    assertCode(facts, NOT_ASKED, DiagnosisCode.PAID);
  }

  @Test
  void a_nonce_without_bytes_waits_for_the_signer() {
    assertCode(inFlight("", attempt(AttemptState.INTENT)), NOT_ASKED, DiagnosisCode.SIGNER_DOWN);
  }

  @ParameterizedTest
  @CsvSource({"SIGNED,BROADCAST_UNCERTAIN", "UNKNOWN,BROADCAST_UNCERTAIN", "SENT,ON_ITS_WAY"})
  void the_journal_alone_says_whether_a_node_took_it(AttemptState state, DiagnosisCode expected) {
    assertCode(inFlight("", attempt(state)), NOT_ASKED, expected);
  }

  @Test
  void an_earlier_open_nonce_blocks() {
    JournalFacts own = inFlight("", attempt(AttemptState.SENT));
    StoredSlot earlier =
        new StoredSlot(
            new SlotId(JournalScript.LANE, 4),
            SlotState.EXPOSED,
            Optional.empty(),
            List.of(),
            Optional.empty());
    JournalFacts facts =
        new JournalFacts(
            own.transfer(), own.slot(), own.lane(), Optional.of(earlier), List.of(), own.readAt());
    assertCode(facts, NOT_ASKED, DiagnosisCode.BLOCKED_BY_EARLIER);
    assertCode(facts, seen(4, Wei.gwei(1), false, true), DiagnosisCode.BLOCKED_BY_EARLIER);
  }

  @Test
  void a_replaced_block_is_a_reorganisation_until_it_is_included_again() {
    JournalFacts facts = inFlight("REORGED", attempt(AttemptState.SENT));
    assertCode(facts, NOT_ASKED, DiagnosisCode.REORGED);
    assertCode(facts, seen(NONCE, Wei.gwei(1), false, true), DiagnosisCode.REORGED);
    assertCode(facts, seen(NONCE + 1, Wei.gwei(1), true, true), DiagnosisCode.NOT_YET_FINAL);
  }

  @Test
  void the_chain_says_more_than_the_journal() {
    JournalFacts sent = inFlight("", attempt(AttemptState.SENT));
    JournalFacts unknown = inFlight("", attempt(AttemptState.UNKNOWN));
    assertCode(sent, seen(NONCE, Wei.gwei(31), false, true), DiagnosisCode.FEE_TOO_LOW);
    assertCode(sent, seen(NONCE, CAP, false, true), DiagnosisCode.ON_ITS_WAY);
    assertCode(sent, seen(NONCE, CAP, false, false), DiagnosisCode.DROPPED);
    assertCode(unknown, seen(NONCE, CAP, false, false), DiagnosisCode.BROADCAST_UNCERTAIN);
    assertCode(unknown, seen(NONCE, CAP, false, true), DiagnosisCode.ON_ITS_WAY);
    assertCode(sent, seen(NONCE + 1, CAP, true, true), DiagnosisCode.NOT_YET_FINAL);
    assertCode(sent, seen(NONCE + 1, CAP, false, true), DiagnosisCode.NONCE_FOREIGN);
  }

  @Test
  void what_every_node_refuses_is_for_a_person_and_their_words_are_the_evidence() {
    JournalFacts config =
        answered(
            refusal("alpha", "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)"),
            refusal("beta", "a text of tomorrow"));
    for (ChainFacts chain : List.of(NOT_ASKED, seen(NONCE, CAP, false, false))) {
      assertCode(config, chain, DiagnosisCode.NODES_REFUSE);
    }
    assertThat(Diagnoser.diagnose(config, NOT_ASKED).evidence())
        .extracting(Diagnosis.Evidence::text)
        .contains(
            "alpha-1 refused it: NODE_FEE_CAP: -32000 tx fee (1.20 ether) exceeds the configured"
                + " cap (1.00 ether)",
            "beta-1 refused it: UNKNOWN: -32000 a text of tomorrow");
    assertCode(config, seen(NONCE, CAP, false, true), DiagnosisCode.ON_ITS_WAY);
    assertCode(config, seen(NONCE, Wei.gwei(31), false, false), DiagnosisCode.FEE_TOO_LOW);
  }

  @Test
  void a_refusal_is_evidence_and_no_more_where_another_node_did_not_refuse() {
    JournalFacts split =
        answered(
            refusal("alpha", "intrinsic gas too low"),
            JournalScript.answer("beta", Verdict.AMBIGUOUS, 0, "timeout"));
    assertCode(split, NOT_ASKED, DiagnosisCode.BROADCAST_UNCERTAIN);
    assertThat(Diagnoser.diagnose(split, NOT_ASKED).evidence())
        .anyMatch(item -> item.text().startsWith("alpha-1 refused it: INTRINSIC_GAS"))
        .noneMatch(item -> item.text().startsWith("beta-1"));
  }

  @Test
  void nodes_that_want_a_higher_fee_are_believed_and_full_pools_pass() {
    assertCode(
        answered(refusal("alpha", "transaction underpriced")),
        NOT_ASKED,
        DiagnosisCode.FEE_TOO_LOW);
    assertCode(
        answered(refusal("alpha", "txpool is full")), NOT_ASKED, DiagnosisCode.BROADCAST_UNCERTAIN);
  }

  @Test
  void a_wallet_with_too_little_is_found_by_the_quorum_and_not_by_a_nodes_word() {
    JournalFacts poor = answered(refusal("alpha", "insufficient funds for gas * price + value"));
    assertCode(poor, seen(NONCE, CAP, false, false), DiagnosisCode.BROADCAST_UNCERTAIN);
    assertCode(poor, withBalance(Wei.of(99)), DiagnosisCode.FUNDS_SHORT);
    assertCode(poor, withBalance(CAP.times(21_000)), DiagnosisCode.GAS_SHORT); // 100 wei short
    assertCode(
        poor, withBalance(CAP.times(21_000).plus(Wei.of(100))), DiagnosisCode.BROADCAST_UNCERTAIN);
  }

  private static ChainFacts withBalance(Wei balance) {
    return new ChainFacts.Seen(
        HEAD,
        NONCE,
        balance,
        Optional.of(CAP),
        Optional.empty(),
        Optional.of(false),
        "",
        JournalScript.AT);
  }

  @Test
  void what_was_not_looked_up_is_said_and_the_journal_decides() {
    ChainFacts unasked =
        new ChainFacts.Seen(
            HEAD,
            NONCE,
            Wei.ofCoins("1"),
            Optional.of(CAP),
            Optional.empty(),
            Optional.empty(),
            "it went to relay alone",
            JournalScript.AT);
    Diagnosis found = Diagnoser.diagnose(inFlight("", attempt(AttemptState.SENT)), unasked);
    assertThat(found.code()).isEqualTo(DiagnosisCode.ON_ITS_WAY);
    assertThat(found.evidence())
        .anyMatch(item -> item.text().equals("no node was asked for it: it went to relay alone"));
    assertCode(
        inFlight("", attempt(AttemptState.SIGNED)), unasked, DiagnosisCode.BROADCAST_UNCERTAIN);
  }

  @Test
  void no_quorum_is_a_finding_and_never_a_guess_about_the_payment() {
    ChainFacts none = new ChainFacts.NotAgreed("two are silent", JournalScript.AT);
    Diagnosis found = Diagnoser.diagnose(inFlight("", attempt(AttemptState.SENT)), none);
    assertThat(found.code()).isEqualTo(DiagnosisCode.NETWORK_DEGRADED);
    assertThat(found.evidence()).anyMatch(item -> item.text().contains("two are silent"));
  }

  @ParameterizedTest
  @EnumSource(DiagnosisCode.class)
  void every_code_has_texts_in_both_languages(DiagnosisCode code) {
    assertThat(code.texts().english()).isNotBlank().matches("\\p{ASCII}+");
    assertThat(code.texts().chinese()).matches(".*\\p{IsHan}.*");
  }

  private static void assertCode(JournalFacts journal, ChainFacts chain, DiagnosisCode expected) {
    Diagnosis diagnosis = Diagnoser.diagnose(journal, chain);
    assertThat(diagnosis.code()).isEqualTo(expected);
    assertThat(diagnosis.nextAction()).isEqualTo(expected.nextAction());
    assertThat(diagnosis.evidence()).isNotEmpty();
  }

  private static ChainFacts seen(long transactions, Wei baseFee, boolean included, boolean inPool) {
    TransactionHash own = JournalScript.signed(payment()).hash();
    return new ChainFacts.Seen(
        HEAD,
        transactions,
        Wei.ofCoins("1"),
        Optional.of(baseFee),
        included ? Optional.of(own) : Optional.empty(),
        Optional.of(inPool),
        "",
        JournalScript.AT);
  }

  private static JournalFacts inFlight(String why, StoredAttempt newest) {
    return journal(TransferState.IN_FLIGHT, why, Optional.of(newest), LaneState.ACTIVE, "");
  }

  private static JournalFacts journal(
      TransferState state,
      String why,
      Optional<StoredAttempt> attempt,
      LaneState lane,
      String incident) {
    Transfer asked =
        Transfer.of(TokenAmount.ofWei(JournalScript.CHAIN, Wei.of(100)))
            .from(JournalScript.LANE.address())
            .to(payee());
    IdempotencyKey key = IdempotencyKey.of("invoice-7");
    StoredTransfer transfer =
        new StoredTransfer(
            new TransferId(1),
            key,
            Fingerprint.of(key, asked),
            asked,
            SubmitOptions.defaults(),
            JournalScript.LANE,
            state,
            why,
            "reason",
            attempt.map(a -> SLOT),
            false,
            JournalScript.AT,
            JournalScript.AT,
            Optional.empty());
    Optional<StoredSlot> slot =
        attempt.map(
            a ->
                new StoredSlot(
                    SLOT,
                    SlotState.EXPOSED,
                    Optional.of(new TransferId(1)),
                    List.of(a),
                    Optional.empty()));
    return new JournalFacts(
        Optional.of(transfer),
        slot,
        Optional.of(StoredLane.registered(JournalScript.LANE, 6).moved(lane, incident)),
        Optional.empty(),
        List.of(),
        JournalScript.AT);
  }

  /** In doubt, after the nodes' last words to it. */
  private static JournalFacts answered(Answer... answers) {
    JournalFacts facts = inFlight("", attempt(AttemptState.UNKNOWN));
    return new JournalFacts(
        facts.transfer(),
        facts.slot(),
        facts.lane(),
        facts.earlier(),
        Stream.of(answers)
            .map(said -> StoredAnswer.of(new AttemptId(SLOT, 1), JournalScript.AT, said))
            .toList(),
        facts.readAt());
  }

  private static Answer refusal(String operator, String words) {
    return JournalScript.answer(operator, Verdict.REJECTED, -32000, words);
  }

  private static StoredAttempt attempt(AttemptState state) {
    Optional<SignedTransaction> signed =
        state == AttemptState.INTENT
            ? Optional.empty()
            : Optional.of(JournalScript.signed(payment()));
    return new StoredAttempt(
        new AttemptId(SLOT, 1), AttemptKind.PAYMENT, payment(), signed, state, JournalScript.AT);
  }

  private static UnsignedTransaction payment() {
    return new UnsignedTransaction.DynamicFee(
        JournalScript.CHAIN,
        NONCE,
        Wei.gwei(1),
        CAP,
        BigInteger.valueOf(21_000),
        payee(),
        Wei.of(100),
        Bytes.EMPTY,
        List.of());
  }

  private static Address payee() {
    return Address.of("0x00000000000000000000000000000000000000aa");
  }
}
