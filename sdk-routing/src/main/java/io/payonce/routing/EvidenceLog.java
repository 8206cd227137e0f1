package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.TransactionHash;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What endpoints said to the newest 10,000 transactions, also after their callers had their answer.
 * It is appended to and never changed, and it is gone with the process. Thread-safe.
 */
final class EvidenceLog {
  static final int MOST_TRANSACTIONS = 10_000;
  static final int MOST_ANSWERS = 100;

  @GuardedBy("this")
  private final Map<TransactionHash, List<Answer>> answers = new LinkedHashMap<>();

  /** The blocks at which private ones went public, of the newest. */
  @GuardedBy("this")
  private final Map<TransactionHash, Long> publicSince = new LinkedHashMap<>();

  synchronized void add(TransactionHash hash, Answer answer) {
    List<Answer> known = answers.get(hash);
    if (known == null) {
      if (answers.size() == MOST_TRANSACTIONS) {
        answers.remove(answers.keySet().iterator().next());
      }
      known = new ArrayList<>(2);
      answers.put(hash, known);
    }
    if (known.size() < MOST_ANSWERS) {
      known.add(answer);
    }
  }

  synchronized Optional<BroadcastEvidence> of(TransactionHash hash) {
    List<Answer> known = answers.get(hash);
    return known == null
        ? Optional.empty()
        : Optional.of(dated(new BroadcastEvidence(hash, known)));
  }

  /** From this block on everyone may have it. */
  synchronized void wentPublic(TransactionHash hash, long block) {
    if (publicSince.size() == MOST_TRANSACTIONS) {
      publicSince.remove(publicSince.keySet().iterator().next());
    }
    publicSince.putIfAbsent(hash, block);
  }

  /** With the block at which it went public, if it did. */
  synchronized BroadcastEvidence dated(BroadcastEvidence evidence) {
    Long block = publicSince.get(evidence.hash());
    return block == null
        ? evidence
        : new BroadcastEvidence(evidence.hash(), evidence.answers(), OptionalLong.of(block));
  }
}
