package io.payonce.routing;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.ChainProfile;
import io.payonce.Finality;
import io.payonce.Signature;
import io.payonce.SignedTransaction;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.testing.VirtualTime;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** A pool over scripted endpoints in virtual time. */
final class Rig {
  static final ChainProfile CHAIN =
      new ChainProfile(
          ChainId.of(1),
          "Test",
          "ETH",
          Duration.ofSeconds(12),
          new Finality.Depth(12),
          new ChainProfile.FeeRules(
              ChainProfile.FeeModel.EIP1559,
              8,
              2,
              Wei.of(7),
              Wei.of(1),
              Wei.of(1_000_000_000L),
              10),
          new ChainProfile.Limits(1, true, true, BigInteger.valueOf(16_777_216), 1),
          Optional.empty());

  final VirtualTime time = new VirtualTime();
  final Map<String, ScriptedTransport> transports = new LinkedHashMap<>();
  final Instant start = time.now();
  private final RpcPoolBuilder builder;
  private RpcPool pool;
  private long seed = 7;

  /** What the parts of a pool share, for parts that are tested alone. */
  static Wiring wiring(VirtualTime time, RoutingListener listener) {
    return new Wiring(
        CHAIN.id(),
        RoutingPolicy.DEFAULT,
        time.ticker(),
        time.clock(),
        new Random(1),
        time.scheduler(),
        time.executor(),
        false,
        listener,
        null);
  }

  Rig() {
    this(CHAIN);
  }

  Rig(ChainProfile chain) {
    builder = RpcPool.builder(chain);
  }

  /** One endpoint for each operator, of the same name. */
  static Rig of(String... operators) {
    Rig rig = new Rig();
    for (String operator : operators) {
      rig.endpoint(operator, operator);
    }
    return rig;
  }

  Rig endpoint(String name, String operator) {
    return endpoint(Endpoint.of(name, operator, "https://" + name + ".example/"));
  }

  Rig endpoint(Endpoint endpoint) {
    transports.put(endpoint.name(), new ScriptedTransport(time));
    builder.endpoint(endpoint);
    return this;
  }

  static Endpoint.Builder like(String name) {
    return Endpoint.builder(name, name, SecretUri.of("https://" + name + ".example/"));
  }

  Rig listener(RoutingListener listener) {
    builder.listener(listener);
    return this;
  }

  Rig metrics(RoutingMetrics metrics) {
    builder.metrics(metrics);
    return this;
  }

  Rig push(WebSocketChannel.Opener opener) {
    builder.push(opener);
    return this;
  }

  Rig store(RoutingStateStore store) {
    builder.stateStore(store);
    return this;
  }

  Rig policy(RoutingPolicy policy) {
    builder.policy(policy);
    return this;
  }

  Rig random(long otherSeed) {
    seed = otherSeed;
    return this;
  }

  RpcPool pool() {
    if (pool == null) {
      pool =
          builder
              .singleOperator(true)
              .transport(endpoint -> transports.get(endpoint.name()))
              .clock(time.clock())
              .ticker(time.ticker())
              .random(new Random(seed))
              .scheduler(time.scheduler())
              .executor(time.executor())
              .build();
    }
    return pool;
  }

  ScriptedTransport at(String name) {
    return transports.get(name);
  }

  EndpointHealth health(String name) {
    return pool().health().stream().filter(h -> h.name().equals(name)).findFirst().orElseThrow();
  }

  <T> T await(CompletableFuture<T> future) {
    return time.await(future, Duration.ofMinutes(10));
  }

  /** Different for each nonce; the key behind it is nobody's. */
  static SignedTransaction transaction(long nonce) {
    return transaction(nonce, 1);
  }

  /** As nodes show it that have it. */
  static String shown(SignedTransaction tx) {
    UnsignedTransaction.DynamicFee fields = (UnsignedTransaction.DynamicFee) tx.transaction();
    return """
        {"hash":"%s","type":"0x2","chainId":"0x%x","nonce":"0x%x","maxPriorityFeePerGas":"0x%x",
        "maxFeePerGas":"0x%x","gas":"0x%x","to":"%s","value":"0x%x","input":"%s","accessList":[],
        "from":"%s","yParity":"0x%x","r":"0x%x","s":"0x%x"}"""
        .formatted(
            tx.hash(),
            fields.chain().value(),
            fields.nonce(),
            fields.maxPriorityFeePerGas().value(),
            fields.maxFeePerGas().value(),
            fields.gasLimit(),
            fields.to(),
            fields.value().value(),
            fields.data().toHex(),
            tx.sender(),
            tx.signature().yParity(),
            tx.signature().r(),
            tx.signature().s());
  }

  static SignedTransaction transaction(long nonce, long chain) {
    UnsignedTransaction unsigned =
        new UnsignedTransaction.DynamicFee(
            ChainId.of(chain),
            nonce,
            Wei.of(1),
            Wei.of(100),
            BigInteger.valueOf(21_000),
            Address.of("0x00000000000000000000000000000000000000ff"),
            Wei.of(5),
            Bytes.EMPTY,
            List.of());
    // The x coordinate of secp256k1's generator is a valid r.
    BigInteger r =
        new BigInteger("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 16);
    return SignedTransaction.of(unsigned, new Signature(r, BigInteger.ONE, 0));
  }
}
