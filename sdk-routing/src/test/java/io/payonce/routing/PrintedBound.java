package io.payonce.routing;

import static io.payonce.routing.ScriptedTransport.error;
import static io.payonce.routing.ScriptedTransport.result;
import static io.payonce.routing.ScriptedTransport.text;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.routing.ScriptedTransport.Says;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcRequest;
import io.payonce.testing.Fault;
import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Every kind of work under every mix of faults of 1 to 4 endpoints, in virtual time: what is not
 * complete by the deadline of 2 s and the pool's slack, or by the bound that the pool prints.
 *
 * <p>The main method runs all mixes; {@link PrintedBoundTest} each fault at one, at some and at all
 * endpoints, and the mixes of one fault of each sort.
 */
final class PrintedBound {
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final Address ACCOUNT = Address.of("0x00000000000000000000000000000000000000ff");
  private static final BlockRef BLOCK = new BlockRef(100, BlockHash.of("0x" + "64".repeat(32)));
  private static final String NOWHERE = "0x" + "ab".repeat(32);

  /** How an endpoint answers when its network lets it. */
  enum Node {
    HONEST,
    /** Another block under the same number, another number. */
    LIES,
    /** Another chain. */
    FOREIGN,
    /** It has nothing of anything. */
    EMPTY,
    /** It refuses everything, in the words of one that lacks the block. */
    REFUSES
  }

  /** What an endpoint does: one thing wrong, or nothing. */
  record Treatment(Fault fault, Node node) {
    @Override
    public String toString() {
      return node == Node.HONEST ? fault.name() : node.name();
    }
  }

  /** One kind of work. */
  private record Work(Bounds.Kind kind, Function<RpcPool, CompletableFuture<?>> start) {}

  private static final Map<String, Work> ALL = new LinkedHashMap<>();

  static {
    CallOptions unset = CallOptions.DEFAULT;
    calls(Bounds.Kind.QUICK, "eth_gasPrice", "eth_chainId", "eth_blockNumber");
    calls(Bounds.Kind.READ, "eth_getBalance", "eth_getTransactionCount", "eth_call");
    calls(Bounds.Kind.READ, "eth_getTransactionReceipt", "own_methodOfTheVendor");
    calls(Bounds.Kind.HEAVY, "eth_getBlockReceipts");
    calls(Bounds.Kind.ARCHIVE, "debug_traceTransaction", "eth_getProof");
    Map<String, Object> range = new TreeMap<>(Map.of("fromBlock", "0x1", "toBlock", "0x64"));
    work("logs", Bounds.Kind.HEAVY, pool -> pool.call(raw("eth_getLogs", range), unset));
    work("batch", Bounds.Kind.READ, pool -> pool.callBatch(batch("eth_getBalance"), unset));
    work("bulk", Bounds.Kind.HEAVY, pool -> pool.callBatch(batch("eth_getLogs"), unset));
    Map<String, Fact<?>> facts = new LinkedHashMap<>();
    facts.put("chain", new Fact.Chain());
    facts.put("height", new Fact.Height(BlockTag.FINALIZED));
    facts.put("block", new Fact.BlockRefAt(100));
    facts.put("nonce", new Fact.Nonce(ACCOUNT, BLOCK));
    facts.put("receipt", new Fact.ReceiptOf(TransactionHash.of(NOWHERE), BLOCK));
    facts.forEach(
        (name, fact) -> work(name, Bounds.Kind.CRITICAL, pool -> pool.criticalRead(fact, unset)));
    work(
        "broadcast",
        Bounds.Kind.BROADCAST,
        pool -> pool.broadcast(Rig.transaction(1), BroadcastOptions.DEFAULT));
    work(
        "broadcastAll",
        Bounds.Kind.BROADCAST,
        pool ->
            pool.broadcastAll(
                List.of(Rig.transaction(2), Rig.transaction(3), Rig.transaction(4)),
                BroadcastOptions.EVERYONE));
    work("view", Bounds.Kind.READ, pool -> pool.view(ViewOptions.NEWEST));
  }

  /** How many futures were awaited. */
  long futures;

  /** The latest of them, of its start. */
  Duration latest = Duration.ZERO;

  /** What was late or is pending still; empty when all is well. */
  final List<String> wrong = new ArrayList<>();

  private static void work(
      String name, Bounds.Kind kind, Function<RpcPool, CompletableFuture<?>> start) {
    ALL.put(name, new Work(kind, start));
  }

  private static void calls(Bounds.Kind kind, String... methods) {
    for (String method : methods) {
      work(method, kind, pool -> pool.call(raw(method, "0x64"), CallOptions.DEFAULT));
    }
  }

  private static RpcRequest<String> raw(String method, Object... params) {
    return new RpcRequest<>(method, List.of(params), String::valueOf);
  }

  private static List<RpcRequest<?>> batch(String method) {
    return List.of(raw(method, "0x1"), raw("eth_gasPrice"), Requests.nonce(ACCOUNT, "latest"));
  }

  /** Every fault once, before an honest node, and every node without a fault. */
  static List<Treatment> treatments() {
    List<Treatment> all = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      all.add(new Treatment(fault, Node.HONEST));
    }
    for (Node node : Node.values()) {
      if (node != Node.HONEST) {
        all.add(new Treatment(Fault.PASS, node));
      }
    }
    return all;
  }

  /** All mixes for so many endpoints; which of them is which makes no difference to a pool. */
  static List<List<Treatment>> mixes(int endpoints, List<Treatment> of) {
    if (endpoints == 0) {
      return List.of(List.of());
    }
    List<List<Treatment>> all = new ArrayList<>();
    for (int i = 0; i < of.size(); i++) {
      for (List<Treatment> rest : mixes(endpoints - 1, of.subList(i, of.size()))) {
        List<Treatment> mix = new ArrayList<>(rest);
        mix.add(0, of.get(i));
        all.add(mix);
      }
    }
    return all;
  }

  private static Says answer(Node node) {
    return switch (node) {
      case HONEST, FOREIGN -> text("0x5");
      case LIES -> result(ScriptedTransport.BLOCK.replace("64", "66"));
      case EMPTY -> result("null");
      case REFUSES -> error(-32000, "header not found");
    };
  }

  /** All kinds of work at once: with a pool that knows nothing, and again with what it learned. */
  void run(List<Treatment> mix) {
    VirtualTime time = new VirtualTime();
    Map<String, FaultyTransport> networks = new TreeMap<>();
    Map<String, ScriptedTransport> nodes = new TreeMap<>();
    RpcPoolBuilder builder =
        RpcPool.builder(Rig.CHAIN)
            .policy(
                RoutingPolicy.builder()
                    .quickDeadline(DEADLINE)
                    .readDeadline(DEADLINE)
                    .heavyDeadline(DEADLINE)
                    .archiveDeadline(DEADLINE)
                    .criticalDeadline(DEADLINE)
                    .broadcastDeadline(DEADLINE)
                    .build())
            .singleOperator(true)
            .transport(endpoint -> networks.get(endpoint.name()))
            .clock(time.clock())
            .ticker(time.ticker())
            .random(new Random(7))
            .scheduler(time.scheduler())
            .executor(time.executor());
    for (int i = 0; i < mix.size(); i++) {
      Node node = mix.get(i).node();
      String name = "e" + i;
      ScriptedTransport scripted = new ScriptedTransport(time);
      scripted.script = request -> answer(node);
      scripted.chainId = node == Node.FOREIGN ? "0x2" : node == Node.REFUSES ? "" : "0x1";
      FaultyTransport network = new FaultyTransport(time, scripted);
      network.fault = mix.get(i).fault();
      nodes.put(name, scripted);
      networks.put(name, network);
      builder.endpoint(Endpoint.of(name, name, "https://" + name + ".example/"));
    }
    RpcPool pool = builder.build();
    Map<Bounds.Kind, Duration> printed = pool.bounds().worstCase();
    for (int round = 1; round <= 2; round++) {
      String where = mix + ", round " + round;
      List<CompletableFuture<?>> futures = new ArrayList<>();
      ALL.forEach((name, work) -> futures.add(watched(time, pool, name, work, printed, where)));
      time.runFor(DEADLINE.plus(Bounds.SLACK));
      if (!futures.stream().allMatch(CompletableFuture::isDone)) {
        wrong.add("pending, " + where);
      }
    }
    pool.close();
    time.runFor(DEADLINE.plus(Bounds.SLACK));
    nodes.forEach(
        (name, node) -> {
          if (!node.closed) {
            wrong.add("the pool still works at " + name + " after its end, " + mix);
          }
        });
  }

  private CompletableFuture<?> watched(
      VirtualTime time,
      RpcPool pool,
      String name,
      Work work,
      Map<Bounds.Kind, Duration> printed,
      String where) {
    long start = time.ticker().nanos();
    futures++;
    return work.start()
        .apply(pool)
        .handle(
            (value, defect) -> {
              Duration took = Duration.ofNanos(time.ticker().nanos() - start);
              latest = took.compareTo(latest) > 0 ? took : latest;
              if (defect != null) {
                wrong.add(name + " failed by " + defect + ", " + where);
              }
              if (took.compareTo(printed.get(work.kind())) > 0) {
                wrong.add(name + " took " + took + ", " + where);
              }
              return value;
            });
  }

  /** All mixes of 1 to 4 endpoints: some minutes. */
  public static void main(String[] args) {
    for (int endpoints = 1; endpoints <= 4; endpoints++) {
      PrintedBound all = new PrintedBound();
      List<List<Treatment>> mixes = mixes(endpoints, treatments());
      mixes.forEach(all::run);
      System.out.printf(
          "%d endpoints: %,d mixes, %,d futures, the latest after %s, wrong: %s%n",
          endpoints, mixes.size(), all.futures, all.latest, all.wrong);
      if (!all.wrong.isEmpty()) {
        System.exit(1);
      }
    }
  }

  @Override
  public String toString() {
    return futures + " futures, the latest after " + latest;
  }
}
