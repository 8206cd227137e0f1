package io.payonce.store;

import io.payonce.AttemptId;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.Operator;
import java.time.Instant;

/**
 * What an endpoint said to bytes that were sent to it.
 *
 * @param at when it was stored
 * @param endpoint its name, never its URL
 * @param code JSON-RPC error code, 0 when there was none
 * @param message the node's words, at most 2 KiB, or what failed
 */
public record StoredAnswer(
    AttemptId attempt,
    Instant at,
    Operator operator,
    String endpoint,
    Verdict verdict,
    int code,
    String message) {

  public static StoredAnswer of(AttemptId attempt, Instant at, Answer said) {
    return new StoredAnswer(
        attempt, at, said.operator(), said.endpoint(), said.verdict(), said.code(), said.message());
  }
}
