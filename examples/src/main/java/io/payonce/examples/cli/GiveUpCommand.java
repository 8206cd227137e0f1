package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.store.StoredTransfer;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.GiveUpResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Closes what a person has decided not to wait for. */
@Command(
    name = "giveup",
    mixinStandardHelpOptions = true,
    description = {
      "Ends a payment that is HELD, or QUARANTINED(FOREIGN_USE): a person confirms that a foreign",
      "transaction took its nonce for good. Exit codes: 0 not paid and safe to refund; 3 not yet."
    })
final class GiveUpCommand extends WriterCommand {
  @Parameters(paramLabel = "KEY")
  private String key;

  GiveUpCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(TransferStore store, Wallets wallets, ChainId chain) {
    StoredTransfer found = find(store, key, wallets, chain);
    TransferState state = found.state();
    if (state != TransferState.HELD && state != TransferState.QUARANTINED) {
      throw Refusal.badInput(
          "key '"
              + key
              + "' is "
              + state
              + "; only a payment that is HELD or QUARANTINED is given"
              + " up");
    }
    confirm("Give " + key + " up?");
  }

  @Override
  int ask(Engine engine, Report report) {
    IdempotencyKey asked = IdempotencyKey.of(key);
    GiveUpResult result =
        askUntil(
            () -> engine.submitter().giveUp(asked, actor(), reason()),
            answer -> !(answer instanceof GiveUpResult.NotYet));
    if (result instanceof GiveUpResult.NotYet notYet) {
      throw Refusal.runAgain("not given up: " + notYet.reason());
    }
    report.result(engine.submitter().status(asked).orElseThrow());
    return ExitCode.OK;
  }
}
