package io.payonce.batch;

import io.payonce.Asset;
import io.payonce.TokenAmount;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One outcome per row, with counts and sums that add up to the batch. A picture of one moment;
 * immutable.
 */
public final class BatchReport {
  private final String batchId;
  private final String fingerprint;
  private final List<RowOutcome> outcomes;
  private final Map<RowState, Integer> counts = new EnumMap<>(RowState.class);
  private final Map<Asset, Map<RowState, BigInteger>> sums = new LinkedHashMap<>();

  private BatchReport(String batchId, String fingerprint, List<RowOutcome> outcomes) {
    this.batchId = batchId;
    this.fingerprint = fingerprint;
    this.outcomes = List.copyOf(outcomes);
    for (RowOutcome outcome : outcomes) {
      TokenAmount amount = outcome.row().amount();
      counts.merge(outcome.state(), 1, Integer::sum);
      sums.computeIfAbsent(amount.asset(), asset -> new EnumMap<>(RowState.class))
          .merge(outcome.state(), amount.units(), BigInteger::add);
    }
  }

  /**
   * Reports on a batch.
   *
   * @param outcomes one per row, in the order of the rows
   * @throws IllegalArgumentException when a row has no outcome, or the outcome of another row
   */
  static BatchReport of(Batch batch, List<RowOutcome> outcomes) {
    if (!outcomes.stream().map(RowOutcome::row).toList().equals(batch.rows())) {
      throw new IllegalArgumentException("outcomes must be one per row of " + batch.id());
    }
    return new BatchReport(batch.id(), batch.fingerprint(), outcomes);
  }

  public String batchId() {
    return batchId;
  }

  /** {@link Batch#fingerprint()} of the batch. */
  public String fingerprint() {
    return fingerprint;
  }

  /** In the order of the rows. */
  public List<RowOutcome> outcomes() {
    return outcomes;
  }

  public int count(RowState state) {
    return counts.getOrDefault(state, 0);
  }

  /** Whether every row is paid and final. */
  public boolean allPaid() {
    return count(RowState.PAID) == outcomes.size();
  }

  /** In the order of first use. */
  public List<Asset> assets() {
    return List.copyOf(sums.keySet());
  }

  /**
   * The sum of one asset over the rows in one state; 0 for an asset that the batch does not pay.
   */
  public TokenAmount total(Asset asset, RowState state) {
    return TokenAmount.of(
        asset, sums.getOrDefault(asset, Map.of()).getOrDefault(state, BigInteger.ZERO));
  }

  /**
   * For people: a line with the count of each state, which add up to the rows, and a line for each
   * asset with its sums in smallest units.
   */
  public String summary() {
    StringBuilder text = new StringBuilder(toString());
    for (Asset asset : assets()) {
      text.append("\n  ").append(asset).append(": ");
      text.append(
          Arrays.stream(RowState.values())
              .filter(state -> total(asset, state).units().signum() > 0)
              .map(state -> total(asset, state).units() + " " + state)
              .collect(Collectors.joining(", ")));
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return "batch "
        + batchId
        + ", "
        + outcomes.size()
        + " rows: "
        + Arrays.stream(RowState.values())
            .map(state -> count(state) + " " + state)
            .collect(Collectors.joining(", "));
  }
}
