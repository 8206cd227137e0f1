package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.internal.Hex;
import io.payonce.internal.Keccak256;
import io.payonce.routing.Endpoint.Role;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Outcome;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.PrivateTransactionException;
import io.payonce.rpc.Requests;
import io.payonce.rpc.Route;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.HttpReply;
import io.payonce.testing.ProxiedRequest;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What public endpoints see of a private transaction, by every byte that reaches their sockets. The
 * pool is as a host has it: its own connections, threads and clock.
 */
@Timeout(300)
final class PrivateSocketsTest {
  private static final String SEND = "eth_sendRawTransaction";
  private static final List<String> PUBLIC = List.of("a", "b", "c");
  private static final BroadcastOptions RELAY =
      BroadcastOptions.DEFAULT.by(Route.privately("relay"));

  /** Of hex digits: what is shorter may be there by chance, or as a field that others have too. */
  private static final int TELLING = 32;

  /** Looks at the height twice a second. */
  private static final ChainProfile CHAIN =
      new ChainProfile(
          Rig.CHAIN.id(),
          Rig.CHAIN.name(),
          Rig.CHAIN.coin(),
          Duration.ofSeconds(1),
          Rig.CHAIN.finality(),
          Rig.CHAIN.fees(),
          Rig.CHAIN.limits(),
          Rig.CHAIN.unsupported());

  private final AtomicLong height = new AtomicLong(1_000);
  private final Map<String, FaultProxy> nodes = new TreeMap<>();
  private final Map<String, RawTap> taps = new TreeMap<>();

  @TempDir private Path folder;

  @BeforeEach
  void start() throws Exception {
    for (String name : List.of("a", "b", "c", "relay")) {
      FaultProxy node = FaultProxy.scripted(this::answer).start();
      nodes.put(name, node);
      taps.put(name, new RawTap(node.url()));
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (RawTap tap : taps.values()) {
      tap.close();
    }
    nodes.values().forEach(FaultProxy::close);
    // A pool saves its state when the last of what runs has ended, which is after its close.
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("payonce-rpc")) {
        thread.join(60_000);
      }
    }
  }

  private HttpReply answer(ProxiedRequest request) {
    List<String> answers = new ArrayList<>();
    for (ProxiedRequest.Call call : request.calls()) {
      String params = ScriptedTransport.parse(call.text()).path("params").path(0).asText();
      String result =
          switch (call.method()) {
            case "eth_chainId" -> "\"0x1\"";
            case SEND ->
                '"' + TransactionCodec.decodeSigned(Bytes.fromHex(params)).hash().value() + '"';
            case "eth_getBlockByNumber" -> block(params);
            case "eth_getTransactionByHash", "eth_getTransactionReceipt" -> "null";
            default -> "\"0x5\"";
          };
      answers.add(ScriptedTransport.element(call.id(), ScriptedTransport.result(result)));
    }
    return HttpReply.json(request.batch() ? ScriptedTransport.array(answers) : answers.get(0));
  }

  private String block(String tagOrNumber) {
    long number = tagOrNumber.startsWith("0x") ? Hex.number(tagOrNumber).longValue() : height.get();
    return """
        {"number":"0x%x","hash":"%s","parentHash":"%s","timestamp":"0x1","gasUsed":"0x0",
        "gasLimit":"0x1c9c380","baseFeePerGas":"0x7","transactions":[]}"""
        .formatted(number, blockHash(number), blockHash(number - 1));
  }

  private static String blockHash(long number) {
    return "0x%064x".formatted(number);
  }

  private static BlockRef ref(long number) {
    return new BlockRef(number, BlockHash.of(blockHash(number)));
  }

  private RpcPool pool() {
    return pool(Duration.ofSeconds(30)); // a busy machine must not change an answer
  }

  /**
   * @param hang how long an answer to a transaction is waited for that never comes
   */
  private RpcPool pool(Duration hang) {
    RpcPoolBuilder builder =
        RpcPool.builder(CHAIN)
            .policy(RoutingPolicy.builder().privateWindow(3).broadcastDeadline(hang).build())
            .stateStore(FileRoutingStateStore.at(folder.resolve("routing.state")));
    PUBLIC.forEach(name -> builder.endpoint(Endpoint.of(name, name, taps.get(name).url())));
    return builder
        .endpoint(
            Endpoint.builder("relay", "relay", SecretUri.of(taps.get("relay").url()))
                .roles(Role.PRIVATE_SUBMIT)
                .build())
        .build();
  }

  /** No part of it that tells anything is in another one: payee, amount and signature differ. */
  private static SignedTransaction hidden(long nonce) {
    byte[] seed = Keccak256.of(("hidden " + nonce).getBytes(StandardCharsets.US_ASCII));
    UnsignedTransaction fields =
        new UnsignedTransaction.DynamicFee(
            ChainId.of(1),
            nonce,
            Wei.of(1),
            Wei.of(100),
            BigInteger.valueOf(60_000),
            Address.of(Bytes.of(Arrays.copyOf(seed, 20)).toHex()),
            Wei.of(5),
            Bytes.of(Keccak256.of(seed)),
            List.of());
    // The x coordinate of twice the generator of secp256k1 is a valid r.
    BigInteger r =
        new BigInteger("c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5", 16);
    BigInteger s = new BigInteger(1, Keccak256.of(Keccak256.of(seed))).shiftRight(2);
    return SignedTransaction.of(fields, new Signature(r, s, 0));
  }

  private static List<SignedTransaction> hidden(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(PrivateSocketsTest::hidden).toList();
  }

  private static boolean tells(String text, String digits) {
    for (int i = 0; i + TELLING <= digits.length(); i++) {
      if (text.contains(digits.substring(i, i + TELLING))) {
        return true;
      }
    }
    return false;
  }

  private boolean sawHash(String name, SignedTransaction tx) {
    return tells(taps.get(name).heard(), tx.hash().value().substring(2));
  }

  private boolean sawBytes(String name, SignedTransaction tx) {
    String common = tx.signature().r().toString(16); // that all of this test have in common
    String heard = taps.get(name).heard();
    return Arrays.stream(tx.raw().toHex().split(common)).anyMatch(part -> tells(heard, part));
  }

  private void isSecret(List<SignedTransaction> txs) {
    for (String name : PUBLIC) {
      assertThat(taps.get(name).heard()).as(name).contains("post / http/1.1", "eth_chainid");
      for (SignedTransaction tx : txs) {
        assertThat(sawHash(name, tx)).as("%s saw the hash of %s", name, tx.hash()).isFalse();
        assertThat(sawBytes(name, tx)).as("%s saw bytes of %s", name, tx.hash()).isFalse();
      }
    }
  }

  private static void until(BooleanSupplier reached, String what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** So that the pool has looked at the height meanwhile. */
  private void untilLooked() {
    long before = looks();
    until(() -> looks() >= before + 6, "two looks at the height at each of three");
  }

  private long looks() {
    return PUBLIC.stream()
        .flatMap(name -> nodes.get(name).log().stream())
        .flatMap(seen -> seen.request().calls().stream())
        .filter(call -> call.text().contains("\"latest\""))
        .count();
  }

  /** All that a host may do while it waits for a transaction; what names it is refused. */
  private void curious(RpcPool pool, SignedTransaction tx) {
    CallOptions patient = CallOptions.within(Duration.ofSeconds(30));
    RpcOutcome<?> refused = new RpcOutcome.Failed<>(new RpcFailure.PrivateTransaction(tx.hash()));
    assertThat(pool.call(Requests.knows(tx.hash()), patient).join()).isEqualTo(refused);
    assertThat(
            pool.callBatch(
                    List.of(
                        Requests.gasPrice(),
                        Requests.receipt(tx.hash()),
                        Requests.transaction(tx.hash())),
                    patient)
                .join()
                .subList(1, 3))
        .containsOnly(refused);
    for (Fact<?> fact :
        List.of(
            new Fact.ReceiptOf(tx.hash(), ref(1_000)),
            new Fact.TransactionByHash(tx.hash(), ref(1_000)))) {
      assertThat(pool.criticalRead(fact, patient).join().toString()).contains("sent in private");
    }
    assertThatThrownBy(() -> pool.sighting(tx)).isInstanceOf(PrivateTransactionException.class);
    assertThatThrownBy(() -> pool.broadcast(tx, BroadcastOptions.EVERYONE))
        .isInstanceOf(PrivateTransactionException.class);
    // What names nothing goes on, to those who must not know.
    assertThat(
            pool.criticalRead(new Fact.Nonce(tx.sender(), ref(1_000)), patient).join().toString())
        .contains("Agreed");
    Wiring.detach(pool.broadcast(Rig.transaction(7), BroadcastOptions.EVERYONE));
    for (String name : PUBLIC) {
      until(() -> sawBytes(name, Rig.transaction(7)), name + " sees what is public");
    }
  }

  /** The first requests of a process load classes, and may take longer than a broadcast may. */
  private static void warmUp(RpcPool pool) {
    until(
        () ->
            pool.criticalRead(
                    new Fact.Height(BlockTag.LATEST), CallOptions.within(Duration.ofSeconds(5)))
                .join()
                .toString()
                .contains("Agreed"),
        "three operators answer");
  }

  /** The same bytes again where a busy machine was late: it is once that the node takes them. */
  private static void accepted(RpcPool pool, SignedTransaction tx) {
    until(
        () -> pool.broadcast(tx, RELAY).join().outcome() == Outcome.ACCEPTED,
        "the named endpoint takes it");
  }

  @Test
  void one_and_a_batch_are_seen_by_the_named_endpoint_alone() {
    try (RpcPool pool = pool()) {
      warmUp(pool);
      pool.heads().subscribe(new Ignored<>());
      SignedTransaction one = hidden(1);
      List<SignedTransaction> many = hidden(2, 60);
      accepted(pool, one);
      assertThat(pool.broadcastAll(many, RELAY).join())
          .extracting(BroadcastEvidence::outcome)
          .containsOnly(Outcome.ACCEPTED);
      assertThat(sawBytes("relay", one)).isTrue(); // so that a false means something
      assertThat(many).allMatch(tx -> sawBytes("relay", tx));
      curious(pool, one);
      curious(pool, many.get(30));
      untilLooked();
      isSecret(many);
      isSecret(List.of(one));
    }
    isSecret(hidden(1, 60)); // the last words of a pool that closes
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {
        "HUNG_REQUEST",
        "HUNG_REPLY",
        "LOST_REPLY",
        "CUT_REPLY",
        "RESET",
        "GATEWAY_TIMEOUT",
        "WRONG_HASH"
      })
  void what_the_named_endpoint_does_to_it_shows_nowhere_else(Fault fault) {
    try (RpcPool pool = pool(Duration.ofSeconds(2))) {
      warmUp(pool);
      accepted(pool, hidden(1));
      nodes.get("relay").policy(request -> request.calls(SEND) ? fault : Fault.PASS);
      List<SignedTransaction> all = hidden(2, 6);
      do {
        for (BroadcastEvidence evidence : pool.broadcastAll(all, RELAY).join()) {
          assertThat(evidence.answers())
              .extracting(BroadcastEvidence.Answer::endpoint)
              .containsOnly("relay");
        }
      } while (nodes.get("relay").hits(fault) == 0); // not within two seconds on a busy machine
      nodes.get("relay").policy(FaultPolicy.none());
      curious(pool, all.get(2));
      untilLooked();
      isSecret(all);
    }
  }

  @Test
  void a_connection_that_is_reset_in_the_middle_of_the_bytes_shows_nothing_elsewhere() {
    try (RpcPool pool = pool()) {
      warmUp(pool);
      accepted(pool, hidden(1));
      for (int cut : new int[] {0, 1, 200, 700, 3_000}) {
        List<SignedTransaction> all = hidden(10 + 100L * cut, 29 + 100L * cut);
        taps.get("relay").resetAfter(cut);
        for (BroadcastEvidence evidence : pool.broadcastAll(all, RELAY).join()) {
          assertThat(evidence.outcome()).isIn(Outcome.AMBIGUOUS, Outcome.NOT_SENT);
          assertThat(evidence.answers())
              .extracting(BroadcastEvidence.Answer::endpoint)
              .containsOnly("relay");
        }
        taps.get("relay").passAll();
        assertThat(sawBytes("relay", all.get(0))).isEqualTo(cut >= 700);
        assertThat(sawBytes("relay", all.get(19))).isFalse();
        curious(pool, all.get(19));
        isSecret(all);
      }
      untilLooked();
      isSecret(List.of(hidden(1)));
    }
  }

  @Test
  void after_its_window_the_hash_may_be_seen_and_the_bytes_never() {
    try (RpcPool pool = pool()) {
      warmUp(pool);
      SignedTransaction tx = hidden(1);
      accepted(pool, tx);
      untilLooked();
      height.addAndGet(2);
      untilLooked();
      curious(pool, tx);
      isSecret(List.of(tx));
      height.incrementAndGet();
      until(
          () ->
              pool.call(Requests.knows(tx.hash()), CallOptions.DEFAULT).join()
                  instanceof RpcOutcome.Ok,
          "its window has passed");
      assertThat(PUBLIC).anyMatch(name -> sawHash(name, tx)); // and this test can see it
      assertThatThrownBy(() -> pool.broadcast(tx, BroadcastOptions.EVERYONE))
          .isInstanceOf(PrivateTransactionException.class);
      assertThat(PUBLIC).noneMatch(name -> sawBytes(name, tx));
    }
  }

  @Test
  void what_goes_public_by_its_route_is_seen_from_that_block_on_and_not_before() {
    try (RpcPool pool = pool()) {
      warmUp(pool);
      SignedTransaction tx = hidden(1);
      nodes.get("relay").policy(FaultPolicy.always(Fault.RESET));
      pool.broadcast(tx, RELAY.by(Route.privatelyUntil(5, "relay"))).join();
      untilLooked();
      height.addAndGet(4);
      untilLooked();
      curious(pool, tx);
      isSecret(List.of(tx));
      height.incrementAndGet();
      until(() -> PUBLIC.stream().anyMatch(name -> sawBytes(name, tx)), "it goes public");
      assertThat(pool.evidence(tx.hash()).orElseThrow().publicSince()).hasValue(1_005);
    }
  }

  @Test
  void a_restart_within_the_window_shows_nothing_and_keeps_its_end() throws Exception {
    SignedTransaction tx = hidden(1);
    SignedTransaction later = hidden(2);
    BroadcastOptions until = RELAY.by(Route.privatelyUntil(6, "relay"));
    try (RpcPool pool = pool(Duration.ofSeconds(2))) {
      warmUp(pool);
      accepted(pool, tx);
      nodes.get("relay").policy(FaultPolicy.always(Fault.HUNG_REQUEST));
      pool.broadcast(later, until).join();
      untilLooked();
    }
    nodes.get("relay").policy(FaultPolicy.none());
    try (RpcPool pool = pool()) {
      curious(pool, tx); // its first questions
      curious(pool, later);
      height.addAndGet(2);
      untilLooked();
      curious(pool, tx);
      isSecret(List.of(tx, later));
      assertThat(Files.readString(folder.resolve("routing.state")))
          .contains(tx.hash().value())
          .doesNotContain(tx.raw().toHex().substring(2));
      height.incrementAndGet();
      until(
          () ->
              pool.call(Requests.knows(tx.hash()), CallOptions.DEFAULT).join()
                  instanceof RpcOutcome.Ok,
          "the window of before has passed");
      height.addAndGet(2); // 1,005: not yet
      untilLooked();
      pool.broadcast(later, until).join();
      curious(pool, later);
      isSecret(List.of(later));
      height.incrementAndGet();
      until(() -> PUBLIC.stream().anyMatch(name -> sawBytes(name, later)), "it goes public");
      assertThat(PUBLIC).noneMatch(name -> sawBytes(name, tx));
    }
  }
}
