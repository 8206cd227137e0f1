package io.payonce.store.jdbc;

import io.payonce.Fingerprint;
import io.payonce.Group;
import io.payonce.IdempotencyKey;
import io.payonce.SubmitOptions;
import io.payonce.Transfer;
import io.payonce.TransferId;
import io.payonce.WalletPool;
import io.payonce.store.Intake;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.internal.Acceptance;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a key is stored with when it is accepted: its own row and the row of its transfer.
 *
 * @param hostTransaction whether a transaction of the host stores it, which writes no event
 */
record TransferRow(
    Intake intake,
    Optional<Group> group,
    Fingerprint fingerprint,
    Instant at,
    boolean hostTransaction) {

  /** The asset column of a native coin. */
  static final String NATIVE = "native";

  /** The columns of a transfer that {@link #values} fills, without its id. */
  static final String COLUMNS =
      "chain, sender, pool, asset, payee, amount, unusual_payee, metadata, priority, max_fee,"
          + " not_before, deadline, cancel_at_deadline, payout_data, payout_gas, payout_proof, state, code, reason, cancel_requested,"
          + " accepted_at, updated_at, noticed";

  /** One mark for each of {@link #COLUMNS}. */
  static final String MARKS =
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', FALSE, ?, ?, FALSE";

  /** The columns of a key but for its transfer, which comes last. */
  static final String KEY_COLUMNS = "tenant, key, fingerprint, created_at, transfer";

  static TransferRow of(Intake intake, Optional<Group> group, Instant at, boolean hostTransaction) {
    Fingerprint fingerprint = Acceptance.fingerprint(intake.submission(), group);
    return new TransferRow(intake, group, fingerprint, at, hostTransaction);
  }

  IdempotencyKey key() {
    return intake.submission().key();
  }

  Transfer transfer() {
    return intake.submission().transfer();
  }

  List<@Nullable Object> keyValues() {
    return new ArrayList<>(
        Arrays.asList(key().tenant(), key().value(), fingerprint.value(), at.toString()));
  }

  List<@Nullable Object> values() {
    Transfer transfer = transfer();
    SubmitOptions options = intake.submission().options();
    return new ArrayList<>(
        Arrays.asList(
            transfer.chain().value(),
            intake.lane().address().value(),
            transfer.from() instanceof WalletPool pool ? pool.name() : null,
            LaneColumns.asset(transfer.amount().asset()),
            transfer.to().value(),
            transfer.amount().units().toString(),
            transfer.allowUnusualPayee(),
            MetadataJson.write(options.metadata()),
            options.priority().rank(),
            options.maxFee().map(fee -> fee.value().toString()).orElse(null),
            options.notBefore().map(Instant::toString).orElse(null),
            options.deadline().map(Instant::toString).orElse(null),
            options.cancelAtDeadline(),
            group.map(call -> call.data().toArray()).orElse(null),
            group.map(call -> call.gasLimit().toString()).orElse(null),
            group.map(Group::proof).orElse(null),
            TransferState.ACCEPTED.name(),
            at.toString(),
            at.toString()));
  }

  StoredTransfer stored(TransferId id) {
    return Acceptance.accepted(id, intake, group, fingerprint, at);
  }
}
