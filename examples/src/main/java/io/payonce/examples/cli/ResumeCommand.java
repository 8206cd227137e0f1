package io.payonce.examples.cli;

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
      "Compares a frozen or paused wallet with the chain, shows what the journal does not know,",
      "and after a yes books that as foreign and lets the wallet work again."
    })
final class ResumeCommand extends WriterCommand {
  ResumeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(TransferStore store, LaneId lane) {
    if (store.lane(lane).isEmpty()) {
      throw Refusal.badInput(
          "wallet "
              + lane.address().checksummed()
              + " is not in this journal; check --journal and the wallet");
    }
  }

  @Override
  int ask(Engine engine, Report report) {
    NonceManager nonces = engine.submitter().nonces();
    LaneId lane = engine.lane();
    if (!await(() -> nonces.lane(lane).state() != LaneStatus.State.REGISTERING)) {
      throw Refusal.runAgain("the wallet's lane was not loaded within --timeout; run again");
    }
    report.audit(answer(nonces.auditAgainstChain(lane)));
    if (nonces.lane(lane).state() == LaneStatus.State.ACTIVE) {
      report.lane(nonces.lane(lane));
      say("the wallet is active; nothing to resume");
      return ExitCode.OK;
    }
    report.lane(nonces.lane(lane));
    confirm("Book what is unknown as foreign, and resume?");
    try {
      report.lane(answer(nonces.resume(lane, actor(), reason())));
    } catch (IllegalStateException pending) {
      throw Refusal.runAgain(pending.getMessage() + "; then run again");
    }
    say("the wallet works again; run the payout to go on");
    return ExitCode.OK;
  }
}
