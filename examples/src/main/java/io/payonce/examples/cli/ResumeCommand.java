package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.NonceManager;
import io.payonce.store.TransferStore;
import picocli.CommandLine.Command;

/** Lets a frozen or paused wallet work again. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = {
      "Compares each frozen or paused wallet with the chain, shows what the journal does not know,",
      "and after a yes books that as foreign and lets the wallet work again."
    })
final class ResumeCommand extends WriterCommand {
  ResumeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(TransferStore store, Wallets wallets, ChainId chain) {
    wallets.lanes(chain).forEach(lane -> FillCommand.requireLane(store, lane));
  }

  @Override
  int ask(Engine engine, Report report) {
    NonceManager nonces = engine.submitter().nonces();
    engine.lanes().forEach(lane -> resume(nonces, lane, report));
    return ExitCode.OK;
  }

  private void resume(NonceManager nonces, LaneId lane, Report report) {
    if (!await(() -> nonces.lane(lane).state() != LaneStatus.State.REGISTERING)) {
      throw Refusal.runAgain("the wallet's lane was not loaded within --timeout; run again");
    }
    say("wallet   " + lane.address().checksummed());
    report.audit(answer(nonces.auditAgainstChain(lane)));
    report.lane(nonces.lane(lane));
    if (nonces.lane(lane).state() == LaneStatus.State.ACTIVE) {
      say("the wallet is active; nothing to resume");
      return;
    }
    confirm("Book what is unknown as foreign, and resume?");
    try {
      report.lane(answer(nonces.resume(lane, actor(), reason())));
    } catch (IllegalStateException pending) {
      throw Refusal.runAgain(pending.getMessage() + "; then run again");
    }
    say("the wallet works again; run the payout to go on");
  }
}
