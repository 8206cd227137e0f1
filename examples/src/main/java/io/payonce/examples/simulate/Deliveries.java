package io.payonce.examples.simulate;

import io.payonce.TransferId;
import io.payonce.event.EventSink;
import io.payonce.event.PaymentEvent;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A ledger outside the journal: takes events, late, twice or not at all while there are faults, and
 * checks that each payment's transitions come complete and in order.
 */
final class Deliveries {
  static final String SINK = "ledger";

  private static final int SLOWEST = 8_000; // ms, longer than a relay waits
  private final VirtualTime time;
  private final TransferStore journal;
  private final Chaos chaos;
  private final Map<TransferId, List<Transition>> committed = new LinkedHashMap<>();
  private final Map<TransferId, Integer> taken = new HashMap<>(); // never iterated
  private final Set<String> ids = new HashSet<>(); // never iterated
  private final Map<TransferId, Integer> backedUp = new HashMap<>(); // never iterated
  private Optional<String> broken = Optional.empty();
  private boolean unchecked;
  private int visits;

  private record Transition(TransferState state, String code) {}

  Deliveries(VirtualTime time, TransferStore journal, Chaos chaos) {
    this.time = time;
    this.journal = journal;
    this.chaos = chaos;
  }

  /** The sink as one process reaches it. */
  EventSink of(ProcessLife life) {
    return event -> {
      life.check();
      return deliver(event);
    };
  }

  private CompletableFuture<Void> deliver(PaymentEvent event) {
    String visit = "visit " + ++visits;
    if (chaos.coin(0.1) && chaos.happens("sink/FAILS", visit)) {
      return CompletableFuture.failedFuture(new IllegalStateException("queue is full"));
    }
    take(event);
    CompletableFuture<Void> answer = new CompletableFuture<>();
    if (chaos.coin(0.1) && chaos.happens("sink/NEVER_ANSWERS", visit)) {
      return answer;
    }
    boolean slow = chaos.coin(0.1) && chaos.happens("sink/SLOW", visit);
    time.after(
        Duration.ofMillis(slow ? chaos.between(100, SLOWEST) : 1), () -> answer.complete(null));
    return answer;
  }

  private void take(PaymentEvent event) {
    if (unchecked) {
      return;
    }
    if (!ids.add(event.id())) {
      chaos.count("sink/ONCE_MORE");
      return;
    }
    TransferId transfer = event.status().id();
    if (!committed.containsKey(transfer)) {
      look(); // accepted by who is no process of ours
    }
    List<Transition> expected = committed.getOrDefault(transfer, List.of());
    int before = taken.merge(transfer, 1, Integer::sum) - 1;
    Transition came = new Transition(event.state(), event.code());
    if (broken.isEmpty() && (before >= expected.size() || !expected.get(before).equals(came))) {
      broken =
          Optional.of(
              "transition %d of %s is %s, the journal committed %s"
                  .formatted(before, transfer, came, expected));
    }
  }

  /** A backup of the journal is made. */
  void backedUp() {
    committed.forEach((transfer, transitions) -> backedUp.put(transfer, transitions.size()));
  }

  /**
   * It was put back: what the journal knows is due, and no transition that came later. Transfers
   * that it does not know leave their ids to others.
   */
  void restored() {
    committed.keySet().removeIf(transfer -> !backedUp.containsKey(transfer));
    taken.keySet().removeIf(transfer -> !backedUp.containsKey(transfer));
    committed.forEach(
        (transfer, transitions) -> {
          int kept = Objects.requireNonNull(backedUp.get(transfer));
          transitions.subList(kept, transitions.size()).clear();
          taken.computeIfPresent(transfer, (same, count) -> Math.min(count, kept));
        });
  }

  /**
   * The journal failed over, and relays live on: what they still bring of the lost journal, and
   * what they call taken by its numbers, is mixed with the new. Nothing is demanded from now on.
   */
  void failedOver() {
    unchecked = true;
    committed.clear();
  }

  /** A commit was written: what it changed is due. */
  void look() {
    if (unchecked) {
      return;
    }
    for (StoredTransfer now : transfers()) {
      List<Transition> known = committed.computeIfAbsent(now.id(), id -> new ArrayList<>());
      Transition reached = new Transition(now.state(), now.code());
      if (known.isEmpty() || !known.get(known.size() - 1).equals(reached)) {
        known.add(reached);
      }
    }
  }

  private List<StoredTransfer> transfers() {
    return journal.list(TransferFilter.all(), Optional.empty(), Integer.MAX_VALUE);
  }

  /** What a sink saw that it should not have seen. */
  Optional<String> broken() {
    return broken;
  }

  /** Whether the journal has nothing left for the sink. */
  boolean isOver() {
    return journal.outbox().sinks().stream().allMatch(sink -> sink.waiting() == 0);
  }

  /** Payments of which a transition never came. */
  List<TransferId> incomplete() {
    return committed.entrySet().stream()
        .filter(entry -> taken.getOrDefault(entry.getKey(), 0) != entry.getValue().size())
        .map(Map.Entry::getKey)
        .toList();
  }
}
