package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.Fingerprint;
import io.payonce.LaneId;
import io.payonce.SignedTransaction;
import io.payonce.SlotId;
import io.payonce.TransactionCodec;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningOutcome.Refused;
import io.payonce.signing.SigningOutcome.Signed;
import io.payonce.signing.SigningOutcome.Unavailable;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.SigningRequest.Intent;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every signer must do, whatever holds its key: subclass it and hand out a signer.
 *
 * <p>Requests that the contract makes move at most 1,000 wei and cost at most 0.1 coin in fees; the
 * signer's caps must allow that.
 */
public abstract class SignerContract {
  /** The one chain that the signer must be bound to. */
  protected static final ChainId CHAIN = ChainId.of(1);

  private static final Address PAYEE = Address.of("0x" + "35".repeat(20));
  private static final long NONCE = 7;

  protected final RecordedClaims claims = new RecordedClaims();
  private Signer signer;

  /** A new signer bound to {@link #CHAIN} alone, reading {@code claims}; always of the same key. */
  protected abstract Signer signer(SigningClaims claims);

  /** Only tests of this package's contract subclass it; JUnit makes the instances. */
  @SuppressWarnings("NullAway.Init") // the signer is made before each test
  protected SignerContract() {}

  @BeforeEach
  void open() {
    signer = signer(claims);
  }

  @AfterEach
  void close() {
    signer.close();
  }

  @Test
  void is_bound_to_its_chain_alone() {
    assertThat(signer.chains()).containsExactly(CHAIN);
  }

  @Test
  void signs_a_claimed_payment_as_its_own_account() {
    SigningRequest request = claimed(payment(NONCE, 1, Wei.gwei(10)));

    SignedTransaction signed = signed(request);

    assertThat(signed.transaction()).isEqualTo(request.transaction());
    assertThat(signed.sender()).isEqualTo(signer.address());
    assertThat(TransactionCodec.decodeSigned(signed.raw())).isEqualTo(signed);
  }

  @Test
  void signs_the_same_request_again() {
    SigningRequest request = claimed(payment(NONCE, 1, Wei.gwei(10)));

    SignedTransaction first = signed(request);
    SignedTransaction second = signed(request);

    assertThat(second.transaction()).isEqualTo(first.transaction());
    assertThat(second.sender()).isEqualTo(first.sender());
  }

  @Test
  void refuses_what_the_journal_does_not_hold() {
    assertRefused(payment(NONCE, 1, Wei.gwei(10)), SigningCode.NO_CLAIM);
  }

  @Test
  void refuses_content_that_differs_from_the_claim() {
    claimed(payment(NONCE, 1, Wei.gwei(10)));

    assertRefused(payment(NONCE, 1, Wei.gwei(11)), SigningCode.NO_CLAIM);
  }

  @Test
  void refuses_a_second_payment_at_one_nonce() {
    SigningRequest first = claimed(payment(NONCE, 1, Wei.gwei(10)));
    SigningRequest other = payment(NONCE, 2, Wei.gwei(20));
    SigningRequest second =
        new SigningRequest(
            new AttemptId(first.attempt().slot(), 2),
            AttemptKind.PAYMENT,
            other.intent(),
            Optional.empty(),
            other.transaction());

    assertRefused(claimed(second), SigningCode.NONCE_EQUIVOCATION);
  }

  @Test
  void refuses_a_payment_that_another_nonce_holds() {
    claimed(payment(NONCE, 1, Wei.gwei(10)));

    assertRefused(claimed(payment(NONCE + 1, 1, Wei.gwei(10))), SigningCode.INTENT_ALREADY_BOUND);
  }

  @Test
  void signs_a_replacement_with_a_tenth_more_fee() {
    SigningRequest first = claimed(payment(NONCE, 1, Wei.gwei(10)));
    SigningRequest next = claimed(replacement(first, Wei.gwei(11)));

    assertThat(signed(next).transaction().maxFeePerGas()).isEqualTo(Wei.gwei(11));
  }

  @Test
  void refuses_a_replacement_with_less_than_a_tenth_more_fee() {
    SigningRequest first = claimed(payment(NONCE, 1, Wei.gwei(10)));

    assertRefused(
        claimed(replacement(first, Wei.gwei(11).minus(Wei.ONE))), SigningCode.BUMP_TOO_SMALL);
  }

  @Test
  void refuses_a_replacement_that_pays_somebody_else() {
    SigningRequest first = claimed(payment(NONCE, 1, Wei.gwei(10)));
    SigningRequest bump = replacement(first, Wei.gwei(20));
    UnsignedTransaction diverted =
        transaction(
            CHAIN, NONCE, Wei.gwei(20), Address.of("0x" + "36".repeat(20)), Wei.of(1), Bytes.EMPTY);

    assertRefused(claimed(with(bump, diverted)), SigningCode.REPLACEMENT_NOT_SAME_INTENT);
  }

  @Test
  void signs_a_cancel_and_then_no_payment() {
    SigningRequest first = claimed(payment(NONCE, 1, Wei.gwei(10)));
    SigningRequest cancel = claimed(empty(first, AttemptKind.CANCEL, Wei.gwei(11)));

    assertThat(signed(cancel).transaction().to()).isEqualTo(signer.address());
    assertRefused(
        claimed(
            new SigningRequest(
                new AttemptId(first.attempt().slot(), 3),
                AttemptKind.REPLACEMENT,
                first.intent(),
                Optional.of(cancel.digest()),
                payment(NONCE, 1, Wei.gwei(20)).transaction())),
        SigningCode.NONCE_EQUIVOCATION);
  }

  @Test
  void signs_a_fill_of_a_free_nonce() {
    SlotId slot = slot(CHAIN, signer.address(), NONCE);
    SigningRequest fill =
        claimed(
            new SigningRequest(
                new AttemptId(slot, 1),
                AttemptKind.FILL,
                Optional.empty(),
                Optional.empty(),
                transaction(CHAIN, NONCE, Wei.gwei(10), signer.address(), Wei.ZERO, Bytes.EMPTY)));

    assertThat(signed(fill).transaction()).isEqualTo(fill.transaction());
  }

  @Test
  void refuses_a_foreign_chain() {
    ChainId foreign = ChainId.of(10);

    assertRefused(
        claimed(
            first(
                slot(foreign, signer.address(), NONCE),
                1,
                transaction(foreign, NONCE, Wei.gwei(10), PAYEE, Wei.of(1), Bytes.EMPTY))),
        SigningCode.WRONG_CHAIN);
  }

  @Test
  void refuses_a_foreign_account() {
    assertRefused(
        claimed(
            first(
                slot(CHAIN, PAYEE, NONCE),
                1,
                transaction(CHAIN, NONCE, Wei.gwei(10), PAYEE, Wei.of(1), Bytes.EMPTY))),
        SigningCode.WRONG_ACCOUNT);
  }

  @Test
  void refuses_call_data_that_is_no_token_transfer() {
    Bytes approval = Bytes.fromHex("0x095ea7b3" + "00".repeat(63) + "01");

    assertRefused(
        claimed(
            first(
                slot(CHAIN, signer.address(), NONCE),
                1,
                transaction(CHAIN, NONCE, Wei.gwei(10), PAYEE, Wei.ZERO, approval))),
        SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void refuses_a_cancel_that_moves_a_token() {
    SigningRequest first = claimed(payment(NONCE, 1, Wei.gwei(10)));
    SigningRequest cancel = empty(first, AttemptKind.CANCEL, Wei.gwei(11));
    UnsignedTransaction moving =
        transaction(
            CHAIN,
            NONCE,
            Wei.gwei(11),
            signer.address(),
            Wei.ZERO,
            Erc20Calls.transfer(PAYEE, BigInteger.ONE));

    assertRefused(claimed(with(cancel, moving)), SigningCode.CONTENT_MISMATCH);
  }

  @Test
  void waits_for_a_journal_that_cannot_be_read() {
    SigningRequest request = claimed(payment(NONCE, 1, Wei.gwei(10)));
    claims.setReadable(false);

    assertThat(answer(request))
        .isInstanceOfSatisfying(
            Unavailable.class,
            unavailable -> {
              assertThat(unavailable.code()).isEqualTo(SigningCode.CLAIMS_UNREADABLE);
              assertThat(unavailable.mayHaveSigned()).isFalse();
            });
    claims.setReadable(true);
    assertThat(answer(request)).isInstanceOf(Signed.class);
  }

  @Test
  void does_not_sign_after_close() {
    SigningRequest request = claimed(payment(NONCE, 1, Wei.gwei(10)));
    signer.close();

    // Not a refusal: that would send the payment to its cancel at every shutdown.
    assertThat(answer(request))
        .isInstanceOfSatisfying(
            Unavailable.class,
            unavailable -> {
              assertThat(unavailable.code()).isEqualTo(SigningCode.KEY_CLOSED);
              assertThat(unavailable.mayHaveSigned()).isFalse();
            });
    assertThatCode(signer::close).doesNotThrowAnyException();
  }

  private SigningRequest payment(long nonce, long transfer, Wei fee) {
    return first(
        slot(CHAIN, signer.address(), nonce),
        transfer,
        transaction(CHAIN, nonce, fee, PAYEE, Wei.of(transfer), Bytes.EMPTY));
  }

  private static SigningRequest replacement(SigningRequest first, Wei fee) {
    UnsignedTransaction old = first.transaction();
    return new SigningRequest(
        new AttemptId(first.attempt().slot(), 2),
        AttemptKind.REPLACEMENT,
        first.intent(),
        Optional.of(first.digest()),
        transaction(old.chain(), old.nonce(), fee, old.to(), old.value(), old.data()));
  }

  private SigningRequest empty(SigningRequest first, AttemptKind kind, Wei fee) {
    return new SigningRequest(
        new AttemptId(first.attempt().slot(), 2),
        kind,
        first.intent(),
        Optional.of(first.digest()),
        transaction(CHAIN, NONCE, fee, signer.address(), Wei.ZERO, Bytes.EMPTY));
  }

  private static SigningRequest with(SigningRequest request, UnsignedTransaction transaction) {
    return new SigningRequest(
        request.attempt(), request.kind(), request.intent(), request.previous(), transaction);
  }

  private static SigningRequest first(SlotId slot, long transfer, UnsignedTransaction tx) {
    Intent intent =
        new Intent(new TransferId(transfer), new Fingerprint("0x" + "%064x".formatted(transfer)));
    return new SigningRequest(
        new AttemptId(slot, 1), AttemptKind.PAYMENT, Optional.of(intent), Optional.empty(), tx);
  }

  private static SlotId slot(ChainId chain, Address account, long nonce) {
    return new SlotId(new LaneId(chain, account), nonce);
  }

  private static UnsignedTransaction transaction(
      ChainId chain, long nonce, Wei fee, Address to, Wei value, Bytes data) {
    BigInteger gas = BigInteger.valueOf(100_000);
    return new DynamicFee(chain, nonce, fee, fee, gas, to, value, data, List.of());
  }

  private SigningRequest claimed(SigningRequest request) {
    claims.commit(
        new SigningClaims.Claim(
            request.attempt(), request.kind(), request.intent(), request.transaction()));
    return request;
  }

  private SigningOutcome answer(SigningRequest request) {
    return signer.sign(request).join();
  }

  private SignedTransaction signed(SigningRequest request) {
    SigningOutcome outcome = answer(request);
    assertThat(outcome).isInstanceOf(Signed.class);
    return ((Signed) outcome).transaction();
  }

  private void assertRefused(SigningRequest request, SigningCode code) {
    assertThat(answer(request))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }
}
