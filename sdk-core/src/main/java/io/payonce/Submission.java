package io.payonce;

/** One payment under its key, as a host hands it in. */
public record Submission(IdempotencyKey key, Transfer transfer, SubmitOptions options) {
  public Submission(IdempotencyKey key, Transfer transfer) {
    this(key, transfer, SubmitOptions.defaults());
  }
}
