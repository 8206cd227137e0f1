package io.payonce.failure;

import io.payonce.failure.Diagnosis.Evidence;
import io.payonce.failure.Diagnosis.Source;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.store.StoredAnswer;
import java.util.List;
import java.util.Optional;

/**
 * What nodes said against bytes that were sent to them. Their words explain; what they say of money
 * and nonces is never believed.
 */
final class Refusals {
  /** Of a node's words: enough to know them by. */
  private static final int MOST_WORDS = 200;

  private final List<StoredAnswer> answers;

  /** The last answer of each endpoint to the same bytes. */
  Refusals(List<StoredAnswer> answers) {
    this.answers = answers;
  }

  /** One item for each endpoint that refused. */
  List<Evidence> evidence() {
    return answers.stream().filter(Refusals::refuses).map(Refusals::evidence).toList();
  }

  /**
   * Present when every endpoint refused, and for a reason that sending it again does not mend, or
   * that nobody knows.
   */
  Optional<DiagnosisCode> code() {
    if (answers.isEmpty() || !answers.stream().allMatch(Refusals::refuses)) {
      return Optional.empty();
    }
    List<SendAction> actions =
        answers.stream().map(answer -> meaning(answer).action()).distinct().toList();
    if (actions.stream().allMatch(a -> a.stopsPayment() || a == SendAction.UNKNOWN)) {
      return Optional.of(DiagnosisCode.NODES_REFUSE);
    }
    return actions.equals(List.of(SendAction.REPLACE_SAME_NONCE))
        ? Optional.of(DiagnosisCode.FEE_TOO_LOW)
        : Optional.empty();
  }

  private static boolean refuses(StoredAnswer answer) {
    return answer.verdict() == Verdict.REJECTED;
  }

  private static Evidence evidence(StoredAnswer answer) {
    String words = answer.message();
    return new Evidence(
        Source.NODE,
        answer.endpoint()
            + " refused it: "
            + meaning(answer)
            + ": "
            + answer.code()
            + " "
            + words.substring(0, Math.min(words.length(), MOST_WORDS)),
        answer.at(),
        Optional.empty());
  }

  /** By its words alone, as nothing is done for their sake. */
  private static FailureCode meaning(StoredAnswer answer) {
    return FailureClassifier.standard()
        .classify(
            NodeAnswer.error(answer.code(), answer.message())
                .on(answer.attempt().slot().lane().chain()))
        .code();
  }
}
