package io.payonce.signing.guard;

import io.payonce.Bytes;
import io.payonce.SlotId;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningClaims.Claim;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome.Refused;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.SigningRequest.Intent;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * What a slot's committed claims allow: one payment per nonce, one nonce per payment.
 *
 * <p>Pure functions of the request and of what the journal holds. A claim that was refused stays in
 * the journal, so an earlier claim need not have been legal: a request is judged against the slot's
 * first claim (its purpose), the one before it (its fees) and, when it pays, every intent in the
 * slot.
 */
final class ClaimRules {
  /** EIP-1559 pools want both fee fields raised by a tenth at least. */
  private static final BigInteger BUMP_PERCENT = BigInteger.valueOf(110);

  private static final BigInteger HUNDRED = BigInteger.valueOf(100);

  private ClaimRules() {}

  /** Whether the slot's claims hold exactly this request, and the table allows it. */
  static Optional<Refused> check(SigningRequest request, List<Claim> claims) {
    return claimed(request, claims)
        .or(() -> oneIntent(request, claims))
        .or(() -> purpose(request, claims.subList(0, request.attempt().sequence() - 1)));
  }

  /** Whether the journal binds the payment to this slot and to no other. */
  static Optional<Refused> bound(SigningRequest request, Intent intent, Optional<SlotId> slot) {
    if (slot.isEmpty()) {
      return refuse(
          SigningCode.NO_CLAIM, "transfer " + intent.transfer() + " is bound to no nonce");
    }
    return slot.get().equals(request.attempt().slot())
        ? Optional.empty()
        : refuse(
            SigningCode.INTENT_ALREADY_BOUND,
            "transfer " + intent.transfer() + " is bound to " + slot.get());
  }

  private static Optional<Refused> claimed(SigningRequest request, List<Claim> claims) {
    SlotId slot = request.attempt().slot();
    for (int i = 0; i < claims.size(); i++) {
      if (!claims.get(i).attempt().slot().equals(slot)
          || claims.get(i).attempt().sequence() != i + 1) {
        return refuse(
            SigningCode.NO_CLAIM,
            "claim " + (i + 1) + " of " + slot + " is missing, found " + claims.get(i).attempt());
      }
    }
    int sequence = request.attempt().sequence();
    if (sequence > claims.size()) {
      return refuse(
          SigningCode.NO_CLAIM, slot + " has " + claims.size() + " claims, asked for " + sequence);
    }
    Claim own = claims.get(sequence - 1);
    boolean same =
        own.kind() == request.kind()
            && own.transaction().equals(request.transaction())
            && sameIntent(own, request);
    return same
        ? Optional.empty()
        : refuse(
            SigningCode.NO_CLAIM,
            "claim "
                + own.attempt()
                + " is "
                + own.kind()
                + " "
                + digest(own.transaction()).toHex()
                + ", asked for "
                + request.kind()
                + " "
                + request.digest().toHex());
  }

  /** A cancel may or may not name what it cancels; what takes the nonce is the same either way. */
  private static boolean sameIntent(Claim own, SigningRequest request) {
    boolean unnamed = own.intent().isEmpty() || request.intent().isEmpty();
    return own.intent().equals(request.intent())
        || (unnamed && request.kind() == AttemptKind.CANCEL);
  }

  private static Optional<Refused> oneIntent(SigningRequest request, List<Claim> claims) {
    if (request.intent().isEmpty() || !request.kind().pays()) {
      return Optional.empty(); // a cancel is the way out of a slot with refused claims
    }
    Intent intent = request.intent().get();
    for (Claim claim : claims) {
      if (claim.intent().isEmpty() || claim.intent().get().equals(intent)) {
        continue;
      }
      boolean sameTransfer = claim.intent().get().transfer().equals(intent.transfer());
      return refuse(
          sameTransfer ? SigningCode.CONTENT_MISMATCH : SigningCode.NONCE_EQUIVOCATION,
          "claim "
              + claim.attempt()
              + " is for transfer "
              + claim.intent().get().transfer()
              + (sameTransfer ? " with another fingerprint" : ", not " + intent.transfer()));
    }
    return Optional.empty();
  }

  private static Optional<Refused> purpose(SigningRequest request, List<Claim> earlier) {
    boolean first = earlier.isEmpty();
    boolean paidBefore = earlier.stream().anyMatch(claim -> claim.kind().pays());
    boolean emptiedBefore = earlier.stream().anyMatch(claim -> !claim.kind().pays());
    boolean fits =
        switch (request.kind()) {
          case PAYMENT -> first;
          case REPLACEMENT ->
              !first && earlier.get(0).kind() == AttemptKind.PAYMENT && !emptiedBefore;
          // In a slot without payment a cancel is a fill; both take the nonce for nothing.
          case CANCEL -> true;
          case FILL -> !paidBefore;
          case HOST -> false; // the host signs it
        };
    if (!fits) {
      return refuse(
          SigningCode.NONCE_EQUIVOCATION,
          request.kind()
              + " does not fit "
              + (first ? "a free nonce" : "the " + kinds(earlier) + " that hold this nonce"));
    }
    return first ? notFirst(request) : replaces(request, earlier);
  }

  private static Optional<Refused> notFirst(SigningRequest request) {
    return request.previous().isEmpty()
        ? Optional.empty()
        : refuse(SigningCode.REPLACEMENT_NOT_SAME_INTENT, "the first claim replaces nothing");
  }

  private static Optional<Refused> replaces(SigningRequest request, List<Claim> earlier) {
    UnsignedTransaction replaced = earlier.get(earlier.size() - 1).transaction();
    UnsignedTransaction next = request.transaction();
    if (!request.previous().equals(Optional.of(digest(replaced)))) {
      return refuse(
          SigningCode.REPLACEMENT_NOT_SAME_INTENT,
          "previous is "
              + request.previous().map(Bytes::toHex).orElse("empty")
              + ", the latest claim is "
              + digest(replaced).toHex());
    }
    if (request.kind() == AttemptKind.REPLACEMENT) {
      UnsignedTransaction payment = earlier.get(0).transaction();
      boolean samePayment =
          next.to().equals(payment.to())
              && next.value().equals(payment.value())
              && next.data().equals(payment.data());
      if (!samePayment || next.gasLimit().compareTo(replaced.gasLimit()) < 0) {
        return refuse(
            SigningCode.REPLACEMENT_NOT_SAME_INTENT,
            samePayment ? "gas limit is lowered" : "to, value or data differ from the payment");
      }
    }
    return bump("maxFeePerGas", replaced.maxFeePerGas(), next.maxFeePerGas())
        .or(
            () ->
                bump(
                    "maxPriorityFeePerGas",
                    replaced.maxPriorityFeePerGas(),
                    next.maxPriorityFeePerGas()));
  }

  private static Optional<Refused> bump(String field, Wei old, Wei next) {
    boolean met = next.value().multiply(HUNDRED).compareTo(old.value().multiply(BUMP_PERCENT)) >= 0;
    return met
        ? Optional.empty()
        : refuse(
            SigningCode.BUMP_TOO_SMALL, field + " " + next + " must be at least 110 % of " + old);
  }

  private static List<AttemptKind> kinds(List<Claim> claims) {
    return claims.stream().map(Claim::kind).toList();
  }

  private static Bytes digest(UnsignedTransaction transaction) {
    return Bytes.of(TransactionCodec.signingDigest(transaction));
  }

  private static Optional<Refused> refuse(SigningCode code, String reason) {
    return Optional.of(new Refused(code, reason));
  }
}
