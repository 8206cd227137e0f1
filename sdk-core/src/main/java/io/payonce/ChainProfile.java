package io.payonce;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;

/**
 * What is particular about one chain: data, not code.
 *
 * @param name for people and messages, like "Ethereum"
 * @param coin symbol of the native coin; 18 decimals on every chain listed here
 * @param blockTime nominal time between blocks
 * @param finality what counts as final when the host does not say
 * @param limits what a host may ask for and what a transaction may use
 * @param unsupported the part of the fee that Payonce cannot price here yet; such a chain is
 *     refused with {@code PROFILE_UNSUPPORTED} and never quoted without that part
 * @param ethereumHeaders whether a block's hash is that of the header fields of Ethereum, as nodes
 *     show them: then a header that gives another hash than it names is a lie. Where it is false
 *     such a header only proves nothing
 */
public record ChainProfile(
    ChainId id,
    String name,
    String coin,
    Duration blockTime,
    Finality finality,
    FeeRules fees,
    Limits limits,
    Optional<String> unsupported,
    boolean ethereumHeaders) {

  /** A chain of whose headers nothing is known. */
  public ChainProfile(
      ChainId id,
      String name,
      String coin,
      Duration blockTime,
      Finality finality,
      FeeRules fees,
      Limits limits,
      Optional<String> unsupported) {
    this(id, name, coin, blockTime, finality, fees, limits, unsupported, false);
  }

  public ChainProfile {
    if (blockTime.isNegative()
        || blockTime.isZero()
        || blockTime.compareTo(Duration.ofMinutes(10)) > 0) {
      throw new IllegalArgumentException(
          "blockTime " + blockTime + " must be above 0, at most 10 m");
    }
    requireStrongEnough(name, finality, limits);
  }

  /**
   * This profile; throws {@link ChainProfileException} with {@code PROFILE_UNSUPPORTED}, the chain
   * and the part of its fee that is not built yet, when it has such a part.
   */
  public ChainProfile requireSupported() {
    unsupported.ifPresent(
        part -> {
          throw new ChainProfileException(
              ChainProfileException.Code.PROFILE_UNSUPPORTED,
              "chain "
                  + id
                  + " ("
                  + name
                  + ") is not supported: its fee has a part that cannot be priced yet, "
                  + part);
        });
    return this;
  }

  /** The same chain with another finality; throws when it is weaker than the chain's minimum. */
  public ChainProfile withFinality(Finality chosen) {
    return new ChainProfile(
        id, name, coin, blockTime, chosen, fees, limits, unsupported, ethereumHeaders);
  }

  /**
   * How fees are formed.
   *
   * @param denominator and elasticity: of the EIP-1559 base fee rule
   * @param minBaseFee floor of the base fee in wei
   * @param minTip the least tip that is ever offered
   * @param maxTip the most of a node's suggestion that is believed
   * @param replacementPercent by how much pools want both fee fields raised, at least 10
   */
  public record FeeRules(
      FeeModel model,
      long denominator,
      long elasticity,
      Wei minBaseFee,
      Wei minTip,
      Wei maxTip,
      int replacementPercent) {
    public FeeRules {
      if (denominator < 1 || elasticity < 1) {
        throw new IllegalArgumentException(
            "denominator " + denominator + " and elasticity " + elasticity + " must be 1 or more");
      }
      if (replacementPercent < 10 || replacementPercent > 100) {
        throw new IllegalArgumentException(
            "replacementPercent " + replacementPercent + " must be 10 to 100");
      }
      if (maxTip.isZero() || minTip.isGreaterThan(maxTip)) {
        throw new IllegalArgumentException(
            "minTip " + minTip + " must not exceed maxTip " + maxTip + ", which must be above 0");
      }
    }
  }

  /** The family of fee market. */
  public enum FeeModel {
    /** EIP-1559 with a base fee that follows from the parent block. */
    EIP1559,
    /** EIP-1559 fields, but the base fee is no function of the parent. */
    OBSERVED,
    /** Gas price only: legacy transactions. */
    LEGACY
  }

  /**
   * Bounds of this chain.
   *
   * @param minimumDepth the smallest {@link Finality.Depth} that may be asked for
   * @param safeTag whether {@code safe} may be asked for
   * @param finalizedTag whether {@code finalized} may be asked for
   * @param txGasCap the most gas of one transaction
   * @param maxLag blocks by which a healthy node may trail
   */
  public record Limits(
      int minimumDepth, boolean safeTag, boolean finalizedTag, BigInteger txGasCap, int maxLag) {
    public Limits {
      if (minimumDepth < 1 || minimumDepth > 4096) {
        throw new IllegalArgumentException("minimumDepth " + minimumDepth + " must be 1 to 4096");
      }
      if (txGasCap.compareTo(TransactionChecks.MIN_GAS) < 0 || txGasCap.bitLength() > 63) {
        throw new IllegalArgumentException("txGasCap " + txGasCap + " must be 21000 to 2^63 - 1");
      }
      if (maxLag < 0 || maxLag > 4096) {
        throw new IllegalArgumentException("maxLag " + maxLag + " must be 0 to 4096");
      }
    }
  }

  private static void requireStrongEnough(String name, Finality finality, Limits limits) {
    boolean enough =
        finality instanceof Finality.Depth depth
            ? depth.blocks() >= limits.minimumDepth()
            : finality instanceof Finality.Safe ? limits.safeTag() : limits.finalizedTag();
    if (!enough) {
      throw new IllegalArgumentException(
          "finality "
              + finality
              + " is weaker than the minimum of "
              + name
              + ": depth "
              + limits.minimumDepth()
              + (limits.safeTag() ? ", safe" : "")
              + (limits.finalizedTag() ? ", finalized" : ""));
    }
  }
}
