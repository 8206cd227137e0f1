package io.payonce.examples.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Authorization;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.TokenAmount;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.examples.node.AnvilNode;
import io.payonce.examples.node.NodeRpc;
import io.payonce.examples.node.TokenContracts;
import io.payonce.fee.BaseFeeRule;
import io.payonce.rpc.RpcTransport;
import io.payonce.testing.MissingPartException;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.ReorgMode;
import io.payonce.testing.RequiredPart;
import io.payonce.testing.TokenKind;
import io.payonce.testing.VirtualProvider;
import io.payonce.testing.VirtualTime;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A real EVM node in virtual time: it mines when the beat says so, and every provider is a way to
 * it. One node serves all stories of the JVM, one after the other, and is set back to its start
 * before each; a world must not be used once the next was made.
 *
 * <p>What it cannot show: pools that differ, and replacement rules, which anvil does not have.
 */
final class AnvilWorld implements World {
  /** Room for no transaction at all. */
  private static final long EMPTY_BLOCK = 20_000;

  /** Room for one transfer of coins. */
  private static final long SINGLE_BLOCK = 21_000;

  /** Room for one type-4 transaction with one entry, and for nothing beside it. */
  private static final long SET_CODE_BLOCK = 60_000;

  private static final long FULL_BLOCK = 30_000_000;
  private static final int DELAYED_BLOCKS = 5;
  private static final BaseFeeRule MARKET = new BaseFeeRule(8, 2, BASE_FEE);

  /** In front of each provider: one way of a request takes this long. */
  private static final Duration MIN_LATENCY = Duration.ofMillis(5);

  private static final Duration MAX_LATENCY = Duration.ofMillis(60);

  private static @Nullable Start start;

  /** A node with its contracts, and the name of the snapshot before anything else happened. */
  private static final class Start {
    final AnvilNode node;
    final Map<TokenKind, TokenContracts.Token> tokens = new EnumMap<>(TokenKind.class);
    private String snapshot;

    Start() throws MissingPartException {
      node =
          AnvilNode.builder()
              .manualMining()
              .chainId(CHAIN.value())
              .slotsInAnEpoch(SAFE_DEPTH) // final is twice as deep
              .startsAt(new VirtualTime().now().minus(Duration.ofHours(1)))
              .start();
      for (TokenKind kind : TOKENS) {
        tokens.put(kind, TokenContracts.deploy(node, contract(kind), 6));
      }
      snapshot = node.snapshot();
    }

    void reset() {
      node.revert(snapshot);
      node.dropAll();
      snapshot = node.snapshot();
    }

    private static TokenContracts.Kind contract(TokenKind kind) {
      return switch (kind) {
        case NO_RETURN_VALUE -> TokenContracts.Kind.NO_RETURN;
        case FEE_TAKING -> TokenContracts.Kind.FEE_TAKING;
        case LYING_SUCCESS -> TokenContracts.Kind.LYING;
        default -> TokenContracts.Kind.PAUSABLE;
      };
    }
  }

  private final VirtualTime time;
  private final AnvilNode node;
  private final Map<TokenKind, TokenContracts.Token> tokens;
  private final Map<String, VirtualProvider> providers = new LinkedHashMap<>();

  /** Answers of the node to the judge since anything happened to it. */
  private final Map<String, JsonNode> seen = new HashMap<>();

  private boolean mining = true;
  private boolean paused;
  private int baseFeeFactor = 1;

  private AnvilWorld(VirtualTime time, List<String> names, long seed, Start start) {
    this.time = time;
    this.node = start.node;
    this.tokens = start.tokens;
    AnvilLies lies = new AnvilLies(node.rpc());
    SplittableRandom random = new SplittableRandom(seed);
    for (String name : names) {
      providers.put(
          name,
          new VirtualProvider(
              time,
              random.split(),
              MIN_LATENCY,
              MAX_LATENCY,
              body -> {
                seen.clear();
                return lies.serve(provider(name), body);
              }));
    }
    mine(FULL_BLOCK);
    time.after(BLOCK, this::beat);
  }

  static synchronized AnvilWorld create(VirtualTime time, List<String> providers, long seed)
      throws MissingPartException {
    Start ready = start;
    if (ready == null) {
      ready = new Start();
      start = ready;
    } else {
      ready.reset();
    }
    return new AnvilWorld(time, providers, seed, ready);
  }

  private VirtualProvider provider(String name) {
    return Objects.requireNonNull(providers.get(name));
  }

  @Override
  public RpcTransport transport(String provider, VirtualTime.Process process) {
    return provider(provider).transport(process);
  }

  @Override
  public void setFaults(String provider, ProviderFaults faults) {
    AnvilLies.check(faults);
    provider(provider).setFaults(faults);
  }

  @Override
  public Asset.Erc20 token(TokenKind kind) {
    return new Asset.Erc20(CHAIN, contract(kind).address());
  }

  /** A contract that pays tokens which it holds. */
  Address deployPayout() {
    return RequiredPart.orSkip(() -> TokenContracts.deployPayout(node));
  }

  private TokenContracts.Token contract(TokenKind kind) {
    return Objects.requireNonNull(tokens.get(kind));
  }

  @Override
  public void fund(Address account, Wei amount) {
    seen.clear();
    node.setBalance(account, node.balance(account).plus(amount));
  }

  @Override
  public void fundToken(Asset.Erc20 token, Address account, BigInteger units) {
    seen.clear();
    new TokenContracts.Token(node, token.contract()).mint(account, units);
  }

  @Override
  public void setPaused(boolean now) {
    seen.clear();
    paused = now;
    contract(TokenKind.PLAIN).setPausedNow(now);
  }

  // ---- blocks

  private void beat() {
    mineBlock();
    time.after(BLOCK, this::beat);
  }

  @Override
  public void mineBlock() {
    mine(mining ? FULL_BLOCK : EMPTY_BLOCK);
  }

  private void mine(long gasLimit) {
    seen.clear();
    JsonNode parent = block("latest");
    Wei baseFee = // a calm market of others holds it up where it began
        MARKET.next(
            Wei.of(quantity(parent, "baseFeePerGas")),
            quantity(parent, "gasUsed"),
            quantity(parent, "gasLimit"));
    node.setNextBlockBaseFee(Wei.of(baseFee.value().multiply(BigInteger.valueOf(baseFeeFactor))));
    baseFeeFactor = 1;
    long after = quantity(parent, "timestamp").longValueExact() + 1;
    node.mineAt(Math.max(after, time.now().getEpochSecond()), gasLimit);
    seen.clear();
  }

  @Override
  public void stopMining() {
    mining = false;
  }

  @Override
  public void goOnMining() {
    mining = true;
  }

  @Override
  public void wipePools() {
    seen.clear();
    node.dropAll();
  }

  @Override
  public void spikeBaseFee(int factor) {
    baseFeeFactor *= factor;
  }

  @Override
  public void reorg(int depth, ReorgMode mode) {
    seen.clear();
    long lowest = node.blockNumber() - depth + 1;
    List<AnvilNode.Returning> removed = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      for (JsonNode tx : block(NodeRpc.hex(lowest + i)).path("transactions")) {
        Bytes raw = node.raw(TransactionHash.of(tx.path("hash").asText()));
        removed.add(new AnvilNode.Returning(raw, Math.min(i + 1, depth - 1)));
      }
    }
    node.reorg(depth, mode == ReorgMode.REINCLUDED ? removed : List.of());
    contract(TokenKind.PLAIN).setPausedNow(paused);
    if (mode == ReorgMode.RETURNED) {
      offer(removed);
    } else if (mode == ReorgMode.DELAYED) {
      time.after(BLOCK.multipliedBy(DELAYED_BLOCKS), () -> offer(removed));
    }
    seen.clear();
  }

  private void offer(List<AnvilNode.Returning> transactions) {
    seen.clear();
    for (AnvilNode.Returning each : transactions) {
      try {
        node.sendRaw(each.raw());
      } catch (NodeRpc.RpcErrorException refused) {
        // Safe: its nonce is used or a better one waits, and a peer that offers has nobody to tell.
      }
    }
  }

  @Override
  public TransactionHash inject(Bytes signed) {
    seen.clear();
    return node.sendRaw(signed);
  }

  @Override
  public TransactionHash consumeNonce(TestKey key) {
    TransactionHash foreign =
        inject(
            key.sign(
                    new UnsignedTransaction.DynamicFee(
                        CHAIN,
                        nonce(key.address()),
                        Wei.gwei(2_000),
                        Wei.gwei(4_000),
                        BigInteger.valueOf(21_000),
                        key.address(),
                        Wei.ZERO,
                        Bytes.EMPTY,
                        List.of()))
                .raw());
    mine(SINGLE_BLOCK); // its tip is the highest
    return foreign;
  }

  @Override
  public TransactionHash authorize(Authorization entry) {
    TestKey carrier = new TestKey(4242);
    fund(carrier.address(), Wei.ofCoins("1"));
    TransactionHash sent =
        inject(carrier.setCode(nonce(carrier.address()), Wei.gwei(4_000), List.of(entry)));
    mine(SET_CODE_BLOCK); // its tip is the highest
    return sent;
  }

  // ---- facts

  private JsonNode ask(String method, Object... parameters) {
    String question = method + List.of(parameters);
    JsonNode known = seen.get(question);
    if (known == null) {
      known = node.rpc().call(method, parameters);
      seen.put(question, known);
    }
    return known;
  }

  private JsonNode block(String tag) {
    return ask("eth_getBlockByNumber", tag, true);
  }

  private static BigInteger quantity(JsonNode object, String field) {
    return NodeRpc.quantity(object.path(field));
  }

  @Override
  public BlockRef head() {
    JsonNode block = block("latest");
    return new BlockRef(
        quantity(block, "number").longValueExact(), BlockHash.of(block.path("hash").asText()));
  }

  private Optional<JsonNode> receipt(TransactionHash hash) {
    JsonNode receipt = ask("eth_getTransactionReceipt", hash.value());
    return receipt.isNull() ? Optional.empty() : Optional.of(receipt);
  }

  @Override
  public boolean isIncluded(TransactionHash hash) {
    return receipt(hash).isPresent();
  }

  @Override
  public boolean isFinal(TransactionHash hash) {
    BigInteger last = quantity(block("finalized"), "number");
    return receipt(hash)
        .map(found -> quantity(found, "blockNumber").compareTo(last) <= 0)
        .orElse(false);
  }

  @Override
  public long nonce(Address account) {
    return NodeRpc.quantity(ask("eth_getTransactionCount", account.value(), "latest"))
        .longValueExact();
  }

  @Override
  public Wei balance(Address account) {
    return Wei.of(NodeRpc.quantity(ask("eth_getBalance", account.value(), "latest")));
  }

  @Override
  public BigInteger tokenBalance(Asset.Erc20 token, Address account) {
    return new TokenContracts.Token(node, token.contract()).balanceOf(account);
  }

  @Override
  public List<Payment> payments(Address payer, Asset asset) {
    List<Payment> payments = new ArrayList<>();
    for (long number = 1; number <= head().number(); number++) {
      for (JsonNode tx : block(NodeRpc.hex(number)).path("transactions")) {
        if (Address.of(tx.path("from").asText()).equals(payer)) {
          TransactionHash hash = TransactionHash.of(tx.path("hash").asText());
          JsonNode receipt = receipt(hash).orElseThrow();
          if (asset instanceof Asset.Erc20 token) {
            moved(receipt, token, payments);
          } else if (succeeded(receipt) && quantity(tx, "value").signum() > 0) {
            TokenAmount coins = TokenAmount.of(asset, quantity(tx, "value"));
            payments.add(new Payment(hash, Address.of(tx.path("to").asText()), coins));
          }
        }
      }
    }
    return payments;
  }

  private static boolean succeeded(JsonNode receipt) {
    return quantity(receipt, "status").signum() > 0;
  }

  private static void moved(JsonNode receipt, Asset.Erc20 token, List<Payment> payments) {
    for (JsonNode log : receipt.path("logs")) {
      if (Address.of(log.path("address").asText()).equals(token.contract())) {
        Address payee = Address.of("0x" + log.path("topics").path(2).asText().substring(26));
        TokenAmount units = TokenAmount.of(token, quantity(log, "data"));
        payments.add(
            new Payment(
                TransactionHash.of(receipt.path("transactionHash").asText()), payee, units));
      }
    }
  }

  @Override
  public List<TransactionHash> pool(String provider) {
    List<TransactionHash> hashes = new ArrayList<>();
    JsonNode content = ask("txpool_content");
    for (String part : List.of("pending", "queued")) {
      for (JsonNode ofSender : content.path(part)) {
        ofSender.forEach(tx -> hashes.add(TransactionHash.of(tx.path("hash").asText())));
      }
    }
    return hashes;
  }
}
