package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.AttemptId;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainProfile.FeeModel;
import io.payonce.Erc20Calls;
import io.payonce.SlotId;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.fee.FeeDecision;
import io.payonce.fee.FeePolicy;
import io.payonce.fee.FeeQuote;
import io.payonce.nonce.LaneFunds;
import io.payonce.signing.AttemptKind;
import io.payonce.store.JournalChange;
import io.payonce.store.SlotState;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.submit.internal.LaneEvent.Preparation;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** P2 and P3: which waiting transfers get a nonce now, and which wait for what. */
final class Binding {
  private static final BigInteger PLAIN_GAS = BigInteger.valueOf(21_000);

  /** What most tokens take, until the nodes have estimated it. */
  private static final BigInteger TOKEN_GAS = BigInteger.valueOf(65_000);

  private static final BlockHash NO_BLOCK = BlockHash.of(new byte[32]);

  private final LaneMemory m;

  Binding(LaneMemory memory) {
    this.m = memory;
  }

  /** Asks for checks of the transfers that could be bound next. */
  void prepare(List<StoredTransfer> waiting, List<LaneCommand> out) {
    if (waiting.isEmpty() || !mayBind()) {
      return;
    }
    int room = room() + 4;
    List<StoredTransfer> due = new ArrayList<>();
    for (StoredTransfer transfer : waiting) {
      if (room-- <= 0) {
        break;
      }
      if (!m.gas.containsKey(transfer.id())
          && !m.waiting.isHeld(transfer)
          && m.preparing.add(transfer.id())) {
        if (transfer.code().equals(LaneReads.PRECHECK_REFUSED)) {
          out.add(new LaneCommand.Prepare(List.of(transfer))); // would be refused for all of them
        } else {
          due.add(transfer);
        }
      }
    }
    int most = m.context.settings().bindBatch();
    for (int from = 0; from < due.size(); from += most) {
      out.add(new LaneCommand.Prepare(due.subList(from, Math.min(due.size(), from + most))));
    }
  }

  /** A commit is worth a moment's wait while more transfers for it are being checked. */
  private boolean lingers(List<StoredTransfer> waiting, int most) {
    long ready = waiting.stream().filter(t -> m.gas.containsKey(t.id())).count();
    if (ready == 0 || ready >= most || m.preparing.isEmpty()) {
      m.lingersUntil = OptionalLong.empty();
      return false;
    }
    if (m.lingersUntil.isEmpty()) {
      m.lingersUntil = OptionalLong.of(m.now.plus(m.context.settings().linger()).nanos());
    }
    return m.lingersUntil.getAsLong() - m.now.nanos() > 0;
  }

  void prepared(TransferId id, Preparation preparation) {
    m.preparing.remove(id);
    StoredTransfer transfer = m.view.transfers().get(id);
    if (transfer == null || !transfer.state().isUnbound()) {
      return;
    }
    if (preparation instanceof Preparation.Gas gas) {
      Optional<BigInteger> limit = PaymentCall.of(transfer).gasLimit();
      if (limit.filter(most -> gas.estimate().compareTo(most) > 0).isPresent()) {
        hold(
            transfer,
            LaneReads.PRECHECK_REFUSED,
            "it takes " + gas.estimate() + " gas, its gasLimit is " + limit.get());
        return;
      }
      m.gas.put(id, limit.orElse(gas.estimate()));
    } else if (preparation instanceof Preparation.Refused refused) {
      hold(transfer, refused.code(), refused.reason());
    }
  }

  /** The changes of one P3 commit; transfers that cannot be bound are held by {@code facts}. */
  List<JournalChange> bindings(List<StoredTransfer> waiting) {
    List<JournalChange> changes = new ArrayList<>();
    waiting.forEach(
        this::holdAsDuplicate); // also where nothing is bound, so that it can be ruled on
    if (!m.facts.isEmpty()) {
      return changes;
    }
    int room = Math.min(room(), Math.min(m.bindAtMost, m.context.settings().bindBatch()));
    if (waiting.isEmpty()
        || room == 0
        || m.feeWindowClosedUntil - m.now.nanos() > 0
        || !mayBind()
        || lingers(waiting, room)) {
      return changes;
    }
    Observation seen = m.seen.orElseThrow();
    Funds funds = new Funds(seen);
    Iterator<Long> released = Filling.released(m).map(slot -> slot.id().nonce()).iterator();
    long next = m.view.lane().nextNonce();
    for (StoredTransfer transfer : waiting) {
      BigInteger gas = m.gas.get(transfer.id());
      if (room == 0) {
        break;
      }
      if (!isSurelyUnpaid(transfer) || !funds.coverAmount(transfer) || gas == null) {
        continue;
      }
      Optional<FeeQuote> quote = quote(transfer, gas, seen);
      if (quote.isEmpty() || !funds.cover(transfer, quote.get())) {
        continue;
      }
      long nonce = released.hasNext() ? released.next() : next++;
      bind(transfer, nonce, quote.get(), changes);
      room--;
    }
    return changes;
  }

  /** An orphan may have paid it: then it is held until somebody rules on that. */
  void holdAsDuplicate(StoredTransfer transfer) {
    m.orphanOf(transfer)
        .ifPresent(
            like -> {
              m.orphanHolds = true;
              hold(
                  transfer,
                  "POSSIBLE_DUPLICATE",
                  like.hash() + " has the same payee, asset and amount");
            });
  }

  /**
   * The hour has no room for all of these: half as many are tried at once, and when a single one
   * does not fit, it waits without a nonce and the others with it.
   *
   * @return whether fewer can be tried now
   */
  boolean refusedByFeeWindow(List<JournalChange> refused, String detail) {
    List<TransferId> bound =
        refused.stream()
            .filter(JournalChange.SlotBound.class::isInstance)
            .map(change -> ((JournalChange.SlotBound) change).transfer())
            .toList();
    if (bound.size() > 1) {
      m.bindAtMost = bound.size() / 2;
      return true;
    }
    bound.stream()
        .flatMap(id -> Optional.ofNullable(m.view.transfers().get(id)).stream())
        .forEach(transfer -> hold(transfer, "BUDGET_WINDOW", detail));
    return false;
  }

  /**
   * Whether no other wallet of its pool may have paid it already; held when one may have, and
   * merely passed over until the pools were looked at.
   */
  private boolean isSurelyUnpaid(StoredTransfer transfer) {
    Optional<String> doubt = m.poolDoubt(transfer);
    if (!m.pools.isEmpty()) {
      doubt.ifPresent(why -> hold(transfer, "POOL_UNSURE", why));
    }
    return doubt.isEmpty();
  }

  private void bind(
      StoredTransfer transfer, long nonce, FeeQuote quote, List<JournalChange> changes) {
    SlotId slot = new SlotId(m.context.lane(), nonce);
    if (transfer.state() != TransferState.READY) {
      changes.add(
          new JournalChange.TransferMoved(
              transfer.id(), transfer.state(), TransferState.READY, "", ""));
    }
    changes.add(new JournalChange.SlotBound(slot, transfer.id()));
    changes.add(
        new JournalChange.AttemptAdded(
            new AttemptId(slot, 1), AttemptKind.PAYMENT, payment(transfer, nonce, quote)));
    changes.add(book(slot, quote.worst()));
  }

  JournalChange book(SlotId slot, Wei worst) {
    return new JournalChange.FeeBooked(
        m.context.lane().chain(), slot, worst, m.context.policy().maxFeePerHour());
  }

  private UnsignedTransaction payment(StoredTransfer transfer, long nonce, FeeQuote quote) {
    PaymentCall call = PaymentCall.of(transfer);
    return transaction(nonce, quote, call.to(), call.value(), call.data());
  }

  UnsignedTransaction transaction(long nonce, FeeQuote quote, Address to, Wei value, Bytes data) {
    if (m.context.profile().fees().model() == FeeModel.LEGACY) {
      return new UnsignedTransaction.Legacy(
          m.context.lane().chain(), nonce, quote.maxFeePerGas(), quote.gasLimit(), to, value, data);
    }
    return new UnsignedTransaction.DynamicFee(
        m.context.lane().chain(),
        nonce,
        quote.maxPriorityFeePerGas(),
        quote.maxFeePerGas(),
        quote.gasLimit(),
        to,
        value,
        data,
        List.of());
  }

  /** A placeholder for comparing contents: nobody signs it. */
  FeeQuote freeQuote() {
    return new FeeQuote(Wei.ZERO, Wei.ZERO, BigInteger.valueOf(21_000), new BlockRef(0, NO_BLOCK));
  }

  private Optional<FeeQuote> quote(StoredTransfer transfer, BigInteger gas, Observation seen) {
    PaymentCall call = PaymentCall.of(transfer);
    FeeDecision decision = quote(seen, m.policyOf(transfer), gas, call);
    if (decision instanceof FeeDecision.Priced priced) {
      return Optional.of(priced.quote());
    }
    FeeDecision.Refused refused = (FeeDecision.Refused) decision;
    hold(transfer, refused.code().name(), refused.detail());
    return Optional.empty();
  }

  /** What the host has set as a limit gets nothing on top. */
  private FeeDecision quote(Observation seen, FeePolicy policy, BigInteger gas, PaymentCall call) {
    return call.gasLimit().isPresent()
        ? m.context.fees().quoteExactly(seen.fees(), policy, gas)
        : m.context.fees().quote(seen.fees(), policy, gas, call.isEstimatedCall());
  }

  /** Held transfers wait without a nonce, do not block others, and are looked at again. */
  private void hold(StoredTransfer transfer, String code, String reason) {
    m.gas.remove(transfer.id());
    m.heldUntil.put(transfer.id(), m.now.plus(m.context.settings().holdRetry()).nanos());
    if (transfer.state() != TransferState.HELD || !transfer.code().equals(code)) {
      m.move(transfer, TransferState.HELD, code, reason);
    }
  }

  /** What is left of the balances when everything that was accepted is paid. */
  LaneFunds funds() {
    Observation seen = m.seen.orElseThrow();
    Funds funds = new Funds(seen);
    List<StoredTransfer> unbound = m.view.waiting().unbound();
    for (StoredTransfer transfer : unbound) {
      funds.take(transfer.transfer().amount().asset(), transfer.transfer().amount().units());
      funds.take(funds.coin(), reserve(transfer).value());
    }
    return new LaneFunds(
        seen.head(),
        funds.left,
        m.open().size(),
        unbound.size(),
        m.waiting.isComplete(),
        Math.max(0, roomToBind() - unbound.size()));
  }

  /** The worst fee at this market; where there is no price, the most that a payment may cost. */
  Wei reserve(StoredTransfer transfer) {
    PaymentCall call = PaymentCall.of(transfer);
    BigInteger usual = call.gasLimit().orElse(call.data().isEmpty() ? PLAIN_GAS : TOKEN_GAS);
    BigInteger gas = m.gas.getOrDefault(transfer.id(), usual);
    FeePolicy policy = m.policyOf(transfer);
    FeeDecision decision = quote(m.seen.orElseThrow(), policy, gas, call);
    return decision instanceof FeeDecision.Priced priced
        ? priced.quote().worst()
        : policy.maxFeePerPayment();
  }

  /** Whether a nonce may be given out at all, if there is room. */
  boolean mayBind() {
    return m.isActive() && !m.draining && isChainKnown() && !foreignUse();
  }

  /**
   * The guard of I12: without a quorum of fresh answers, or with a claim above, nothing is bound.
   */
  private boolean isChainKnown() {
    return m.seen
        .filter(seen -> m.now.nanos() - m.seenAt < stale() && seen.claims().isPresent())
        .filter(seen -> !Tracking.isBehindTheChain(seen, m.view.lane().nextNonce()))
        .filter(seen -> !m.loneClaims.delaysBinding())
        .isPresent();
  }

  /** Somebody else took a nonce that was bound: not final yet, so the lane is not frozen yet. */
  private boolean foreignUse() {
    for (StoredSlot slot : m.view.slots().values()) {
      if (slot.state() == SlotState.CONSUMED
          && (slot.transfer().isPresent() || slot.reservation().isPresent())
          && slot.consumption().orElseThrow().by().isForeign()) {
        return true;
      }
    }
    return false;
  }

  /** Quotes and balances from a head this old are not used any more. */
  private long stale() {
    return m.context
        .profile()
        .blockTime()
        .multipliedBy(4)
        .plus(m.context.settings().pollInterval().multipliedBy(4))
        .plusSeconds(10)
        .toNanos();
  }

  /** Nonces that may be given out now. */
  int roomToBind() {
    return mayBind() ? room() : 0;
  }

  private int room() {
    int limit = m.isDelegated() ? 1 : m.context.settings().maxInFlight();
    long out = m.open().stream().filter(slot -> slot.state() != SlotState.RELEASED).count();
    return (int) Math.max(0, limit - out);
  }

  /** What of this the wallet lacks beyond its promises; empty when it has it. */
  Optional<String> shortage(UnsignedTransaction tx) {
    Funds funds = new Funds(m.seen.orElseThrow());
    BigInteger has = funds.left.getOrDefault(funds.coin(), BigInteger.ZERO);
    BigInteger needs = tx.value().plus(tx.maxFee()).value();
    return has.compareTo(needs) < 0
        ? Optional.of(Funds.shortage("wei", has, needs))
        : Optional.empty();
  }

  /** What the wallet has beyond its promises, counted down as transfers are bound. */
  private final class Funds {
    private final Map<Asset, BigInteger> left = new HashMap<>();

    Funds(Observation seen) {
      left.putAll(seen.balances());
      for (StoredSlot slot : m.open()) {
        slot.host().or(() -> LaneMemory.newest(slot)).ifPresent(this::reserve);
        slot.host().ifPresent(this::takeTokens);
        m.transferOf(slot)
            .map(transfer -> transfer.transfer().amount())
            .filter(amount -> amount.asset() instanceof Asset.Erc20)
            .ifPresent(amount -> take(amount.asset(), amount.units()));
      }
    }

    private void reserve(StoredAttempt attempt) {
      UnsignedTransaction tx = attempt.transaction();
      take(coin(), tx.value().plus(tx.maxFee()).value());
    }

    /** What a call of the host's own moves, where it says so. */
    private void takeTokens(StoredAttempt host) {
      UnsignedTransaction tx = host.transaction();
      Erc20Calls.transferCall(tx.data())
          .ifPresent(call -> take(new Asset.Erc20(tx.chain(), tx.to()), call.units()));
    }

    private Asset coin() {
      return new Asset.Native(m.context.lane().chain());
    }

    private void take(Asset asset, BigInteger units) {
      left.computeIfPresent(asset, (key, balance) -> balance.subtract(units));
    }

    /** Asked before the chain is: its estimate of an amount that is not there tells no reason. */
    boolean coverAmount(StoredTransfer transfer) {
      Asset asset = transfer.transfer().amount().asset();
      BigInteger units = transfer.transfer().amount().units();
      BigInteger has = left.get(asset);
      if (has == null) {
        if (m.seen.orElseThrow().unreadable().contains(asset)) {
          hold(transfer, "TOKEN_UNREADABLE", "the contract gives no balance of the wallet");
        }
        return false; // otherwise it is read with the next head
      }
      if (has.compareTo(units) < 0) {
        String unit = asset instanceof Asset.Native ? "wei" : "token units";
        hold(transfer, "FUNDS_SHORT", shortage(unit, has, units));
        return false;
      }
      return true;
    }

    /**
     * The fee, and amount and fee together where both are coins; takes them when they are there.
     */
    boolean cover(StoredTransfer transfer, FeeQuote quote) {
      Asset asset = transfer.transfer().amount().asset();
      BigInteger units = transfer.transfer().amount().units();
      BigInteger coins = left.get(coin());
      BigInteger coinsNeeded =
          asset instanceof Asset.Native ? units.add(quote.worst().value()) : quote.worst().value();
      if (coins == null) {
        return false; // it is read with the next head
      }
      if (coins.compareTo(coinsNeeded) < 0) {
        String code = asset instanceof Asset.Native ? "FUNDS_SHORT" : "GAS_SHORT";
        hold(transfer, code, shortage("wei", coins, coinsNeeded));
        return false;
      }
      take(coin(), coinsNeeded);
      if (asset instanceof Asset.Erc20) {
        take(asset, units);
      }
      return true;
    }

    private static String shortage(String unit, BigInteger has, BigInteger needs) {
      return "wallet has "
          + has.max(BigInteger.ZERO)
          + " "
          + unit
          + " beyond its open payments, needs "
          + needs;
    }
  }
}
