package io.payonce.routing.web3j;

import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who answers a request: the broadcast, a critical read, a filter, or one endpoint of the pool. One
 * reply for each call, in order; writes are never in one body with reads. Thread-safe.
 */
final class Dispatch {
  private static final String SEND = "eth_sendRawTransaction";

  /** The pool does not pass it on. */
  private static final int UNSUPPORTED = -32601;

  private final RpcClient client;
  private final RawTransactions transactions;
  private final CriticalReads critical;
  private final Filters filters;

  Dispatch(RpcClient client, CriticalReads critical, Filters filters) {
    this.client = client;
    this.transactions = new RawTransactions(client);
    this.critical = critical;
    this.filters = filters;
  }

  static boolean isSend(Call call) {
    return call.method().equals(SEND);
  }

  /** The same as {@link #answer} for one call, on a thread that waits for the reply. */
  CompletableFuture<Reply> answerWaiting(Call call, Deadline deadline) {
    if (isSend(call)) {
      return transactions.send(List.of(call), deadline).get(0);
    }
    return own(call, deadline)
        .orElseGet(
            () ->
                alone(
                    request(call),
                    request ->
                        CompletableFuture.completedFuture(
                            client.callBlocking(request, deadline.left()))));
  }

  /** Never throws: what goes wrong with a call is in its future. */
  List<CompletableFuture<Reply>> answer(List<Call> calls, Deadline deadline) {
    Map<Integer, CompletableFuture<Reply>> replies = new LinkedHashMap<>();
    List<Integer> sends = new ArrayList<>();
    List<Integer> plain = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      if (isSend(call)) {
        sends.add(i);
      } else {
        Optional<CompletableFuture<Reply>> own = own(call, deadline);
        if (own.isPresent()) {
          replies.put(i, own.get());
        } else {
          plain.add(i);
        }
      }
    }
    put(replies, sends, transactions.send(pick(calls, sends), deadline));
    put(replies, plain, passed(pick(calls, plain), deadline));
    List<CompletableFuture<Reply>> ordered = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      CompletableFuture<Reply> reply = replies.get(i);
      ordered.add(reply == null ? CompletableFuture.failedFuture(lost(i)) : reply);
    }
    return ordered;
  }

  private static IllegalStateException lost(int index) {
    return new IllegalStateException("defect: call " + index + " was given to nobody");
  }

  private static List<Call> pick(List<Call> calls, List<Integer> indexes) {
    return indexes.stream().map(calls::get).toList();
  }

  private static void put(
      Map<Integer, CompletableFuture<Reply>> replies,
      List<Integer> indexes,
      List<CompletableFuture<Reply>> found) {
    for (int i = 0; i < indexes.size(); i++) {
      replies.put(indexes.get(i), found.get(i));
    }
  }

  /** What is answered by more than one call; empty for what is passed on as it is. */
  private Optional<CompletableFuture<Reply>> own(Call call, Deadline deadline) {
    if (call.method().equals("eth_subscribe") || call.method().equals("eth_unsubscribe")) {
      return Optional.of(
          CompletableFuture.completedFuture(
              new Reply.Refused(UNSUPPORTED, PooledWeb3jService.NO_SUBSCRIPTIONS, null)));
    }
    try {
      return critical.answer(call, deadline).or(() -> filters.answer(call, deadline));
    } catch (Call.InvalidParamsException wrong) {
      return Optional.of(
          CompletableFuture.completedFuture(
              new Reply.Refused(Call.INVALID_PARAMS, String.valueOf(wrong.getMessage()), null)));
    } catch (RuntimeException failed) {
      return Optional.of(CompletableFuture.failedFuture(failed));
    }
  }

  private List<CompletableFuture<Reply>> passed(List<Call> calls, Deadline deadline) {
    List<RpcRequest<Reply>> requests = new ArrayList<>();
    calls.forEach(call -> requests.add(request(call)));
    if (requests.size() > 1) {
      try {
        CompletableFuture<List<RpcOutcome<?>>> all =
            client.callBatch(List.copyOf(requests), deadline.left());
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
          int at = i;
          replies.add(all.thenApply(outcomes -> reply(outcomes.get(at))));
        }
        return replies;
      } catch (IllegalArgumentException oneOfThemIsRefused) {
        // Each alone then, so that only those fail that the client refuses.
      } catch (RuntimeException failed) {
        return calls.stream().map(call -> CompletableFuture.<Reply>failedFuture(failed)).toList();
      }
    }
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    requests.forEach(
        request -> replies.add(alone(request, one -> client.call(one, deadline.left()))));
    return replies;
  }

  private static RpcRequest<Reply> request(Call call) {
    return new RpcRequest<>(call.method(), call.params(), Reply.Result::new);
  }

  private static CompletableFuture<Reply> alone(
      RpcRequest<Reply> request,
      Function<RpcRequest<Reply>, CompletableFuture<RpcOutcome<Reply>>> client) {
    try {
      return client.apply(request).thenApply(Dispatch::reply);
    } catch (IllegalArgumentException refused) {
      return CompletableFuture.completedFuture(
          new Reply.Refused(UNSUPPORTED, String.valueOf(refused.getMessage()), null));
    } catch (RuntimeException failed) {
      return CompletableFuture.failedFuture(failed);
    }
  }

  static Reply reply(RpcOutcome<?> outcome) {
    if (outcome instanceof RpcOutcome.Failed<?> failed
        && failed.failure() instanceof RpcFailure.NodeError error) {
      return refused(error);
    }
    return (Reply.Result) Failures.value(outcome);
  }

  /** The node's own code and words. */
  static Reply refused(RpcFailure.NodeError error) {
    return new Reply.Refused(error.code(), error.message(), data(error.data()));
  }

  /** An object or a list is one again, as programs read revert data out of them. */
  private static @Nullable Object data(String text) {
    if (text.startsWith("{") || text.startsWith("[")) {
      try {
        return JsonText.parse(text);
      } catch (IOException onlyLooksLikeIt) {
        return text;
      }
    }
    return text.isEmpty() ? null : text;
  }
}
