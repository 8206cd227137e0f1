package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Ticker;
import io.payonce.routing.Endpoint;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What endpoints are and can, each asked by itself: before a pool is told to use them. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Asks each endpoint some thirty questions and shows chain, head, lag, finality, latency,",
      "abilities, certificate, rate limit, client, and whether all have the same block.",
      "URLs may begin with https, http, wss or ws. Takes 25 seconds at most.",
      "Exit code 0 when all answer, serve one chain and agree; 1 otherwise."
    })
final class RpcCheckCommand implements Callable<Integer> {
  private static final int CERTIFICATE_WARNING_DAYS = 21;
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);
  private static final String NONE = "-";

  private final Terminal terminal;

  @Mixin private RpcOptions rpc = new RpcOptions();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "How long one answer may take; default ${DEFAULT-VALUE}, at most 5s.")
  private String timeout = "5s";

  @Option(names = "--json", description = "One JSON object per endpoint.")
  private boolean json;

  RpcCheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<Endpoint> endpoints = rpc.endpoints();
    Network.check(rpc, endpoints);
    Duration longest = Durations.option("--timeout", timeout);
    if (longest.compareTo(LONGEST_ANSWER) > 0) {
      throw Refusal.badInput("--timeout: " + timeout + " is longer than 5s");
    }
    List<EndpointProbe> probes = new ArrayList<>();
    endpoints.forEach(e -> probes.add(new EndpointProbe(e, Ticker.system(), longest)));
    ExecutorService threads = Executors.newFixedThreadPool(endpoints.size());
    try {
      List<CompletableFuture<EndpointReport>> asked = new ArrayList<>();
      probes.forEach(
          p -> asked.add(CompletableFuture.supplyAsync(() -> EndpointReport.of(p), threads)));
      List<EndpointReport> reports = asked.stream().map(CompletableFuture::join).toList();
      Map<String, String> agreement = agreement(probes, reports);
      print(reports, agreement);
      return exit(reports, agreement);
    } finally {
      threads.shutdownNow();
      probes.forEach(EndpointProbe::close);
    }
  }

  /** By endpoint: whether it has the block that most have, at a height that all have. */
  private static Map<String, String> agreement(
      List<EndpointProbe> probes, List<EndpointReport> reports) {
    OptionalLong common =
        reports.stream()
            .filter(r -> r.head().isPresent())
            .mapToLong(r -> r.head().getAsLong())
            .min();
    Map<String, String> hashes = new LinkedHashMap<>();
    for (int i = 0; i < probes.size() && common.isPresent(); i++) {
      if (reports.get(i).head().isPresent()) {
        String height = "0x" + Long.toHexString(common.getAsLong());
        JsonNode block = probes.get(i).ask("eth_getBlockByNumber", height, false).result();
        hashes.put(reports.get(i).name(), block.path("hash").asText("none"));
      }
    }
    Map<String, String> agreement = new LinkedHashMap<>();
    for (EndpointReport report : reports) {
      String mine = hashes.get(report.name());
      long alike = hashes.values().stream().filter(hash -> hash.equals(mine)).count();
      agreement.put(
          report.name(), mine == null ? NONE : 2 * alike > hashes.size() ? "agrees" : "differs");
    }
    return agreement;
  }

  private static OptionalLong highest(List<EndpointReport> reports) {
    return reports.stream()
        .filter(report -> report.head().isPresent())
        .mapToLong(report -> report.head().getAsLong())
        .max();
  }

  private void print(List<EndpointReport> reports, Map<String, String> agreement) {
    Instant now = Clock.systemUTC().instant();
    OptionalLong highest = highest(reports);
    if (json) {
      reports.forEach(
          report ->
              terminal
                  .out()
                  .println(report.json(now, highest, agreement.getOrDefault(report.name(), NONE))));
      return;
    }
    TextTable table =
        new TextTable(
            "ENDPOINT",
            "OPERATOR",
            "CHAIN",
            "HEAD",
            "LAG",
            "FINALIZED",
            "P50 MS",
            "P95 MS",
            "MAX MS",
            "CERT DAYS",
            "LIMIT",
            "BLOCK",
            "CLIENT");
    for (EndpointReport report : reports) {
      table.row(
          report.name(),
          report.operator(),
          text(report.chain()),
          report.syncing() ? text(report.head()) + " syncing" : text(report.head()),
          report.head().isPresent()
              ? Long.toString(highest.orElseThrow() - report.head().getAsLong())
              : NONE,
          text(report.finalized()),
          millis(report, 50),
          millis(report, 95),
          millis(report, 100),
          text(report.certificateDays(now)),
          report.limited().orElse("none seen"),
          agreement.getOrDefault(report.name(), NONE),
          report.failure().map(why -> "no answer: " + why).orElse(report.client()));
    }
    table.print(terminal.out());
    for (EndpointReport report : reports) {
      if (report.failure().isEmpty()) {
        terminal.out().println(abilities(report));
      }
      report.certificateDays(now).ifPresent(days -> warn(report, days));
      if (report.isInconsistent()) {
        terminal.say(
            "warning: "
                + report.name()
                + " is several nodes that do not have the same blocks: its newest block went back "
                + report.falls()
                + " times");
      }
    }
  }

  private static String abilities(EndpointReport report) {
    String cannot = report.cannot().isEmpty() ? "" : "; not " + String.join(", ", report.cannot());
    return report.name() + " answers " + String.join(", ", report.can()) + cannot;
  }

  private void warn(EndpointReport report, long days) {
    if (days < 0) {
      terminal.say("warning: the certificate of " + report.name() + " has ended");
    } else if (days < CERTIFICATE_WARNING_DAYS) {
      terminal.say("warning: the certificate of " + report.name() + " ends in " + days + " days");
    }
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : NONE;
  }

  private static String millis(EndpointReport report, int percent) {
    return report
        .latency(percent)
        .map(latency -> String.format(Locale.ROOT, "%.1f", latency.toNanos() / 1e6))
        .orElse(NONE);
  }

  private static int exit(List<EndpointReport> reports, Map<String, String> agreement) {
    TreeSet<Long> chains = new TreeSet<>();
    reports.forEach(report -> report.chain().ifPresent(chains::add));
    boolean allWell =
        chains.size() == 1
            && reports.stream().allMatch(report -> report.failure().isEmpty())
            && agreement.values().stream().allMatch("agrees"::equals);
    return allWell ? ExitCode.OK : ExitCode.NOT_ALL_PAID;
  }
}
