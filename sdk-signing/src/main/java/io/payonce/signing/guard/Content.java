package io.payonce.signing.guard;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.TokenAmount;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome.Refused;
import io.payonce.signing.SigningRequest;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a transaction does, as the guard reads it.
 *
 * @param moves what it pays; empty for a self transfer of nothing
 */
record Content(UnsignedTransaction transaction, Optional<TokenAmount> moves) {
  private static final int SELECTOR = 4;
  private static final int WORD = 32;

  /** The decoded content of a request, or why it does not fit the request's slot and kind. */
  sealed interface Reading {
    record Fits(Content content) implements Reading {}

    record Mismatch(Refused refused) implements Reading {}
  }

  /**
   * Reads a request.
   *
   * @param payouts the payout contracts that may be called, and how
   */
  static Reading read(SigningRequest request, Map<Address, PayoutReader> payouts) {
    UnsignedTransaction tx = request.transaction();
    if (!tx.chain().equals(request.attempt().slot().lane().chain())
        || tx.nonce() != request.attempt().slot().nonce()) {
      return mismatch(
          "transaction of chain "
              + tx.chain()
              + " nonce "
              + tx.nonce()
              + " is not in slot "
              + request.attempt().slot());
    }
    try {
      if (!TransactionCodec.decodeUnsigned(TransactionCodec.signingPayload(tx)).equals(tx)) {
        return mismatch("transaction does not survive its own encoding");
      }
    } catch (IllegalArgumentException malformed) {
      return mismatch("transaction is malformed: " + malformed.getMessage());
    }
    return request.kind().pays() ? payment(request, tx, payouts) : nothing(request, tx);
  }

  private static Reading payment(
      SigningRequest request, UnsignedTransaction tx, Map<Address, PayoutReader> payouts) {
    if (request.intent().isEmpty()) {
      return mismatch(request.kind() + " names no payment");
    }
    PayoutReader payout = payouts.get(tx.to());
    if (payout != null && !tx.data().isEmpty()) {
      Optional<TokenAmount> paid = paidOut(tx, payout);
      return paid.isPresent()
          ? new Reading.Fits(new Content(tx, paid))
          : mismatch("the call of the payout contract " + tx.to() + " cannot be read as payments");
    }
    Optional<TokenAmount> moves = moved(tx);
    return moves.isPresent()
        ? new Reading.Fits(new Content(tx, moves))
        : mismatch(
            "a payment must move native coin without data, or be one ERC-20 transfer, or call a"
                + " payout contract that the guard was given");
  }

  /** Coins that a call sends along are what it pays, whatever its reader says. */
  private static Optional<TokenAmount> paidOut(UnsignedTransaction tx, PayoutReader payout) {
    Optional<TokenAmount> paid;
    try {
      paid = Objects.requireNonNull(payout.moves(tx), "the reader answered null");
    } catch (Throwable unreadable) { // the host's code; what it cannot read is not signed
      return Optional.empty();
    }
    TokenAmount coins = TokenAmount.ofWei(tx.chain(), tx.value());
    return paid.filter(
        sum ->
            sum.units().signum() > 0
                && sum.asset().chain().equals(tx.chain())
                && (sum.asset().equals(coins.asset()) ? sum.equals(coins) : tx.value().isZero()));
  }

  private static Reading nothing(SigningRequest request, UnsignedTransaction tx) {
    Address self = request.attempt().slot().lane().address();
    if (!tx.to().equals(self) || !tx.value().isZero() || !tx.data().isEmpty()) {
      return mismatch(request.kind() + " must be a self transfer of nothing without data");
    }
    if (request.kind() == AttemptKind.FILL && request.intent().isPresent()) {
      return mismatch("FILL names a payment");
    }
    return new Reading.Fits(new Content(tx, Optional.empty()));
  }

  private static Optional<TokenAmount> moved(UnsignedTransaction tx) {
    if (tx.data().isEmpty()) {
      return tx.value().isZero()
          ? Optional.empty()
          : Optional.of(TokenAmount.ofWei(tx.chain(), tx.value()));
    }
    if (!tx.value().isZero() || tx.to().isZero() || tx.data().size() != SELECTOR + 2 * WORD) {
      return Optional.empty();
    }
    byte[] data = tx.data().toArray();
    Address payee = Address.of(Arrays.copyOfRange(data, SELECTOR + 12, SELECTOR + WORD));
    BigInteger units =
        new BigInteger(1, Arrays.copyOfRange(data, SELECTOR + WORD, SELECTOR + 2 * WORD));
    // Encoding again and comparing covers selector and padding: one accepted form.
    Bytes canonical = Erc20Calls.transfer(payee, units);
    return units.signum() > 0 && canonical.equals(tx.data())
        ? Optional.of(TokenAmount.of(new Asset.Erc20(tx.chain(), tx.to()), units))
        : Optional.empty();
  }

  private static Reading mismatch(String reason) {
    return new Reading.Mismatch(new Refused(SigningCode.CONTENT_MISMATCH, reason));
  }
}
