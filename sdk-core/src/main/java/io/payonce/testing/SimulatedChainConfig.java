package io.payonce.testing;

import io.payonce.ChainId;
import io.payonce.Wei;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

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
    return changed(draft -> draft.seed = value);
  }

  public SimulatedChainConfig chain(ChainId value) {
    return changed(draft -> draft.chain = value);
  }

  public SimulatedChainConfig providers(Map<String, ClientFamily> value) {
    return changed(draft -> draft.providers = value);
  }

  public SimulatedChainConfig blockTime(Duration value) {
    return changed(draft -> draft.blockTime = value);
  }

  public SimulatedChainConfig gossipDelay(Duration value) {
    return changed(draft -> draft.gossipDelay = value);
  }

  public SimulatedChainConfig propagationDelay(Duration value) {
    return changed(draft -> draft.propagationDelay = value);
  }

  public SimulatedChainConfig initialBaseFee(Wei value) {
    return changed(draft -> draft.initialBaseFee = value);
  }

  public SimulatedChainConfig baseFeeWalks(boolean value) {
    return changed(draft -> draft.baseFeeWalks = value);
  }

  public SimulatedChainConfig suggestedTip(Wei value) {
    return changed(draft -> draft.suggestedTip = value);
  }

  public SimulatedChainConfig gasLimit(long value) {
    return changed(draft -> draft.gasLimit = value);
  }

  public SimulatedChainConfig poolCapacity(int value) {
    return changed(draft -> draft.poolCapacity = value);
  }

  /** How far the safe and the finalized block trail the head. */
  public SimulatedChainConfig depths(int safe, int finality) {
    return changed(
        draft -> {
          draft.safeDepth = safe;
          draft.finalizedDepth = finality;
        });
  }

  /** One way of a request takes from the one to the other. */
  public SimulatedChainConfig latency(Duration min, Duration max) {
    return changed(
        draft -> {
          draft.minLatency = min;
          draft.maxLatency = max;
        });
  }

  private SimulatedChainConfig changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.config();
  }

  /** The same fields, open to change, so that each copy above names only what differs. */
  private static final class Draft {
    private long seed;
    private ChainId chain;
    private Map<String, ClientFamily> providers;
    private Duration blockTime;
    private int safeDepth;
    private int finalizedDepth;
    private Duration minLatency;
    private Duration maxLatency;
    private Duration gossipDelay;
    private Duration propagationDelay;
    private Wei initialBaseFee;
    private boolean baseFeeWalks;
    private Wei suggestedTip;
    private long gasLimit;
    private int poolCapacity;

    Draft(SimulatedChainConfig from) {
      seed = from.seed;
      chain = from.chain;
      providers = from.providers;
      blockTime = from.blockTime;
      safeDepth = from.safeDepth;
      finalizedDepth = from.finalizedDepth;
      minLatency = from.minLatency;
      maxLatency = from.maxLatency;
      gossipDelay = from.gossipDelay;
      propagationDelay = from.propagationDelay;
      initialBaseFee = from.initialBaseFee;
      baseFeeWalks = from.baseFeeWalks;
      suggestedTip = from.suggestedTip;
      gasLimit = from.gasLimit;
      poolCapacity = from.poolCapacity;
    }

    SimulatedChainConfig config() {
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
          poolCapacity);
    }
  }
}
