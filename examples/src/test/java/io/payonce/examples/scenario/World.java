package io.payonce.examples.scenario;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Authorization;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.rpc.RpcTransport;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualTime;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;

/**
 * The chain that a story is played on, its providers, and what happens to it. Time is virtual on
 * every world, so that one text of a story runs on each.
 *
 * <p>Methods named after facts are the judge's view: no fault of a provider touches them.
 */
interface World {
  ChainId CHAIN = ChainId.of(31337);
  Duration BLOCK = Duration.ofSeconds(2);
  int SAFE_DEPTH = 2;
  int FINALITY_DEPTH = 4;

  /** The base fee at the start, and where a calm market returns to. */
  Wei BASE_FEE = Wei.gwei(10);

  /** The tokens of every world. */
  List<TokenKind> TOKENS =
      List.of(
          TokenKind.PLAIN,
          TokenKind.NO_RETURN_VALUE,
          TokenKind.FEE_TAKING,
          TokenKind.LYING_SUCCESS);

  /** A transaction on the canonical chain, and what somebody really received by it. */
  record Payment(TransactionHash hash, Address payee, TokenAmount moved) {}

  RpcTransport transport(String provider, VirtualTime.Process process);

  void setFaults(String provider, ProviderFaults faults);

  /** A token of six decimals. */
  Asset.Erc20 token(TokenKind kind);

  void fund(Address account, Wei amount);

  void fundToken(Asset.Erc20 token, Address account, BigInteger units);

  /** Stops or lets go all transfers of the {@link TokenKind#PLAIN} token. */
  void setPaused(boolean paused);

  /** Makes one block now, besides those of the beat. */
  void mineBlock();

  /** Blocks go on, and take nothing from pools. */
  void stopMining();

  void goOnMining();

  void wipePools();

  /** Multiplies the base fee of the next block, at once and against EIP-1559. */
  void spikeBaseFee(int factor);

  /** Replaces the upper blocks by as many others, whatever was final. */
  void reorg(int depth, ReorgMode mode);

  /** Offers signed bytes to every pool, past every provider. */
  TransactionHash inject(Bytes signed);

  /** Has the next block hold a foreign transaction of the key, with its next nonce. */
  TransactionHash consumeNonce(TestKey key);

  /** Has the next block hold a type-4 transaction of somebody else with this entry (EIP-7702). */
  TransactionHash authorize(Authorization entry);

  // ---- facts

  BlockRef head();

  boolean isIncluded(TransactionHash hash);

  boolean isFinal(TransactionHash hash);

  long nonce(Address account);

  Wei balance(Address account);

  BigInteger tokenBalance(Asset.Erc20 token, Address account);

  /** The payments in an asset that an account has made, to itself included. */
  List<Payment> payments(Address payer, Asset asset);

  /** The transactions that wait at a provider. */
  List<TransactionHash> pool(String provider);
}
