package io.payonce.examples.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Wei;
import io.payonce.internal.Keccak256;
import io.payonce.internal.Secp256k1;
import io.payonce.testing.Fault;
import io.payonce.testing.FaultPolicy;
import io.payonce.testing.FaultProxy;
import io.payonce.testing.MissingPartException;
import io.payonce.testing.SeededFaults;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bouncycastle.asn1.sec.SECNamedCurves;

/**
 * One payer, one fresh node, one faulty network between them, and a judge that reads the chain
 * only. The same setting draws the same faults, in the order in which sends arrive.
 */
public final class FaultedRun {
  private static final int TRIES = 6;
  private static final int SETTLE_BLOCKS = 200;
  private static final String SEND = "eth_sendRawTransaction";

  private FaultedRun() {}

  /**
   * What is run.
   *
   * @param lostReplies per cent of sends that reach the node and whose reply is lost
   * @param lostRequests per cent of sends that never reach the node
   * @param concurrency payments under way at once
   * @param payees number of payments, each to a payee of its own
   * @param blockTimeMillis between two blocks
   * @param seed of faults, key and payees
   */
  public record Setting(
      int lostReplies,
      int lostRequests,
      int concurrency,
      int payees,
      int blockTimeMillis,
      long seed) {}

  /**
   * What the chain says after the faults ended and the pool ran empty.
   *
   * @param extra payments beyond the first to the same payee
   * @param neverPaid payees without a payment
   * @param behindGap transactions that wait behind a missing nonce
   * @param belief what the payer believed
   * @param repliesLost how many replies the network lost
   * @param requestsLost how many requests the network lost
   * @param took from the first payment to the payer's return
   */
  public record Judgement(
      int extra,
      int neverPaid,
      int behindGap,
      Payer.Belief belief,
      long repliesLost,
      long requestsLost,
      Duration took) {
    /** Everybody was paid once and nothing is stranded. */
    public boolean clean() {
      return extra == 0 && neverPaid == 0 && behindGap == 0;
    }
  }

  public static Judgement run(Payer payer, Setting setting) throws Exception {
    try (AnvilNode node = start(setting);
        FaultProxy network = FaultProxy.forwardingTo(node.url()).policy(faults(setting)).start()) {
      String key = Bytes.of(Keccak256.of(text("payer " + setting.seed()))).toHex();
      Address wallet = addressOf(key);
      node.setBalance(wallet, Wei.ofCoins("1000"));
      List<Payer.Payment> payments = payments(setting);
      Instant before = InstantSource.system().instant();
      Payer.Belief belief =
          payer.pay(
              new Payer.Job(
                  network.url(), node.chainId(), key, payments, setting.concurrency(), TRIES));
      Duration took = Duration.between(before, InstantSource.system().instant());
      network.policy(FaultPolicy.none());
      if (network.upstreamFailures() > 0) {
        throw new IllegalStateException("the node failed on its own: the run proves nothing");
      }
      settle(node);
      Map<Address, Integer> paid = read(node, wallet, payments);
      return new Judgement(
          paid.values().stream().mapToInt(times -> Math.max(0, times - 1)).sum(),
          (int) paid.values().stream().filter(times -> times == 0).count(),
          node.pool().gapped(),
          belief,
          network.hits(Fault.LOST_REPLY),
          network.hits(Fault.LOST_REQUEST),
          took);
    }
  }

  private static AnvilNode start(Setting setting) throws MissingPartException {
    return AnvilNode.builder().blockTimeMillis(setting.blockTimeMillis()).slotsInAnEpoch(1).start();
  }

  private static FaultPolicy faults(Setting setting) {
    return SeededFaults.builder(new SplittableRandom(setting.seed()))
        .percent(Fault.LOST_REPLY, setting.lostReplies())
        .percent(Fault.LOST_REQUEST, setting.lostRequests())
        .build()
        .onMethod(SEND);
  }

  private static List<Payer.Payment> payments(Setting setting) {
    List<Payer.Payment> payments = new ArrayList<>();
    for (int i = 0; i < setting.payees(); i++) {
      byte[] hash = Keccak256.of(text("payee " + setting.seed() + " " + i));
      payments.add(
          new Payer.Payment(Address.of(Arrays.copyOfRange(hash, 12, 32)), Wei.of(1_000_000L + i)));
    }
    return List.copyOf(payments);
  }

  /** Mines until nothing that could be mined waits. */
  private static void settle(AnvilNode node) {
    for (int i = 0; node.pool().executable() > 0; i++) {
      if (i == SETTLE_BLOCKS) {
        throw new IllegalStateException("the pool did not empty: " + node.pool());
      }
      node.mine(1);
    }
  }

  /** How often each payee was paid by the wallet, from the blocks. */
  private static Map<Address, Integer> read(
      AnvilNode node, Address wallet, List<Payer.Payment> payments) {
    Map<Address, Integer> paid = new LinkedHashMap<>();
    Map<Address, Wei> amounts = new LinkedHashMap<>();
    for (Payer.Payment payment : payments) {
      paid.put(payment.payee(), 0);
      amounts.put(payment.payee(), payment.amount());
    }
    long head = node.blockNumber();
    for (long number = 1; number <= head; number++) {
      JsonNode block = node.rpc().call("eth_getBlockByNumber", NodeRpc.hex(number), true);
      for (JsonNode tx : block.path("transactions")) {
        if (Address.of(tx.path("from").asText()).equals(wallet)) {
          count(tx, paid, amounts);
        }
      }
    }
    return paid;
  }

  private static void count(JsonNode tx, Map<Address, Integer> paid, Map<Address, Wei> amounts) {
    Address to = Address.of(tx.path("to").asText());
    Wei value = Wei.of(NodeRpc.quantity(tx.path("value")));
    Wei asked = amounts.get(to);
    if (asked == null) {
      // A cancel or a filled gap moves nothing; value to a stranger is no judgement but a bug.
      if (value.compareTo(Wei.ZERO) > 0) {
        throw new IllegalStateException("paid a stranger: " + tx);
      }
    } else if (!asked.equals(value)) {
      throw new IllegalStateException("paid " + value + " in place of " + asked + ": " + tx);
    } else {
      paid.merge(to, 1, Integer::sum);
    }
  }

  private static Address addressOf(String privateKey) {
    BigInteger secret = new BigInteger(privateKey.substring(2), 16);
    byte[] point =
        SECNamedCurves.getByName("secp256k1").getG().multiply(secret).normalize().getEncoded(false);
    return Address.of(Secp256k1.address(point));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
