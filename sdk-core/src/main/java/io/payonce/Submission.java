package io.payonce;

import org.jspecify.annotations.Nullable;

/**
 * One payment under its key, as a host hands it in. {@link IllegalArgumentException} names what is
 * missing.
 */
public record Submission(IdempotencyKey key, Transfer transfer, SubmitOptions options) {
  public Submission {
    present("key", key);
    present("transfer", transfer);
    present("options", options);
  }

  public Submission(IdempotencyKey key, Transfer transfer) {
    this(key, transfer, SubmitOptions.defaults());
  }

  /** Whoever calls may be compiled without a check of nulls, and hears here what it forgot. */
  private static void present(String field, @Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " null must be given");
    }
  }
}
