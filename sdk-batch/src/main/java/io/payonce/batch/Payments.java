package io.payonce.batch;

import io.payonce.IdempotencyKey;
import io.payonce.LaneId;
import io.payonce.SubmitOptions;
import io.payonce.Transfer;
import io.payonce.nonce.LaneStatus;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.TransferStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The part of the submitter that a batch needs, so that a test can stand in for it. */
interface Payments {
  List<LaneId> lanes();

  SubmitResult submit(IdempotencyKey key, Transfer transfer, Map<String, String> metadata);

  Optional<TransferStatus> status(IdempotencyKey key);

  CompletableFuture<TransferStatus> whenFinal(IdempotencyKey key);

  static Payments of(IdempotentSubmitter submitter) {
    return new Payments() {
      @Override
      public List<LaneId> lanes() {
        return submitter.nonces().lanes().stream().map(LaneStatus::id).toList();
      }

      @Override
      public SubmitResult submit(
          IdempotencyKey key, Transfer transfer, Map<String, String> metadata) {
        return submitter.submit(key, transfer, SubmitOptions.defaults().withMetadata(metadata));
      }

      @Override
      public Optional<TransferStatus> status(IdempotencyKey key) {
        return submitter.status(key);
      }

      @Override
      public CompletableFuture<TransferStatus> whenFinal(IdempotencyKey key) {
        return submitter.whenFinal(key);
      }
    };
  }
}
