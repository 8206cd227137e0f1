package io.payonce.signing.guard;

import static io.payonce.signing.guard.Bench.CHAIN;
import static io.payonce.signing.guard.Bench.NONCE;
import static io.payonce.signing.guard.Bench.OTHER_CHAIN;
import static io.payonce.signing.guard.Bench.PAYEE;
import static io.payonce.signing.guard.Bench.SELF;
import static io.payonce.signing.guard.Bench.bumped;
import static io.payonce.signing.guard.Bench.next;
import static io.payonce.signing.guard.Bench.nothing;
import static io.payonce.signing.guard.Bench.payment;
import static io.payonce.signing.guard.Bench.tx;
import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.Fingerprint;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningOutcome.Refused;
import io.payonce.signing.SigningOutcome.Signed;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.SigningRequest.Intent;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guard's table beyond what every signer's contract holds. */
final class GuardRulesTest {
  private static final Address TOKEN = Address.of("0x" + "70".repeat(20));
  private static final GuardLimits TOKEN_LIMITS =
      GuardLimits.of(
          Wei.ofCoins("0.1"),
          TokenAmount.ofWei(CHAIN, Wei.of(1_000)),
          TokenAmount.ofWei(OTHER_CHAIN, Wei.of(1_000)),
          TokenAmount.of(new Asset.Erc20(CHAIN, TOKEN), 500));

  private final Bench bench = new Bench();

  // Content.

  @Test
  void refuses_a_transaction_of_another_slot() {
    SlotId next = new SlotId(new LaneId(CHAIN, SELF), NONCE + 1);
    SlotId elsewhere = new SlotId(new LaneId(OTHER_CHAIN, SELF), NONCE);

    assertRefused(claimed(in(next, payment())), SigningCode.CONTENT_MISMATCH);
    assertRefused(claimed(in(elsewhere, payment())), SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void refuses_a_payment_for_nobody() {
    SigningRequest named = payment();
    SigningRequest unnamed =
        new SigningRequest(
            named.attempt(), named.kind(), Optional.empty(), named.previous(), named.transaction());

    assertRefused(claimed(unnamed), SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void refuses_a_payment_of_nothing() {
    assertRefused(
        claimed(payment(tx(Wei.gwei(10), PAYEE, Wei.ZERO, Bytes.EMPTY))),
        SigningCode.CONTENT_MISMATCH);
    assertRefused(claimed(transfer(0)), SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void refuses_a_fill_that_names_a_payment() {
    SigningRequest fill = nothing(AttemptKind.FILL, 1, Wei.gwei(10));

    assertRefused(
        claimed(
            new SigningRequest(
                fill.attempt(),
                fill.kind(),
                Bench.intent(1),
                Optional.empty(),
                fill.transaction())),
        SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void refuses_a_cancel_or_fill_that_pays_even_itself() {
    for (AttemptKind kind : List.of(AttemptKind.CANCEL, AttemptKind.FILL)) {
      for (UnsignedTransaction tx :
          List.of(
              tx(Wei.gwei(10), SELF, Wei.ONE, Bytes.EMPTY),
              tx(Wei.gwei(10), PAYEE, Wei.ZERO, Bytes.EMPTY),
              tx(Wei.gwei(10), SELF, Wei.ZERO, Bytes.fromHex("0x00")))) {
        Bench fresh = new Bench();
        SigningRequest request =
            new SigningRequest(Bench.attempt(1), kind, Optional.empty(), Optional.empty(), tx);

        assertRefused(fresh.sign(fresh.claimed(request)), SigningCode.CONTENT_MISMATCH);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // a dirty padding byte before the payee
        "0xa9059cbb0000000000000000000000013535353535353535353535353535353535353535"
            + "0000000000000000000000000000000000000000000000000000000000000001",
        // one trailing byte
        "0xa9059cbb0000000000000000000000003535353535353535353535353535353535353535"
            + "000000000000000000000000000000000000000000000000000000000000000100",
        // transferFrom's selector
        "0x23b872dd0000000000000000000000003535353535353535353535353535353535353535"
            + "0000000000000000000000000000000000000000000000000000000000000001",
        "0xa9059cbb",
        "0x00"
      })
  void refuses_call_data_that_is_not_exactly_one_transfer(String data) {
    assertRefused(
        claimed(payment(tx(Wei.gwei(10), TOKEN, Wei.ZERO, Bytes.fromHex(data)))),
        SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void refuses_coins_along_with_a_token_transfer() {
    assertRefused(
        claimed(
            payment(tx(Wei.gwei(10), TOKEN, Wei.ONE, Erc20Calls.transfer(PAYEE, BigInteger.ONE)))),
        SigningCode.CONTENT_MISMATCH);
  }

  // Caps.

  @Test
  void pays_up_to_the_cap_and_not_one_unit_more() {
    assertThat(sign(claimed(payment(value(1_000))))).isInstanceOf(Signed.class);
    Bench fresh = new Bench();
    assertRefused(fresh.sign(fresh.claimed(payment(value(1_001)))), SigningCode.VALUE_CAP);
  }

  @Test
  void pays_a_token_up_to_its_own_cap() {
    SigningRequest within = claimed(transfer(500));
    assertThat(signWith(TOKEN_LIMITS, within)).isInstanceOf(Signed.class);

    Bench fresh = new Bench();
    SigningRequest above = fresh.claimed(transfer(501));
    assertRefused(
        Bench.signer(Bench.key(), fresh.claims, TOKEN_LIMITS).sign(above).join(),
        SigningCode.VALUE_CAP);
  }

  @Test
  void pays_no_token_without_a_cap() {
    assertRefused(claimed(transfer(1)), SigningCode.VALUE_CAP);
  }

  @Test
  void costs_up_to_the_fee_cap_and_not_one_wei_more() {
    // 100,000 gas at 1,000 gwei is the 0.1 coin of the cap.
    assertThat(sign(claimed(payment(tx(Wei.gwei(1_000), PAYEE, Wei.ONE, Bytes.EMPTY)))))
        .isInstanceOf(Signed.class);
    for (AttemptKind kind : List.of(AttemptKind.CANCEL, AttemptKind.FILL)) {
      Bench fresh = new Bench();
      assertRefused(
          fresh.sign(fresh.claimed(nothing(kind, 1, Wei.gwei(1_000).plus(Wei.ONE)))),
          SigningCode.FEE_CAP);
    }
  }

  @Test
  void refuses_a_fee_that_overflows_instead_of_throwing() {
    Wei most = Wei.of(BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE));

    assertRefused(claimed(payment(tx(most, PAYEE, Wei.ONE, Bytes.EMPTY))), SigningCode.FEE_CAP);
  }

  // The slot's claims.

  @Test
  void believes_the_row_and_not_the_caller() {
    claimed(payment(value(2)));

    assertRefused(payment(value(1)), SigningCode.NO_CLAIM);
    assertRefused(
        new SigningRequest(
            Bench.attempt(1), AttemptKind.PAYMENT, Bench.intent(9), Optional.empty(), value(2)),
        SigningCode.NO_CLAIM);
  }

  @Test
  void refuses_when_an_earlier_claim_is_missing() {
    SigningRequest first = payment();

    assertRefused(claimed(bumped(first, Wei.gwei(11))), SigningCode.NO_CLAIM);
  }

  @Test
  void refuses_a_transfer_with_two_fingerprints() {
    SigningRequest first = claimed(payment());
    Intent altered = new Intent(new TransferId(1), new Fingerprint("0x" + "ab".repeat(32)));
    SigningRequest second =
        new SigningRequest(
            Bench.attempt(2),
            AttemptKind.REPLACEMENT,
            Optional.of(altered),
            Optional.of(first.digest()),
            tx(Wei.gwei(11), PAYEE, Wei.ONE, Bytes.EMPTY));

    assertRefused(claimed(second), SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void refuses_to_replace_one_payment_by_another() {
    SigningRequest first = claimed(payment());
    SigningRequest other =
        new SigningRequest(
            Bench.attempt(2),
            AttemptKind.REPLACEMENT,
            Bench.intent(2),
            Optional.of(first.digest()),
            tx(Wei.gwei(11), PAYEE, Wei.ONE, Bytes.EMPTY));

    assertRefused(claimed(other), SigningCode.NONCE_EQUIVOCATION);
  }

  @Test
  void refuses_a_replacement_of_nothing() {
    SigningRequest lone =
        new SigningRequest(
            Bench.attempt(1),
            AttemptKind.REPLACEMENT,
            Bench.intent(1),
            Optional.of(payment().digest()),
            value(1));

    assertRefused(claimed(lone), SigningCode.NONCE_EQUIVOCATION);
  }

  @Test
  void refuses_a_wrong_previous_whatever_the_kind() {
    SigningRequest first = claimed(payment());
    Bytes wrong = Bytes.fromHex("0x" + "00".repeat(32));
    for (Optional<Bytes> previous : List.of(Optional.of(wrong), Optional.<Bytes>empty())) {
      for (SigningRequest good :
          List.of(
              bumped(first, Wei.gwei(11)),
              next(first, AttemptKind.CANCEL, tx(Wei.gwei(11), SELF, Wei.ZERO, Bytes.EMPTY)))) {
        Bench fresh = new Bench();
        fresh.claimed(payment());
        SigningRequest bad =
            new SigningRequest(
                good.attempt(), good.kind(), good.intent(), previous, good.transaction());

        assertRefused(fresh.sign(fresh.claimed(bad)), SigningCode.REPLACEMENT_NOT_SAME_INTENT);
      }
    }
  }

  @Test
  void refuses_a_first_attempt_that_replaces_something() {
    SigningRequest plain = payment();
    SigningRequest replacing =
        new SigningRequest(
            plain.attempt(),
            plain.kind(),
            plain.intent(),
            Optional.of(plain.digest()),
            plain.transaction());

    assertRefused(claimed(replacing), SigningCode.REPLACEMENT_NOT_SAME_INTENT);
  }

  @Test
  void measures_each_bump_from_the_claim_before_it() {
    SigningRequest first = claimed(payment());
    SigningRequest second = claimed(bumped(first, Wei.gwei(20)));
    SigningRequest third = claimed(bumped(second, Wei.gwei(21)));
    SigningRequest fourth = claimed(bumped(third, Wei.gwei(24)));

    assertThat(sign(second)).isInstanceOf(Signed.class);
    assertRefused(third, SigningCode.BUMP_TOO_SMALL);
    // The third was claimed, so it counts as one that took the nonce.
    assertThat(sign(fourth)).isInstanceOf(Signed.class);
  }

  @Test
  void wants_both_fee_fields_raised_and_rounds_up() {
    // 110 % of 15 wei is 16.5.
    assertRefused(bumpOf(15, 15, 17, 16), SigningCode.BUMP_TOO_SMALL);
    assertRefused(bumpOf(20, 15, 21, 17), SigningCode.BUMP_TOO_SMALL);
    assertThat(bumpOf(15, 15, 17, 17)).isInstanceOf(Signed.class);
  }

  @Test
  void refuses_a_replacement_with_less_gas() {
    SigningRequest first = claimed(payment());
    DynamicFee less =
        new DynamicFee(
            CHAIN,
            NONCE,
            Wei.gwei(11),
            Wei.gwei(11),
            BigInteger.valueOf(99_999),
            PAYEE,
            Wei.ONE,
            Bytes.EMPTY,
            List.of());

    assertRefused(
        claimed(next(first, AttemptKind.REPLACEMENT, less)),
        SigningCode.REPLACEMENT_NOT_SAME_INTENT);
  }

  @Test
  void signs_a_cancel_out_of_a_slot_whose_replacement_was_refused() {
    SigningRequest first = claimed(payment());
    SigningRequest diverted =
        claimed(
            next(first, AttemptKind.REPLACEMENT, tx(Wei.gwei(11), SELF, Wei.of(900), Bytes.EMPTY)));
    assertRefused(diverted, SigningCode.REPLACEMENT_NOT_SAME_INTENT);

    SigningRequest cancel =
        claimed(next(diverted, AttemptKind.CANCEL, tx(Wei.gwei(13), SELF, Wei.ZERO, Bytes.EMPTY)));

    assertThat(sign(cancel)).isInstanceOf(Signed.class);
  }

  @Test
  void refuses_a_cancel_with_less_than_a_tenth_more_fee() {
    SigningRequest first = claimed(payment());

    assertRefused(
        claimed(
            next(
                first,
                AttemptKind.CANCEL,
                tx(Wei.gwei(11).minus(Wei.ONE), SELF, Wei.ZERO, Bytes.EMPTY))),
        SigningCode.BUMP_TOO_SMALL);
  }

  @Test
  void takes_a_cancel_that_does_not_name_its_payment() {
    claimed(payment());
    SigningRequest cancel =
        new SigningRequest(
            Bench.attempt(2),
            AttemptKind.CANCEL,
            Optional.empty(),
            Optional.of(payment().digest()),
            tx(Wei.gwei(11), SELF, Wei.ZERO, Bytes.EMPTY));

    assertThat(sign(claimed(cancel))).isInstanceOf(Signed.class);
  }

  @Test
  void fills_a_free_nonce_by_fill_or_cancel_and_never_pays_there() {
    for (AttemptKind kind : List.of(AttemptKind.CANCEL, AttemptKind.FILL)) {
      Bench fresh = new Bench();
      SigningRequest fill = fresh.claimed(nothing(kind, 1, Wei.gwei(10)));
      assertThat(fresh.sign(fill)).isInstanceOf(Signed.class);

      SigningRequest bump =
          fresh.claimed(
              next(fill, AttemptKind.FILL, tx(Wei.gwei(11), SELF, Wei.ZERO, Bytes.EMPTY)));
      assertThat(fresh.sign(bump)).isInstanceOf(Signed.class);

      for (AttemptKind paying : List.of(AttemptKind.PAYMENT, AttemptKind.REPLACEMENT)) {
        Bench again = new Bench();
        again.claimed(fill);
        SigningRequest late =
            new SigningRequest(
                Bench.attempt(2),
                paying,
                Bench.intent(1),
                Optional.of(fill.digest()),
                tx(Wei.gwei(20), PAYEE, Wei.ONE, Bytes.EMPTY));
        assertRefused(again.sign(again.claimed(late)), SigningCode.NONCE_EQUIVOCATION);
      }
    }
  }

  @Test
  void refuses_to_fill_a_nonce_that_a_payment_holds() {
    SigningRequest first = claimed(payment());
    SigningRequest fill =
        new SigningRequest(
            Bench.attempt(2),
            AttemptKind.FILL,
            Optional.empty(),
            Optional.of(first.digest()),
            tx(Wei.gwei(11), SELF, Wei.ZERO, Bytes.EMPTY));

    assertRefused(claimed(fill), SigningCode.NONCE_EQUIVOCATION);
  }

  @Test
  void signs_an_earlier_attempt_again_to_the_same_bytes() {
    SigningRequest first = claimed(payment());
    SignedTransaction before = ((Signed) sign(first)).transaction();
    claimed(bumped(first, Wei.gwei(11)));

    assertThat(sign(first)).isEqualTo(new Signed(before));
  }

  private SigningOutcome bumpOf(long maxFee, long tip, long nextMaxFee, long nextTip) {
    Bench fresh = new Bench();
    SigningRequest first = fresh.claimed(payment(fees(maxFee, tip)));
    return fresh.sign(
        fresh.claimed(next(first, AttemptKind.REPLACEMENT, fees(nextMaxFee, nextTip))));
  }

  private static DynamicFee fees(long maxFee, long tip) {
    return new DynamicFee(
        CHAIN,
        NONCE,
        Wei.of(tip),
        Wei.of(maxFee),
        BigInteger.valueOf(21_000),
        PAYEE,
        Wei.ONE,
        Bytes.EMPTY,
        List.of());
  }

  private static DynamicFee value(long wei) {
    return tx(Wei.gwei(10), PAYEE, Wei.of(wei), Bytes.EMPTY);
  }

  private static SigningRequest transfer(long units) {
    Bytes data = Erc20Calls.transfer(PAYEE, BigInteger.valueOf(units));
    return payment(tx(Wei.gwei(10), TOKEN, Wei.ZERO, data));
  }

  private static SigningRequest in(SlotId slot, SigningRequest request) {
    return new SigningRequest(
        new AttemptId(slot, 1),
        request.kind(),
        request.intent(),
        request.previous(),
        request.transaction());
  }

  private SigningRequest claimed(SigningRequest request) {
    return bench.claimed(request);
  }

  private SigningOutcome sign(SigningRequest request) {
    return bench.sign(request);
  }

  private SigningOutcome signWith(GuardLimits limits, SigningRequest request) {
    return Bench.signer(Bench.key(), bench.claims, limits).sign(request).join();
  }

  private void assertRefused(SigningRequest request, SigningCode code) {
    assertRefused(sign(request), code);
  }

  private static void assertRefused(SigningOutcome outcome, SigningCode code) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }
}
