package io.payonce.rpc;

import io.payonce.TransactionHash;
import io.payonce.failure.FailureClass;
import io.payonce.failure.FailureClassifier;
import io.payonce.failure.NodeAnswer;
import java.time.Duration;

/**
 * Why a request has no result. Messages never hold a URL or a credential.
 *
 * <p>Only {@link BytesSent#NONE} proves that a node cannot have seen the request.
 */
public sealed interface RpcFailure {
  /** For logs and people. */
  String message();

  BytesSent bytesSent();

  /** Connection, TLS or HTTP failure. */
  record Transport(String message, BytesSent bytesSent) implements RpcFailure {}

  /** The deadline passed. */
  record DeadlineExceeded(String message, BytesSent bytesSent) implements RpcFailure {}

  /** The node asked for a pause. */
  record Throttled(String message, Duration retryAfter) implements RpcFailure {
    @Override
    public BytesSent bytesSent() {
      return BytesSent.ALL;
    }
  }

  /**
   * A JSON-RPC error: the node's own words.
   *
   * @param data what came with it: a text as it is, anything else as JSON, empty when nothing did
   * @param meaning what they mean, by the rules for the client, chain and method that are known
   */
  record NodeError(int code, String message, String data, FailureClass meaning)
      implements RpcFailure {
    /** Words of a node of which nothing is known. */
    public NodeError(int code, String message, String data) {
      this(
          code,
          message,
          data,
          FailureClassifier.standard().classify(NodeAnswer.error(code, message).withData(data)));
    }

    @Override
    public BytesSent bytesSent() {
      return BytesSent.ALL;
    }
  }

  /** An answer that is no valid JSON-RPC reply to this request. */
  record Malformed(String message) implements RpcFailure {
    @Override
    public BytesSent bytesSent() {
      return BytesSent.ALL;
    }
  }

  /** No endpoint may serve this request now. */
  record NoEligibleEndpoint(String message) implements RpcFailure {
    @Override
    public BytesSent bytesSent() {
      return BytesSent.NONE;
    }
  }

  /**
   * An endpoint does not have what is asked for, and is too far behind to know, or others have it.
   */
  record Behind(String message) implements RpcFailure {
    @Override
    public BytesSent bytesSent() {
      return BytesSent.ALL;
    }
  }

  /** What was pinned to one block can be asked no more: somebody has to choose a new block. */
  record ViewInvalidated(Reason reason, String message) implements RpcFailure {
    /** Why the block is given up. */
    public enum Reason {
      /** The chain has another block at its height. */
      REORG,
      /** It is so old that nodes may forget its state. */
      EXPIRED
    }

    @Override
    public BytesSent bytesSent() {
      return BytesSent.ALL;
    }
  }

  /**
   * It failed, and was not asked elsewhere: so many calls fail that further attempts would only
   * bring down what still works.
   */
  record RetryBudgetSpent(RpcFailure first) implements RpcFailure {
    @Override
    public String message() {
      return first.message() + "; not tried again, as the retry budget is spent";
    }

    @Override
    public BytesSent bytesSent() {
      return first.bytesSent();
    }
  }

  /** Not asked: it names a transaction that is private still, and asking would give it away. */
  record PrivateTransaction(TransactionHash transaction) implements RpcFailure {
    @Override
    public String message() {
      return transaction + " was sent in private and is not asked for in public yet";
    }

    @Override
    public BytesSent bytesSent() {
      return BytesSent.NONE;
    }
  }

  /** The client was closed, or the thread that waited was interrupted. */
  record Cancelled(String message, BytesSent bytesSent) implements RpcFailure {
    /** Of a thread that did not wait to the end. */
    public static final Cancelled INTERRUPTED = new Cancelled("interrupted", BytesSent.ALL);
  }
}
