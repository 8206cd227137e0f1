package io.payonce.examples.cli;

import io.payonce.ChainProfileException;
import io.payonce.routing.InvalidRoutingConfig;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.signing.software.KeystoreException;
import io.payonce.store.JournalInUseException;
import io.payonce.store.JournalUnusableException;
import io.payonce.store.StoreUnavailableException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;

/** Every failure as one line with cause and remedy, and as an exit code. */
final class Failures {
  private Failures() {}

  static int report(Terminal terminal, Exception failure) {
    Refusal refusal = refusal(failure);
    refusal.text().lines().forEach(line -> terminal.say("payonce: " + line));
    return refusal.exitCode();
  }

  private static Refusal refusal(Throwable failure) {
    String message = withoutSecrets(String.valueOf(failure.getMessage()));
    if (failure instanceof Refusal refusal) {
      return refusal;
    }
    if (failure instanceof CompletionException && failure.getCause() != null) {
      return refusal(failure.getCause());
    }
    if (failure instanceof InvalidRoutingConfig invalid) {
      return Refusal.badInput(
          "--rpc or --endpoints: "
              + String.join("; ", invalid.problems().stream().map(Object::toString).toList()));
    }
    if (failure instanceof JournalInUseException) {
      return Refusal.runAgain(message + "; nothing was done, run again when it has ended");
    }
    if (failure instanceof JournalUnusableException
        && failure.getCause() instanceof StoreUnavailableException) {
      return Refusal.runAgain(message + "; nothing was done, run again");
    }
    if (failure instanceof StoreUnavailableException) {
      return Refusal.runAgain("journal: " + message + "; nothing is lost, run again");
    }
    if (failure instanceof RpcUnavailableException) {
      return Refusal.runAgain("endpoints: " + message + "; nothing is lost, run again");
    }
    if (failure instanceof KeystoreException
        || failure instanceof JournalUnusableException
        || failure instanceof ChainProfileException
        || failure instanceof UncheckedIOException
        || failure instanceof IllegalArgumentException) {
      return Refusal.badInput(message);
    }
    return Refusal.runAgain(
        "internal error, "
            + failure.getClass().getSimpleName()
            + ": "
            + message
            + "; what was accepted is in the journal, run again");
  }

  /** Without whatever looks like a URL, wherever it came from. */
  static String withoutUrls(String text) {
    return text.replaceAll("(?i)\\b(https?|wss?)://[^\\s,;'\"]+", "***");
  }

  /** The same without whatever looks like a key; it hides hashes too. */
  static String withoutSecrets(String text) {
    return withoutUrls(text).replaceAll("\\b(0x)?[0-9a-fA-F]{64}\\b", "***");
  }
}
