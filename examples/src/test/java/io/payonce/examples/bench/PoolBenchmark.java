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
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the pool costs beside plain OkHttp, and what it saves when a provider hangs; all in one run
 * against the same servers on loopback, as ratios. Both ask three servers in turn; what plain
 * OkHttp takes at one of them is printed too.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.PoolBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="20000 5"}): calls for each figure, rounds. What is compared
 * takes turns of 100 calls, as a processor is faster in one second than in the next, and the round
 * counts that the machine disturbed least: its median calls took the shortest together. The first
 * round only warms up.
 */
public final class PoolBenchmark {
  private static final RpcRequest<Wei> GAS_PRICE = Requests.gasPrice();

  /** Equal reads at the same time would share a request: each thread asks for its own. */
  private static final ThreadLocal<RpcRequest<Wei>> BALANCE =
      ThreadLocal.withInitial(
          () ->
              Requests.balance(
                  Address.of(String.format("0x%040x", Thread.currentThread().getId())), "latest"));

  private static final List<RpcRequest<?>> ALONE = List.of(GAS_PRICE);
  private static final int TURN = 100;
  private static final int ID_AT = "{\"jsonrpc\":\"2.0\",\"id\":".length();
  private static final byte[] RESULT =
      ",\"result\":\"0x3b9aca00\"}".getBytes(StandardCharsets.ISO_8859_1);

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private PoolBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int calls = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
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
      Turns turns = new Turns(urls, new AtomicInteger());
      try (RpcPool pool = pool(urls)) {
        List<Spread> best =
            best(
                rounds,
                calls,
                () -> plain.blocking(turns.next()),
                () -> plain.async(turns.next()).join(),
                () -> askBlocking(pool),
                () -> ask(pool),
                () -> plain.blocking(first.url()));
        OUT.printf("OkHttp, blocking          %s%n", best.get(0));
        OUT.printf("OkHttp, asynchronous      %s%n", best.get(1));
        OUT.printf("pool, callBlocking        %s%n", best.get(2));
        OUT.printf("pool, call                %s%n", best.get(3));
        OUT.printf("OkHttp, blocking, one URL %s%n", best.get(4));
        ratio("  callBlocking, p50 of blocking OkHttp", best.get(2).p50(), best.get(0).p50(), 1.10);
        ratio("  call, p50 of asynchronous OkHttp", best.get(3).p50(), best.get(1).p50(), 1.10);
        throughput(rounds, calls, () -> plain.async(turns.next()).join(), pool);
        overhead(rounds, calls, best.get(0));
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

  /** One URL after the other, for any thread. */
  private record Turns(List<String> urls, AtomicInteger turn) {
    String next() {
      return urls.get(Math.floorMod(turn.getAndIncrement(), urls.size()));
    }
  }

  /** Answers at once on the caller's thread, so that nothing but the pool takes time. */
  private record NoWire(TreeMap<String, String> headers) implements RpcTransport {
    @Override
    public CompletableFuture<TransportReply> send(byte[] body, Duration timeout) {
      return CompletableFuture.completedFuture(
          new TransportReply.Answered(200, headers, answer(body)));
    }

    /** To the usual question in few steps, as the time that it takes counts as the pool's. */
    static byte[] answer(byte[] body) {
      int method = body.length - "ce\",\"params\":[]}".length();
      if (body[0] != '{' || body[method] != 'c') {
        return EchoNode.answer(body);
      }
      int end = ID_AT;
      while (body[end] != ',') {
        end++;
      }
      byte[] answer = new byte[end + RESULT.length];
      System.arraycopy(body, 0, answer, 0, end);
      System.arraycopy(RESULT, 0, answer, end, RESULT.length);
      return answer;
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
      // A call takes microseconds here: as many more of them are measured, and compiled, in a
      // round.
      int many = 10 * calls;
      Spread few = best(rounds, many, () -> ask(three));
      Spread codec = best(rounds, many, PoolBenchmark::codec);
      OUT.printf("pool of 3 without a wire  %s%n", few);
      OUT.printf("  of which codec          %s%n", codec);
      ratio("  p50 of OkHttp's", few.p50(), plain.p50(), 0.05);
      ratio("  p99 of OkHttp's", few.p99(), plain.p99(), 0.10);
      OUT.printf("pool of 50 without a wire %s%n", best(rounds, many, () -> ask(fifty)));
      Spread selection = best(rounds, many, () -> PoolInsides.select(fifty, ALONE));
      OUT.printf("selection of 50           %s%n", selection);
      ratio("  p99 of OkHttp's p50", selection.p99(), plain.p50(), 0.01);
      // What the compiler leaves out is known when both have run as often as in a service's minute.
      run(5 * many, () -> ask(three));
      long all = allocated(many, () -> ask(three));
      long inCodec = allocated(many, PoolBenchmark::codec);
      OUT.printf(
          "allocated: %d bytes a call, %d of them by codec and answer%n  beyond: %d (to reach: 1500)%n",
          all, inCodec, all - inCodec);
    }
  }

  /** What codec and answer of one call take, and nothing else. */
  private static Object codec() {
    long id = 1_234_567_890_123L;
    byte[] answer = NoWire.answer(PoolInsides.encode(ALONE, id));
    return PoolInsides.decode(answer, id, 1);
  }

  private static long allocated(int calls, Callable<?> call) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    for (int i = 0; i < calls; i++) {
      call.call();
    }
    return (threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before) / calls;
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

  private static Object askBlocking(RpcPool pool) {
    return value(pool.callBlocking(GAS_PRICE, CallOptions.DEFAULT));
  }

  private static Object ask(RpcPool pool, RpcRequest<Wei> request) {
    return value(pool.call(request, CallOptions.DEFAULT).join());
  }

  private static Object value(RpcOutcome<Wei> outcome) {
    if (outcome instanceof RpcOutcome.Failed<Wei> failed) {
      throw new IllegalStateException(failed.failure().message());
    }
    return outcome;
  }

  private static Spread best(int rounds, int calls, Callable<?> call) throws Exception {
    return best(rounds, calls, List.of(call)).get(0);
  }

  static List<Spread> best(int rounds, int calls, Callable<?>... several) throws Exception {
    return best(rounds, calls, List.of(several));
  }

  private static List<Spread> best(int rounds, int calls, List<Callable<?>> several)
      throws Exception {
    List<Spread> best = List.of();
    long least = Long.MAX_VALUE;
    for (int round = 0; round <= rounds; round++) {
      long[][] nanos = new long[several.size()][calls];
      for (int from = 0; from < calls; from += TURN) {
        for (int i = 0; i < several.size(); i++) {
          time(several.get(i), nanos[i], from, Math.min(calls, from + TURN));
        }
      }
      List<Spread> now = Arrays.stream(nanos).map(Spread::new).toList();
      long sum = now.stream().mapToLong(Spread::p50).sum();
      if (round > 0 && sum < least) {
        least = sum;
        best = now;
      }
    }
    return best;
  }

  private static void time(Callable<?> call, long[] nanos, int from, int end) throws Exception {
    for (int i = from; i < end; i++) {
      long start = System.nanoTime();
      call.call();
      nanos[i] = System.nanoTime() - start;
    }
  }

  private static Spread run(int calls, Callable<?> call) throws Exception {
    long[] nanos = new long[calls];
    time(call, nanos, 0, calls);
    return new Spread(nanos);
  }

  private static void throughput(int rounds, int calls, Callable<?> plain, RpcPool pool)
      throws Exception {
    double mine = 0;
    double peer = 0;
    for (int round = 0; round < rounds; round++) {
      peer = Math.max(peer, perSecond(calls, plain));
      mine = Math.max(mine, perSecond(calls, () -> ask(pool, BALANCE.get())));
    }
    OUT.printf(Locale.ROOT, "16 threads: pool %.0f /s, OkHttp %.0f /s%n", mine, peer);
    OUT.printf(Locale.ROOT, "  throughput %.2f (to reach: 0.90)%n", mine / peer);
  }

  private static double perSecond(int calls, Callable<?> call) throws Exception {
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
    return calls / ((System.nanoTime() - start) / 1e9);
  }
}
