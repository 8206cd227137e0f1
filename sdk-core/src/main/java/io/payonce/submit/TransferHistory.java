package io.payonce.submit;

import io.payonce.store.StoredAnswer;
import io.payonce.store.StoredAttempt;
import io.payonce.store.TransferStore.JournalEvent;
import java.util.List;

/**
 * All that the journal knows about one payment.
 *
 * @param attempts every transaction that was intended for its nonce, oldest first
 * @param answers what each endpoint last said to the newest bytes that were sent, by its name
 * @param events what happened to it and to its nonce, what nodes answered to each send among it,
 *     oldest first
 */
public record TransferHistory(
    TransferStatus status,
    List<StoredAttempt> attempts,
    List<StoredAnswer> answers,
    List<JournalEvent> events) {
  public TransferHistory {
    attempts = List.copyOf(attempts);
    answers = List.copyOf(answers);
    events = List.copyOf(events);
  }
}
