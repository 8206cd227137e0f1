package io.payonce.examples.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.testing.MissingPartException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real EVM node of its own for one test: anvil on a free loopback port, ended by {@link #close()}
 * or, should that be missed, when the JVM ends. Thread-safe.
 *
 * <p>How it mines is chosen once: every transaction at once (default), in an interval, or only on
 * {@link #mine}. Under load choose an interval: instant mining strands transactions.
 */
public final class AnvilNode implements AutoCloseable {
  private static final String LISTENING = "Listening on ";
  private static final int START_TIMEOUT_SECONDS = 60;
  private static final int STOP_TIMEOUT_SECONDS = 10;
  private static final int KEPT_LINES = 40;
  private static final long DEFAULT_GAS_LIMIT = 30_000_000;

  private final Process process;
  private final Thread hook;
  private final URI url;
  private final NodeRpc rpc;

  private AnvilNode(Process process, Thread hook, URI url) {
    this.process = process;
    this.hook = hook;
    this.url = url;
    this.rpc = new NodeRpc(url);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Where the node answers HTTP JSON-RPC and WebSocket. */
  public URI url() {
    return url;
  }

  /** Direct calls to the node, past every proxy. */
  public NodeRpc rpc() {
    return rpc;
  }

  public long chainId() {
    return rpc.quantity("eth_chainId").longValueExact();
  }

  public long blockNumber() {
    return rpc.quantity("eth_blockNumber").longValueExact();
  }

  /** The accounts whose keys the node itself holds; each starts with 10,000 coins. */
  public List<Address> unlockedAccounts() {
    List<Address> accounts = new ArrayList<>();
    rpc.call("eth_accounts").forEach(account -> accounts.add(Address.of(account.asText())));
    return List.copyOf(accounts);
  }

  public Wei balance(Address account) {
    return Wei.of(rpc.quantity("eth_getBalance", account.value(), "latest"));
  }

  /** The number of transactions mined from this account. */
  public long latestNonce(Address account) {
    return rpc.quantity("eth_getTransactionCount", account.value(), "latest").longValueExact();
  }

  /** As above plus what waits in the pool; a gap ends the count. */
  public long pendingNonce(Address account) {
    return rpc.quantity("eth_getTransactionCount", account.value(), "pending").longValueExact();
  }

  public void setBalance(Address account, Wei balance) {
    rpc.call("anvil_setBalance", account.value(), NodeRpc.hex(balance.value()));
  }

  /** Mines this many blocks now; waiting transactions enter the first that has room. */
  public void mine(int blocks) {
    rpc.call("anvil_mine", NodeRpc.hex(blocks));
  }

  /**
   * Mines one block with this time.
   *
   * @param timestamp seconds since 1970, above that of the head
   * @param gasLimit what fits into it, by fee; waiting transactions that do not fit stay
   */
  public void mineAt(long timestamp, long gasLimit) {
    boolean unusual = gasLimit != DEFAULT_GAS_LIMIT;
    if (unusual) {
      rpc.call("evm_setBlockGasLimit", NodeRpc.hex(gasLimit));
    }
    rpc.call("evm_mine", Map.of("timestamp", timestamp));
    if (unusual) {
      rpc.call("evm_setBlockGasLimit", NodeRpc.hex(DEFAULT_GAS_LIMIT));
    }
  }

  /** Remembers the state of the chain, not of the pool, and gives it a name. */
  public String snapshot() {
    return rpc.call("evm_snapshot").asText();
  }

  /** Goes back to a snapshot, which is used up by it. */
  public void revert(String snapshot) {
    if (!rpc.call("evm_revert", snapshot).asBoolean()) {
      throw new IllegalStateException("no snapshot " + snapshot);
    }
  }

  /** Empties the pool. */
  public void dropAll() {
    rpc.call("anvil_dropAllTransactions");
  }

  /** The bytes of a transaction that was mined or waits. */
  public Bytes raw(TransactionHash hash) {
    return Bytes.fromHex(rpc.call("debug_getRawTransaction", hash.value()).asText());
  }

  public TransactionHash sendRaw(Bytes signed) {
    return TransactionHash.of(rpc.call("eth_sendRawTransaction", signed.toHex()).asText());
  }

  public void setNextBlockBaseFee(Wei baseFee) {
    rpc.call("anvil_setNextBlockBaseFeePerGas", NodeRpc.hex(baseFee.value()));
  }

  /** Removes a waiting transaction from the pool, and with it those of the sender behind it. */
  public void drop(TransactionHash hash) {
    rpc.call("anvil_dropTransaction", hash.value());
  }

  /**
   * A signed transaction and the block, counted from 0 after the fork point, that it returns in.
   */
  public record Returning(Bytes raw, int blockOffset) {}

  /**
   * Replaces the newest {@code depth} blocks. Transactions of the replaced blocks are gone, and not
   * in the pool either, unless they are named as returning.
   */
  public void reorg(int depth, List<Returning> returning) {
    List<List<Object>> pairs = new ArrayList<>();
    for (Returning each : returning) {
      pairs.add(List.of(each.raw().toHex(), each.blockOffset()));
    }
    rpc.call("anvil_reorg", depth, pairs);
  }

  /** Sends from one of the unlocked accounts; the node chooses nonce and fees, and signs. */
  public TransactionHash send(Address from, Address to, Wei value, Bytes data) {
    return send(from, Map.of("to", to.value()), value, data);
  }

  /** Deploys a contract from the first unlocked account and gives its address. */
  public Address deploy(Bytes creationCode) {
    TransactionHash hash = send(unlockedAccounts().get(0), Map.of(), Wei.ZERO, creationCode);
    JsonNode receipt = mined(hash);
    if (!receipt.path("status").asText().equals("0x1")) {
      throw new IllegalStateException("deployment reverted: " + receipt);
    }
    return Address.of(receipt.path("contractAddress").asText());
  }

  /** Answers a call against the latest block. */
  public Bytes read(Address to, Bytes data) {
    Map<String, Object> call = new LinkedHashMap<>();
    call.put("to", to.value());
    call.put("data", data.toHex());
    return Bytes.fromHex(rpc.call("eth_call", call, "latest").asText());
  }

  /** The receipt of a transaction that has been mined. */
  public Optional<JsonNode> receipt(TransactionHash hash) {
    JsonNode receipt = rpc.call("eth_getTransactionReceipt", hash.value());
    return receipt.isNull() ? Optional.empty() : Optional.of(receipt);
  }

  /** The receipt; mines one block now when the transaction still waits. */
  public JsonNode mined(TransactionHash hash) {
    Optional<JsonNode> receipt = receipt(hash);
    if (receipt.isEmpty()) {
      mine(1);
      receipt = receipt(hash);
    }
    return receipt.orElseThrow(() -> new IllegalStateException(hash + " was not mined"));
  }

  /**
   * What waits in the pool.
   *
   * @param executable transactions that the next blocks can take
   * @param gapped transactions that wait behind a missing nonce
   */
  public record Pool(int executable, int gapped) {}

  public Pool pool() {
    JsonNode status = rpc.call("txpool_status");
    return new Pool(
        NodeRpc.quantity(status.path("pending")).intValueExact(),
        NodeRpc.quantity(status.path("queued")).intValueExact());
  }

  /** Ends the node; the chain is gone. Later calls do nothing. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException jvmIsEnding) {
      // Safe: the hook itself ends the process now.
    }
    stop(process);
  }

  private TransactionHash send(Address from, Map<String, String> to, Wei value, Bytes data) {
    Map<String, Object> transaction = new LinkedHashMap<>(to);
    transaction.put("from", from.value());
    transaction.put("value", NodeRpc.hex(value.value()));
    transaction.put("data", data.toHex());
    return TransactionHash.of(rpc.call("eth_sendTransaction", transaction).asText());
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What the node is started with; what is not set is anvil's own default. One thread at a time.
   */
  public static final class Builder {
    private final List<String> options = new ArrayList<>();

    private Builder() {}

    /** Mines a block in this interval, full or empty. */
    public Builder blockTimeMillis(int millis) {
      if (millis < 50 || millis > 60_000) {
        throw new IllegalArgumentException("blockTimeMillis " + millis + " must be 50 to 60000");
      }
      return option(
          "--block-time", String.format(Locale.ROOT, "%d.%03d", millis / 1000, millis % 1000));
    }

    /** Mines on {@link AnvilNode#mine} only. */
    public Builder manualMining() {
      options.add("--no-mining");
      return this;
    }

    /** How far the safe and the final block trail the head: with 1, final is the head minus 2. */
    public Builder slotsInAnEpoch(int slots) {
      return option("--slots-in-an-epoch", Integer.toString(slots));
    }

    /** Gas of one block. */
    public Builder gasLimit(BigInteger gas) {
      return option("--gas-limit", gas.toString());
    }

    /** Base fee of the first block. */
    public Builder baseFee(Wei fee) {
      return option("--block-base-fee-per-gas", fee.value().toString());
    }

    public Builder chainId(long chainId) {
      return option("--chain-id", Long.toString(chainId));
    }

    /** Time of the first block; the next ones go on from there as real time does. */
    public Builder startsAt(Instant time) {
      return option("--timestamp", Long.toString(time.getEpochSecond()));
    }

    /** Number of unlocked accounts, 1 or more. */
    public Builder accounts(int count) {
      return option("--accounts", Integer.toString(count));
    }

    /**
     * Starts the node and returns once it answers.
     *
     * @throws MissingPartException when anvil is not here and cannot be installed
     * @throws IllegalStateException when it ended or did not answer in time; names what it said
     */
    public AnvilNode start() throws MissingPartException {
      List<String> command = new ArrayList<>();
      command.add(binary().toString());
      // Port 0: the system picks a free one, so that no other process can take it in between.
      command.addAll(List.of("--host", "127.0.0.1", "--port", "0", "--color", "never"));
      command.addAll(options);
      Process process;
      try {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Thread hook = new Thread(process::destroyForcibly, "anvil-stop");
      Runtime.getRuntime().addShutdownHook(hook);
      AnvilNode node = new AnvilNode(process, hook, listeningAt(process, hook));
      // Its log of every call would cost the tests time and tell them nothing.
      node.rpc.call("anvil_setLoggingEnabled", false);
      return node;
    }

    private Builder option(String name, String value) {
      options.add(name);
      options.add(value);
      return this;
    }
  }

  private static Path binary() throws MissingPartException {
    Path folder = NpmPackages.PARTS.folder().resolve("node_modules").resolve("@foundry-rs");
    String system =
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
    String machine = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    Path binary = folder.resolve("anvil-" + system + "-" + machine).resolve("bin").resolve("anvil");
    if (!Files.isExecutable(binary)) {
      throw new MissingPartException(
          "anvil", "no binary for " + system + " " + machine, "run on Linux or macOS");
    }
    return binary;
  }

  private static URI listeningAt(Process process, Thread hook) {
    CompletableFuture<URI> found = new CompletableFuture<>();
    Thread reader = new Thread(() -> drain(process, found), "anvil-output");
    reader.setDaemon(true);
    reader.start();
    try {
      return found.get(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      Runtime.getRuntime().removeShutdownHook(hook);
      process.destroyForcibly();
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new IllegalStateException("anvil did not start: " + e.getMessage(), e);
    }
  }

  /** Reads all that the process says, so that it never blocks on a full pipe. */
  private static void drain(Process process, CompletableFuture<URI> found) {
    Deque<String> last = new ArrayDeque<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(LISTENING)) {
          found.complete(URI.create("http://" + line.substring(LISTENING.length()).strip()));
        }
        if (last.size() == KEPT_LINES) {
          last.removeFirst();
        }
        last.addLast(line);
      }
      found.completeExceptionally(new IOException("it ended and said: " + last));
    } catch (IOException closed) {
      found.completeExceptionally(closed);
    }
  }
}
