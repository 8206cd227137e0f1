package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.store.TransferState;
import io.payonce.store.TransferStore;
import io.payonce.submit.CancelResult;
import io.payonce.submit.TransferStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Stops a payment, if it can still be stopped. */
@Command(
    name = "cancel",
    mixinStandardHelpOptions = true,
    description = {
      "Stops a payment that has no nonce yet, or lets a cancel race for its nonce and waits for",
      "the final block. Exit codes: 0 not paid and safe to refund; 1 too late; 3 undecided."
    })
final class CancelCommand extends WriterCommand {
  @Parameters(paramLabel = "KEY")
  private String key;

  CancelCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(TransferStore store, Wallets wallets, ChainId chain) {
    find(store, key, wallets, chain);
    confirm("Cancel " + key + "?");
  }

  @Override
  int ask(Engine engine, Report report) {
    IdempotencyKey asked = IdempotencyKey.of(key);
    CancelResult result =
        askUntil(
            () -> engine.submitter().cancel(asked, actor(), reason()),
            answer -> !(answer instanceof CancelResult.NotNow));
    if (result instanceof CancelResult.NotNow notNow) {
      throw Refusal.runAgain("no cancel yet: " + notNow.reason() + "; run again");
    }
    if (result instanceof CancelResult.Racing) {
      say("a cancel races for the nonce; waiting for the final block");
      await(() -> isEnd(status(engine, asked).state()));
    }
    TransferStatus end = status(engine, asked);
    report.result(end);
    if (end.verdict().safeToRefund()) {
      return ExitCode.OK;
    }
    boolean tooLate = result instanceof CancelResult.TooLate || isEnd(end.state());
    return tooLate ? ExitCode.NOT_ALL_PAID : ExitCode.RUN_AGAIN;
  }

  private static TransferStatus status(Engine engine, IdempotencyKey key) {
    return engine.submitter().status(key).orElseThrow();
  }

  private static boolean isEnd(TransferState state) {
    return state.isTerminal() || state == TransferState.QUARANTINED;
  }
}
