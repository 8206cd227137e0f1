package io.payonce.routing.indexer;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.SignedTransaction;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A client of one node whose history is written by a test. It answers at once, in JSON. */
final class HistoryNode implements RpcClient {
  static final ChainId CHAIN = ChainId.of(1);

  /** Blocks from 0 on, and what each has. */
  final List<List<Map<String, Object>>> transactions = new ArrayList<>();

  final List<List<Map<String, @Nullable Object>>> logs = new ArrayList<>();
  final Map<String, String> failed = new LinkedHashMap<>();

  /** Methods and block ranges, in order. */
  final List<String> asked = new ArrayList<>();

  /** Blocks of logs that it gives at once. */
  long logRange = Long.MAX_VALUE;

  /** Another one is another chain. */
  int fork;

  Runnable beforeAnswer = () -> {};
  Predicate<String> isDown = method -> false;
  private int named;

  HistoryNode(int blocks) {
    for (int i = 0; i < blocks; i++) {
      grow();
    }
  }

  void grow() {
    transactions.add(new ArrayList<>());
    logs.add(new ArrayList<>());
  }

  long head() {
    return transactions.size() - 1L;
  }

  static Address address(int number) {
    return Address.of("0x%040x".formatted(number));
  }

  static Address token(int number) {
    return address(0xee00 + number);
  }

  private static String word(BigInteger value) {
    return "0x%064x".formatted(value);
  }

  static String word(Address address) {
    return "0x" + "0".repeat(24) + address.value().substring(2);
  }

  String hash(long block) {
    return "0x%08x%056x".formatted(0xb10c + fork, block + 1);
  }

  /** A transaction; its hash. */
  String pays(int block, Address from, long nonce, Address to, long wei) {
    Map<String, Object> tx = new LinkedHashMap<>();
    String hash = "0x%064x".formatted(0x7e000000 + named++);
    tx.put("hash", hash);
    tx.put("type", "0x2");
    tx.put("from", from.value());
    tx.put("nonce", Requests.quantity(nonce));
    tx.put("to", to.value());
    tx.put("value", Requests.quantity(wei));
    tx.put("input", "0x");
    transactions.get(block).add(tx);
    return hash;
  }

  /** A Transfer log; the log itself, to be spoiled. */
  Map<String, @Nullable Object> moves(int block, Address token, Address from, Address to, long n) {
    Map<String, @Nullable Object> log = new LinkedHashMap<>();
    log.put("address", token.value());
    log.put("topics", List.of(Erc20Calls.TRANSFER_EVENT.toHex(), word(from), word(to)));
    log.put("data", word(BigInteger.valueOf(n)));
    log.put("logIndex", Requests.quantity(logs.get(block).size()));
    log.put("transactionHash", "0x%064x".formatted(0x7e000000 + named++));
    logs.get(block).add(log);
    return log;
  }

  @Override
  public ChainId chainId() {
    return CHAIN;
  }

  @Override
  public <T> CompletableFuture<RpcOutcome<T>> call(RpcRequest<T> request, CallOptions options) {
    return CompletableFuture.completedFuture(answer(request));
  }

  @Override
  public CompletableFuture<List<RpcOutcome<?>>> callBatch(
      List<RpcRequest<?>> requests, CallOptions options) {
    List<RpcOutcome<?>> outcomes = new ArrayList<>();
    requests.forEach(request -> outcomes.add(answer(request)));
    return CompletableFuture.completedFuture(outcomes);
  }

  private <T> RpcOutcome<T> answer(RpcRequest<T> request) {
    beforeAnswer.run();
    asked.add(request.method() + " " + request.params().get(0));
    if (isDown.test(request.method())) {
      return new RpcOutcome.Failed<>(new RpcFailure.NoEligibleEndpoint("the node is down"));
    }
    if (request.method().equals("eth_getLogs")) {
      Map<?, ?> filter = (Map<?, ?>) request.params().get(0);
      long from = number(filter.get("fromBlock"));
      long to = number(filter.get("toBlock"));
      return to - from + 1 > logRange
          ? new RpcOutcome.Failed<>(
              new RpcFailure.NodeError(
                  -32005, "Requested range exceeds maximum RPC range limit", ""))
          : decoded(request, logs(filter, from, to));
    }
    return decoded(
        request,
        switch (request.method()) {
          case "eth_getBlockByNumber" ->
              block(
                  request.params().get(0).equals("latest")
                      ? head()
                      : number(request.params().get(0)));
          case "eth_getTransactionReceipt" -> receipt((String) request.params().get(0));
          default -> throw new IllegalArgumentException(request.method());
        });
  }

  private static <T> RpcOutcome<T> decoded(RpcRequest<T> request, @Nullable Object json) {
    try {
      return new RpcOutcome.Ok<>(request.decoder().decode(json), "node");
    } catch (RpcRequest.MalformedValueException wrong) {
      return new RpcOutcome.Failed<>(new RpcFailure.Malformed(wrong.getMessage()));
    }
  }

  private static long number(@Nullable Object quantity) {
    return Long.parseLong(String.valueOf(quantity).substring(2), 16);
  }

  private @Nullable Object block(long number) {
    if (number > head()) {
      return null;
    }
    Map<String, Object> block = new LinkedHashMap<>();
    block.put("number", Requests.quantity(number));
    block.put("hash", hash(number));
    block.put("parentHash", hash(number - 1));
    block.put("timestamp", "0x1");
    block.put("gasUsed", "0x0");
    block.put("gasLimit", "0x1");
    block.put("transactions", transactions.get((int) number));
    return block;
  }

  private @Nullable Object receipt(String hash) {
    for (int number = 0; number <= head(); number++) {
      for (Map<String, Object> tx : transactions.get(number)) {
        if (tx.get("hash").equals(hash)) {
          Map<String, Object> receipt = new LinkedHashMap<>();
          receipt.put("transactionHash", hash);
          receipt.put("blockNumber", Requests.quantity(number));
          receipt.put("blockHash", hash(number));
          receipt.put("from", tx.get("from"));
          receipt.put("status", failed.containsKey(hash) ? "0x0" : "0x1");
          receipt.put("gasUsed", "0x5208");
          receipt.put("effectiveGasPrice", "0x1");
          receipt.put("logs", List.of());
          return receipt;
        }
      }
    }
    return null;
  }

  /** As a node filters them: by contract, and by what the test's question has in its topics. */
  private List<Object> logs(Map<?, ?> filter, long from, long to) {
    List<Object> found = new ArrayList<>();
    List<?> topics = (List<?>) filter.get("topics");
    for (long number = from; number <= Math.min(to, head()); number++) {
      for (Map<String, @Nullable Object> log : logs.get((int) number)) {
        List<?> own = (List<?>) log.get("topics");
        boolean wanted = ((List<?>) filter.get("address")).contains(log.get("address"));
        for (int place = 0; place < topics.size(); place++) {
          Object allowed = topics.get(place);
          wanted &= allowed == null || ((List<?>) allowed).contains(own.get(place));
        }
        if (wanted || log.containsKey("pushy")) {
          Map<String, @Nullable Object> shown = new LinkedHashMap<>();
          shown.put("blockNumber", Requests.quantity(number));
          shown.put("blockHash", hash(number));
          shown.putAll(log);
          found.add(shown);
        }
      }
    }
    return found;
  }

  @Override
  public <T> CompletableFuture<QuorumResult<T>> criticalRead(Fact<T> fact, CallOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<BroadcastEvidence> broadcast(
      SignedTransaction tx, BroadcastOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<List<BroadcastEvidence>> broadcastAll(
      List<SignedTransaction> txs, BroadcastOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
