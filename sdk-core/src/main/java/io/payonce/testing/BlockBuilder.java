package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Authorization;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fills one block and executes what is in it. One use. */
final class BlockBuilder {
  private static final long NATIVE_GAS = 21_000;

  /** What delegated code takes to create a contract. */
  private static final long CREATE_GAS = 32_000;

  private final Ledger ledger;
  private final SimBlock parent;
  private final SimBlock block;
  private final Set<Address> moved = new LinkedHashSet<>();

  BlockBuilder(Ledger ledger, SimBlock block) {
    if (block.parent == null) {
      throw new IllegalArgumentException("block " + block.number + " must have a parent");
    }
    this.ledger = ledger;
    this.parent = block.parent;
    this.block = block;
  }

  /** A balance that grows without a transaction, as by a withdrawal of EIP-4895. */
  void credit(Object key, BigInteger amount) {
    block.credits.merge(key, amount, BigInteger::add);
    add(key, amount);
  }

  private void add(Object key, BigInteger amount) {
    if (key instanceof Address address) {
      Ledger.Account account = account(address);
      put(address, new Ledger.Account(account.nonce(), account.balance().add(amount)));
    } else if (key instanceof SimToken.Slot slot) {
      put(slot, units(slot).add(amount));
    } else {
      throw new IllegalArgumentException("no balance under " + key);
    }
  }

  /** A nonce consumed without a transaction of the account, as by an EIP-7702 authorization. */
  void consumeNonce(Address address) {
    Ledger.Account account = account(address);
    put(address, new Ledger.Account(account.nonce() + 1, account.balance()));
    moved.add(address);
  }

  /** Accounts whose nonces this block took. */
  Set<Address> moved() {
    return moved;
  }

  /** A delegation (EIP-7702) from nowhere, which no reorganisation undoes. */
  void delegate(Address account, Address implementation) {
    block.delegations.put(account, implementation);
    put(new Ledger.Delegation(account), Ledger.delegation(implementation));
  }

  private boolean isDelegated(Address account) {
    return block.changes.get(new Ledger.Delegation(account)) instanceof String code
        ? !code.equals(Ledger.delegation(Address.ZERO))
        : ledger.isDelegated(parent, account);
  }

  long nextNonce(Address address) {
    return account(address).nonce();
  }

  /**
   * Fills the block from a pool: the best tip first, nonces in order.
   *
   * @param tipFloor per gas; what pays less waits
   */
  void fill(Mempool pool, BigInteger tipFloor) {
    PriorityQueue<SimTx> best =
        new PriorityQueue<>(
            (a, b) -> {
              int byTip = b.effectiveTip(block.baseFee).compareTo(a.effectiveTip(block.baseFee));
              return byTip != 0 ? byTip : a.hash().compareTo(b.hash());
            });
    for (Address sender : pool.senders()) {
      offer(best, pool.get(sender, nextNonce(sender)));
    }
    while (!best.isEmpty()) {
      SimTx tx = best.remove();
      if (tx.effectiveTip(block.baseFee).compareTo(tipFloor) >= 0 && include(tx)) {
        offer(best, pool.get(tx.from(), tx.nonce() + 1));
      }
    }
  }

  private static void offer(PriorityQueue<SimTx> queue, @Nullable SimTx tx) {
    if (tx != null) {
      queue.add(tx);
    }
  }

  /** Executes a transaction if this block may hold it. */
  boolean include(SimTx tx) {
    Ledger.Account sender = account(tx.from());
    if (tx.nonce() != sender.nonce()
        || tx.effectiveTip(block.baseFee).signum() < 0
        || tx.cost().compareTo(sender.balance()) > 0
        || block.gasUsed + tx.gasLimit() > block.gasLimit) {
      return false;
    }
    consumeNonce(tx.from());
    tx.authorizations().forEach(this::authorize);
    Execution done = execute(tx);
    BigInteger price = tx.effectivePrice(block.baseFee);
    add(tx.from(), price.multiply(BigInteger.valueOf(done.gas)).negate());
    block.gasUsed += done.gas;
    block.receipts.add(
        new SimReceipt(
            tx,
            block,
            block.receipts.size(),
            done.succeeded,
            done.gas,
            block.gasUsed,
            price,
            done.logs,
            done.paid));
    block.logs += done.logs.size();
    return true;
  }

  /** EIP-7702: an entry that does not fit its account is skipped, and the transaction goes on. */
  private void authorize(Authorization entry) {
    Address authority = entry.authority(ledger.chain).orElse(null);
    if (authority != null && entry.nonce().equals(BigInteger.valueOf(account(authority).nonce()))) {
      consumeNonce(authority);
      put(new Ledger.Delegation(authority), Ledger.delegation(entry.address()));
    }
  }

  private record Execution(
      boolean succeeded, long gas, List<SimReceipt.Log> logs, List<SimReceipt.Paid> paid) {
    static Execution failed(long gas) {
      return new Execution(false, gas, List.of(), List.of());
    }
  }

  private Execution execute(SimTx tx) {
    SimToken token = ledger.tokens.get(tx.to());
    if (token != null) {
      return executeToken(tx, token);
    }
    SimulatedPayout payout = ledger.payouts.get(tx.to());
    if (payout != null) {
      return execute(payout, tx.from(), tx.value(), tx.data(), tx.gasLimit());
    }
    long gas = intrinsicGas(tx.data());
    if (tx.gasLimit() < gas) {
      return Execution.failed(tx.gasLimit());
    }
    if (isDelegated(tx.to())) {
      if (tx.gasLimit() < gas + CREATE_GAS) {
        return Execution.failed(tx.gasLimit()); // the code has no gas to run on
      }
      gas += CREATE_GAS;
      consumeNonce(tx.to());
    }
    add(tx.from(), tx.value().negate());
    add(tx.to(), tx.value());
    SimReceipt.Paid paid = new SimReceipt.Paid(new Asset.Native(ledger.chain), tx.to(), tx.value());
    return new Execution(true, gas, List.of(), List.of(paid));
  }

  private Execution executeToken(SimTx tx, SimToken token) {
    SimToken.TransferCall call = SimToken.transferCall(tx.data());
    if (call == null || tx.value().signum() > 0) {
      return Execution.failed(Math.min(tx.gasLimit(), SimToken.REVERT_GAS));
    }
    if (tx.gasLimit() < SimToken.GAS) {
      return Execution.failed(tx.gasLimit());
    }
    SimToken.Outcome outcome = token.transfer(tx.from(), call, balances(token));
    if (outcome.revert() != null) {
      return Execution.failed(SimToken.REVERT_GAS);
    }
    List<SimReceipt.Log> logs = new ArrayList<>(2);
    for (SimToken.Move move : outcome.moves()) {
      logs.add(log(token, move, block.logs + logs.size()));
    }
    List<SimReceipt.Paid> paid =
        outcome.moves().isEmpty()
            ? List.of()
            : List.of(
                new SimReceipt.Paid(
                    new Asset.Erc20(ledger.chain, token.address),
                    call.to(),
                    outcome.moves().get(0).amount()));
    return new Execution(true, SimToken.GAS, logs, paid);
  }

  /** What a call takes, or nothing when it would revert; this block is thrown away then. */
  OptionalLong estimate(SimulatedPayout payout, Address from, BigInteger value, Bytes data) {
    Execution done = execute(payout, from, value, data, Long.MAX_VALUE);
    return done.succeeded ? OptionalLong.of(done.gas) : OptionalLong.empty();
  }

  /** Puts back what it wrote when it reverts. */
  private Execution execute(
      SimulatedPayout payout, Address from, BigInteger value, Bytes data, long gasLimit) {
    Map<Object, Object> before = new LinkedHashMap<>(block.changes);
    Execution done = pay(payout, from, value, data, gasLimit);
    if (!done.succeeded) {
      block.changes.clear();
      block.changes.putAll(before);
    }
    return done;
  }

  private Execution pay(
      SimulatedPayout payout, Address from, BigInteger value, Bytes data, long gasLimit) {
    SimulatedPayout.Call call;
    try {
      call = SimulatedPayout.decode(data);
    } catch (IllegalArgumentException noCall) {
      return Execution.failed(Math.min(gasLimit, SimToken.REVERT_GAS)); // as a contract does
    }
    SimToken token = ledger.tokens.get(call.token());
    BigInteger needed = token == null ? call.sum() : BigInteger.ZERO;
    if (gasLimit < call.gas(data)) {
      return Execution.failed(gasLimit);
    }
    if (!value.equals(needed) || (token == null && !call.token().isZero())) {
      return Execution.failed(SimToken.REVERT_GAS);
    }
    List<SimReceipt.Log> logs = new ArrayList<>();
    List<SimReceipt.Paid> paid = new ArrayList<>();
    for (int i = 0; i < call.rows().size(); i++) {
      SimulatedPayout.Row row = call.rows().get(i);
      boolean done = !payout.refusing.contains(row.to()) && pay(token, from, row, logs, paid);
      if (!done && !payout.bestEffort) {
        return Execution.failed(SimToken.REVERT_GAS);
      }
      if (!done || token == null) {
        logs.add(
            new SimReceipt.Log(
                payout.address,
                List.of(done ? SimulatedPayout.PAID : SimulatedPayout.FAILED),
                SimulatedPayout.word(BigInteger.valueOf(i)),
                block.logs + logs.size()));
      }
    }
    return new Execution(true, call.gas(data), logs, paid);
  }

  private boolean pay(
      @Nullable SimToken token,
      Address from,
      SimulatedPayout.Row row,
      List<SimReceipt.Log> logs,
      List<SimReceipt.Paid> paid) {
    if (token == null) {
      add(from, row.units().negate());
      add(row.to(), row.units());
      paid.add(new SimReceipt.Paid(new Asset.Native(ledger.chain), row.to(), row.units()));
      return true;
    }
    SimToken.Outcome outcome =
        token.transfer(from, new SimToken.TransferCall(row.to(), row.units()), balances(token));
    if (outcome.revert() != null) {
      return false;
    }
    for (SimToken.Move move : outcome.moves()) {
      logs.add(log(token, move, block.logs + logs.size()));
    }
    if (!outcome.moves().isEmpty()) {
      paid.add(
          new SimReceipt.Paid(
              new Asset.Erc20(ledger.chain, token.address),
              row.to(),
              outcome.moves().get(0).amount()));
    }
    return true;
  }

  private static SimReceipt.Log log(SimToken token, SimToken.Move move, int index) {
    return new SimReceipt.Log(
        token.address,
        List.of(Erc20Calls.TRANSFER_EVENT, topic(move.from()), topic(move.to())),
        Bytes.fromHex(SimToken.word(move.amount())),
        index);
  }

  private static Bytes topic(Address address) {
    return Bytes.fromHex("0x" + "0".repeat(24) + address.value().substring(2));
  }

  /** What any transaction with this data costs before execution. */
  static long intrinsicGas(Bytes data) {
    long gas = NATIVE_GAS;
    for (int i = 0; i < data.size(); i++) {
      gas += data.get(i) == 0 ? 4 : 16;
    }
    return gas;
  }

  private SimToken.Balances balances(SimToken token) {
    return new SimToken.Balances() {
      @Override
      public BigInteger of(Address holder) {
        return units(new SimToken.Slot(token.address, holder));
      }

      @Override
      public void set(Address holder, BigInteger amount) {
        put(new SimToken.Slot(token.address, holder), amount);
      }
    };
  }

  private Ledger.Account account(Address address) {
    return block.changes.get(address) instanceof Ledger.Account changed
        ? changed
        : ledger.account(parent, address);
  }

  private BigInteger units(SimToken.Slot slot) {
    return block.changes.get(slot) instanceof BigInteger changed
        ? changed
        : ledger.tokens(parent, slot);
  }

  private void put(Object key, Object value) {
    block.changes.put(key, value);
  }
}
