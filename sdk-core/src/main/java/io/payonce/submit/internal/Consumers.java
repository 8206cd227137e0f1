package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Block;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.LaneId;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.Settlement;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.AttemptKind;
import io.payonce.store.ConsumerClass;
import io.payonce.store.Consumption;
import io.payonce.store.StoredAttempt;
import io.payonce.store.StoredOrphan;
import io.payonce.store.StoredSlot;
import io.payonce.store.StoredTransfer;
import io.payonce.submit.internal.LaneEvent.Found;
import io.payonce.submit.internal.LaneEvent.Taker;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/** What took a nonce, and what it paid: pure, from the transaction and its receipt alone. */
final class Consumers {
  private Consumers() {}

  /** Empty when nothing explains it. */
  static Optional<Consumption> consumption(
      Proofs proofs, StoredSlot slot, Optional<StoredTransfer> transfer, Found found) {
    if (found.by() instanceof Taker.Transaction tx) {
      ConsumerClass by = classify(proofs, slot, transfer, tx.entry(), tx.receipt());
      return Optional.of(Consumption.of(by, tx.receipt(), found.blockTime()));
    }
    return foreign(found);
  }

  /** What the group's own transaction proves of its members; empty for anything else. */
  static List<Settlement> settlements(
      Proofs proofs, StoredTransfer transfer, Consumption took, Found found) {
    boolean ran = took.by() == ConsumerClass.PAYMENT || took.by() == ConsumerClass.UNPROVEN;
    return ran && transfer.group().isPresent() && found.by() instanceof Taker.Transaction tx
        ? proofs.settle(transfer.lane().address(), transfer.group().get().asked(), tx.receipt())
        : List.of();
  }

  /** As {@link #consumption}, for a nonce of which the journal knows nothing. */
  static Optional<Consumption> foreign(Found found) {
    if (found.by() instanceof Taker.Transaction tx) {
      return Optional.of(Consumption.of(ConsumerClass.FOREIGN, tx.receipt(), found.blockTime()));
    } else if (found.by() instanceof Taker.Authorized authorized) {
      return Optional.of(
          Consumption.without(
              ConsumerClass.AUTH_7702, authorized.carrier(), found.block(), found.blockTime()));
    } else if (found.by() instanceof Taker.DelegatedCode) {
      return Optional.of(
          Consumption.without(
              ConsumerClass.CODE_7702, Consumption.UNNAMED, found.block(), found.blockTime()));
    }
    return Optional.empty();
  }

  /**
   * The payment that a foreign transaction made, if it made one: coins, or a call of a token's
   * {@code transfer} that did not fail. What a token logged does not matter: when in doubt, it
   * paid. A call of any other contract that moved tokens may have been a group's.
   */
  static Optional<StoredOrphan> orphan(SlotId slot, Found found) {
    if (!(found.by() instanceof Taker.Transaction tx)
        || !tx.receipt().succeeded()
        || tx.entry().to().isEmpty()) {
      return Optional.empty();
    }
    Address to = tx.entry().to().get();
    ChainId chain = slot.lane().chain();
    if (!tx.entry().value().isZero()) {
      TokenAmount coins = TokenAmount.ofWei(chain, tx.entry().value());
      return Optional.of(StoredOrphan.found(slot, tx.entry().hash(), to, coins));
    }
    Optional<Erc20Calls.TransferCall> call = Erc20Calls.transferCall(tx.entry().data());
    if (call.isPresent()) {
      TokenAmount amount = TokenAmount.of(new Asset.Erc20(chain, to), call.get().units());
      return Optional.of(StoredOrphan.found(slot, tx.entry().hash(), call.get().to(), amount))
          .filter(orphan -> orphan.amount().units().signum() > 0);
    }
    return moved(slot.lane(), to, tx.receipt())
        .map(amount -> StoredOrphan.found(slot, tx.entry().hash(), to, amount));
  }

  /**
   * Whether an orphan may be this very transaction. Of a call that is no token's {@code transfer}
   * an orphan tells the contract only.
   */
  static boolean mayBe(UnsignedTransaction tx, StoredOrphan orphan) {
    if (!tx.value().isZero()) {
      return orphan.isLike(tx.to(), TokenAmount.ofWei(tx.chain(), tx.value()));
    }
    return Erc20Calls.transferCall(tx.data())
        .map(
            call ->
                call.units().signum() > 0
                    && orphan.isLike(
                        call.to(),
                        TokenAmount.of(new Asset.Erc20(tx.chain(), tx.to()), call.units())))
        .orElseGet(
            () ->
                orphan.payee().equals(tx.to())
                    && orphan.slot().lane().chain().equals(tx.chain())
                    && orphan.amount().asset() instanceof Asset.Erc20);
  }

  /** What a call of another contract moved out of it or the wallet: it may have been a group. */
  private static Optional<TokenAmount> moved(LaneId lane, Address contract, Receipt receipt) {
    Optional<TokenAmount> sum = Optional.empty();
    for (Log log : receipt.logs()) {
      Asset token = new Asset.Erc20(lane.chain(), log.address());
      Optional<TokenAmount> before = sum;
      sum =
          Erc20Calls.transferLog(log)
              .filter(move -> move.units().signum() > 0)
              .filter(move -> move.from().equals(lane.address()) || move.from().equals(contract))
              .filter(move -> before.filter(b -> !b.asset().equals(token)).isEmpty())
              .map(move -> before.map(TokenAmount::units).orElse(BigInteger.ZERO).add(move.units()))
              .filter(units -> units.bitLength() <= 256)
              .map(units -> TokenAmount.of(token, units))
              .or(() -> before);
    }
    return sum;
  }

  private static ConsumerClass classify(
      Proofs proofs,
      StoredSlot slot,
      Optional<StoredTransfer> transfer,
      Block.Entry entry,
      Receipt receipt) {
    Optional<AttemptKind> kind = attemptKind(slot, entry);
    if (kind.isEmpty()) {
      return ConsumerClass.FOREIGN;
    }
    return switch (kind.get()) {
      case CANCEL -> ConsumerClass.CANCEL;
      case FILL -> ConsumerClass.FILL;
      case HOST -> receipt.succeeded() ? ConsumerClass.HOST : ConsumerClass.HOST_REVERTED;
      case PAYMENT, REPLACEMENT -> payment(proofs, transfer.orElseThrow(), receipt);
    };
  }

  /**
   * The kind of our attempt that this is: by hash, or else by content, because bytes may have been
   * signed that are not in the journal.
   */
  private static Optional<AttemptKind> attemptKind(StoredSlot slot, Block.Entry entry) {
    return slot.attempts().stream()
        .filter(a -> a.isHash(entry.hash()))
        .findFirst()
        .or(
            () ->
                slot.attempts().stream()
                    .filter(a -> sameContent(a.transaction(), entry))
                    .findFirst())
        .map(StoredAttempt::kind);
  }

  static boolean sameContent(UnsignedTransaction ours, Block.Entry entry) {
    return entry.to().filter(ours.to()::equals).isPresent()
        && entry.value().equals(ours.value())
        && entry.data().equals(ours.data());
  }

  private static ConsumerClass payment(Proofs proofs, StoredTransfer stored, Receipt receipt) {
    if (!receipt.succeeded()) {
      return ConsumerClass.REVERTED;
    }
    Address lane = stored.lane().address();
    Transfer transfer = stored.transfer();
    if (stored.group().isPresent()) {
      return proofs.settle(lane, stored.group().get().asked(), receipt).stream()
              .noneMatch(one -> one.outcome() == Settlement.Outcome.UNKNOWN)
          ? ConsumerClass.PAYMENT
          : ConsumerClass.UNPROVEN;
    }
    if (transfer.amount().asset() instanceof Asset.Erc20 token) {
      boolean moved =
          Erc20Calls.moved(receipt, token.contract(), lane, transfer.to())
              .equals(transfer.amount().units());
      return moved ? ConsumerClass.PAYMENT : ConsumerClass.UNPROVEN;
    }
    return ConsumerClass.PAYMENT;
  }
}
