package io.payonce.routing.web3j;

import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.rpc.BroadcastEvidence;
import io.payonce.rpc.BroadcastEvidence.Answer;
import io.payonce.rpc.BroadcastEvidence.Verdict;
import io.payonce.rpc.BroadcastOptions;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcOutcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * {@code eth_sendRawTransaction} as a broadcast. The answer is the local hash, and only when a node
 * took the transaction or is seen to have it. Thread-safe.
 */
final class RawTransactions {
  /** Looks at endpoints for a transaction that nobody admitted to have taken. */
  private static final int LOOKS = 3;

  private final RpcClient client;

  RawTransactions(RpcClient client) {
    this.client = client;
  }

  /** One answer for each call, in their order; the transactions are sent in that order too. */
  List<CompletableFuture<Reply>> send(List<Call> calls, Deadline deadline) {
    Map<Integer, SignedTransaction> readable = new LinkedHashMap<>();
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      try {
        readable.put(i, decoded(calls.get(i), client.chainId()));
        replies.add(new CompletableFuture<>());
      } catch (IllegalArgumentException | Call.InvalidParamsException notOurs) {
        replies.add(
            CompletableFuture.completedFuture(
                new Reply.Refused(Call.INVALID_PARAMS, "not sent: " + notOurs.getMessage(), null)));
      }
    }
    if (readable.isEmpty()) {
      return replies;
    }
    CompletableFuture<List<BroadcastEvidence>> sent =
        Failures.start(
            () -> client.broadcastAll(List.copyOf(readable.values()), BroadcastOptions.DEFAULT));
    int position = 0;
    for (int i : readable.keySet()) {
      int at = position++;
      replies.set(i, sent.thenCompose(all -> reply(all.get(at), deadline)));
    }
    return replies;
  }

  private static SignedTransaction decoded(Call call, ChainId chain) {
    SignedTransaction tx = TransactionCodec.decodeSigned(Bytes.fromHex(call.text(0)));
    ChainId signedFor = tx.transaction().chain();
    if (!signedFor.equals(chain)) {
      throw new IllegalArgumentException(
          "transaction " + tx.hash() + " is signed for chain " + signedFor + ", not " + chain);
    }
    return tx;
  }

  private CompletableFuture<Reply> reply(BroadcastEvidence evidence, Deadline deadline) {
    return switch (evidence.outcome()) {
      case ACCEPTED -> CompletableFuture.completedFuture(hash(evidence));
      case NOT_SENT -> CompletableFuture.failedFuture(new BroadcastNotSentException(evidence));
      // A refusal may be of bytes that are mined already, and a lost answer may have been a yes.
      case REJECTED, AMBIGUOUS ->
          seen(evidence, LOOKS, deadline)
              .thenApply(
                  seen -> {
                    if (seen) {
                      return hash(evidence);
                    }
                    if (evidence.outcome() == BroadcastEvidence.Outcome.REJECTED) {
                      return refused(evidence);
                    }
                    throw Failures.thrown(new BroadcastAmbiguousException(evidence));
                  });
    };
  }

  private static Reply hash(BroadcastEvidence evidence) {
    return new Reply.Result(evidence.hash().value());
  }

  private static Reply refused(BroadcastEvidence evidence) {
    Answer first =
        evidence.answers().stream()
            .filter(answer -> answer.verdict() == Verdict.REJECTED)
            .findFirst()
            .orElseThrow();
    return new Reply.Refused(first.code(), first.message(), null);
  }

  /** A look that fails has seen nothing: the evidence stands as it is. */
  private CompletableFuture<Boolean> seen(
      BroadcastEvidence evidence, int looks, Deadline deadline) {
    return Failures.start(() -> client.call(Requests.knows(evidence.hash()), deadline.left()))
        .handle(
            (outcome, failure) ->
                failure == null && outcome instanceof RpcOutcome.Ok<Boolean> ok && ok.value())
        .thenCompose(
            seen ->
                seen || looks == 1
                    ? CompletableFuture.completedFuture(seen)
                    : seen(evidence, looks - 1, deadline));
  }
}
