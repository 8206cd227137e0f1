package io.payonce.examples.cli;

import io.payonce.ChainId;
import io.payonce.LaneId;
import io.payonce.nonce.LaneStatus;
import io.payonce.nonce.NonceManager;
import io.payonce.nonce.PauseMode;
import io.payonce.store.TransferStore;
import io.payonce.submit.SubmitterBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lets a frozen or paused wallet work again. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = {
      "Compares each frozen or paused wallet with the chain, shows what the journal does not know,",
      "and after a yes books that as foreign and lets the wallet work again."
    })
final class ResumeCommand extends WriterCommand {
  @Option(
      names = "--restored",
      description = {
        "The journal is a backup that was put back: each wallet is frozen first, whether the chain",
        "shows more than the journal or not. Without a yes it stays frozen, for what the runbook",
        "of the journal has to be done before."
      })
  private boolean restored;

  @Option(
      names = "--paused",
      description = {
        "Into a pause: no payment gets a nonce before the next resume, so that those which must",
        "not be paid can be cancelled."
      })
  private boolean paused;

  ResumeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check(TransferStore store, Wallets wallets, ChainId chain) {
    wallets.lanes(chain).forEach(lane -> FillCommand.requireLane(store, lane));
  }

  @Override
  void prepare(SubmitterBuilder builder) {
    if (restored) {
      var unused = builder.restored(actor(), reason());
    }
  }

  @Override
  int ask(Engine engine, Report report) {
    NonceManager nonces = engine.submitter().nonces();
    engine.lanes().forEach(lane -> resume(nonces, lane, report));
    return ExitCode.OK;
  }

  private void resume(NonceManager nonces, LaneId lane, Report report) {
    if (!await(() -> isLoaded(nonces.lane(lane).state()))) {
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
      report.lane(
          answer(
              paused
                  ? nonces.resumePaused(lane, PauseMode.BINDING, actor(), reason())
                  : nonces.resume(lane, actor(), reason())));
    } catch (IllegalStateException pending) {
      throw Refusal.runAgain(pending.getMessage() + "; then run again");
    }
    say(
        paused
            ? "the wallet is paused; cancel what must not be paid, then resume it again"
            : "the wallet works again; run the payout to go on");
  }

  private boolean isLoaded(LaneStatus.State state) {
    return restored ? state == LaneStatus.State.FROZEN : state != LaneStatus.State.REGISTERING;
  }
}
