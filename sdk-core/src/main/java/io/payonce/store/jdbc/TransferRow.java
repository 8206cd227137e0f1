package io.payonce.store.jdbc;

import io.payonce.Asset;
import io.payonce.Fingerprint;
import io.payonce.IdempotencyKey;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.internal.Acceptance;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a key is stored with when it is accepted: its own row and the row of its transfer.
 *
 * @param hostTransaction whether a transaction of the host stores it, which writes no event
 */
record TransferRow(
    IdempotencyKey key,
    Transfer transfer,
    Map<String, String> metadata,
    Instant at,
    boolean hostTransaction) {

  /** The asset column of a native coin. */
  static final String NATIVE = "native";

  /** The columns of a transfer that {@link #values} fills, without its id. */
  static final String COLUMNS =
      "chain, sender, asset, payee, amount, unusual_payee, metadata, state, code, reason,"
          + " cancel_requested, accepted_at, updated_at, noticed";

  /** One mark for each of {@link #COLUMNS}. */
  static final String MARKS = "?, ?, ?, ?, ?, ?, ?, ?, '', '', FALSE, ?, ?, FALSE";

  /** The columns of a key but for its transfer, which comes last. */
  static final String KEY_COLUMNS = "tenant, key, fingerprint, created_at, transfer";

  List<Object> keyValues() {
    return new ArrayList<>(
        Arrays.asList(
            key.tenant(), key.value(), Fingerprint.of(key, transfer).value(), at.toString()));
  }

  /** The asset column. */
  static String asset(Asset asset) {
    return asset instanceof Asset.Erc20 token ? token.contract().value() : NATIVE;
  }

  List<Object> values() {
    return new ArrayList<>(
        Arrays.asList(
            transfer.chain().value(),
            transfer.from().value(),
            asset(transfer.amount().asset()),
            transfer.to().value(),
            transfer.amount().units().toString(),
            transfer.allowUnusualPayee(),
            MetadataJson.write(metadata),
            TransferState.ACCEPTED.name(),
            at.toString(),
            at.toString()));
  }

  StoredTransfer stored(TransferId id) {
    return Acceptance.accepted(id, key, transfer, metadata, at);
  }
}
