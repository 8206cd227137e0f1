package io.payonce.testing;

import java.math.BigInteger;
import java.util.List;

/**
 * A node implementation: its name, its rule for replacing a pooled transaction, its queue limits
 * and its words. Codes carry no class: the same code means different things, and one thing has
 * different codes, so nothing but the words of each client is modelled.
 *
 * <p>Sources: go-ethereum {@code core/txpool}, reth {@code transaction-pool} and {@code
 * rpc-eth-types}, Besu {@code RpcErrorType}, Nethermind {@code AcceptTxResult} before its issue
 * 12153 (later releases use the words of geth).
 */
public enum ClientFamily {
  GETH("Geth/v1.16.4-stable/linux-amd64/go1.25.1", 64),
  RETH("reth/v1.8.2-9c30bf7/x86_64-unknown-linux-gnu", 16),
  BESU("besu/v25.9.0/linux-x86_64/openjdk-java-21", 200),
  NETHERMIND("Nethermind/v1.36.0+9b2d7a51/linux-x64/dotnet9.0.9", 1024);

  private static final BigInteger HUNDRED = BigInteger.valueOf(100);
  private static final BigInteger TEN = BigInteger.TEN;
  private static final int BUMP_PERCENT = 10;

  /** How many wordings {@link #payload} has. */
  static final int PAYLOADS = 3;

  /** Why a pool does not take a transaction. */
  enum Refusal {
    ALREADY_KNOWN,
    NONCE_TOO_LOW,
    REPLACEMENT_UNDERPRICED,
    UNDERPRICED,
    INSUFFICIENT_FUNDS,
    TOO_MANY_OF_SENDER,
    DELEGATED,
    DELEGATED_GAP,
    WRONG_CHAIN,
    GAS_LIMIT
  }

  private final String version;
  private final int accountLimit;

  ClientFamily(String version, int accountLimit) {
    this.version = version;
    this.accountLimit = accountLimit;
  }

  /** As {@code web3_clientVersion} answers. */
  public String version() {
    return version;
  }

  /** geth: queued ones of an account; reth: all of it; Besu, Nethermind: distance of the nonce. */
  int accountLimit() {
    return accountLimit;
  }

  /** Whether {@code now} may take the place of {@code old}. */
  boolean replaces(SimTx old, SimTx now, BigInteger baseFee) {
    return switch (this) {
      case GETH ->
          now.cap().compareTo(old.cap()) > 0
              && now.tip().compareTo(old.tip()) > 0
              && now.cap().compareTo(bumped(old.cap())) >= 0
              && now.tip().compareTo(bumped(old.tip())) >= 0;
      case RETH ->
          now.cap().compareTo(bumped(old.cap())) > 0
              && (old.tip().signum() == 0
                  || now.tip().signum() == 0
                  || now.tip().compareTo(bumped(old.tip())) > 0);
      case BESU -> besu(old, now, baseFee);
      case NETHERMIND -> nethermind(old, now, baseFee);
    };
  }

  private static boolean besu(SimTx old, SimTx now, BigInteger baseFee) {
    BigInteger oldPrice = old.effectivePrice(baseFee);
    BigInteger newPrice = now.effectivePrice(baseFee);
    BigInteger oldTip = old.effectiveTip(baseFee);
    BigInteger newTip = now.effectiveTip(baseFee);
    if (newPrice.multiply(HUNDRED).compareTo(oldPrice.multiply(percent())) >= 0) {
      return newTip.compareTo(oldTip) >= 0;
    }
    return newPrice.equals(oldPrice)
        && newTip.multiply(HUNDRED).compareTo(oldTip.multiply(percent())) >= 0;
  }

  private static boolean nethermind(SimTx old, SimTx now, BigInteger baseFee) {
    boolean onePrice = old.hasOnePrice() && now.hasOnePrice();
    BigInteger was = onePrice ? old.cap() : old.effectivePrice(baseFee);
    BigInteger is = onePrice ? now.cap() : now.effectivePrice(baseFee);
    if (old.cap().signum() == 0) {
      return true;
    }
    return is.compareTo(was.add(was.divide(TEN))) >= 0
        && (was.compareTo(TEN) >= 0 || is.compareTo(was) > 0);
  }

  private static BigInteger percent() {
    return BigInteger.valueOf(100 + BUMP_PERCENT);
  }

  /** {@code floor(old * 110 / 100)}. */
  private static BigInteger bumped(BigInteger old) {
    return old.multiply(percent()).divide(HUNDRED);
  }

  /** Whether a sender with delegated code (EIP-7702) may have only one pooled transaction. */
  boolean limitsDelegated() {
    return this != BESU;
  }

  /** The lowest priority fee that the pool takes, in wei. */
  BigInteger lowestTip() {
    return this == GETH ? BigInteger.ONE : BigInteger.ZERO;
  }

  /**
   * The words for a refusal.
   *
   * @param next the account's nonce in the node's state
   */
  RpcError error(Refusal why, SimTx tx, long next, BigInteger balance) {
    return switch (this) {
      case GETH -> geth(why, tx, next, balance);
      case RETH -> reth(why, tx, next, balance);
      case BESU -> besu(why);
      case NETHERMIND -> nethermind(why, tx, next, balance);
    };
  }

  private static RpcError geth(Refusal why, SimTx tx, long next, BigInteger balance) {
    String words =
        switch (why) {
          case ALREADY_KNOWN -> "already known";
          case NONCE_TOO_LOW -> "nonce too low: next nonce " + next + ", tx nonce " + tx.nonce();
          case REPLACEMENT_UNDERPRICED -> "replacement transaction underpriced";
          case UNDERPRICED ->
              "transaction underpriced: gas tip cap " + tx.tip() + ", minimum needed 1";
          case INSUFFICIENT_FUNDS ->
              "insufficient funds for gas * price + value: balance "
                  + balance
                  + ", tx cost "
                  + tx.cost()
                  + ", overshot "
                  + tx.cost().subtract(balance).max(BigInteger.ZERO);
          case TOO_MANY_OF_SENDER -> "txpool is full";
          case DELEGATED -> "in-flight transaction limit reached for delegated accounts";
          case DELEGATED_GAP -> "gapped-nonce tx from delegated accounts";
          case WRONG_CHAIN -> "invalid sender: invalid chain id for signer";
          case GAS_LIMIT -> "exceeds block gas limit";
        };
    return new RpcError(-32000, words);
  }

  private static RpcError reth(Refusal why, SimTx tx, long next, BigInteger balance) {
    return switch (why) {
      case ALREADY_KNOWN -> new RpcError(-32000, "already known");
      case NONCE_TOO_LOW ->
          new RpcError(-32003, "nonce too low: next nonce " + next + ", tx nonce " + tx.nonce());
      case REPLACEMENT_UNDERPRICED -> new RpcError(-32000, "replacement transaction underpriced");
      case UNDERPRICED -> new RpcError(-32000, "transaction underpriced");
      case INSUFFICIENT_FUNDS ->
          new RpcError(
              -32003,
              "insufficient funds for gas * price + value: have " + balance + " want " + tx.cost());
      case TOO_MANY_OF_SENDER -> new RpcError(-32003, "txpool is full");
      case DELEGATED ->
          new RpcError(-32000, "in-flight transaction limit reached for delegated accounts");
      case DELEGATED_GAP -> new RpcError(-32000, "gapped-nonce tx from delegated accounts");
      case WRONG_CHAIN -> new RpcError(-32000, "invalid chain ID");
      case GAS_LIMIT -> new RpcError(-32000, "exceeds block gas limit");
    };
  }

  private static RpcError besu(Refusal why) {
    return switch (why) {
      case ALREADY_KNOWN -> new RpcError(-32000, "Known transaction");
      case NONCE_TOO_LOW -> new RpcError(-32001, "Nonce too low");
      case REPLACEMENT_UNDERPRICED -> new RpcError(-32000, "Replacement transaction underpriced");
      case UNDERPRICED -> new RpcError(-32009, "Gas price below configured minimum gas price");
      case INSUFFICIENT_FUNDS -> new RpcError(-32004, "Upfront cost exceeds account balance");
      case TOO_MANY_OF_SENDER ->
          new RpcError(-32000, "Transaction nonce is too distant from current sender nonce");
      case DELEGATED, DELEGATED_GAP ->
          throw new IllegalStateException("Besu has no limit for delegated senders");
      case WRONG_CHAIN -> new RpcError(-32000, "Wrong chainId");
      case GAS_LIMIT -> new RpcError(-32005, "Transaction gas limit exceeds block gas limit");
    };
  }

  private static RpcError nethermind(Refusal why, SimTx tx, long next, BigInteger balance) {
    String words =
        switch (why) {
          case ALREADY_KNOWN -> "AlreadyKnown";
          case NONCE_TOO_LOW ->
              "nonce too low, Current nonce: " + next + ", nonce of rejected tx: " + tx.nonce();
          case REPLACEMENT_UNDERPRICED -> "ReplacementNotAllowed";
          case UNDERPRICED -> "FeeTooLow, FeePerGas needs to be higher than 0";
          case INSUFFICIENT_FUNDS ->
              "InsufficientFunds, Account balance: " + balance + ", cumulative cost: " + tx.cost();
          case TOO_MANY_OF_SENDER ->
              "NonceTooFarInFuture, Nonce is too far in the future. Expected nonce: " + next;
          case DELEGATED, DELEGATED_GAP -> "NotCurrentNonceForDelegation";
          case WRONG_CHAIN -> "Invalid, InvalidTxChainId: Invalid chain id";
          case GAS_LIMIT -> "gas limit reached";
        };
    return new RpcError(-32000, words);
  }

  /**
   * The words for a transaction that could be in no block, by its gas or its size.
   *
   * @param which 0 to {@link #PAYLOADS} - 1
   */
  RpcError payload(int which) {
    return switch (this) {
      case GETH ->
          new RpcError(
              -32000,
              List.of(
                      "intrinsic gas too low: gas 21000, minimum needed 53000",
                      "exceeds block gas limit",
                      "oversized data: transaction size 131073, limit 131072")
                  .get(which));
      case RETH ->
          new RpcError(
              -32000,
              List.of("intrinsic gas too low", "exceeds block gas limit", "oversized data")
                  .get(which));
      case BESU ->
          which == 0
              ? new RpcError(-32003, "Intrinsic gas exceeds gas limit")
              : new RpcError(-32005, "Transaction gas limit exceeds block gas limit");
      case NETHERMIND ->
          new RpcError(
              -32000,
              List.of(
                      "intrinsic gas too low",
                      "GasLimitExceeded, Gas limit: 21000, gas limit of rejected tx: 53000",
                      "MaxTxSizeExceeded")
                  .get(which));
    };
  }

  /** The words for a block that the node does not have. */
  RpcError noSuchBlock(String block) {
    return switch (this) {
      case GETH -> new RpcError(-32000, "header not found");
      case RETH -> new RpcError(-32001, "block not found: " + block);
      case BESU -> new RpcError(-32000, "Block not found");
      case NETHERMIND -> new RpcError(-32001, block + " could not be found");
    };
  }

  /** The words for a call that reverts. */
  RpcError reverts(RpcError revert) {
    return switch (this) {
      case GETH, RETH -> revert;
      case BESU -> new RpcError(-32000, "Execution reverted", revert.data());
      case NETHERMIND -> new RpcError(-32015, "VM execution error.", revert.data());
    };
  }
}
