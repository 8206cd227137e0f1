package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.internal.JsonValues;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.RpcFailure.ViewInvalidated;
import io.payonce.rpc.RpcFailure.ViewInvalidated.Reason;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Reads that all see one block.
 *
 * <p>Number and hash are fixed when the view is opened, and no answer comes from another block:
 * every read names the hash where the endpoint takes one (EIP-1898), and otherwise the number, with
 * the hash looked at before and after. One endpoint answers; when it fails, another one does that
 * has shown the same number and hash. Once the chain holds another block at that height, or the
 * policy's {@code viewTtl} is over, every read is {@link ViewInvalidated}, for good: open a new
 * view.
 *
 * <p>One endpoint alone answers, so what moves money is still a {@code criticalRead}, which can be
 * asked at {@link #block()}.
 *
 * <p>Thread-safe. There is nothing to close.
 */
public final class ChainView {
  private final RpcPool pool;
  private final Views views;
  private final BlockRef block;
  private final Optional<BlockRef> replaced;
  private final Optional<TransactionHash> known;
  private final long openedAt;

  @GuardedBy("this")
  private Node carrier;

  @GuardedBy("this")
  private Optional<ViewInvalidated> end = Optional.empty();

  ChainView(
      RpcPool pool,
      Views views,
      BlockRef block,
      Optional<BlockRef> replaced,
      Optional<TransactionHash> known,
      Node carrier) {
    this.pool = pool;
    this.views = views;
    this.block = block;
    this.replaced = replaced;
    this.known = known;
    this.carrier = carrier;
    this.openedAt = views.wiring.now();
  }

  /** The block that every read sees. */
  public BlockRef block() {
    return block;
  }

  /**
   * The block of the newest view before this one, when the chain does not hold it any more: without
   * it, no view of a pool is older than one before.
   */
  public Optional<BlockRef> replaced() {
    return replaced;
  }

  /** The name of the endpoint that is asked now. */
  public String endpoint() {
    return carrier().endpoint.name();
  }

  /** Why nothing can be read any more; empty while it can. */
  public Optional<ViewInvalidated> invalidated() {
    synchronized (this) {
      if (end.isPresent()) {
        return end;
      }
    }
    long ttl = views.wiring.policy.viewTtl().toNanos();
    return views.wiring.now() - openedAt < ttl
        ? Optional.empty()
        : Optional.of(
            end(
                Reason.EXPIRED,
                "the view of block "
                    + block
                    + " was open for "
                    + TimeUnit.NANOSECONDS.toSeconds(ttl)
                    + " s"));
  }

  /**
   * Asks for something at the view's block. Completes by the deadline of its kind, or that of the
   * options, normally. What no endpoint answers now may be asked again, as long as the view stands.
   *
   * <p>The request names the block {@code "latest"}, which here is that of the view: balances,
   * nonces, code, storage, proofs and calls, the block itself, and its logs. The receipt of what
   * was included later is absent. Transactions are looked up as the endpoint has them, in its pool
   * too. Throws {@code IllegalArgumentException} for a method or a block that cannot be asked like
   * this, as the pending one.
   */
  public <T> CompletableFuture<RpcOutcome<T>> read(RpcRequest<T> request, CallOptions options) {
    Pinned<T> pinned = Pinned.of(request, block);
    JsonValues.requireWritable(pinned.byNumber().params());
    RequestClass kind = RequestClass.of(request.method());
    long deadline = RpcPool.nanos(options, kind.deadline(views.wiring.policy));
    return pool.tracked(() -> new ViewRead<>(this, views, pinned, kind, deadline).start());
  }

  Optional<TransactionHash> known() {
    return known;
  }

  synchronized Node carrier() {
    return carrier;
  }

  /** Another endpoint that has shown the block answers from now on. */
  synchronized void moved(Node from, Node to) {
    if (carrier == from) {
      carrier = to;
    }
  }

  /** The first reason stays. */
  synchronized ViewInvalidated end(Reason reason, String why) {
    ViewInvalidated last = end.orElseGet(() -> new ViewInvalidated(reason, why));
    end = Optional.of(last);
    return last;
  }

  @Override
  public String toString() {
    return "view of block " + block;
  }
}
