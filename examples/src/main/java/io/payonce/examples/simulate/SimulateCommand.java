package io.payonce.examples.simulate;

import io.payonce.store.TransferState;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code payonce simulate}: many seeds of random faults, every invariant checked at each step. */
@Command(
    name = "simulate",
    description = "Pays through random faults in virtual time and checks every invariant.",
    mixinStandardHelpOptions = true)
public final class SimulateCommand implements Callable<Integer> {
  private static final int MAX_SEEDS = 100_000_000;

  /** Failing seeds that are shrunk and shown. */
  private static final int EXPLAINED = 3;

  private static final int SHRINK_RUNS = 200;

  @Option(names = "--seeds", paramLabel = "N", defaultValue = "100", description = "how many seeds")
  private int seeds;

  @Option(
      names = "--from-seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "the first seed")
  private long fromSeed;

  @Option(
      names = "--instances",
      paramLabel = "N",
      description = "instances on one journal, 1 to 3; any of them by the seed when not given")
  private @Nullable Integer instances;

  @Option(names = "--json", description = "one JSON object instead of text")
  private boolean json;

  private final PrintStream out;
  private final PrintStream err;

  public SimulateCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** The faults are the point here: nobody needs a line of log for each of them. */
  static void silenceLogs() {
    for (String logger :
        List.of(
            "io.payonce", "io.payonce.routing.RpcPool", "io.payonce.submit.internal.LaneRunner")) {
      System.setProperty("org.slf4j.simpleLogger.log." + logger, "off");
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    if (seeds < 1 || seeds > MAX_SEEDS) {
      err.println("payonce: --seeds " + seeds + " must be 1 to " + MAX_SEEDS);
      return 2;
    }
    if (instances != null && (instances < 1 || instances > 3)) {
      err.println("payonce: --instances " + instances + " must be 1 to 3");
      return 2;
    }
    silenceLogs();
    Totals totals = new Totals();
    long started = System.nanoTime();
    ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<SeedResult>> running = new ArrayList<>();
      for (int i = 0; i < seeds; i++) {
        long mine = fromSeed + i; // after the largest comes the smallest
        running.add(workers.submit(() -> Simulation.run(mine, crowd(mine), Seams::none)));
        if (running.size() >= 256) { // bounded memory, and results in the order of seeds
          totals.add(running.remove(0).get());
        }
      }
      for (Future<SeedResult> result : running) {
        totals.add(result.get());
      }
    } catch (ExecutionException defect) {
      throw new IllegalStateException("the simulator failed itself", defect.getCause());
    } finally {
      workers.shutdownNow();
    }
    for (SeedResult broken :
        totals.violations.subList(0, Math.min(EXPLAINED, totals.violations.size()))) {
      explain(broken, json ? err : out);
    }
    totals.print(out, json, fromSeed, seeds, (System.nanoTime() - started) / 1e9);
    return totals.violations.isEmpty() ? 0 : 1;
  }

  /** The fewest faults that break it, the last steps with these alone, and how to see it again. */
  private void explain(SeedResult broken, PrintStream to) {
    long seed = broken.seed();
    Simulation.Crowd crowd = crowd(seed);
    to.println("seed " + seed + " breaks: " + broken.violation().orElseThrow());
    List<String> few =
        Shrinker.shrink(
            wanted -> Simulation.run(seed, crowd, Seams::none, wanted, false), broken, SHRINK_RUNS);
    SeedResult shown = Simulation.run(seed, crowd, Seams::none, new HashSet<>(few)::contains, true);
    to.println(
        "with "
            + few.size()
            + " of its "
            + broken.happened().size()
            + " faults, at step "
            + shown.events()
            + ": "
            + shown.violation().orElse("nothing"));
    few.forEach(fault -> to.println("  fault " + fault));
    shown.trace().forEach(line -> to.println("  " + line));
    to.println(
        "replay: simulate --seeds 1 --from-seed "
            + seed
            + (instances == null ? "" : " --instances " + instances));
  }

  private Simulation.Crowd crowd(long seed) {
    return instances == null ? Simulation.Crowd.of(seed) : Simulation.Crowd.of(seed, instances);
  }

  /** Sums over seeds, added in the order of seeds. */
  private static final class Totals {
    private final Map<String, Long> faults = new TreeMap<>();
    private final Map<String, Long> ends = new TreeMap<>();
    private final Map<String, Map<TransferState, Long>> met = new TreeMap<>();
    private final List<SeedResult> violations = new ArrayList<>();
    private long payments;
    private long events;
    private long checks;
    private long hash = 7;

    void add(SeedResult result) {
      payments += result.payments();
      events += result.events();
      checks += result.checks();
      hash = hash * 31 + result.hash();
      result.faults().forEach((name, count) -> faults.merge(name, count, Long::sum));
      result
          .met()
          .forEach(
              (name, states) -> {
                Map<TransferState, Long> sums =
                    met.computeIfAbsent(name, n -> new EnumMap<>(TransferState.class));
                states.forEach((state, count) -> sums.merge(state, count, Long::sum));
              });
      result.ends().forEach((name, count) -> ends.merge(name, count, Long::sum));
      if (result.violation().isPresent()) {
        violations.add(result);
      }
    }

    void print(PrintStream out, boolean json, long fromSeed, int seeds, double seconds) {
      long injected = faults.values().stream().mapToLong(Long::longValue).sum();
      if (json) {
        StringBuilder text = new StringBuilder("{\"seeds\":" + seeds + ",\"fromSeed\":" + fromSeed);
        text.append(",\"payments\":").append(payments);
        text.append(",\"faults\":").append(injected);
        text.append(",\"violations\":").append(violations.size());
        text.append(",\"events\":").append(events);
        text.append(",\"hash\":\"").append(Long.toHexString(hash)).append('"');
        text.append(",\"ends\":").append(object(ends));
        text.append(",\"checks\":").append(checks);
        text.append(",\"faultsByKind\":").append(object(faults));
        List<String> states = new ArrayList<>();
        met.forEach((name, of) -> states.add("\"" + name + "\":" + object(of)));
        text.append(",\"statesMet\":{").append(String.join(",", states)).append("}}");
        out.println(text);
        return;
      }
      out.printf(
          "seeds %d (from %d), payments %d, faults injected %d%n",
          seeds, fromSeed, payments, injected);
      faults.forEach(
          (name, count) ->
              out.printf(
                  "  %-40s %8d  %s%n", name, count, met.containsKey(name) ? met.get(name) : ""));
      out.println("ends " + ends);
      out.println("invariants checked " + checks + " times");
      out.printf("events %d in %.1f s (%.0f a second)%n", events, seconds, events / seconds);
      out.printf("hash %x%n", hash);
      out.println("\"violations\":" + violations.size());
    }

    private static String object(Map<?, Long> counts) {
      List<String> fields = new ArrayList<>();
      counts.forEach((name, count) -> fields.add("\"" + name + "\":" + count));
      return "{" + String.join(",", fields) + "}";
    }
  }
}
