package io.payonce.examples.cli;

import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.Source;
import io.payonce.TokenAmount;
import io.payonce.Transfer;
import io.payonce.batch.PayoutRow;
import io.payonce.batch.csv.CsvRow;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferStore;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The payments of one file, with what the journal already knows about each.
 *
 * @param payments in the order of the file, one for each row
 * @param decimals of every asset, for people
 */
record PayoutPlan(List<Payment> payments, Map<Asset, Integer> decimals) {
  PayoutPlan {
    payments = List.copyOf(payments);
    decimals = Collections.unmodifiableMap(new LinkedHashMap<>(decimals));
  }

  /**
   * One row.
   *
   * @param known what the journal has under its key, from an earlier run
   */
  record Payment(IdempotencyKey key, Transfer transfer, Optional<StoredTransfer> known) {
    /** Whether money for it is still to be set aside: no nonce was given to it. */
    boolean isUnbound() {
      return known.map(transfer -> transfer.state().isUnbound()).orElse(true);
    }

    boolean isEnded() {
      return known.filter(transfer -> transfer.state().isTerminal()).isPresent();
    }
  }

  /** Compares the rows with the journal; a key that stands for another payment is bad input. */
  static PayoutPlan of(
      List<CsvRow> lines,
      List<PayoutRow> rows,
      Map<Asset, Integer> decimals,
      Source payer,
      TransferStore journal) {
    List<Payment> payments = new ArrayList<>();
    List<String> conflicts = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      IdempotencyKey key = IdempotencyKey.of(rows.get(i).key());
      Transfer transfer = rows.get(i).paidBy(payer);
      Optional<StoredTransfer> known = journal.find(key);
      String line = "line " + lines.get(i).line() + ": ";
      conflict(key, transfer, known, journal)
          .ifPresent(what -> conflicts.add(line + what + "; give the new payment a new key"));
      payments.add(new Payment(key, transfer, known));
    }
    if (!conflicts.isEmpty()) {
      throw Refusal.badInput(String.join("\n", conflicts));
    }
    return new PayoutPlan(payments, decimals);
  }

  /** What else this key stands for. */
  private static Optional<String> conflict(
      IdempotencyKey key, Transfer row, Optional<StoredTransfer> known, TransferStore journal) {
    if (known.isEmpty()) {
      return journal
          .groupOf(key)
          .map(
              group ->
                  "key '%s' is of a member of group '%s' in this journal, which alone pays it"
                      .formatted(key, group.key()));
    }
    if (known.get().group().isPresent()) {
      return Optional.of("key '%s' stands for a group of payments in this journal".formatted(key));
    }
    Transfer other = known.get().transfer();
    return other.equals(row)
        ? Optional.empty()
        : Optional.of(
            "key '%s' stands for another payment in this journal (%s units of %s from %s to %s)"
                .formatted(
                    key,
                    other.amount().units(),
                    other.amount().asset(),
                    known.get().lane().address(),
                    other.to()));
  }

  Set<Asset> assets() {
    return decimals.keySet();
  }

  /** Sums per asset over the whole file, in the order of first use. */
  Map<Asset, BigInteger> totals() {
    return sums(payments);
  }

  /** The same over the payments that have no nonce yet. */
  Map<Asset, BigInteger> unboundTotals() {
    return sums(payments.stream().filter(Payment::isUnbound).toList());
  }

  boolean isEnded() {
    return payments.stream().allMatch(Payment::isEnded);
  }

  /** Whether an earlier run left something under way, which needs care before anything else. */
  boolean hasOpen() {
    return payments.stream().anyMatch(payment -> !payment.isUnbound() && !payment.isEnded());
  }

  String wholeUnits(Asset asset, BigInteger units) {
    return TokenAmount.of(asset, units).toWholeUnits(Objects.requireNonNull(decimals.get(asset)));
  }

  private static Map<Asset, BigInteger> sums(List<Payment> payments) {
    Map<Asset, BigInteger> sums = new LinkedHashMap<>();
    for (Payment payment : payments) {
      TokenAmount amount = payment.transfer().amount();
      sums.merge(amount.asset(), amount.units(), BigInteger::add);
    }
    return sums;
  }
}
