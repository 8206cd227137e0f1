package io.payonce.examples.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfiles;
import io.payonce.Receipt;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.TransactionHash;
import io.payonce.examples.node.AnvilNode;
import io.payonce.routing.Endpoint;
import io.payonce.routing.RpcPool;
import io.payonce.routing.RpcPoolBuilder;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.ObjectMapperFactory;
import org.web3j.protocol.core.methods.response.EthGetTransactionReceipt;

/**
 * What the pool saves where providers slow down or fail, and what its codec and {@code
 * broadcastAll} are worth; each beside what a program does without it, in the same run, in turns
 * and on loopback.
 *
 * <pre>
 * mvn -q -pl examples -am test-compile exec:java \
 *   -Dexec.mainClass=io.payonce.examples.bench.RoutingBenchmark -Dexec.classpathScope=test
 * </pre>
 *
 * <p>Arguments ({@code -Dexec.args="5 codec ramp outage broadcast"}): rounds, and which parts; all
 * of them by default. Every round is printed, and the round with the median ratio is compared with
 * what is to reach.
 */
public final class RoutingBenchmark {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final int BATCH = 100;

  /** In a round, of each way. */
  private static final int BATCHES = 10;

  private static final long FIRST_ID = 4_503_599_627_370_000L;

  /** Of one turn: with three servers that are well, it is some hundred times what they need. */
  private static final int RAMP_CALLS_A_SECOND = 100;

  private static final int RAMP_SECONDS = 20;
  private static final int PLATEAU_SECONDS = 10;
  private static final int FAST_MILLIS = 5;
  private static final int SLOW_MILLIS = 900;
  private static final int OUTAGE_CALLS_A_SECOND = 200;
  private static final int OUTAGE_SECONDS = 30;

  /** By then a burst of a hundred retries is spent at this rate, three times over. */
  private static final int BURST_SECONDS = 5;

  private RoutingBenchmark() {}

  /** Asks something new each time, as equal reads at the same time would share a request. */
  private interface Caller extends IntFunction<CompletableFuture<Boolean>> {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    List<String> parts =
        arguments.length > 1
            ? Arrays.asList(arguments).subList(1, arguments.length)
            : List.of("codec", "ramp", "outage", "broadcast");
    OUT.printf(
        "%s %s, %s, %d processors; OkHttp %s, web3j's %s; %d rounds%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.version"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        okhttp3.OkHttp.VERSION,
        jarOf(ObjectMapperFactory.class),
        rounds);
    for (String part : parts) {
      switch (part) {
        case "codec" -> codec(rounds);
        case "ramp" -> ramp(rounds);
        case "outage" -> outage(rounds);
        case "broadcast" -> broadcast(rounds);
        default -> throw new IllegalArgumentException("there is no part " + part);
      }
    }
  }

  private static Path jarOf(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).getFileName();
  }

  /** Prints the median of the rounds, how far they are apart, and the goal. */
  private static void ratios(String what, List<Double> ratios, String goal) {
    List<Double> sorted = new ArrayList<>(ratios);
    Collections.sort(sorted);
    OUT.printf(
        Locale.ROOT,
        "  %s: %.3f (%.3f to %.3f; to reach: %s)%n",
        what,
        sorted.get(sorted.size() / 2),
        sorted.get(0),
        sorted.get(sorted.size() - 1),
        goal);
  }

  // Codec: the answers to 100 requests in one body.

  private static void codec(int rounds) throws Exception {
    List<RpcRequest<Optional<Receipt>>> requests = new ArrayList<>();
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      String hash = String.format("0x%064x", i + 1);
      requests.add(Requests.receipt(TransactionHash.of(hash)));
      elements.add(receipt(FIRST_ID + i, hash));
    }
    byte[] body = array(elements);
    ObjectMapper mapper = ObjectMapperFactory.getObjectMapper();
    List<Double> ratios = new ArrayList<>();
    List<Double> whole = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      List<Spread> best =
          PoolBenchmark.best(
              1,
              2_000,
              () -> PoolInsides.decode(body, FIRST_ID, BATCH),
              () -> decoded(body, requests),
              () -> parsed(mapper, body));
      ratios.add((double) best.get(2).p50() / best.get(0).p50());
      whole.add((double) best.get(2).p50() / best.get(1).p50());
      OUT.printf("100 receipts, pool's codec            %s%n", best.get(0));
      OUT.printf("100 receipts, codec and typed values  %s%n", best.get(1));
      OUT.printf("100 receipts, web3j, values as texts  %s%n", best.get(2));
    }
    ratios("throughput of web3j's parse", ratios, ">= 1.5");
    ratios("the same with typed values, which web3j makes when they are asked for", whole, "-");
    Collections.shuffle(elements, new Random(5));
    byte[] shuffled = array(elements);
    List<Object> mine = decoded(shuffled, requests);
    List<EthGetTransactionReceipt> theirs = parsed(mapper, shuffled);
    int right = 0;
    int peerRight = 0;
    for (int i = 0; i < BATCH; i++) {
      String hash = String.format("0x%064x", i + 1);
      right += ((Optional<?>) mine.get(i)).toString().contains(hash) ? 1 : 0;
      peerRight += theirs.get(i).getResult().getTransactionHash().equals(hash) ? 1 : 0;
    }
    OUT.printf("  right on shuffled ids: pool %d, web3j %d of %d%n", right, peerRight, BATCH);
  }

  private static List<Object> decoded(byte[] body, List<RpcRequest<Optional<Receipt>>> requests) {
    return PoolInsides.values(PoolInsides.decode(body, FIRST_ID, BATCH), requests);
  }

  /** As web3j's {@code Service.sendBatch} does, by position. */
  private static List<EthGetTransactionReceipt> parsed(ObjectMapper mapper, byte[] body)
      throws Exception {
    ArrayNode nodes = (ArrayNode) mapper.readTree(body);
    List<EthGetTransactionReceipt> responses = new ArrayList<>(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      responses.add(mapper.treeToValue(nodes.get(i), EthGetTransactionReceipt.class));
    }
    return responses;
  }

  /** That of a payment in tokens, as nodes write it. */
  private static String receipt(long id, String hash) {
    String account = "0x" + "0a".repeat(20);
    String block = "0x" + "64".repeat(32);
    String at =
        "\"blockHash\":\""
            + block
            + "\",\"blockNumber\":\"0x64\",\"transactionHash\":\""
            + hash
            + "\",\"transactionIndex\":\"0x3\"";
    String log =
        "{\"address\":\""
            + account
            + "\",\"topics\":[\"0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef\","
            + ("\"0x" + "0b".repeat(32) + "\",\"0x" + "0c".repeat(32) + "\"],")
            + ("\"data\":\"0x" + "0d".repeat(32) + "\",\"logIndex\":\"0x7\",\"removed\":false,")
            + at
            + "}";
    return "{\"jsonrpc\":\"2.0\",\"id\":"
        + id
        + ",\"result\":{"
        + at
        + (",\"from\":\"" + account + "\",\"to\":\"" + account + "\",\"status\":\"0x1\",")
        + "\"type\":\"0x2\",\"gasUsed\":\"0xcafe\",\"cumulativeGasUsed\":\"0xcafe00\","
        + "\"effectiveGasPrice\":\"0x3b9aca00\",\"contractAddress\":null,\"logsBloom\":\"0x"
        + "00".repeat(256)
        + "\",\"logs\":["
        + log
        + "]}}";
  }

  private static byte[] array(List<String> elements) {
    return ("[" + String.join(",", elements) + "]").getBytes(StandardCharsets.UTF_8);
  }

  // LatencyRamp: one of three servers goes from 5 to 900 ms and stays there.

  private static void ramp(int rounds) throws Exception {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Spread pooled = withNodes(nodes -> pooled(nodes, RoutingBenchmark::rampUp));
      Spread robin = withNodes(nodes -> robin(nodes, RoutingBenchmark::rampUp));
      OUT.printf("latency ramp, pool         %s%n", pooled);
      OUT.printf("latency ramp, round robin  %s%n", robin);
      ratios.add((double) pooled.p99() / robin.p99());
    }
    ratios("p99 of round robin's", ratios, "<= 0.3");
  }

  private static Spread rampUp(List<EchoNode> nodes, Caller caller) throws Exception {
    nodes.forEach(node -> node.delay(FAST_MILLIS));
    openLoop(RAMP_CALLS_A_SECOND, 3, caller, elapsed -> {});
    long whole = TimeUnit.SECONDS.toNanos(RAMP_SECONDS);
    return openLoop(
            RAMP_CALLS_A_SECOND,
            RAMP_SECONDS + PLATEAU_SECONDS,
            caller,
            elapsed ->
                nodes
                    .get(2)
                    .delay(
                        FAST_MILLIS
                            + (SLOW_MILLIS - FAST_MILLIS) * Math.min(elapsed, whole) / whole))
        .times();
  }

  // Outage50: all three servers refuse every second request.

  private static void outage(int rounds) throws Exception {
    List<Double> loads = new ArrayList<>();
    List<Double> peers = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      loads.add(withNodes(nodes -> pooled(nodes, (all, caller) -> load("pool", all, caller))));
      peers.add(withNodes(nodes -> retried(nodes, (all, caller) -> load("3 tries", all, caller))));
    }
    ratios("requests at the servers a call, pool", loads, "<= 1.15");
    ratios("requests at the servers a call, up to 3 attempts", peers, "1.75 expected");
  }

  private static double load(String who, List<EchoNode> nodes, Caller caller) throws Exception {
    openLoop(OUTAGE_CALLS_A_SECOND, 3, caller, elapsed -> {});
    nodes.forEach(node -> node.errors(50));
    openLoop(OUTAGE_CALLS_A_SECOND, BURST_SECONDS, caller, elapsed -> {});
    long before = questions(nodes);
    int seconds = OUTAGE_SECONDS - BURST_SECONDS;
    Loop loop = openLoop(OUTAGE_CALLS_A_SECOND, seconds, caller, elapsed -> {});
    double load = (double) (questions(nodes) - before) / (OUTAGE_CALLS_A_SECOND * seconds);
    OUT.printf(
        Locale.ROOT,
        "outage of 50 %%, %-8s %.3f requests a call, %d of %d calls failed%n",
        who,
        load,
        loop.failed(),
        OUTAGE_CALLS_A_SECOND * seconds);
    return load;
  }

  private static long questions(List<EchoNode> nodes) {
    return nodes.stream().mapToLong(EchoNode::questions).sum();
  }

  // What the two above share.

  /** A measurement with servers of its own. */
  private interface Scene<T> {
    T play(List<EchoNode> nodes) throws Exception;
  }

  /** One that asks by a caller. */
  private interface Act<T> {
    T play(List<EchoNode> nodes, Caller caller) throws Exception;
  }

  private static <T> T withNodes(Scene<T> scene) throws Exception {
    try (EchoNode first = new EchoNode();
        EchoNode second = new EchoNode();
        EchoNode third = new EchoNode()) {
      return scene.play(List.of(first, second, third));
    }
  }

  private static <T> T pooled(List<EchoNode> nodes, Act<T> act) throws Exception {
    RpcPoolBuilder builder =
        RpcPool.builder(ChainProfiles.builtIn().requireSupported(ChainId.of(1)));
    for (int i = 0; i < nodes.size(); i++) {
      builder.endpoint(Endpoint.of("e" + i, "op" + i, nodes.get(i).url()));
    }
    try (RpcPool pool = builder.build()) {
      return act.play(
          nodes,
          number ->
              pool.call(
                      Requests.balance(Address.of(String.format("0x%040x", number + 1)), "latest"),
                      CallOptions.DEFAULT)
                  .thenApply(outcome -> outcome instanceof RpcOutcome.Ok));
    }
  }

  private static <T> T robin(List<EchoNode> nodes, Act<T> act) throws Exception {
    try (PlainPost plain = new PlainPost()) {
      return act.play(nodes, number -> post(plain, nodes, number));
    }
  }

  /** Up to three attempts, each at the next server. */
  private static <T> T retried(List<EchoNode> nodes, Act<T> act) throws Exception {
    try (PlainPost plain = new PlainPost()) {
      return act.play(nodes, number -> attempt(plain, nodes, number, 3));
    }
  }

  private static CompletableFuture<Boolean> attempt(
      PlainPost plain, List<EchoNode> nodes, int number, int left) {
    return post(plain, nodes, number)
        .thenCompose(
            good ->
                good || left == 1
                    ? CompletableFuture.completedFuture(good)
                    : attempt(plain, nodes, number + 1, left - 1));
  }

  /** Whether there is an answer; a body is what refusals here have none of. */
  private static CompletableFuture<Boolean> post(
      PlainPost plain, List<EchoNode> nodes, int number) {
    return plain
        .async(nodes.get(number % nodes.size()).url())
        .handle((body, failure) -> failure == null && body.length > 0);
  }

  private record Loop(Spread times, int failed) {}

  /**
   * Calls at a steady rate, whoever still waits: each counts from when it was due.
   *
   * @param watch is told the time since the start, with each call
   */
  private static Loop openLoop(int perSecond, int seconds, Caller caller, LongConsumer watch) {
    int calls = perSecond * seconds;
    long apart = TimeUnit.SECONDS.toNanos(1) / perSecond;
    long[] nanos = new long[calls];
    AtomicInteger failed = new AtomicInteger();
    List<CompletableFuture<?>> running = new ArrayList<>(calls);
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      long due = start + i * apart;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      watch.accept(i * apart);
      int number = i;
      running.add(
          caller
              .apply(number)
              .thenAccept(
                  good -> {
                    nanos[number] = System.nanoTime() - due;
                    if (!good) {
                      failed.incrementAndGet();
                    }
                  }));
    }
    CompletableFuture.allOf(running.toArray(new CompletableFuture<?>[0])).join();
    return new Loop(new Spread(nanos), failed.get());
  }

  // BroadcastAll100: batches of 100 signed transactions, at a real node.

  private static void broadcast(int rounds) throws Exception {
    try (AnvilNode node =
            AnvilNode.builder()
                .blockTimeMillis(1_000)
                .gasLimit(BigInteger.valueOf(1_000_000_000))
                .start();
        RpcPool pool =
            RpcPool.builder(ChainProfiles.builtIn().require(ChainId.of(node.chainId())))
                .endpoint(Endpoint.of("node", "node", node.url().toString()))
                .singleOperator(true)
                .build()) {
      OUT.printf("%s%n", node.rpc().call("web3_clientVersion").asText());
      List<Credentials> wallets = Wallets.funded(node, 2 * (rounds + 1));
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round <= rounds; round++) {
        List<List<SignedTransaction>> together = batches(node, wallets.get(2 * round));
        List<List<SignedTransaction>> oneByOne = batches(node, wallets.get(2 * round + 1));
        long all = 0;
        long single = 0;
        for (int i = 0; i < BATCHES; i++) {
          List<SignedTransaction> batch = together.get(i);
          long start = System.nanoTime();
          judge(pool.broadcastAll(batch, BroadcastOptions.DEFAULT).join());
          all += System.nanoTime() - start;
          start = System.nanoTime();
          for (SignedTransaction tx : oneByOne.get(i)) {
            judge(List.of(pool.broadcast(tx, BroadcastOptions.DEFAULT).join()));
          }
          single += System.nanoTime() - start;
        }
        if (round > 0) { // the first one warms up
          ratios.add((double) single / all);
          OUT.printf(
              Locale.ROOT,
              "100 at once: broadcastAll %.0f /s, broadcast %.0f /s%n",
              perSecond(all),
              perSecond(single));
        }
      }
      ratios("throughput of broadcast, one by one", ratios, ">= 2.6");
    }
  }

  private static double perSecond(long nanos) {
    return BATCHES * BATCH * 1e9 / nanos;
  }

  /** Whoever is fast must also have been heard. */
  private static void judge(List<BroadcastEvidence> all) {
    for (BroadcastEvidence evidence : all) {
      if (evidence.outcome() != BroadcastEvidence.Outcome.ACCEPTED) {
        throw new IllegalStateException("not accepted: " + evidence);
      }
    }
  }

  /** Payments of one wallet, signed beforehand, in the order of their nonces. */
  private static List<List<SignedTransaction>> batches(AnvilNode node, Credentials wallet) {
    List<List<SignedTransaction>> batches = new ArrayList<>();
    for (int batch = 0; batch < BATCHES; batch++) {
      List<SignedTransaction> txs = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        int nonce = batch * BATCH + i;
        RawTransaction payment =
            RawTransaction.createEtherTransaction(
                node.chainId(),
                BigInteger.valueOf(nonce),
                BigInteger.valueOf(21_000),
                Wallets.payee(nonce).value(),
                BigInteger.ONE,
                BigInteger.valueOf(1_000_000_000L),
                BigInteger.valueOf(100_000_000_000L));
        txs.add(
            TransactionCodec.decodeSigned(
                Bytes.of(TransactionEncoder.signMessage(payment, wallet))));
      }
      batches.add(txs);
    }
    return batches;
  }
}
