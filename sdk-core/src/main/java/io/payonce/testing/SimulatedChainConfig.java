package io.payonce.testing;

import io.payonce.ChainId;
import io.payonce.Wei;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The settings of a {@link SimulatedChain}. Each method that takes a value gives a copy with it.
 *
 * @param seed of all dice
 * @param chain its chain id, 1337 by default
 * @param providers the client family behind each provider, in order; at least one
 * @param blockTime from one block to the next, 12 s by default
 * @param safeDepth how far the safe block trails the head, 2 blocks by default
 * @param finalizedDepth how far the finalized one does, 4 blocks by default
 * @param minLatency of one way of a request, 5 ms by default
 * @param maxLatency of one way of a request, 60 ms by default
 * @param gossipDelay from one pool to the others, 200 ms by default
 * @param propagationDelay until a node has a new block, at most, 300 ms by default
 * @param initialBaseFee where the base fee begins and is pulled back to, 10 gwei by default
 * @param baseFeeWalks whether blocks are more or less full by dice, or all exactly half
 * @param suggestedTip what nodes suggest as priority fee, 1 gwei by default
 * @param gasLimit of a block, 30 million by default
 * @param poolCapacity transactions in one pool, 5,000 by default
 */
public record SimulatedChainConfig(
    long seed,
    ChainId chain,
    Map<String, ClientFamily> providers,
    Duration blockTime,
    int safeDepth,
    int finalizedDepth,
    Duration minLatency,
    Duration maxLatency,
    Duration gossipDelay,
    Duration propagationDelay,
    Wei initialBaseFee,
    boolean baseFeeWalks,
    Wei suggestedTip,
    long gasLimit,
    int poolCapacity) {
  public static final SimulatedChainConfig DEFAULT =
      new SimulatedChainConfig(
          1,
          ChainId.of(1337),
          Map.of(),
          Duration.ofSeconds(12),
          2,
          4,
          Duration.ofMillis(5),
          Duration.ofMillis(60),
          Duration.ofMillis(200),
          Duration.ofMillis(300),
          Wei.gwei(10),
          true,
          Wei.gwei(1),
          30_000_000,
          5_000);

  public SimulatedChainConfig {
    providers = Collections.unmodifiableMap(new LinkedHashMap<>(providers));
    if (blockTime.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("blockTime " + blockTime + " must be 1 ms or more");
    }
    if (safeDepth < 0 || finalizedDepth < safeDepth || finalizedDepth > 60) {
      throw new IllegalArgumentException(
          "safeDepth " + safeDepth + ", finalizedDepth " + finalizedDepth + " must rise, 0 to 60");
    }
    if (minLatency.isNegative() || maxLatency.compareTo(minLatency) < 0) {
      throw new IllegalArgumentException(
          "latency " + minLatency + " to " + maxLatency + " must rise from 0");
    }
    if (gossipDelay.isNegative() || propagationDelay.isNegative()) {
      throw new IllegalArgumentException(
          "gossipDelay "
              + gossipDelay
              + ", propagationDelay "
              + propagationDelay
              + " must be >= 0");
    }
    if (initialBaseFee.isZero() || gasLimit < 100_000 || poolCapacity < 1) {
      throw new IllegalArgumentException(
          "initialBaseFee "
              + initialBaseFee
              + " must be above 0, gasLimit "
              + gasLimit
              + " 100000 or more, poolCapacity "
              + poolCapacity
              + " 1 or more");
    }
  }

  public SimulatedChainConfig seed(long value) {
    return new SimulatedChainConfig(
        value,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig chain(ChainId value) {
    return new SimulatedChainConfig(
        seed,
        value,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig providers(Map<String, ClientFamily> value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        value,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig blockTime(Duration value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        value,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig initialBaseFee(Wei value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        value,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig baseFeeWalks(boolean value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        value,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig suggestedTip(Wei value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        value,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig gasLimit(long value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        value,
        poolCapacity);
  }

  public SimulatedChainConfig poolCapacity(int value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        value);
  }

  public SimulatedChainConfig gossipDelay(Duration value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        value,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  public SimulatedChainConfig propagationDelay(Duration value) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        minLatency,
        maxLatency,
        gossipDelay,
        value,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  /** How far the safe and the finalized block trail the head. */
  public SimulatedChainConfig depths(int safe, int finality) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safe,
        finality,
        minLatency,
        maxLatency,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }

  /** One way of a request takes from the one to the other. */
  public SimulatedChainConfig latency(Duration min, Duration max) {
    return new SimulatedChainConfig(
        seed,
        chain,
        providers,
        blockTime,
        safeDepth,
        finalizedDepth,
        min,
        max,
        gossipDelay,
        propagationDelay,
        initialBaseFee,
        baseFeeWalks,
        suggestedTip,
        gasLimit,
        poolCapacity);
  }
}
