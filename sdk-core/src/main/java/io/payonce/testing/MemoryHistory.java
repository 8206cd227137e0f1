package io.payonce.testing;

import io.payonce.SlotId;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.JournalChange;
import io.payonce.store.StoredAnswer;
import io.payonce.store.TransferStore.JournalEvent;
import io.payonce.store.internal.EventLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What happened, in a journal in memory, and what endpoints said. Not thread-safe: under the lock
 * of the journal.
 */
final class MemoryHistory {
  private final List<JournalEvent> events = new ArrayList<>();

  /** To the newest bytes that were sent, by endpoint. */
  private final Map<SlotId, NavigableMap<String, StoredAnswer>> answers = new HashMap<>();

  MemoryHistory copy() {
    MemoryHistory copy = new MemoryHistory();
    copy.events.addAll(events);
    answers.forEach((slot, map) -> copy.answers.put(slot, new TreeMap<>(map)));
    return copy;
  }

  void append(EventLine line, Instant at) {
    events.add(new JournalEvent(events.size() + 1L, at, line.entity(), line.what(), line.detail()));
  }

  List<JournalEvent> of(Set<String> entities) {
    return events.stream().filter(event -> entities.contains(event.entity())).toList();
  }

  void sent(JournalChange.AttemptSent sent, Instant at) {
    var newest = answers.computeIfAbsent(sent.attempt().slot(), slot -> new TreeMap<>());
    int sequence = sent.attempt().sequence();
    newest.values().removeIf(answer -> answer.attempt().sequence() < sequence);
    if (newest.isEmpty() || newest.firstEntry().getValue().attempt().sequence() == sequence) {
      for (BroadcastEvidence.Answer said : sent.evidence().answers()) {
        newest.put(said.endpoint(), StoredAnswer.of(sent.attempt(), at, said));
      }
    }
  }

  List<StoredAnswer> answers(SlotId slot) {
    return List.copyOf(answers.getOrDefault(slot, new TreeMap<>()).values());
  }
}
