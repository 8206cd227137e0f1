package io.payonce.batch;

import io.payonce.Asset;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Collects the rows of a batch that one wallet pays, each checked as it comes.
 *
 * <p>At most {@value #MAX_ROWS} rows. A row that is refused throws {@link IllegalArgumentException}
 * with its index, counted from 0, and key; the rows before it stay. Not thread-safe.
 */
public final class BatchTransferBuilder {
  public static final int MAX_ROWS = 1_000_000;

  private static final Pattern BATCH_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int MAX_BITS = 256;

  private final String batchId;
  private final LaneId payer;
  private final List<PayoutRow> rows = new ArrayList<>();
  private final Map<String, Integer> indexOfKey = new HashMap<>();
  private final Map<Asset, BigInteger> totals = new LinkedHashMap<>();
  private boolean plainKeys;

  private BatchTransferBuilder(String batchId, LaneId payer) {
    this.batchId = batchId;
    this.payer = payer;
  }

  /**
   * Begins a batch.
   *
   * @param batchId the host's name of the batch, for ever: 1 to 64 characters of {@code
   *     [A-Za-z0-9._-]}
   * @param payer the wallet that pays all rows, and its chain
   */
  public static BatchTransferBuilder create(String batchId, LaneId payer) {
    if (!BATCH_ID.matcher(batchId).matches()) {
      throw new IllegalArgumentException(
          "batchId '" + batchId + "' must be 1 to 64 characters of [A-Za-z0-9._-]");
    }
    return new BatchTransferBuilder(batchId, payer);
  }

  /**
   * Submits every row under its own key as it stands, instead of under {@code
   * batch/<batchId>/row/<key>}. Then keys are unique over all batches: the same key in two files is
   * one payment. Meant for hosts whose keys already are idempotency keys.
   */
  public BatchTransferBuilder rowKeysAsIdempotencyKeys() {
    plainKeys = true;
    return this;
  }

  public BatchTransferBuilder add(PayoutRow row) {
    int index = rows.size();
    require(index < MAX_ROWS, index, row, "a batch has at most " + MAX_ROWS + " rows");
    require(
        row.amount().asset().chain().equals(payer.chain()),
        index,
        row,
        "asset is on chain "
            + row.amount().asset().chain()
            + ", the payer on chain "
            + payer.chain());
    require(!row.to().equals(payer.address()), index, row, "to is the paying wallet itself");
    Integer first = indexOfKey.get(row.key());
    require(first == null, index, row, "row " + first + " has the same key");
    TokenAmount amount = row.amount();
    BigInteger total = totals.getOrDefault(amount.asset(), BigInteger.ZERO).add(amount.units());
    require(total.bitLength() <= MAX_BITS, index, row, "the total of its asset is over 2^256 - 1");
    totals.put(amount.asset(), total);
    indexOfKey.put(row.key(), index);
    rows.add(row);
    return this;
  }

  public BatchTransferBuilder addAll(Iterable<PayoutRow> more) {
    more.forEach(this::add);
    return this;
  }

  /** The batch; later calls on this builder do not change it. At least one row is required. */
  public Batch build() {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("batch " + batchId + " has no rows");
    }
    List<TokenAmount> sums = new ArrayList<>();
    totals.forEach((asset, units) -> sums.add(TokenAmount.of(asset, units)));
    return new Batch(batchId, payer, rows, sums, plainKeys);
  }

  private static void require(boolean holds, int index, PayoutRow row, String message) {
    if (!holds) {
      throw new IllegalArgumentException("row " + index + " (key '" + row.key() + "'): " + message);
    }
  }
}
