package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Authorization;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.internal.Keccak256;
import io.payonce.rpc.RpcTransport;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * A chain in memory: one ledger with forks and finality, and one node with its own pool behind each
 * provider, reached through an {@link RpcTransport}. No EVM: coins, and ERC-20 tokens of the {@link
 * TokenKind kinds} that matter to who pays.
 *
 * <p>It makes a block on every beat of virtual time, from the pool of one node chosen by dice. The
 * same seed and the same calls give the same hashes, faults and latencies on every JDK; {@link
 * #eventLogHash} compares runs.
 *
 * <p>Methods named after facts ({@link #payments}, {@link #nonce}, {@link #isFinal}) read the
 * ledger itself. They are the judge's view: no fault and no lag touches them. Confined to the
 * thread that drives the virtual time.
 */
public final class SimulatedChain {
  private final SimulatedChainConfig config;
  private final VirtualTime time;
  private final Ledger ledger;
  private final SimWorld world;
  private final RpcServer server;
  private final Map<String, SimNode> nodes = new LinkedHashMap<>();
  private final Weather weather;
  private long deployed;
  private long invented;

  private SimulatedChain(VirtualTime time, SimulatedChainConfig config) {
    if (config.providers().isEmpty()) {
      throw new IllegalArgumentException("providers must hold at least one");
    }
    this.config = config;
    this.time = time;
    SplittableRandom random = new SplittableRandom(config.seed());
    SimWorld.Rules rules =
        new SimWorld.Rules(
            config.blockTime().toNanos(),
            config.gasLimit(),
            config.initialBaseFee().value(),
            config.baseFeeWalks(),
            config.gossipDelay().toNanos());
    ledger = new Ledger(config.chain(), SimWorld.genesis(time, rules));
    config
        .providers()
        .forEach(
            (name, family) -> {
              Dice dice = new Dice(random.split());
              long behind = dice.between(0, config.propagationDelay().toNanos());
              nodes.put(
                  name,
                  new SimNode(
                      name,
                      nodes.size(),
                      family,
                      config.poolCapacity(),
                      new Conduct(dice),
                      behind));
            });
    List<SimNode> all = new ArrayList<>(nodes.values());
    world = new SimWorld(time, ledger, all, rules, new Dice(random.split()));
    weather = new Weather(time, new Dice(random.split()));
    RpcMethods methods =
        new RpcMethods(
            ledger,
            world::send,
            config.suggestedTip().value(),
            config.safeDepth(),
            config.finalizedDepth());
    server = new RpcServer(methods, new Lies(ledger), ledger);
  }

  public static Builder builder(VirtualTime time) {
    return new Builder(time);
  }

  public SimulatedChainConfig config() {
    return config;
  }

  /** A connection of a process to a provider. Its replies share the fate of the process. */
  public RpcTransport transport(String provider, VirtualTime.Process process) {
    SimNode node = node(provider);
    return new SimTransport(
        node.conduct,
        time,
        process,
        body -> {
          byte[] reply = server.serve(node, body, time.nowNanos());
          world.observe(node, body, reply);
          return reply;
        },
        config.minLatency().toNanos(),
        config.maxLatency().toNanos());
  }

  // ---- what is on the chain

  /** Creates a token contract. */
  public Asset.Erc20 deployErc20(TokenKind kind, int decimals, String symbol) {
    String name = "token/" + deployed++ + '/' + symbol;
    byte[] hash = Keccak256.of(name.getBytes(StandardCharsets.US_ASCII));
    Address address = Address.of(Arrays.copyOfRange(hash, 12, 32));
    ledger.tokens.put(address, new SimToken(address, kind, decimals, symbol));
    return new Asset.Erc20(config.chain(), address);
  }

  /**
   * Creates a payout contract; {@link SimulatedPayout} makes its calls and reads its logs.
   *
   * @param bestEffort whether it goes on without a payee that refuses
   */
  public Address deployPayout(boolean bestEffort) {
    byte[] hash = Keccak256.of(("payout/" + deployed++).getBytes(StandardCharsets.US_ASCII));
    Address address = Address.of(Arrays.copyOfRange(hash, 12, 32));
    ledger.payouts.put(address, new SimulatedPayout(address, bestEffort));
    return address;
  }

  /** From now on a payee refuses, or takes again, what this payout contract pays it. */
  public void refuse(Address payout, Address payee, boolean refuses) {
    SimulatedPayout contract = ledger.payouts.get(payout);
    if (contract == null) {
      throw new IllegalArgumentException(payout + " is no payout contract");
    }
    var unused = refuses ? contract.refusing.add(payee) : contract.refusing.remove(payee);
  }

  /**
   * Adds coins to an account: from the first block on when nobody has looked at the chain yet, else
   * with the next block and without a transaction, as a withdrawal of EIP-4895.
   */
  public void fund(Address account, Wei amount) {
    world.credit(account, amount.value());
  }

  /** Adds tokens to an account, as {@link #fund} does. */
  public void fundToken(Asset.Erc20 token, Address account, BigInteger units) {
    world.credit(new SimToken.Slot(token(token).address, account), units);
  }

  /** Stops or lets go all transfers of a token, from the next block on. */
  public void setPaused(Asset.Erc20 token, boolean paused) {
    token(token).paused = paused;
  }

  /** Puts an account on the blacklist of a token. */
  public void blacklist(Asset.Erc20 token, Address account) {
    token(token).blacklist.add(account);
  }

  /**
   * Gives an account delegated code (EIP-7702): at once when nobody has looked at the chain yet,
   * else with the next block. Pools then hold one transaction of it. Whoever calls the account runs
   * that code, the account itself too; it creates a contract, which takes the account's next nonce,
   * or fails where it has less gas than this takes, 32,000.
   */
  public void delegate(Address account, Address implementation) {
    world.delegate(account, implementation);
  }

  /** Takes the delegation of an account back, from when {@link #delegate} would give it. */
  public void endDelegation(Address account) {
    world.delegate(account, Address.ZERO);
  }

  // ---- what happens to it

  /** Makes one block now, besides those of the beat. */
  public void mineBlock() {
    world.mine();
  }

  /** Offers signed bytes that did not come through a provider to every pool. */
  public TransactionHash injectForeign(Bytes signed) {
    SimTx tx = world.decode(nodes.values().iterator().next(), signed.toHex());
    world.offerToAll(tx);
    return tx.hash();
  }

  /**
   * Has the next block hold a transaction of the account, to itself and of no value, that no pool
   * ever saw. It takes the account's next nonce, if the account can pay for it.
   */
  public TransactionHash consumeNonce(Address account) {
    byte[] hash =
        Keccak256.of(
            ("foreign/" + invented++ + '/' + account.value()).getBytes(StandardCharsets.US_ASCII));
    TransactionHash foreign = TransactionHash.of(hash);
    world.includePrivately(foreign, account);
    return foreign;
  }

  /**
   * Has the next block hold a type-4 transaction of somebody else with this entry (EIP-7702). If
   * the entry is of this chain and names its authority's nonce, it takes that nonce, and the
   * account delegates to the entry's address from then on.
   */
  public TransactionHash includeAuthorization(Authorization entry) {
    byte[] hash = Keccak256.of(("authorization/" + invented++).getBytes(StandardCharsets.US_ASCII));
    TransactionHash carrier = TransactionHash.of(hash);
    world.includeAuthorization(carrier, entry);
    return carrier;
  }

  /**
   * Has the next block hold a transaction of somebody else that calls the account, of no value and
   * with gas for the code that the account {@link #delegate delegates} to, if it does.
   */
  public TransactionHash call(Address account) {
    byte[] hash = Keccak256.of(("call/" + invented++).getBytes(StandardCharsets.US_ASCII));
    TransactionHash call = TransactionHash.of(hash);
    world.includeCall(call, account);
    return call;
  }

  /**
   * Has the next block take the account's next nonce, and shows nothing that did: a contradiction,
   * unless the account has delegated code.
   */
  public void consumeNonceInvisibly(Address account) {
    world.authorize(account);
  }

  /**
   * Replaces the upper blocks by as many others with other hashes.
   *
   * @param depth 1 to the distance of the finalized block
   */
  public void reorg(int depth, ReorgMode mode) {
    if (depth > config.finalizedDepth()) {
      throw new IllegalArgumentException(
          "reorg depth " + depth + " must be 1 to " + config.finalizedDepth() + ", or be explicit");
    }
    reorgBeyondFinality(depth, mode);
  }

  /** The same without regard to finality: what a chain must never do. */
  public void reorgBeyondFinality(int depth, ReorgMode mode) {
    if (depth < 1 || depth >= ledger.head().number) {
      throw new IllegalArgumentException(
          "reorg depth " + depth + " must be 1 to " + (ledger.head().number - 1));
    }
    world.reorg(depth, mode);
  }

  /**
   * Replaces the block of a transaction and all above it, as a producer does who has kept what
   * others replaced: these bytes are mined in its place, and everything else as it was. Where they
   * pay less than the new block's base fee, nothing is in its place.
   *
   * @param mined in a block that is not finalized
   * @param signed other bytes of the same sender and nonce
   */
  public void reorgInstead(TransactionHash mined, Bytes signed) {
    SimReceipt receipt = ledger.receipt(ledger.head(), mined);
    if (receipt == null || receipt.block().number <= finalizedHead().number()) {
      throw new IllegalArgumentException(mined + " must be in a block that is not finalized");
    }
    SimTx instead = world.decode(nodes.values().iterator().next(), signed.toHex());
    if (!instead.from().equals(receipt.tx().from()) || instead.nonce() != receipt.tx().nonce()) {
      throw new IllegalArgumentException(
          instead.hash() + " must have the sender and the nonce of " + mined);
    }
    int depth = Math.toIntExact(ledger.head().number - receipt.block().number + 1);
    world.reorgInstead(depth, mined, instead);
  }

  /** Removes a transaction from every pool; whether any had it. */
  public boolean evict(TransactionHash hash) {
    return world.evict(hash);
  }

  /** Empties the pool of one provider's node. */
  public void wipePool(String provider) {
    node(provider).pool.clear();
  }

  /** Empties every pool. */
  public void wipePools() {
    nodes.values().forEach(node -> node.pool.clear());
  }

  /** Multiplies the base fee of the next block, at once and against EIP-1559. */
  public void spikeBaseFee(int factor) {
    world.multiplyBaseFee(factor);
  }

  /** Fills the next blocks by the rule: each raises the base fee by an eighth. */
  public void congest(int blocks) {
    world.congest(blocks);
  }

  /** From now on blocks take only transactions that pay their producer at least this per gas. */
  public void tipFloor(Wei perGas) {
    world.tipFloor(perGas.value());
  }

  /** Whether a provider's node exchanges transactions with the others. It does at the start. */
  public void setGossip(String provider, boolean gossips) {
    node(provider).gossips = gossips;
  }

  /** What a provider does wrong from now on. */
  public void setFaults(String provider, ProviderFaults faults) {
    node(provider).conduct.faults(faults);
  }

  public ProviderFaults faults(String provider) {
    return node(provider).conduct.faults();
  }

  /**
   * Bursts of random faults from now on: each named provider is calm for a while, then suffers one
   * of the kinds at a random rate for a while, and so on, by the chain's seed.
   *
   * @param calm the mean length of a calm
   * @param burst the mean length of a burst
   */
  public void disturb(
      List<String> providers, List<ProviderFault> kinds, Duration calm, Duration burst) {
    for (String provider : providers) {
      weather.disturb(node(provider), kinds, calm.toNanos(), burst.toNanos());
    }
  }

  /** Ends all faults of all providers, and all bursts. */
  public void calm() {
    weather.end();
    nodes.values().forEach(node -> node.conduct.faults(ProviderFaults.NONE));
  }

  // ---- the judge's view

  public BlockRef head() {
    return ledger.head().ref();
  }

  public BlockRef finalizedHead() {
    return ledger.head().ancestor(config.finalizedDepth()).ref();
  }

  /** The base fee of the head. */
  public Wei baseFee() {
    return Wei.of(ledger.head().baseFee);
  }

  public long nonce(Address account) {
    return ledger.account(ledger.head(), account).nonce();
  }

  /** The nonces of an account that are used for good: below it nothing of the account can come. */
  public long finalNonce(Address account) {
    SimBlock finalized = ledger.head().ancestor(config.finalizedDepth());
    return ledger.account(finalized, account).nonce();
  }

  public Wei balance(Address account) {
    return Wei.of(ledger.account(ledger.head(), account).balance());
  }

  public BigInteger tokenBalance(Asset.Erc20 token, Address account) {
    return ledger.tokens(ledger.head(), new SimToken.Slot(token.contract(), account));
  }

  /** The transactions of an account on the canonical chain, by nonce. */
  public List<SimulatedPayment> canonicalTransactions(Address sender) {
    return ledger.sentBy(sender).stream().map(SimulatedPayment::of).toList();
  }

  /** The transactions on the canonical chain that really paid an account, in their order. */
  public List<SimulatedPayment> payments(Asset asset, Address payee) {
    return ledger.paidTo(asset, payee).stream()
        .map(credit -> SimulatedPayment.of(credit.receipt(), Optional.of(credit.paid())))
        .toList();
  }

  /** What {@link #payments} come to. */
  public TokenAmount paidTo(Asset asset, Address payee) {
    BigInteger sum = BigInteger.ZERO;
    for (Ledger.Credit credit : ledger.paidTo(asset, payee)) {
      sum = sum.add(credit.paid().amount());
    }
    return new TokenAmount(asset, sum);
  }

  /** Whether a transaction is in a block that is finalized. */
  public boolean isFinal(TransactionHash hash) {
    SimReceipt receipt = ledger.receipt(ledger.head(), hash);
    return receipt != null && receipt.block().number <= finalizedHead().number();
  }

  /** Whether a transaction is on the canonical chain. */
  public boolean isIncluded(TransactionHash hash) {
    return ledger.receipt(ledger.head(), hash) != null;
  }

  /** Whether a block is on the canonical chain. */
  public boolean isCanonical(BlockRef block) {
    long below = ledger.head().number - block.number();
    return below >= 0 && ledger.head().ancestor(below).ref().equals(block);
  }

  /** The transactions in the pool of a provider's node, by sender and nonce. */
  public List<TransactionHash> pool(String provider) {
    return node(provider).pool.contents().stream().map(SimTx::hash).toList();
  }

  /** Grows whenever the canonical chain changes, so that a judge need not look again before. */
  public long chainChanges() {
    return ledger.changes();
  }

  /** How often each fault hit, by provider; faults that never did are absent. */
  public Map<String, Map<String, Long>> faultCounts() {
    Map<String, Map<String, Long>> counts = new LinkedHashMap<>();
    nodes.forEach((name, node) -> counts.put(name, node.conduct.faultCounts()));
    return counts;
  }

  /** A hash over all blocks and everything served so far, in order. */
  public long eventLogHash() {
    return world.logHash();
  }

  private SimNode node(String provider) {
    SimNode node = nodes.get(provider);
    if (node == null) {
      throw new IllegalArgumentException(
          "provider '" + provider + "' must be one of " + nodes.keySet());
    }
    return node;
  }

  private SimToken token(Asset.Erc20 token) {
    SimToken known = ledger.tokens.get(token.contract());
    if (known == null) {
      throw new IllegalArgumentException("token " + token + " was not deployed here");
    }
    return known;
  }

  /** Settings; {@link SimulatedChainConfig} says what each means. Every provider needs a name. */
  public static final class Builder {
    private final VirtualTime time;
    private final Map<String, ClientFamily> providers = new LinkedHashMap<>();
    private SimulatedChainConfig config = SimulatedChainConfig.DEFAULT;

    private Builder(VirtualTime time) {
      this.time = time;
    }

    public Builder seed(long seed) {
      config = config.seed(seed);
      return this;
    }

    public Builder chain(ChainId chain) {
      config = config.chain(chain);
      return this;
    }

    /** Adds a provider whose node is of this family. Their order is part of what a seed means. */
    public Builder provider(String name, ClientFamily family) {
      providers.put(name, family);
      return this;
    }

    /** Changes settings that have no method here. */
    public Builder with(UnaryOperator<SimulatedChainConfig> change) {
      config = change.apply(config);
      return this;
    }

    public Builder blockTime(Duration blockTime) {
      config = config.blockTime(blockTime);
      return this;
    }

    /** The chain, with its first blocks behind it and its beat begun. */
    public SimulatedChain build() {
      return new SimulatedChain(time, config.providers(providers));
    }
  }
}
