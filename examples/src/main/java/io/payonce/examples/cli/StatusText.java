package io.payonce.examples.cli;

import io.payonce.TransactionHash;
import io.payonce.submit.TransferStatus;
import java.util.ArrayList;
import java.util.List;

/** A payment's status for people; amounts in smallest units, since no node is asked. */
final class StatusText {
  private StatusText() {}

  static List<String> lines(TransferStatus status) {
    List<String> lines = new ArrayList<>();
    lines.add("key       " + status.key());
    lines.add("state     " + status.state() + " since " + status.updatedAt());
    lines.add(
        "verdict   "
            + JsonEvents.verdict(status.verdict())
            + (status.verdict().safeToRefund() ? ", safe to refund" : ", do not pay it again"));
    if (!status.code().isEmpty()) {
      lines.add("why       " + status.code() + ": " + Failures.withoutUrls(status.reason()));
    }
    lines.add(
        "pays      "
            + status.transfer().amount().units()
            + " units of "
            + status.transfer().amount().asset()
            + " on chain "
            + status.transfer().chain());
    lines.add("from      " + status.lane().address());
    lines.add("to        " + status.transfer().to());
    status.nonce().ifPresent(nonce -> lines.add("nonce     " + nonce));
    for (TransactionHash hash : status.hashes()) {
      lines.add("signed    " + hash);
    }
    status
        .winner()
        .ifPresent(
            winner ->
                lines.add(
                    "included  "
                        + winner.hash()
                        + " in block "
                        + winner.block()
                        + " at "
                        + winner.blockTime()
                        + ", fee "
                        + winner.fee().toCoins()));
    return lines;
  }

  /** One line for a list. */
  static String line(TransferStatus status) {
    return status.key()
        + "  "
        + status.state()
        + (status.code().isEmpty() ? "" : " " + status.code())
        + "  "
        + status.transfer().amount().units()
        + " "
        + status.transfer().amount().asset()
        + "  to "
        + status.transfer().to()
        + status.winner().map(winner -> "  " + winner.hash()).orElse("");
  }
}
