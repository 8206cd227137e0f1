package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Asset;
import io.payonce.IdempotencyKey;
import io.payonce.Wei;
import io.payonce.nonce.LaneAudit;
import io.payonce.nonce.LaneStatus;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.submit.TransferStatus;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Tells a person on standard error, and with {@code --json} a program on standard output. */
final class Report {
  private final Terminal terminal;
  private final boolean json;
  private String lastProgress = "";
  private String lastTrouble = "";

  Report(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  /** What is about to be paid and what it may cost. */
  void plan(PayoutPlan plan, Network network, Engine.Limits limits, String wallet) {
    Wei maxFee = limits.fees().maxFeePerPayment();
    String coin = network.profile().coin();
    terminal.say(
        "chain    "
            + network.chain()
            + " ("
            + network.profile().name()
            + "), final: "
            + network.profile().finality());
    terminal.say("wallet   " + wallet);
    plan.totals()
        .forEach(
            (asset, units) ->
                terminal.say(
                    "total    "
                        + plan.wholeUnits(asset, units)
                        + " "
                        + (asset instanceof Asset.Native ? coin : asset)));
    long ended = plan.payments().stream().filter(PayoutPlan.Payment::isEnded).count();
    long known = plan.payments().stream().filter(p -> p.known().isPresent()).count();
    terminal.say(
        "rows     "
            + plan.payments().size()
            + ", "
            + known
            + " of them known to the journal, "
            + ended
            + " ended");
    terminal.say(
        "fees     at most "
            + maxFee.toCoins()
            + " "
            + coin
            + " a payment, "
            + limits.fees().maxFeePerHour().toCoins()
            + " "
            + coin
            + " an hour");
    if (json) {
      var event = JsonEvents.event("plan").put("chain", network.chain().value());
      event.put("wallet", wallet).put("rows", plan.payments().size());
      event.put("known", known).put("ended", ended);
      var totals = event.putObject("totals");
      plan.totals()
          .forEach((asset, units) -> totals.put(asset.toString(), plan.wholeUnits(asset, units)));
      event.put("maxFeePerPaymentWei", maxFee.value().toString());
      event.put("maxFeePerHourWei", limits.fees().maxFeePerHour().value().toString());
      print(event);
    }
  }

  /** A row stands somewhere else than before. */
  void row(TransferStatus status) {
    if (json) {
      print(JsonEvents.status("row", status));
    }
    TransferState state = status.state();
    boolean worthALine =
        state.isUnpaid()
            || state == TransferState.HELD
            || state == TransferState.QUARANTINED
            || state == TransferState.CANCELLING
            || state == TransferState.REVERTED;
    if (worthALine) {
      terminal.say(
          status.key()
              + "  "
              + state
              + (status.code().isEmpty()
                  ? ""
                  : "  " + status.code() + ": " + Failures.withoutUrls(status.reason())));
    }
  }

  void sent(IdempotencyKey key, BroadcastEvidence evidence) {
    if (json) {
      print(JsonEvents.sent(key.toString(), evidence));
    }
  }

  void lane(LaneStatus lane) {
    if (json) {
      print(JsonEvents.lane(lane));
    }
    if (lane.state() != LaneStatus.State.ACTIVE) {
      terminal.say("wallet is " + lane.state() + ": " + lane.incident());
    }
  }

  /** The engine goes on trying; the same words again are not repeated. */
  void trouble(String what) {
    String text = Failures.withoutUrls(what);
    if (text.equals(lastTrouble)) {
      return;
    }
    lastTrouble = text;
    terminal.say("warning: " + text);
    if (json) {
      print(JsonEvents.event("trouble").put("text", text));
    }
  }

  /** One line whenever the counts have changed. */
  void progress(Collection<TransferState> states) {
    Map<TransferState, Integer> counts = new TreeMap<>();
    states.forEach(state -> counts.merge(state, 1, Integer::sum));
    String line = counts.toString();
    if (!line.equals(lastProgress)) {
      lastProgress = line;
      terminal.say("rows " + line.substring(1, line.length() - 1).replace('=', ' '));
    }
  }

  /** The end: a line for each row, or with {@code --json} the summary alone. */
  void summary(Summary summary, Collection<TransferStatus> rows) {
    terminal.say(summary.toString());
    if (json) {
      print(JsonEvents.summary(summary));
      return;
    }
    for (TransferStatus row : rows) {
      terminal
          .out()
          .println(
              row.key()
                  + "  "
                  + row.state()
                  + row.winner()
                      .map(w -> "  " + w.hash() + "  block " + w.block().number())
                      .orElse(row.code().isEmpty() ? "" : "  " + row.code()));
    }
  }

  /** The last word on one payment. */
  void result(TransferStatus status) {
    if (json) {
      print(JsonEvents.status("status", status));
    } else {
      StatusText.lines(status).forEach(terminal.out()::println);
    }
  }

  /** Who has a nonce. */
  void slot(StoredSlot slot) {
    if (json) {
      print(JsonEvents.slot(slot));
    }
    terminal.say(
        "nonce    "
            + slot.id().nonce()
            + " is "
            + slot.state()
            + slot.consumption().map(c -> " by " + c.by() + " " + c.hash()).orElse(""));
  }

  /** A lane compared with the chain. */
  void audit(LaneAudit audit) {
    if (json) {
      print(JsonEvents.audit(audit));
    }
    terminal.say(
        "audit    journal's next nonce "
            + audit.nextNonce()
            + ", chain "
            + audit.countAtHead()
            + ", pools "
            + audit.pendingClaim());
    audit.unknown().forEach(hash -> terminal.say("unknown  " + hash));
  }

  private void print(JsonNode event) {
    terminal.out().println(event);
  }
}
