package io.payonce.examples.bench;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.ChainProfiles;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What a pool leaves behind: many calls over real sockets while servers cut their connections, then
 * {@code close()}. Prints how much live heap grew after the warm-up, and which threads are left two
 * seconds after the end.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.PoolSoak -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Argument ({@code -Dexec.args="1000000"}): calls. {@link PoolSoakTest} makes fewer.
 */
public final class PoolSoak {
  private static final int CALLERS = 8;
  private static final int CALLS_A_CUT = 5_000;
  private static final int CLOSING_SECONDS = 2;

  /** They serve every client of the JVM, and end by themselves after a minute without work. */
  private static final Set<String> OF_THE_JVM = Set.of("OkHttp TaskRunner", "Okio Watchdog");

  private PoolSoak() {}

  /**
   * What was found.
   *
   * @param cuts how often a server ended all its connections
   * @param failed calls without an answer: each was cut off at more than one server
   * @param heapBefore live bytes after a tenth of the calls
   * @param heapAfter live bytes after all of them
   * @param closingSeconds how long threads had to end after {@code close()}
   * @param threads names of those that the pool began and that did not end
   */
  record Left(
      int calls,
      int cuts,
      int failed,
      long heapBefore,
      long heapAfter,
      int closingSeconds,
      Set<String> threads) {
    double growth() {
      return (double) heapAfter / heapBefore - 1;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,d calls, connections cut %d times, %d calls failed; live heap %,d to %,d bytes"
              + " (%+.1f %%, at most +5 %%); threads left %d s after close(): %s",
          calls,
          cuts,
          failed,
          heapBefore,
          heapAfter,
          100 * growth(),
          closingSeconds,
          threads);
    }
  }

  public static void main(String[] arguments) throws Exception {
    int calls = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    Left left = run(calls, CLOSING_SECONDS);
    new PrintStream(System.out, true, StandardCharsets.UTF_8).println(left);
    if (left.growth() > 0.05 || !left.threads().isEmpty()) {
      System.exit(1);
    }
  }

  static Left run(int calls, int closingSeconds) throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try (EchoNode first = new EchoNode();
        EchoNode second = new EchoNode();
        EchoNode third = new EchoNode()) {
      List<EchoNode> nodes = List.of(first, second, third);
      in(callers, CALLERS, number -> true); // all of its threads are there
      Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
      int failed = 0;
      int cuts = 0;
      long heapBefore = 0;
      long heapAfter;
      try (RpcPool pool = pool(nodes)) {
        for (int done = 0; done < calls; done += CALLS_A_CUT) {
          if (heapBefore == 0 && done >= calls / 10) {
            heapBefore = liveHeap();
          }
          EchoNode node = nodes.get(cuts % 3);
          int now = Math.min(CALLS_A_CUT, calls - done);
          failed +=
              in(
                  callers,
                  now,
                  number -> {
                    if (number == now / 2) {
                      node.cut();
                    }
                    return ask(pool, number);
                  });
          cuts++;
        }
        heapAfter = liveHeap();
      }
      return new Left(
          calls,
          cuts,
          failed,
          heapBefore,
          heapAfter,
          closingSeconds,
          newThreads(before, closingSeconds));
    } finally {
      callers.shutdown();
    }
  }

  private static RpcPool pool(List<EchoNode> nodes) {
    var builder = RpcPool.builder(ChainProfiles.builtIn().requireSupported(ChainId.of(1)));
    for (int i = 0; i < nodes.size(); i++) {
      builder.endpoint(Endpoint.of("e" + i, "op" + i, nodes.get(i).url()));
    }
    return builder.build();
  }

  /** Asks for something that nobody else asks for now: equal reads would share a request. */
  private static boolean ask(RpcPool pool, int number) {
    Address account = Address.of(String.format("0x%040x", number + 1));
    return pool.call(Requests.balance(account, "latest"), CallOptions.DEFAULT).join()
        instanceof RpcOutcome.Ok;
  }

  private interface Ask {
    boolean ask(int number);
  }

  /** How many of them were not answered. */
  private static int in(ExecutorService callers, int calls, Ask ask) throws Exception {
    List<Callable<Integer>> shares = new ArrayList<>();
    for (int caller = 0; caller < CALLERS; caller++) {
      int from = caller;
      shares.add(
          () -> {
            int failed = 0;
            for (int number = from; number < calls; number += CALLERS) {
              failed += ask.ask(number) ? 0 : 1;
            }
            return failed;
          });
    }
    int failed = 0;
    for (Future<Integer> share : callers.invokeAll(shares)) {
      failed += share.get();
    }
    return failed;
  }

  /** What is live when all garbage is gone. */
  private static long liveHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** Names of threads that were begun since and have not ended so many seconds from now. */
  private static Set<String> newThreads(Set<Thread> before, int seconds)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    Set<String> left = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (!before.contains(thread) && !isOther(thread)) {
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
        if (thread.isAlive()
            && !isOther(thread)) { // a runner has the name of what it runs just now
          left.add(thread.getName());
        }
      }
    }
    return left;
  }

  private static boolean isOther(Thread thread) {
    return thread.getName().equals(EchoNode.THREAD) || OF_THE_JVM.contains(thread.getName());
  }
}
