package io.payonce.examples.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Classic bugs of payout systems, each planted behind the internal seams: the simulator has to
 * catch each within a thousand seeds, by the invariant that it breaks, and the true engine has to
 * pass the seed that caught it. A mutant lacks exactly the defences that an implementation with its
 * bug would lack; the judge knows none of them.
 */
@Tag("mutants")
class MutantGateTest {
  private static final long SEEDS = 1000;

  @BeforeAll
  static void silence() {
    SimulateCommand.silenceLogs();
  }

  @Test
  void a_new_nonce_after_a_null_receipt_is_caught() {
    caught(NewNonceAfterNullReceipt::new, "I15 ");
  }

  @Test
  void a_first_send_before_its_bytes_are_stored_is_caught() {
    caught(SendsBeforeStoring::firstSends, "I2 nothing is sent");
  }

  @Test
  void a_replacement_sent_before_its_hash_is_stored_is_caught() {
    caught(SendsBeforeStoring::replacements, "I2 nothing is sent");
  }

  @Test
  void a_failed_send_that_frees_its_nonce_is_caught() {
    caught(FailedSendFreesNonce::new, "I1 a key binds once");
  }

  @Test
  void the_pending_count_as_nonce_authority_is_caught() {
    caught(PendingCountAsAuthority::new, "I3 a slot has one purpose");
  }

  @Test
  void a_key_without_fingerprint_is_caught() {
    caught(KeyWithoutFingerprint::new, "I9 ");
  }

  @Test
  void trust_in_the_returned_hash_is_caught() {
    caught(TrustsReturnedHash::new, "I15 ");
  }

  @Test
  void a_cancel_that_is_final_at_one_confirmation_is_caught() {
    caught(CancelFinalAtOnce::new, "I4 ");
  }

  @Test
  void a_lease_without_an_epoch_is_caught() {
    caught(new Simulation.Crowd(3, 1), LeaseWithoutEpoch::new, "I8 ");
  }

  @Test
  void a_receipt_error_read_as_replaced_is_caught() {
    caught(ReceiptErrorAsReplaced::new, "I15 ");
  }

  @Test
  void a_timed_out_send_that_goes_back_to_the_queue_is_caught() {
    caught(TimedOutSendBackToReady::new, "I1 a key binds once");
  }

  @Test
  void a_nonce_that_is_reset_after_an_error_is_caught() {
    caught(NonceResetAfterError::new, "I3 a slot has one purpose");
  }

  @Test
  void paid_because_the_count_has_passed_is_caught() {
    caught(PaidByBelief::countPassed, "I7 ");
  }

  @Test
  void paid_by_status_one_without_a_transfer_log_is_caught() {
    caught(PaidByBelief::statusOne, "I7 ");
  }

  @Test
  void forgetting_the_attempts_before_a_replacement_is_caught() {
    caught(OldAttemptsForgotten::new, "I15 ");
  }

  @Test
  void a_key_that_expires_is_caught() {
    caught(KeyExpires::new, "I15 ");
  }

  @Test
  void a_refund_of_what_was_dropped_is_caught() {
    caught(RefundOnDropped::new, "I4 ");
  }

  @Test
  void an_inclusion_that_is_kept_after_a_reorg_is_caught() {
    caught(InclusionKeptAfterReorg::new, "I7 ");
  }

  @Test
  void an_end_that_is_kept_after_its_final_block_was_replaced_is_caught() {
    caught(EndKeptAfterBrokenFinality::new, "I7 what ended rests");
  }

  @Test
  void an_intent_that_is_rebuilt_at_recovery_is_caught() {
    caught(IntentRebuiltAtRecovery::new, "I2 an intent is signed as it was stored first");
  }

  @Test
  void a_bump_that_is_cut_off_is_caught() {
    caught(TruncatedBump::new, "I10 ");
  }

  @Test
  void an_unknown_commit_read_as_failed_is_caught() {
    caught(UnknownCommitAsFailed::new, "I15 ");
  }

  @Test
  void signer_output_that_nobody_checks_is_caught() {
    caught(SignerOutputUnchecked::new, "I14 ");
  }

  @Test
  void a_nonce_given_out_behind_the_chain_is_caught() {
    caught(GuardOff::new, "I12 ");
  }

  @Test
  void a_nonce_that_an_authorization_took_unseen_is_caught() {
    caught(AuthorizationIgnored::new, "I16 ");
  }

  @Test
  void a_nonce_that_delegated_code_took_unseen_is_caught() {
    caught(DelegatedCodeIgnored::new, "8.2 what took a nonce is named");
  }

  @Test
  void a_quorum_of_the_operators_that_answer_is_caught() {
    caught(QuorumOfWhoAnswers::new, "I7 ");
  }

  @Test
  void a_member_without_its_log_that_counts_as_unpaid_is_caught() {
    caught(MissingLogAsUnpaid::new, "I4 a member that was paid is not unpaid");
  }

  @Test
  void a_cancel_at_the_word_of_some_operators_is_caught() {
    caught(CancelAtTheWordOfSome::new, "7.4 nothing is cancelled");
  }

  private static void caught(Supplier<Seams> mutant, String invariant) {
    caught(Simulation.Crowd.ONE, mutant, invariant);
  }

  private static void caught(
      Simulation.Crowd crowd, Supplier<? extends Seams> mutant, String invariant) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      SeedResult result = Simulation.run(seed, crowd, mutant);
      String violation = result.violation().orElse("");
      if (violation.startsWith(invariant)) {
        String name = mutant.get().getClass().getSimpleName();
        System.out.println(name + " is caught by seed " + seed + ": " + violation);
        assertThat(Simulation.run(seed, crowd, Seams::none).violation())
            .as("the true engine with seed %d", seed)
            .isEmpty();
        return;
      }
    }
    fail("no violation of \"%s\" in %d seeds", invariant, SEEDS);
  }
}
