package io.payonce.testing;

import io.payonce.Address;
import io.payonce.TransactionHash;
import io.payonce.testing.ClientFamily.Refusal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The pool of one node under its client's rules. Executable transactions are those whose nonces
 * follow the account's without a gap; the others are queued.
 */
final class Mempool {
  private final ClientFamily family;
  private final int capacity;
  private final Map<Address, NavigableMap<Long, SimTx>> bySender = new LinkedHashMap<>();
  private final Map<TransactionHash, SimTx> byHash = new HashMap<>();

  Mempool(ClientFamily family, int capacity) {
    this.family = family;
    this.capacity = capacity;
  }

  /**
   * Takes a transaction, or says in the client's words why not.
   *
   * @param delegated whether the sender has delegated code
   */
  void add(SimTx tx, Ledger.Account account, SimBlock head, boolean delegated) {
    Refusal refusal = refusal(tx, account, head, delegated);
    if (refusal != null) {
      throw family.error(refusal, tx, account.nonce(), account.balance());
    }
    NavigableMap<Long, SimTx> own = bySender.computeIfAbsent(tx.from(), a -> new TreeMap<>());
    SimTx replaced = own.put(tx.nonce(), tx);
    if (replaced != null) {
      byHash.remove(replaced.hash());
    }
    byHash.put(tx.hash(), tx);
    if (family == ClientFamily.GETH) {
      truncateQueue(own, account.nonce());
    }
    if (byHash.size() > capacity) {
      remove(cheapest());
    }
  }

  private @Nullable Refusal refusal(
      SimTx tx, Ledger.Account account, SimBlock head, boolean delegated) {
    if (byHash.containsKey(tx.hash())) {
      return Refusal.ALREADY_KNOWN;
    }
    if (tx.gasLimit() > head.gasLimit) {
      return Refusal.GAS_LIMIT;
    }
    if (tx.tip().compareTo(family.lowestTip()) < 0) {
      return Refusal.UNDERPRICED;
    }
    if (tx.nonce() < account.nonce()) {
      return Refusal.NONCE_TOO_LOW;
    }
    NavigableMap<Long, SimTx> own = bySender.getOrDefault(tx.from(), new TreeMap<>());
    SimTx old = own.get(tx.nonce());
    if (unpayable(tx, own, account)) {
      return Refusal.INSUFFICIENT_FUNDS;
    }
    if (old != null) {
      return family.replaces(old, tx, head.baseFee) ? null : Refusal.REPLACEMENT_UNDERPRICED;
    }
    if (delegated && family.limitsDelegated() && tx.nonce() != account.nonce()) {
      boolean executable = own.containsKey(account.nonce()); // what is queued does not count
      return executable ? Refusal.DELEGATED : Refusal.DELEGATED_GAP;
    }
    return beyondLimit(tx, own, account) ? Refusal.TOO_MANY_OF_SENDER : null;
  }

  /** geth counts all pooled transactions of the account together; the others look at each alone. */
  private boolean unpayable(SimTx tx, NavigableMap<Long, SimTx> own, Ledger.Account account) {
    BigInteger needed = tx.cost();
    if (family == ClientFamily.GETH) {
      for (SimTx other : own.values()) {
        needed = other.nonce() == tx.nonce() ? needed : needed.add(other.cost());
      }
    }
    return account.balance().compareTo(needed) < 0;
  }

  private boolean beyondLimit(SimTx tx, NavigableMap<Long, SimTx> own, Ledger.Account account) {
    long distance = tx.nonce() - account.nonce();
    return switch (family) {
      case GETH -> false; // it says yes and then cuts the queue
      case RETH -> own.size() >= family.accountLimit() && distance > 0;
      case BESU, NETHERMIND -> distance > family.accountLimit();
    };
  }

  /** As geth does: queued ones beyond the limit vanish, highest nonce first, without a word. */
  private void truncateQueue(NavigableMap<Long, SimTx> own, long next) {
    int executable = executable(own, next);
    while (own.size() - executable > family.accountLimit()) {
      byHash.remove(own.pollLastEntry().getValue().hash());
    }
  }

  private SimTx cheapest() {
    SimTx cheapest = null;
    for (NavigableMap<Long, SimTx> own : bySender.values()) {
      if (!own.isEmpty()) {
        SimTx last = own.lastEntry().getValue();
        if (cheapest == null || last.tip().compareTo(cheapest.tip()) < 0) {
          cheapest = last;
        }
      }
    }
    if (cheapest == null) {
      throw new IllegalStateException("an empty pool has no cheapest transaction");
    }
    return cheapest;
  }

  private static int executable(NavigableMap<Long, SimTx> own, long next) {
    int count = 0;
    while (own.containsKey(next + count)) {
      count++;
    }
    return count;
  }

  /** The account's nonce after its executable transactions. */
  long pendingNonce(Address sender, long next) {
    NavigableMap<Long, SimTx> own = bySender.get(sender);
    return own == null ? next : next + executable(own, next);
  }

  @Nullable SimTx get(TransactionHash hash) {
    return byHash.get(hash);
  }

  boolean isEmpty() {
    return byHash.isEmpty();
  }

  List<Address> senders() {
    return new ArrayList<>(bySender.keySet());
  }

  @Nullable SimTx get(Address sender, long nonce) {
    NavigableMap<Long, SimTx> own = bySender.get(sender);
    return own == null ? null : own.get(nonce);
  }

  /** All of it, by sender and nonce. */
  List<SimTx> contents() {
    List<SimTx> all = new ArrayList<>(byHash.size());
    bySender.values().forEach(own -> all.addAll(own.values()));
    return all;
  }

  /** Returns whether it was there. */
  boolean remove(SimTx tx) {
    if (byHash.remove(tx.hash()) == null) {
      return false;
    }
    NavigableMap<Long, SimTx> own = bySender.get(tx.from());
    if (own != null) {
      own.remove(tx.nonce());
      dropEmpty(tx.from(), own);
    }
    return true;
  }

  /** Forgets everything of an account below its new nonce. */
  void advance(Address sender, long next) {
    NavigableMap<Long, SimTx> own = bySender.get(sender);
    if (own == null) {
      return;
    }
    while (!own.isEmpty() && own.firstKey() < next) {
      byHash.remove(own.pollFirstEntry().getValue().hash());
    }
    dropEmpty(sender, own);
  }

  private void dropEmpty(Address sender, NavigableMap<Long, SimTx> own) {
    if (own.isEmpty()) {
      bySender.remove(sender);
    }
  }

  void clear() {
    bySender.clear();
    byHash.clear();
  }
}
