package io.payonce.examples.cli;

import io.payonce.ChainProfile;
import io.payonce.Finality;
import io.payonce.Wei;
import io.payonce.fee.FeePolicy;
import io.payonce.submit.SubmissionSettings;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Limits and pace of a command that writes. */
final class PaymentOptions {
  @Option(
      names = "--max-fee",
      paramLabel = "AMOUNT",
      defaultValue = "0.01",
      description =
          "The most that one payment may cost in fees, in whole native coins: ${DEFAULT-VALUE}.")
  private String maxFee = "0.01";

  @Option(
      names = "--finality",
      paramLabel = "N|safe|finalized",
      description = "When a block counts as final; the chain's own rule by default.")
  private @Nullable String finality;

  @Option(
      names = "--max-in-flight",
      paramLabel = "N",
      defaultValue = "16",
      description = "Open transactions at once, 1 to 1000; ${DEFAULT-VALUE} is what pools keep.")
  private int maxInFlight = 16;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      defaultValue = "1h",
      description =
          "Ends the command, not the payments: 90s, 10m, 2h; ${DEFAULT-VALUE} by default.")
  private String timeout = "1h";

  @Option(names = "--yes", description = "Does not ask.")
  private boolean yes;

  @Option(names = "--json", description = "One JSON object per event on standard output.")
  private boolean json;

  Wei maxFee() {
    return named(
        "--max-fee",
        () -> {
          Wei fee = Wei.ofCoins(maxFee);
          return FeePolicy.of(fee, fee).maxFeePerPayment(); // as the policy demands it
        });
  }

  Optional<Finality> finality() {
    return Optional.ofNullable(finality)
        .map(text -> named("--finality", () -> Finality.parse(text)));
  }

  Duration timeout() {
    return named("--timeout", () -> Durations.parse(timeout));
  }

  boolean yes() {
    return yes;
  }

  boolean json() {
    return json;
  }

  /** The usual pace of the chain. */
  SubmissionSettings settings(ChainProfile profile) {
    SubmissionSettings usual = SubmissionSettings.forBlockTime(profile.blockTime());
    return named("--max-in-flight", () -> usual.withMaxInFlight(maxInFlight));
  }

  private interface Parse<T> {
    T value();
  }

  private static <T> T named(String option, Parse<T> parse) {
    try {
      return parse.value();
    } catch (IllegalArgumentException bad) {
      throw Refusal.badInput(option + ": " + bad.getMessage());
    }
  }
}
