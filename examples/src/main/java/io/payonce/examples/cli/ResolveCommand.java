package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.TransactionHash;
import io.payonce.store.TransferStore;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.TransferStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a payment out of quarantine, or from behind a payment that may have been it. */
@Command(
    name = "resolve",
    mixinStandardHelpOptions = true,
    description = {
      "Takes a payment out of QUARANTINED, or out of HELD(POSSIBLE_DUPLICATE), by a person's word",
      "and the evidence that belongs to it. Exit codes: 0 done; 3 the evidence is missing."
    })
final class ResolveCommand extends WriterCommand {
  /** What the person says. */
  enum How {
    /** PAYMENT_UNPROVEN: the payee has the money. */
    PAYMENT_CONFIRMED,
    /** PAYMENT_UNPROVEN: the payee has nothing, and no log says otherwise. */
    NOT_PAID,
    /** POSSIBLE_DUPLICATE: the transaction on the chain is this payment. */
    PAID_BY_ORPHAN,
    /** POSSIBLE_DUPLICATE: this is another payment. */
    NOT_A_DUPLICATE,
    /** A contradiction is over: what the final block shows is the end. */
    AS_FINAL
  }

  @Parameters(paramLabel = "KEY")
  private String key;

  @Option(
      names = "--as",
      required = true,
      paramLabel = "HOW",
      description = "${COMPLETION-CANDIDATES}")
  private How how;

  @Option(
      names = "--tx",
      paramLabel = "HASH",
      description = "The transaction meant; needed by all but NOT_A_DUPLICATE and AS_FINAL.")
  private String transaction = "";

  ResolveCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(TransferStore store, Wallets wallets, ChainId chain) {
    var unused = find(store, key, wallets, chain);
    Resolution checked = resolution();
    confirm("Resolve " + key + " as " + checked + "?");
  }

  @Override
  int ask(Engine engine, Report report) {
    IdempotencyKey asked = IdempotencyKey.of(key);
    ResolveResult result =
        askUntil(
            () -> engine.submitter().resolve(asked, resolution(), actor()),
            answer -> !(answer instanceof ResolveResult.NotYet));
    if (result instanceof ResolveResult.NotYet notYet) {
      throw Refusal.runAgain("not resolved: " + notYet.reason());
    }
    TransferStatus end = engine.submitter().status(asked).orElseThrow();
    report.result(end);
    say(
        result instanceof ResolveResult.Resumed
            ? "it goes on to be paid; run the payout to go on"
            : "it ended as " + end.state());
    return ExitCode.OK;
  }

  private Resolution resolution() {
    return switch (how) {
      case PAYMENT_CONFIRMED -> new Resolution.PaymentConfirmed(hash(), reason());
      case NOT_PAID -> new Resolution.NotPaid(hash(), reason());
      case PAID_BY_ORPHAN -> new Resolution.PaidByOrphan(hash(), reason());
      case NOT_A_DUPLICATE -> new Resolution.NotADuplicate(reason());
      case AS_FINAL -> new Resolution.AsFinal(reason());
    };
  }

  private TransactionHash hash() {
    try {
      return TransactionHash.of(transaction);
    } catch (IllegalArgumentException wrong) {
      throw Refusal.badInput("--tx is needed for " + how + ": " + wrong.getMessage());
    }
  }
}
