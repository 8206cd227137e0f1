package io.payonce.rpc;

import io.payonce.TransactionHash;
import io.payonce.failure.SendAction;
import io.payonce.internal.StorableText;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the endpoints said to one transaction. The hash is the locally computed one; a node that
 * answers another is recorded as {@link Verdict#WRONG_HASH} and never believed.
 *
 * @param publicSince the block at which one that was sent in private went public ({@link
 *     Route.PrivateThenPublic}); empty for one that is private still, or was never
 */
public record BroadcastEvidence(
    TransactionHash hash, List<Answer> answers, OptionalLong publicSince) {
  public BroadcastEvidence {
    answers = List.copyOf(answers);
  }

  /** Of one that did not go from private to public. */
  public BroadcastEvidence(TransactionHash hash, List<Answer> answers) {
    this(hash, answers, OptionalLong.empty());
  }

  /** What all answers together amount to. */
  public Outcome outcome() {
    if (answers.stream()
        .anyMatch(a -> a.verdict() == Verdict.ACCEPTED || a.verdict() == Verdict.ALREADY_KNOWN)) {
      return Outcome.ACCEPTED;
    }
    if (answers.stream().allMatch(a -> a.verdict() == Verdict.NOT_SENT)) {
      return Outcome.NOT_SENT;
    }
    if (answers.stream()
        .allMatch(a -> a.verdict() == Verdict.REJECTED || a.verdict() == Verdict.NOT_SENT)) {
      return Outcome.REJECTED;
    }
    return Outcome.AMBIGUOUS;
  }

  /** The sum of the answers. None of these says whether the transaction will be mined. */
  public enum Outcome {
    /** At least one node took it or had it. */
    ACCEPTED,
    /** Every node that was reached refused it in its words. */
    REJECTED,
    /** Bytes may have arrived somewhere. */
    AMBIGUOUS,
    /** It is proven for every endpoint that no byte left. */
    NOT_SENT
  }

  /** One endpoint's part. */
  public enum Verdict {
    ACCEPTED,
    ALREADY_KNOWN,
    REJECTED,
    AMBIGUOUS,
    NOT_SENT,
    WRONG_HASH
  }

  /**
   * One endpoint's answer.
   *
   * @param endpoint its name, never its URL
   * @param code JSON-RPC error code, 0 when there was none
   * @param message the node's words, at most 2 KiB, or what failed
   * @param action what a refusal may cause, by the rules for the client and chain that said it;
   *     empty when no node refused it
   */
  public record Answer(
      Operator operator,
      String endpoint,
      Verdict verdict,
      int code,
      String message,
      Optional<SendAction> action) {
    public static final int MAX_MESSAGE = 2048;

    /** One that no node has refused, or of which nothing more is known. */
    public Answer(Operator operator, String endpoint, Verdict verdict, int code, String message) {
      this(operator, endpoint, verdict, code, message, Optional.empty());
    }

    public Answer {
      if (message.length() > MAX_MESSAGE) {
        message = message.substring(0, MAX_MESSAGE);
      }
      message = StorableText.of(message);
    }
  }
}
