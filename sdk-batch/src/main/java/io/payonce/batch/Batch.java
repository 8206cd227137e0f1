package io.payonce.batch;

import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.TokenAmount;
import io.payonce.submit.IdempotentSubmitter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checked rows that one wallet is to pay: unique keys, amounts above zero, one chain, totals that
 * fit. Made by {@link BatchTransferBuilder}. Immutable and thread-safe.
 */
public final class Batch {
  private static final byte FINGERPRINT_VERSION = 1;

  private final String id;
  private final LaneId payer;
  private final List<PayoutRow> rows;
  private final List<TokenAmount> totals;
  private final boolean plainKeys;
  private final String fingerprint;

  Batch(
      String id, LaneId payer, List<PayoutRow> rows, List<TokenAmount> totals, boolean plainKeys) {
    this.id = id;
    this.payer = payer;
    this.rows = List.copyOf(rows);
    this.totals = List.copyOf(totals);
    this.plainKeys = plainKeys;
    this.fingerprint = fingerprint(payer, this.rows);
  }

  public String id() {
    return id;
  }

  public LaneId payer() {
    return payer;
  }

  /** In the order they were added; at least one. */
  public List<PayoutRow> rows() {
    return rows;
  }

  /** The sum of each asset, in the order of first use. */
  public List<TokenAmount> totals() {
    return totals;
  }

  /**
   * What the batch stands for: SHA-256 over a version byte and the length-prefixed chain, payer and
   * rows, sorted by key. The order of rows and the name of a file do not change it.
   *
   * @return {@code 0x} and 64 hex digits
   */
  public String fingerprint() {
    return fingerprint;
  }

  /**
   * How many rows pay the same payee the same amount of the same asset as a row before them. They
   * are payments of their own, since their keys differ; worth a look before submitting.
   */
  public int repeatedPayments() {
    record Content(String to, TokenAmount amount) {}
    Set<Content> seen = new HashSet<>();
    int repeated = 0;
    for (PayoutRow row : rows) {
      if (!seen.add(new Content(row.to().value(), row.amount()))) {
        repeated++;
      }
    }
    return repeated;
  }

  /** The key under which a row is submitted: the same in every run of the same batch. */
  public IdempotencyKey idempotencyKey(PayoutRow row) {
    return IdempotencyKey.of(
        plainKeys ? row.key() : PayoutRow.RESERVED_KEY_PREFIX + id + "/row/" + row.key());
  }

  /**
   * Submits every row, one commit of the journal each, and watches them to their end. Blocks until
   * all are submitted; paying goes on in the background.
   *
   * <p>Idempotent: a row that an earlier run or process submitted is found again and never paid
   * twice. So after a crash, or after an exception from here, submit the same batch again. A row
   * whose key stands for another payment is reported as a conflict and stops nothing else.
   *
   * @throws IllegalArgumentException before anything is submitted, when the payer is no lane of the
   *     submitter or a payee is one
   * @throws io.payonce.store.StoreUnavailableException when the journal did not confirm a row; the
   *     rows before it are submitted and will be paid
   */
  public BatchRun submit(IdempotentSubmitter submitter) {
    return BatchRun.start(this, Payments.of(submitter));
  }

  /** What the journal keeps with each row, for those who read it later. */
  Map<String, String> metadata(PayoutRow row) {
    return Map.of("batch", id, "batchFingerprint", fingerprint, "batchRow", row.key());
  }

  @Override
  public String toString() {
    return "batch " + id + ": " + rows.size() + " rows, " + totals;
  }

  private static String fingerprint(LaneId payer, List<PayoutRow> rows) {
    MessageDigest hash = sha256();
    hash.update(FINGERPRINT_VERSION);
    put(hash, payer.chain().toString());
    put(hash, payer.address().value());
    rows.stream()
        .sorted(Comparator.comparing(PayoutRow::key))
        .forEach(
            row -> {
              Asset asset = row.amount().asset();
              put(hash, row.key());
              put(hash, asset instanceof Asset.Erc20 token ? token.contract().value() : "native");
              put(hash, row.to().value());
              put(hash, row.amount().units().toString());
            });
    return "0x" + HexFormat.of().formatHex(hash.digest());
  }

  private static void put(MessageDigest hash, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    hash.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    hash.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
