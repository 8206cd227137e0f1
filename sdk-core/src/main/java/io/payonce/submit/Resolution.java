package io.payonce.submit;

import io.payonce.TransactionHash;
import io.payonce.internal.StorableText;

/**
 * How a person or rule takes a payment out of {@code QUARANTINED}, or out of {@code
 * HELD(POSSIBLE_DUPLICATE)}. Each names the evidence that it needs; without that evidence in the
 * journal, at a final block, the payment stays where it is. A foreign transaction that took a
 * payment's nonce is confirmed by {@link IdempotentSubmitter#giveUp}, not here.
 *
 * <p>No resolution gives a payment a second nonce, and none makes one both payable and refundable.
 */
public sealed interface Resolution {
  /** Why, for the history; 1 to 1,000 characters, not blank. U+FFFD stands for each U+0000. */
  String reason();

  /**
   * {@code PAYMENT_UNPROVEN} or {@code FINALITY_BROKEN}: the payee has the money. Evidence: the
   * final transaction that took the nonce, named so that nobody confirms another. The payment
   * becomes {@code PAID_FINAL}.
   */
  record PaymentConfirmed(TransactionHash transaction, String reason) implements Resolution {
    public PaymentConfirmed {
      reason = StorableText.reason(reason);
    }
  }

  /**
   * {@code PAYMENT_UNPROVEN}: the payee has nothing. Evidence: the final receipt, read again, has
   * no {@code Transfer} log to the payee, whichever contract wrote it, from whom, of what amount
   * and in what form; and the person has asked the payee, as a token may move money without a log.
   * The payment becomes {@code UNPAID_FINAL}, safe to refund.
   */
  record NotPaid(TransactionHash transaction, String reason) implements Resolution {
    public NotPaid {
      reason = StorableText.reason(reason);
    }
  }

  /**
   * {@code POSSIBLE_DUPLICATE}: the orphan is this payment; a newer journal had sent it. Evidence:
   * the orphan's transaction, of the same wallet or of another one of the payment's pool, at a
   * final block. The payment becomes {@code PAID_FINAL} with the orphan's nonce and transaction,
   * and the orphan holds nobody else.
   */
  record PaidByOrphan(TransactionHash transaction, String reason) implements Resolution {
    public PaidByOrphan {
      reason = StorableText.reason(reason);
    }
  }

  /**
   * {@code POSSIBLE_DUPLICATE}: this is another payment than every orphan like it that is known
   * now. It goes on to be paid.
   */
  record NotADuplicate(String reason) implements Resolution {
    public NotADuplicate {
      reason = StorableText.reason(reason);
    }
  }

  /**
   * {@code NONCE_CONTRADICTION}: the contradiction is over. {@code FINALITY_BROKEN}: the chain is
   * trusted again. Evidence: a transaction of this journal has the nonce at a final block; what it
   * did is the end, paid or not. Where finality broke, whoever resolves has asked first whether a
   * refund was given while the payment had ended unpaid: it may be paid now.
   */
  record AsFinal(String reason) implements Resolution {
    public AsFinal {
      reason = StorableText.reason(reason);
    }
  }
}
