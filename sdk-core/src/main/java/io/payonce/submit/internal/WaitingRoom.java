package io.payonce.submit.internal;

import io.payonce.Priority;
import io.payonce.TransferId;
import io.payonce.store.Agenda;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The transfers of a lane that wait for a nonce: a window of each priority is in memory, the
 * journal holds the rest. Pages are read in the order of acceptance until there is enough to bind;
 * what is held makes room for what can be bound, and is read again later.
 */
final class WaitingRoom {
  /** Transfers in a page, and of one priority in memory that nothing holds. */
  static final int WINDOW = 512;

  /** Above it, what is held leaves the memory. */
  private static final int MOST = 8 * WINDOW;

  private final LaneMemory m;
  private final Map<Priority, Pages> pages = new EnumMap<>(Priority.class);
  private Optional<Instant> nextDue = Optional.empty();

  /** Held transfers left the memory: the journal is looked through again from this moment on. */
  private Optional<Long> lookAgainAt = Optional.empty();

  /** How far the journal was read, and whether it holds more. */
  private static final class Pages {
    private Optional<TransferId> last = Optional.empty();
    private boolean more;

    /** It is to be read from its beginning, whatever a page says that was asked for before. */
    private boolean again;
  }

  WaitingRoom(LaneMemory memory) {
    this.m = memory;
    for (Priority priority : Priority.values()) {
      pages.put(priority, new Pages());
    }
  }

  void fetched(LaneEvent.WaitingPage page, Agenda agenda) {
    Pages read = of(page.priority());
    page.transfers().forEach(this::admit);
    if (!read.again) {
      if (!page.transfers().isEmpty()) {
        read.last = Optional.of(page.transfers().get(page.transfers().size() - 1).id());
      }
      read.more = page.more();
    }
    agenda.expired().forEach(this::admit);
    agenda.next().ifPresent(this::due); // beside what arrived since the agenda was read
  }

  /** What comes with a later page is not taken in before it. */
  void arrived(StoredTransfer transfer) {
    Pages read = of(transfer.options().priority());
    boolean later = read.last.filter(last -> last.compareTo(transfer.id()) > 0).isEmpty();
    transfer.options().times().filter(m.now.wall()::isBefore).forEach(this::due);
    if (!transfer.options().isDue(m.now.wall())) {
      return; // it is read when its time comes
    }
    if (later && isFull(read)) {
      read.more = true;
    } else {
      admit(transfer);
    }
  }

  private boolean isFull(Pages read) {
    return read.more || m.view.transfers().size() >= 2 * WINDOW;
  }

  private void due(Instant time) {
    nextDue = nextDue.filter(known -> known.isBefore(time)).or(() -> Optional.of(time));
  }

  private void admit(StoredTransfer transfer) {
    if (!m.view.transfers().containsKey(transfer.id())) {
      m.view.put(transfer);
    }
  }

  /** The journal may hold transfers that nobody told of: it is read from its beginning. */
  void lookAgain() {
    lookAgainAt = Optional.empty();
    for (Pages read : pages.values()) {
      read.last = Optional.empty();
      read.more = true;
      read.again = true;
    }
  }

  /** The page to read now, if any. */
  Optional<LaneCommand.Fetch> fetch() {
    if (nextDue.filter(due -> !m.now.wall().isBefore(due)).isPresent()
        || lookAgainAt.filter(at -> m.now.nanos() - at >= 0).isPresent()) {
      nextDue = Optional.empty();
      lookAgain();
    }
    Map<Priority, Integer> free = free();
    for (Map.Entry<Priority, Pages> entry : pages.entrySet()) {
      if (entry.getValue().more && free.getOrDefault(entry.getKey(), 0) < WINDOW / 2) {
        makeRoom();
        entry.getValue().again = false;
        return Optional.of(new LaneCommand.Fetch(entry.getKey(), entry.getValue().last));
      }
    }
    return Optional.empty();
  }

  /** How many of each priority nothing holds. */
  private Map<Priority, Integer> free() {
    Map<Priority, Integer> free = new EnumMap<>(Priority.class);
    for (StoredTransfer transfer : m.view.waiting().unbound()) {
      if (transfer.state() != TransferState.HELD) {
        free.merge(transfer.options().priority(), 1, Integer::sum);
      }
    }
    return free;
  }

  private void makeRoom() {
    if (m.view.transfers().size() < MOST) {
      return;
    }
    List<StoredTransfer> held =
        m.view.transfers().values().stream()
            .filter(transfer -> transfer.state() == TransferState.HELD)
            .filter(transfer -> !m.preparing.contains(transfer.id()))
            .toList();
    held.forEach(transfer -> m.view.forget(transfer.id()));
    lookAgainAt = Optional.of(m.now.plus(m.context.settings().holdRetry()).nanos());
  }

  /** Those that may get a nonce now, in the order in which they do. */
  List<StoredTransfer> inOrder() {
    List<List<StoredTransfer>> classes =
        Stream.of(Priority.values()).<List<StoredTransfer>>map(p -> new ArrayList<>()).toList();
    for (StoredTransfer transfer : m.view.waiting().unbound()) {
      if (!isHeld(transfer) && isInTime(transfer)) {
        classes.get(classOf(transfer)).add(transfer);
      }
    }
    return classes.stream().flatMap(List::stream).toList();
  }

  boolean isHeld(StoredTransfer transfer) {
    return m.heldUntil.getOrDefault(transfer.id(), m.now.nanos()) - m.now.nanos() > 0;
  }

  private boolean isInTime(StoredTransfer transfer) {
    return transfer.options().isDue(m.now.wall()) && !transfer.options().isExpired(m.now.wall());
  }

  /** One class up for each time that it has waited so long. */
  private int classOf(StoredTransfer transfer) {
    Instant since = transfer.options().notBefore().orElse(transfer.acceptedAt());
    Duration waited = Duration.between(since, m.now.wall());
    long up = waited.isNegative() ? 0 : waited.dividedBy(m.context.settings().ageing());
    return (int) Math.max(0, transfer.options().priority().rank() - up);
  }

  /** Whether the memory holds all that waits. */
  boolean isComplete() {
    return lookAgainAt.isEmpty() && pages.values().stream().noneMatch(read -> read.more);
  }

  /** When there is something to do though nothing happens, in nanoseconds from now. */
  Stream<Long> wakes() {
    return Stream.concat(
        nextDue.stream().map(m.now::nanosUntil),
        lookAgainAt.stream().map(at -> at - m.now.nanos()));
  }

  private Pages of(Priority priority) {
    return Objects.requireNonNull(pages.get(priority));
  }
}
