package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Address;
import io.payonce.Block;
import io.payonce.SignedTransaction;
import io.payonce.TransactionHash;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that were sent in private, and how far each of them is private still. Pure but
 * for its memory; thread-safe.
 *
 * <p>Hidden: no request that names the hash leaves the pool. So it begins, before the first byte is
 * sent. It ends when the private window has passed, when the transaction goes public, or when a
 * quorum shows it in a block. The bytes are given to the public only by {@link
 * Route.PrivateThenPublic}, also after the window. Blocks are counted from the first height that is
 * agreed on after the send, so that nothing is shown too early; while none is agreed on, the window
 * stays open.
 */
final class PrivateSends {
  /** As many as evidence is kept of. */
  static final int MOST = 10_000;

  /** A replacement goes public together with what it replaces. */
  private record Nonce(Address sender, long number) {}

  /**
   * What everyone may have from now on.
   *
   * @param bytes empty where this process was not given them: who has them sends them
   */
  record Due(TransactionHash hash, Optional<SignedTransaction> bytes) {}

  private static final class Sent {
    private final TransactionHash hash;
    private final Nonce nonce;
    private Optional<SignedTransaction> bytes = Optional.empty();
    private OptionalInt publicAfter = OptionalInt.empty();
    private OptionalLong since = OptionalLong.empty();
    private boolean isPublic;

    Sent(TransactionHash hash, Nonce nonce) {
      this.hash = hash;
      this.nonce = nonce;
    }
  }

  @GuardedBy("this")
  private final Map<TransactionHash, Sent> all = new LinkedHashMap<>();

  /** Looked at by every request: almost always there are none. */
  private final Set<String> hidden = ConcurrentHashMap.newKeySet();

  /**
   * From now on these are private, as far as they are not public already; a later route of the same
   * bytes replaces the one before. False, and nothing has changed, when there are too many.
   */
  synchronized boolean admit(List<SignedTransaction> txs, Route route) {
    Set<SignedTransaction> others = new LinkedHashSet<>();
    for (SignedTransaction tx : txs) {
      if (!all.containsKey(tx.hash())) {
        others.add(tx);
      }
    }
    if (!makeRoom(others.size())) {
      return false;
    }
    for (SignedTransaction tx : others) {
      all.put(tx.hash(), new Sent(tx.hash(), new Nonce(tx.sender(), tx.transaction().nonce())));
      hidden.add(tx.hash().value());
    }
    for (SignedTransaction tx : txs) {
      Sent sent = all.get(tx.hash());
      if (sent != null) {
        sent.bytes = Optional.of(tx);
        sent.publicAfter =
            route instanceof Route.PrivateThenPublic later
                ? OptionalInt.of(later.afterBlocks())
                : OptionalInt.empty();
      }
    }
    return true;
  }

  /** What an earlier process had sent in private, as far as it is private still. */
  synchronized void restore(Map<String, RoutingState.Hidden> before) {
    before.forEach(
        (hash, one) -> {
          Sent sent = new Sent(TransactionHash.of(hash), new Nonce(one.sender(), one.nonce()));
          sent.since = one.since();
          sent.publicAfter = one.publicAfter();
          all.put(sent.hash, sent);
          hidden.add(sent.hash.value());
        });
  }

  /** What the next process shall keep private, by hash. */
  synchronized SortedMap<String, RoutingState.Hidden> hidden() {
    TreeMap<String, RoutingState.Hidden> open = new TreeMap<>();
    for (Sent sent : all.values()) {
      if (isWaiting(sent)) {
        open.put(
            sent.hash.value(),
            new RoutingState.Hidden(
                sent.nonce.sender(), sent.nonce.number(), sent.since, sent.publicAfter));
      }
    }
    return open;
  }

  /** The oldest go that hide nothing any more. */
  @GuardedBy("this")
  private boolean makeRoom(int needed) {
    int surplus = all.size() + needed - MOST;
    if (surplus > all.values().stream().filter(sent -> !isWaiting(sent)).count()) {
      return false;
    }
    Iterator<Sent> oldest = all.values().iterator();
    for (int left = surplus; left > 0; ) {
      if (!isWaiting(oldest.next())) {
        oldest.remove();
        left--;
      }
    }
    return true;
  }

  /** Whether a height may change something about it. */
  private boolean isWaiting(Sent sent) {
    return hidden.contains(sent.hash.value()) || (!sent.isPublic && sent.publicAfter.isPresent());
  }

  /** Whether it was sent in private and everyone may have it by now. */
  synchronized boolean isPublic(TransactionHash hash) {
    Sent sent = all.get(hash);
    return sent != null && sent.isPublic;
  }

  /** Whether it was sent in private and the public must not get it. */
  synchronized boolean isPrivate(TransactionHash hash) {
    Sent sent = all.get(hash);
    return sent != null && !sent.isPublic;
  }

  /** Whether nobody may be asked for it. */
  boolean isHidden(TransactionHash hash) {
    return hidden.contains(hash.value());
  }

  /** Why each of these must not leave, in their order; no elements when all of them may. */
  List<Optional<RpcFailure>> refusals(List<RpcRequest<?>> requests) {
    if (hidden.isEmpty()) {
      return List.of();
    }
    List<Optional<RpcFailure>> each =
        requests.stream().map(request -> named(request.params())).toList();
    return each.stream().allMatch(Optional::isEmpty) ? List.of() : each;
  }

  /** Why they must not leave together; empty when they may. */
  Optional<RpcFailure> refusal(List<RpcRequest<?>> requests) {
    return refusals(requests).stream().flatMap(Optional::stream).findFirst();
  }

  private Optional<RpcFailure> named(@Nullable Object param) {
    if (param instanceof String text && hidden.contains(text.toLowerCase(Locale.ROOT))) {
      return Optional.of(new RpcFailure.PrivateTransaction(TransactionHash.of(text)));
    }
    Iterable<?> parts =
        param instanceof List<?> list
            ? list
            : param instanceof Map<?, ?> map ? map.values() : List.of();
    for (Object part : parts) {
      Optional<RpcFailure> refusal = named(part);
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    return Optional.empty();
  }

  /** How many nobody may be asked for. */
  int count() {
    return hidden.size();
  }

  /** Those whose window has no beginning yet: the next height that is asked for will be it. */
  synchronized Set<TransactionHash> unplaced() {
    Set<TransactionHash> open = new HashSet<>(); // never iterated
    all.forEach(
        (hash, sent) -> {
          if (sent.since.isEmpty()) {
            open.add(hash);
          }
        });
    return open;
  }

  /** Whether a height may change anything. */
  synchronized boolean isWaiting() {
    return all.values().stream().anyMatch(this::isWaiting);
  }

  /**
   * A height that was agreed on.
   *
   * @param before the window of these begins here, as they were sent before it was asked for
   * @param window how many blocks others are hidden for
   * @return what goes public now: of each nonce the bytes that were sent last
   */
  synchronized List<Due> reached(long height, Set<TransactionHash> before, int window) {
    Map<Nonce, Long> first = new HashMap<>();
    all.forEach(
        (hash, sent) -> {
          if (sent.since.isEmpty() && before.contains(hash)) {
            sent.since = OptionalLong.of(height);
          }
          sent.since.ifPresent(since -> first.merge(sent.nonce, since, Math::min));
        });
    Map<Nonce, Due> due = new LinkedHashMap<>();
    for (Sent sent : all.values()) {
      Long since = first.get(sent.nonce);
      boolean isDue =
          !sent.isPublic
              && since != null
              && sent.publicAfter.isPresent()
              && height - since >= sent.publicAfter.getAsInt();
      if (isDue) {
        due.put(sent.nonce, new Due(sent.hash, sent.bytes));
      }
    }
    for (Sent sent : all.values()) {
      boolean isOver =
          sent.publicAfter.isEmpty()
              && sent.since.isPresent()
              && height - sent.since.getAsLong() >= window;
      if (due.containsKey(sent.nonce)) {
        sent.isPublic = true;
      }
      if (isOver || sent.isPublic) {
        hidden.remove(sent.hash.value());
      }
    }
    return new ArrayList<>(due.values());
  }

  /** A block that a quorum shows: what it has is public, and nothing more comes of its nonces. */
  synchronized void included(Block block) {
    if (!isWaiting()) {
      return;
    }
    Set<Nonce> used = new HashSet<>(); // never iterated
    Set<TransactionHash> shown = new HashSet<>(); // never iterated
    for (Block.Entry entry : block.transactions()) {
      used.add(new Nonce(entry.from(), entry.nonce()));
      shown.add(entry.hash());
    }
    all.forEach(
        (hash, sent) -> {
          if (shown.contains(hash)) {
            sent.isPublic = true;
            hidden.remove(hash.value());
          } else if (used.contains(sent.nonce)) {
            sent.publicAfter = OptionalInt.empty();
          }
        });
  }
}
