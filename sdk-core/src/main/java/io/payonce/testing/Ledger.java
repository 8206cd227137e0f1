package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.BlockHash;
import io.payonce.ChainId;
import io.payonce.TransactionHash;
import io.payonce.internal.Keccak256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The truth: blocks, forks, and the state of every account at every block.
 *
 * <p>State is one list of (block, value) per account along the canonical chain. A block that left
 * it keeps what it changed, so the state on a fork is found by walking down to where the fork
 * began.
 */
final class Ledger {
  private static final String NO_CODE = "0x";

  /** An account as of some block. */
  record Account(long nonce, BigInteger balance) {
    static final Account EMPTY = new Account(0, BigInteger.ZERO);
  }

  private static final class History {
    private final List<Object> values = new ArrayList<>(4);
    private long[] numbers = new long[4];

    void put(long number, Object value) {
      int size = values.size();
      if (size > 0 && numbers[size - 1] == number) {
        values.set(size - 1, value);
        return;
      }
      if (size == numbers.length) {
        numbers = Arrays.copyOf(numbers, size * 2);
      }
      numbers[size] = number;
      values.add(value);
    }

    @Nullable Object at(long number) {
      int i = values.size() - 1;
      while (i >= 0 && numbers[i] > number) {
        i--;
      }
      return i < 0 ? null : values.get(i);
    }

    void cutAt(long number) {
      for (int i = values.size() - 1; i >= 0 && numbers[i] >= number; i--) {
        values.remove(i);
      }
    }
  }

  private record HeadChange(long nanos, SimBlock head) {}

  final ChainId chain;
  final Map<Address, SimToken> tokens = new LinkedHashMap<>();
  final Map<Address, SimulatedPayout> payouts = new LinkedHashMap<>();
  private final List<SimBlock> canonical = new ArrayList<>();
  private final List<HeadChange> headChanges = new ArrayList<>();
  private final Map<Object, History> histories = new HashMap<>();
  private final Map<TransactionHash, List<SimReceipt>> inclusions = new HashMap<>();
  private final Map<Address, List<SimReceipt>> bySender = new HashMap<>();
  private final Map<Payee, List<Credit>> byPayee = new HashMap<>();
  private long sealed;
  private long changes;

  /** What an account really received, and by which transaction. */
  record Credit(SimReceipt receipt, SimReceipt.Paid paid) {}

  private record Payee(Asset asset, Address account) {}

  Ledger(ChainId chain, SimBlock genesis) {
    this.chain = chain;
    adopt(seal(genesis), 0);
  }

  /** Where the state has the code that an account delegates to (EIP-7702). */
  record Delegation(Address account) {}

  /** Code that says so; that of the zero address takes a delegation back. */
  static String delegation(Address implementation) {
    return implementation.isZero() ? NO_CODE : "0xef0100" + implementation.value().substring(2);
  }

  /** What an account delegates to, as code. */
  String delegation(SimBlock at, Address account) {
    return value(at, new Delegation(account)) instanceof String code ? code : NO_CODE;
  }

  boolean isDelegated(SimBlock at, Address account) {
    return !delegation(at, account).equals(NO_CODE);
  }

  SimBlock head() {
    return canonical.get(canonical.size() - 1);
  }

  SimBlock first() {
    return canonical.get(0);
  }

  /** The canonical block at a height, or null above the head. */
  @Nullable SimBlock at(long number) {
    return number < 0 || number >= canonical.size() ? null : canonical.get((int) number);
  }

  /** The block at a height on the branch of {@code view}, or null above it. */
  @Nullable SimBlock at(SimBlock view, long number) {
    if (number > view.number || number < 0) {
      return null;
    }
    SimBlock block = view;
    while (!block.canonical && block.number > number && block.parent != null) {
      block = block.parent;
    }
    return block.number == number ? block : at(number);
  }

  /** What the head was at an instant. */
  SimBlock headAt(long nanos) {
    int i = headChanges.size() - 1;
    while (i > 0 && headChanges.get(i).nanos() > nanos) {
      i--;
    }
    return headChanges.get(i).head();
  }

  Account account(SimBlock at, Address address) {
    return value(at, address) instanceof Account account ? account : Account.EMPTY;
  }

  BigInteger tokens(SimBlock at, SimToken.Slot slot) {
    return value(at, slot) instanceof BigInteger units ? units : BigInteger.ZERO;
  }

  @Nullable Object value(SimBlock at, Object key) {
    SimBlock block = at;
    while (!block.canonical && block.parent != null) {
      Object changed = block.changes.get(key);
      if (changed != null) {
        return changed;
      }
      block = block.parent;
    }
    History history = histories.get(key);
    return history == null ? null : history.at(block.number);
  }

  /** Puts a value into the first block, before anybody looked. */
  void endow(Object key, Object value) {
    histories.computeIfAbsent(key, k -> new History()).put(first().number, value);
  }

  /** The inclusion of a transaction on the branch of {@code view}, or null. */
  @Nullable SimReceipt receipt(SimBlock view, TransactionHash hash) {
    for (SimReceipt receipt : inclusions.getOrDefault(hash, List.of())) {
      if (at(view, receipt.block().number) == receipt.block()) {
        return receipt;
      }
    }
    return null;
  }

  /** Gives a finished block its hash; no two blocks ever have the same. */
  SimBlock seal(SimBlock block) {
    StringBuilder header = new StringBuilder(200);
    header.append(chain.value()).append('/').append(sealed++).append('/');
    header.append(block.parent == null ? "" : block.parent.hash()).append('/');
    header.append(block.number).append('/').append(block.timestamp).append('/');
    header.append(block.baseFee).append('/').append(block.gasUsed);
    for (SimReceipt receipt : block.receipts) {
      header.append('/').append(receipt.tx().hash().value());
    }
    block.seal(BlockHash.of(Keccak256.of(header.toString().getBytes(StandardCharsets.US_ASCII))));
    return block;
  }

  /** Makes a sealed child of the head the new head. */
  void adopt(SimBlock block, long nanos) {
    if (!canonical.isEmpty() && block.parent != head()) {
      throw new IllegalStateException("block " + block.number + " is no child of the head");
    }
    block.canonical = true;
    canonical.add(block);
    block.changes.forEach(
        (key, value) ->
            histories.computeIfAbsent(key, k -> new History()).put(block.number, value));
    for (SimReceipt receipt : block.receipts) {
      inclusions.computeIfAbsent(receipt.tx().hash(), h -> new ArrayList<>(1)).add(receipt);
      bySender.computeIfAbsent(receipt.tx().from(), a -> new ArrayList<>()).add(receipt);
      for (SimReceipt.Paid paid : receipt.paid()) {
        byPayee.computeIfAbsent(payee(paid), a -> new ArrayList<>()).add(new Credit(receipt, paid));
      }
    }
    headChanges.add(new HeadChange(nanos, block));
    changes++;
  }

  private static Payee payee(SimReceipt.Paid paid) {
    return new Payee(paid.asset(), paid.payee());
  }

  /** The included transactions of an account on the canonical chain, in order. */
  List<SimReceipt> sentBy(Address sender) {
    return bySender.getOrDefault(sender, List.of());
  }

  /** The transactions on the canonical chain that really paid an account, in order. */
  List<Credit> paidTo(Asset asset, Address account) {
    return byPayee.getOrDefault(new Payee(asset, account), List.of());
  }

  /** Grows whenever the canonical chain changes. */
  long changes() {
    return changes;
  }

  /** Takes the upper {@code depth} blocks off the canonical chain; lowest first. */
  List<SimBlock> detach(int depth) {
    List<SimBlock> removed = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      SimBlock block = canonical.remove(canonical.size() - 1);
      block.changes.keySet().forEach(key -> historyOf(key).cutAt(block.number));
      block.canonical = false;
      for (int r = block.receipts.size() - 1; r >= 0; r--) {
        SimReceipt receipt = block.receipts.get(r);
        cutLast(bySender.get(receipt.tx().from()), receipt);
        for (int p = receipt.paid().size() - 1; p >= 0; p--) {
          SimReceipt.Paid paid = receipt.paid().get(p);
          cutLast(byPayee.get(payee(paid)), new Credit(receipt, paid));
        }
      }
      changes++;
      removed.add(0, block);
    }
    return removed;
  }

  private static <T> void cutLast(@Nullable List<T> list, T last) {
    if (list == null || !list.remove(list.size() - 1).equals(last)) {
      throw new IllegalStateException("the index does not end with " + last);
    }
  }

  private History historyOf(Object key) {
    History history = histories.get(key);
    if (history == null) {
      throw new IllegalStateException("no history of " + key);
    }
    return history;
  }
}
