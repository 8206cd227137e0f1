package io.payonce.examples.cli;

import io.payonce.routing.EndpointHealth;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.HeadEvent;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** A line per event and a table now and then, for files and pipes. */
final class WatchLines implements WatchView {
  private static final String NONE = "-";

  private final PrintStream out;

  WatchLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void tell(HeadEvent event) {
    out.println(line(event));
  }

  @Override
  public void show(RpcPool pool) {
    table(pool).forEach(out::println);
  }

  static String line(HeadEvent event) {
    if (event instanceof HeadEvent.NewHead head) {
      String alone = head.singleSource() ? " told by one operator alone" : "";
      return "head " + head.header().number() + " " + head.header().hash().value() + alone;
    }
    if (event instanceof HeadEvent.Reorg reorg) {
      return "reorg of " + reorg.depth() + " blocks, back to " + reorg.commonAncestor();
    }
    if (event instanceof HeadEvent.FinalityAdvanced advanced) {
      return "final " + advanced.block();
    }
    if (event instanceof HeadEvent.Stalled stalled) {
      return "stalled: " + stalled.why().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
    List<String> pushing = ((HeadEvent.SourceChanged) event).endpoints();
    return pushing.isEmpty() ? "polling for heads" : "heads pushed by " + pushing;
  }

  /** How each endpoint stands, and the alarm. */
  static List<String> table(RpcPool pool) {
    TextTable table =
        new TextTable(
            "ENDPOINT",
            "OPERATOR",
            "STATE",
            "HEAD",
            "LAG",
            "LATENCY MS",
            "IN FLIGHT",
            "DISSENTS",
            "NOTE");
    List<EndpointHealth> all = pool.health();
    OptionalLong highest =
        all.stream()
            .filter(health -> health.head().isPresent())
            .mapToLong(health -> health.head().getAsLong())
            .max();
    for (EndpointHealth health : all) {
      boolean told = health.head().isPresent();
      table.row(
          health.name(),
          health.operator().id(),
          health.state()
              + (health.behind() ? " behind" : "")
              + (health.inconsistency().isEmpty() ? "" : " inconsistent"),
          told ? Long.toString(health.head().getAsLong()) : NONE,
          told ? Long.toString(highest.orElseThrow() - health.head().getAsLong()) : NONE,
          String.format(Locale.ROOT, "%.1f", health.latency().toNanos() / 1e6),
          Integer.toString(health.inFlight()),
          Long.toString(health.dissents()),
          note(health));
    }
    List<String> lines = new ArrayList<>(table.lines());
    pool.alarm().ifPresent(alarm -> lines.add("ALARM: left: " + alarm.gone()));
    return lines;
  }

  private static String note(EndpointHealth health) {
    String throttled =
        health.throttledFor().isZero()
            ? ""
            : "throttled for " + health.throttledFor().toSeconds() + " s; ";
    String verified = health.verified() ? "" : "chain id not proven; ";
    String mixed =
        health.inconsistency().isEmpty() ? "" : "several nodes: " + health.inconsistency() + "; ";
    return throttled + verified + mixed + health.reason();
  }
}
