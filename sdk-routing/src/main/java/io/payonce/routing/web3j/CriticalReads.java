package io.payonce.routing.web3j;

import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.rpc.BlockTag;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The methods whose answers move money, asked of a quorum: chain id, nonce, balance, code, receipt,
 * and the safe and finalized blocks. State is read at a block that the operators agree on, and an
 * operator without that block has no vote. Thread-safe.
 */
final class CriticalReads {
  /** At the tip the operators may be on different forks; a few blocks below they are not. */
  private static final int STEPS_BACK = 3;

  /** Calls, each of several endpoints, for what a quorum has agreed on in parts. */
  private static final int FETCHES = 4;

  private final RpcClient client;
  private final Function<Address, Optional<NonceBounds>> nonces;

  CriticalReads(RpcClient client, Function<Address, Optional<NonceBounds>> nonces) {
    this.client = client;
    this.nonces = nonces;
  }

  /** Empty for a method that is no critical read. */
  Optional<CompletableFuture<Reply>> answer(Call call, Deadline deadline) {
    return Optional.ofNullable(
        switch (call.method()) {
          case "eth_chainId" ->
              agreed(call, new Fact.Chain(), deadline)
                  .thenApply(chain -> new Reply.Result(Requests.quantity(chain.value())));
          case "eth_getTransactionCount" -> nonce(call, call.address(0), deadline);
          case "eth_getBalance" -> isPending(call.param(1)) ? null : balance(call, deadline);
          case "eth_getCode" -> isPending(call.param(1)) ? null : code(call, deadline);
          case "eth_getTransactionReceipt" -> receipt(call, call.hash(0), deadline);
          case "eth_getBlockByNumber" ->
              "safe".equals(call.param(0)) || "finalized".equals(call.param(0))
                  ? settledBlock(call, deadline)
                  : null;
          default -> null;
        });
  }

  private static boolean isPending(@Nullable Object block) {
    return "pending".equals(block);
  }

  private CompletableFuture<Reply> balance(Call call, Deadline deadline) {
    Address account = call.address(0);
    return pin(call, call.param(1), deadline)
        .thenCompose(at -> agreed(call, new Fact.Balance(account, at), deadline))
        .thenApply(balance -> new Reply.Result(Requests.quantity(balance.value())));
  }

  private CompletableFuture<Reply> code(Call call, Deadline deadline) {
    Address account = call.address(0);
    return pin(call, call.param(1), deadline)
        .thenCompose(at -> agreed(call, new Fact.Code(account, at), deadline))
        .thenApply(code -> new Reply.Result(code.toHex()));
  }

  private CompletableFuture<Reply> nonce(Call call, Address account, Deadline deadline) {
    Optional<NonceBounds> bounds = nonces.apply(account);
    Object block = call.param(1);
    if (isPending(block) && bounds.isEmpty()) {
      return agreed(call, new Fact.PendingNonce(account), deadline)
          .thenApply(count -> new Reply.Result(Requests.quantity(count)));
    }
    boolean newest = block == null || isPending(block) || "latest".equals(block);
    return pin(call, isPending(block) ? null : block, deadline)
        .thenCompose(at -> agreed(call, new Fact.Nonce(account, at), deadline))
        .thenApply(
            count -> {
              long answer = count;
              if (newest && bounds.isPresent()) {
                answer = bounded(account, count, bounds.get(), isPending(block));
              }
              return new Reply.Result(Requests.quantity(answer));
            });
  }

  private static long bounded(Address account, long agreed, NonceBounds own, boolean pending) {
    if (agreed > own.next()) {
      throw Failures.thrown(new ForeignUseException(account, agreed, own.next()));
    }
    return Math.max(agreed, pending ? own.next() : own.proven());
  }

  /**
   * The agreed receipt, or null when it is agreed that there is none up to the agreed head. What
   * the quorum compares is in {@link Receipt}; the remaining fields are those of one endpoint whose
   * receipt is otherwise equal.
   */
  private CompletableFuture<Reply> receipt(Call call, TransactionHash hash, Deadline deadline) {
    return pin(call, "latest", deadline)
        .thenCompose(head -> agreed(call, new Fact.ReceiptOf(hash, head), deadline))
        .thenCompose(
            found ->
                found.isEmpty()
                    ? CompletableFuture.completedFuture(new Reply.Result(null))
                    : whole(
                        call,
                        json -> Requests.receipt(hash).decoder().decode(json).equals(found),
                        FETCHES,
                        deadline));
  }

  private CompletableFuture<Reply> settledBlock(Call call, Deadline deadline) {
    return pin(call, call.param(0), deadline)
        .thenCompose(
            at -> {
              boolean full = Boolean.TRUE.equals(call.param(1));
              Call byNumber =
                  new Call(call.id(), call.method(), List.of(Requests.quantity(at.number()), full));
              return whole(
                  byNumber,
                  json -> Requests.blockRef("").decoder().decode(json).equals(Optional.of(at)),
                  FETCHES,
                  deadline);
            });
  }

  private interface Check {
    boolean holds(Object json);
  }

  /**
   * The JSON as one endpoint gives it. An endpoint whose answer is not the agreed one lags or lies:
   * the pool is told so, and asks others first.
   */
  private CompletableFuture<Reply> whole(Call call, Check check, int tries, Deadline deadline) {
    RpcRequest<Reply.Result> request =
        new RpcRequest<>(
            call.method(),
            call.params(),
            json -> {
              if (json == null || !check.holds(json)) {
                throw new RpcRequest.MalformedValueException("is not what the operators agreed on");
              }
              return new Reply.Result(json);
            });
    return client
        .call(request, deadline.left())
        .thenCompose(
            outcome ->
                outcome instanceof RpcOutcome.Failed<Reply.Result> && tries > 1
                    ? whole(call, check, tries - 1, deadline)
                    : CompletableFuture.completedFuture(Failures.value(outcome)));
  }

  /** The block that a parameter means, with the hash that the operators agree on. */
  private CompletableFuture<BlockRef> pin(Call call, @Nullable Object block, Deadline deadline) {
    if (block == null || block instanceof String) {
      String text = block == null ? "latest" : (String) block;
      return switch (text) {
        case "latest", "safe", "finalized" ->
            agreed(call, new Fact.Height(BlockTag.valueOf(text.toUpperCase(Locale.ROOT))), deadline)
                .thenCompose(height -> at(call, height, STEPS_BACK, deadline));
        case "earliest" -> at(call, 0, 0, deadline);
        default -> at(call, Call.number(text), 0, deadline);
      };
    }
    if (block instanceof Map<?, ?> named && named.get("blockNumber") instanceof String number) {
      return at(call, Call.number(number), 0, deadline);
    }
    if (block instanceof Map<?, ?> named && named.get("blockHash") instanceof String hash) {
      return pinned(call, Call.blockHash(hash), deadline);
    }
    throw new Call.InvalidParamsException(call.method() + " has no block number, tag or hash");
  }

  /** One endpoint says which number the block has; whether it is canonical there, all of them. */
  private CompletableFuture<BlockRef> pinned(Call call, BlockHash hash, Deadline deadline) {
    RpcRequest<Optional<BlockRef>> request =
        new RpcRequest<>(
            "eth_getBlockByHash", List.of(hash.value(), false), Requests.blockRef("").decoder());
    return client
        .call(request, deadline.left())
        .thenCompose(
            outcome -> {
              long number =
                  Failures.value(outcome)
                      .orElseThrow(() -> Failures.thrown(unknown(hash)))
                      .number();
              return at(call, number, 0, deadline);
            })
        .thenApply(
            canonical -> {
              if (!canonical.hash().equals(hash)) {
                throw Failures.thrown(unknown(hash));
              }
              return canonical;
            });
  }

  private static RpcFailedException unknown(BlockHash hash) {
    return new RpcFailedException("block " + hash + " is unknown or not canonical", null);
  }

  private CompletableFuture<BlockRef> at(Call call, long number, int steps, Deadline deadline) {
    Fact<BlockRef> fact = new Fact.BlockRefAt(number);
    return client
        .criticalRead(fact, deadline.left())
        .thenCompose(
            result ->
                result instanceof QuorumResult.Unavailable<BlockRef> && steps > 0 && number > 0
                    ? at(call, number - 1, steps - 1, deadline)
                    : CompletableFuture.completedFuture(Failures.agreed(call.method(), result)));
  }

  private <T> CompletableFuture<T> agreed(Call call, Fact<T> fact, Deadline deadline) {
    return client
        .criticalRead(fact, deadline.left())
        .thenApply(result -> Failures.agreed(call.method(), result));
  }
}
