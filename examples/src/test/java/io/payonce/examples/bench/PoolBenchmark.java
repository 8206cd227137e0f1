package io.payonce.examples.bench;

import com.sun.management.ThreadMXBean;
import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.ChainProfiles;
import io.payonce.Wei;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.RpcPoolBuilder;
import io.payonce.routing.SecretUri;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * What the pool costs beside plain OkHttp, and what it saves when a provider hangs; all in one run
 * against the same servers on loopback, as ratios.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.PoolBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="20000 3"}): calls for each figure, rounds; the best round of
 * each counts. Half of the calls before each round only warm up.
 */
public final class PoolBenchmark {
  private static final RpcRequest<Wei> GAS_PRICE = Requests.gasPrice();

  /** Equal reads at the same time would share a request: each thread asks for its own. */
  private static final ThreadLocal<RpcRequest<Wei>> BALANCE =
      ThreadLocal.withInitial(
          () ->
              Requests.balance(
                  Address.of(String.format("0x%040x", Thread.currentThread().getId())), "latest"));

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private PoolBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int calls = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    OUT.printf(
        "%s %s, %d processors; %d calls, best of %d rounds%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.version"),
        Runtime.getRuntime().availableProcessors(),
        calls,
        rounds);
    try (EchoNode first = new EchoNode();
        EchoNode second = new EchoNode();
        EchoNode third = new EchoNode();
        PlainPost plain = new PlainPost()) {
      List<String> urls = List.of(first.url(), second.url(), third.url());
      Spread blocking = best(rounds, calls, () -> plain.blocking(first.url()));
      Spread async = best(rounds, calls, () -> plain.async(first.url()).join());
      OUT.printf("OkHttp, blocking          %s%n", blocking);
      OUT.printf("OkHttp, asynchronous      %s%n", async);
      overhead(rounds, calls, blocking);
      try (RpcPool pool = pool(urls)) {
        Spread pooled = best(rounds, calls, () -> ask(pool));
        OUT.printf("pool, end to end          %s%n", pooled);
        ratio("  p50 of asynchronous OkHttp", pooled.p50(), async.p50(), 1.10);
        ratio("  p50 of blocking OkHttp", pooled.p50(), blocking.p50(), 1.10);
        double mine = perSecond(rounds, calls, () -> ask(pool, BALANCE.get()));
        double peer = perSecond(rounds, calls, () -> plain.async(first.url()).join());
        OUT.printf(Locale.ROOT, "16 threads: pool %.0f /s, OkHttp %.0f /s%n", mine, peer);
        OUT.printf(Locale.ROOT, "  throughput %.2f (to reach: 0.90)%n", mine / peer);
      }
      hang(calls / 10, urls, third, plain);
    }
  }

  private static void ratio(String what, long value, long peer, double most) {
    OUT.printf(Locale.ROOT, "%s: %.4f (to reach: %.2f)%n", what, (double) value / peer, most);
  }

  private static RpcPool pool(List<String> urls) {
    RpcPoolBuilder builder =
        RpcPool.builder(ChainProfiles.builtIn().requireSupported(ChainId.of(1)));
    for (int i = 0; i < urls.size(); i++) {
      builder.endpoint(Endpoint.of("e" + i, "op" + i, urls.get(i)));
    }
    return builder.build();
  }

  /** Answers at once on the caller's thread, so that nothing but the pool takes time. */
  private record NoWire(TreeMap<String, String> headers) implements RpcTransport {
    @Override
    public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
      return CompletableFuture.completedFuture(
          new TransportReply.Answered(200, headers, EchoNode.answer(body)));
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  private static RpcPool withoutWire(int endpoints) {
    RpcPoolBuilder builder =
        RpcPool.builder(ChainProfiles.builtIn().requireSupported(ChainId.of(1)))
            .transport(endpoint -> new NoWire(new TreeMap<>()))
            .executor(Runnable::run);
    Endpoint.Tier[] tiers = Endpoint.Tier.values();
    for (int i = 0; i < endpoints; i++) {
      builder.endpoint(
          Endpoint.builder("e" + i, "op" + i, SecretUri.of("https://e" + i + ".example/"))
              .tier(endpoints > 3 ? tiers[i % 3] : Endpoint.Tier.PAID)
              .build());
    }
    return builder.build();
  }

  private static void overhead(int rounds, int calls, Spread plain) throws Exception {
    try (RpcPool three = withoutWire(3);
        RpcPool fifty = withoutWire(50)) {
      Spread few = best(rounds, calls, () -> ask(three));
      Spread many = best(rounds, calls, () -> ask(fifty));
      OUT.printf("pool of 3 without a wire  %s%n", few);
      ratio("  p50 of OkHttp's", few.p50(), plain.p50(), 0.05);
      ratio("  p99 of OkHttp's", few.p99(), plain.p99(), 0.10);
      OUT.printf("pool of 50 without a wire %s%n", many);
      ratio("  p50 more than for 3, of OkHttp's p50", many.p50() - few.p50(), plain.p50(), 0.01);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < calls; i++) {
        ask(three);
      }
      long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      OUT.printf("allocated, codec and answer included: %d bytes a call%n", bytes / calls);
    }
  }

  private static void hang(int calls, List<String> urls, EchoNode hung, PlainPost plain)
      throws Exception {
    try (RpcPool pool = pool(urls)) {
      run(calls, () -> ask(pool));
      hung.hang();
      long before = hung.questions();
      Spread pooled = run(calls, () -> ask(pool));
      OUT.printf("one of three hangs, pool              %s%n", pooled);
      OUT.printf("  it was asked %d times in %d calls%n", hung.questions() - before, calls);
      int few = Math.min(calls, 60); // each of them waits for the one that hangs
      Spread ordered = run(few, () -> plain.ordered(urls.get(2), urls.get(0), urls.get(1)));
      Spread stalling = run(few, () -> plain.stalling(urls.get(2), urls.get(0), urls.get(1)));
      OUT.printf("one of three hangs, ordered fallback  %s%n", ordered);
      OUT.printf("one of three hangs, 400 ms fallback   %s%n", stalling);
      ratio(
          "  p99 of the better fallback",
          pooled.p99(),
          Math.min(ordered.p99(), stalling.p99()),
          0.5);
    }
  }

  private static Object ask(RpcPool pool) {
    return ask(pool, GAS_PRICE);
  }

  private static Object ask(RpcPool pool, RpcRequest<Wei> request) {
    RpcOutcome<Wei> outcome = pool.call(request, CallOptions.DEFAULT).join();
    if (outcome instanceof RpcOutcome.Failed<Wei> failed) {
      throw new IllegalStateException(failed.failure().message());
    }
    return outcome;
  }

  private static Spread best(int rounds, int calls, Callable<?> call) throws Exception {
    Spread best = null;
    for (int round = 0; round < rounds; round++) {
      run(calls / 2, call);
      Spread one = run(calls, call);
      best = best == null || one.p50() < best.p50() ? one : best;
    }
    if (best == null) {
      throw new IllegalArgumentException("rounds must be above 0");
    }
    return best;
  }

  private static Spread run(int calls, Callable<?> call) throws Exception {
    long[] nanos = new long[calls];
    for (int i = 0; i < calls; i++) {
      long start = System.nanoTime();
      call.call();
      nanos[i] = System.nanoTime() - start;
    }
    return new Spread(nanos);
  }

  private static double perSecond(int rounds, int calls, Callable<?> call) throws Exception {
    double best = 0;
    for (int round = 0; round < rounds; round++) {
      int threads = 16;
      CountDownLatch go = new CountDownLatch(1);
      List<Thread> running = new ArrayList<>();
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < threads; i++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    go.await();
                    run(calls / threads, call);
                  } catch (Exception failed) {
                    failures.add(failed);
                  }
                });
        thread.start();
        running.add(thread);
      }
      long start = System.nanoTime();
      go.countDown();
      for (Thread thread : running) {
        thread.join();
      }
      if (!failures.isEmpty()) {
        throw new IllegalStateException("a call failed", failures.get(0));
      }
      best = Math.max(best, calls / ((System.nanoTime() - start) / 1e9));
    }
    return best;
  }
}
