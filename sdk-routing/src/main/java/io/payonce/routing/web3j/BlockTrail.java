package io.payonce.routing.web3j;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.BlockHash;
import io.payonce.BlockHeader;
import io.payonce.BlockRef;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcFailure;
import io.payonce.rpc.RpcOutcome;
import io.payonce.rpc.RpcRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that one filter has delivered, and how it goes on from the last of them.
 *
 * <p>Each canonical block is delivered once, in order, each the child of the one before. Blocks
 * that a reorg took away are said to be so: their logs come once more, newest first, as {@code
 * removed}. A step moves the trail only as far as everything about a block was read, so that an
 * endpoint that lags or fails delays news and never loses any. Thread-safe; of two steps at once
 * one sees no news.
 */
final class BlockTrail implements Filters.Trail {
  /** How deep a reorg may be. */
  static final int REMEMBERED = 64;

  /** Blocks of one step; the next step goes on. */
  static final int STEP = 100;

  private static final int FETCHES = 4;

  private final RpcClient client;
  private final @Nullable LogCriteria criteria;

  /** Never empty; the newest is last. */
  @GuardedBy("this")
  private final Deque<Delivered> delivered = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean isBusy;

  private record Header(BlockRef ref, BlockHash parent) {}

  private record Delivered(BlockRef ref, List<Map<String, @Nullable Object>> logs) {}

  private BlockTrail(RpcClient client, @Nullable LogCriteria criteria, List<BlockRef> before) {
    this.client = client;
    this.criteria = criteria;
    before.forEach(block -> this.delivered.add(new Delivered(block, List.of())));
  }

  /**
   * A trail that begins after the present head. Without criteria it is about blocks. It knows the
   * blocks before it as if it had delivered them: the next reorg may begin below the head.
   */
  static CompletableFuture<BlockTrail> fromHead(
      RpcClient client, @Nullable LogCriteria criteria, Deadline deadline) {
    return client
        .call(header("latest"), deadline.left())
        .thenCompose(
            outcome -> {
              Header head = Failures.value(outcome).orElseThrow(BlockTrail::noHead);
              List<RpcRequest<?>> before = new ArrayList<>();
              for (int i = 1; i < REMEMBERED && i <= head.ref().number(); i++) {
                before.add(header(Requests.quantity(head.ref().number() - i)));
              }
              return client
                  .callBatch(before, deadline.left())
                  .thenApply(found -> new BlockTrail(client, criteria, upTo(head, found)));
            });
  }

  private static CompletionException noHead() {
    return Failures.thrown(new RpcFailedException("an endpoint has no head", null));
  }

  /** The head and those below it, as far as they are one chain, in the order of their heights. */
  private static List<BlockRef> upTo(Header head, List<RpcOutcome<?>> below) {
    Deque<BlockRef> blocks = new ArrayDeque<>(List.of(head.ref()));
    BlockHash parent = head.parent();
    for (RpcOutcome<?> outcome : below) {
      Optional<Header> next = headerOf(outcome);
      if (next.isEmpty() || !next.get().ref().hash().equals(parent)) {
        break; // what is not known now makes its memory shorter, and nothing wrong
      }
      blocks.addFirst(next.get().ref());
      parent = next.get().parent();
    }
    return List.copyOf(blocks);
  }

  /** What is new: hashes of blocks, or logs; empty when a reorg was too deep to be told. */
  @Override
  public CompletableFuture<Optional<List<@Nullable Object>>> advance(Deadline deadline) {
    return advance(
        () -> client.call(header("latest"), deadline.left()).thenApply(Failures::value), deadline);
  }

  /** The same, of a head that somebody else has heard of. */
  CompletableFuture<Optional<List<@Nullable Object>>> advanceTo(
      BlockHeader head, Deadline deadline) {
    Header heard = new Header(head.ref(), head.parent());
    return advance(() -> CompletableFuture.completedFuture(Optional.of(heard)), deadline);
  }

  @Override
  public synchronized boolean told(@Nullable Object blockHash) {
    return delivered.stream().anyMatch(block -> block.ref().hash().value().equals(blockHash));
  }

  @Override
  public void end() {
    // Nothing goes on while nobody asks.
  }

  /** Of the last delivered block. */
  synchronized long height() {
    return delivered.getLast().ref().number();
  }

  private CompletableFuture<Optional<List<@Nullable Object>>> advance(
      Supplier<CompletableFuture<Optional<Header>>> target, Deadline deadline) {
    List<BlockRef> known = new ArrayList<>();
    synchronized (this) {
      if (isBusy) {
        return CompletableFuture.completedFuture(Optional.of(List.of()));
      }
      isBusy = true;
      delivered.descendingIterator().forEachRemaining(block -> known.add(block.ref()));
    }
    return Failures.start(() -> step(target.get(), known, deadline))
        .whenComplete(
            (news, failure) -> {
              synchronized (this) {
                isBusy = false;
              }
            });
  }

  /**
   * Reads on.
   *
   * @param target the newest block
   * @param known the delivered blocks, newest first
   */
  private CompletableFuture<Optional<List<@Nullable Object>>> step(
      CompletableFuture<Optional<Header>> target, List<BlockRef> known, Deadline deadline) {
    BlockRef last = known.get(0);
    return target.thenCompose(
        head -> {
          long height = head.map(header -> header.ref().number()).orElse(-1L);
          if (height < last.number() || head.get().ref().equals(last)) {
            // Nothing new, or an endpoint behind the one before; a shorter chain will grow.
            return CompletableFuture.completedFuture(Optional.of(List.of()));
          }
          if (head.get().parent().equals(last.hash())) {
            return deliver(last, List.of(head.get()), deadline);
          }
          return common(known, deadline)
              .thenCompose(
                  ancestor ->
                      ancestor.isEmpty()
                          ? CompletableFuture.completedFuture(Optional.empty())
                          : after(ancestor.get(), height, deadline));
        });
  }

  /** The newest delivered block that is still canonical. */
  private CompletableFuture<Optional<BlockRef>> common(List<BlockRef> known, Deadline deadline) {
    BlockRef last = known.get(0);
    return client
        .call(header(Requests.quantity(last.number())), deadline.left())
        .thenCompose(
            outcome -> {
              if (Failures.value(outcome).map(Header::ref).equals(Optional.of(last))) {
                return CompletableFuture.completedFuture(Optional.of(last));
              }
              List<RpcRequest<?>> requests = new ArrayList<>();
              known.forEach(ref -> requests.add(header(Requests.quantity(ref.number()))));
              return client
                  .callBatch(requests, deadline.left())
                  .thenApply(outcomes -> newestCommon(known, outcomes));
            });
  }

  private static Optional<BlockRef> newestCommon(
      List<BlockRef> known, List<RpcOutcome<?>> outcomes) {
    for (int i = 0; i < known.size(); i++) {
      Optional<Header> header = headerOf(outcomes.get(i));
      if (header.map(Header::ref).equals(Optional.of(known.get(i)))) {
        return Optional.of(known.get(i));
      }
    }
    for (RpcOutcome<?> outcome : outcomes) {
      Failures.value(outcome); // one that failed proves nothing: no reorg is told
    }
    return Optional.empty();
  }

  /** Delivers the blocks above the ancestor, as many as are one chain. */
  private CompletableFuture<Optional<List<@Nullable Object>>> after(
      BlockRef ancestor, long height, Deadline deadline) {
    List<RpcRequest<?>> requests = new ArrayList<>();
    long to = Math.min(height, ancestor.number() + STEP);
    for (long number = ancestor.number() + 1; number <= to; number++) {
      requests.add(header(Requests.quantity(number)));
    }
    if (requests.isEmpty()) {
      return deliver(ancestor, List.of(), deadline);
    }
    return client
        .callBatch(requests, deadline.left())
        .thenCompose(
            outcomes -> {
              List<Header> chain = new ArrayList<>();
              BlockRef parent = ancestor;
              for (RpcOutcome<?> outcome : outcomes) {
                Optional<Header> next = headerOf(outcome);
                if (next.isEmpty()
                    || !next.get().parent().equals(parent.hash())
                    || next.get().ref().number() != parent.number() + 1) {
                  break; // behind, failed or reorganised meanwhile: the next step sees
                }
                chain.add(next.get());
                parent = next.get().ref();
              }
              return deliver(ancestor, chain, deadline);
            });
  }

  private CompletableFuture<Optional<List<@Nullable Object>>> deliver(
      BlockRef ancestor, List<Header> chain, Deadline deadline) {
    List<RpcRequest<?>> requests = new ArrayList<>();
    for (Header header : chain) {
      if (criteria != null && criteria.wants(header.ref())) {
        requests.add(criteria.in(header.ref()));
      }
    }
    CompletableFuture<List<RpcOutcome<?>>> read =
        requests.isEmpty()
            ? CompletableFuture.completedFuture(List.of())
            : logs(requests, FETCHES, deadline);
    return read.thenApply(outcomes -> Optional.of(commit(ancestor, withLogs(chain, outcomes))));
  }

  /** Logs from an endpoint that has at least the first of the blocks. */
  private CompletableFuture<List<RpcOutcome<?>>> logs(
      List<RpcRequest<?>> requests, int tries, Deadline deadline) {
    return client
        .callBatch(requests, deadline.left())
        .thenCompose(
            outcomes ->
                outcomes.get(0) instanceof RpcOutcome.Ok<?> || tries == 1
                    ? CompletableFuture.completedFuture(outcomes)
                    : logs(requests, tries - 1, deadline));
  }

  /** The blocks up to the first one whose logs could not be read. */
  @SuppressWarnings("unchecked") // the requests decode to logs
  private List<Delivered> withLogs(List<Header> chain, List<RpcOutcome<?>> outcomes) {
    List<Delivered> read = new ArrayList<>();
    Iterator<RpcOutcome<?>> next = outcomes.iterator();
    for (Header header : chain) {
      List<Map<String, @Nullable Object>> logs = List.of();
      if (criteria != null && criteria.wants(header.ref())) {
        RpcOutcome<?> outcome = next.next();
        if (!(outcome instanceof RpcOutcome.Ok<?> ok)) {
          if (read.isEmpty()) {
            Failures.value(outcome); // no progress at all is worth saying
          }
          break;
        }
        logs = (List<Map<String, @Nullable Object>>) ok.value();
      }
      read.add(new Delivered(header.ref(), logs));
    }
    return read;
  }

  private synchronized List<@Nullable Object> commit(BlockRef ancestor, List<Delivered> read) {
    List<@Nullable Object> news = new ArrayList<>();
    while (!delivered.getLast().ref().equals(ancestor)) {
      Delivered gone = delivered.removeLast();
      for (int i = gone.logs().size() - 1; i >= 0; i--) {
        Map<String, @Nullable Object> removed = new LinkedHashMap<>(gone.logs().get(i));
        removed.put("removed", true);
        news.add(removed);
      }
    }
    for (Delivered block : read) {
      delivered.addLast(block);
      if (criteria == null) {
        news.add(block.ref().hash().value());
      } else {
        news.addAll(block.logs());
      }
      if (delivered.size() > REMEMBERED) {
        delivered.removeFirst();
      }
    }
    return news;
  }

  /**
   * All logs of the filter up to the last delivered block, from an endpoint that has that block:
   * what comes later are changes, so that none is missed in between and none comes twice.
   */
  @Override
  public CompletableFuture<Reply> everything(Deadline deadline) {
    if (criteria == null) {
      return CompletableFuture.completedFuture(
          new Reply.Refused(-32000, "filter not found: it is one of blocks, not of logs", null));
    }
    BlockRef last;
    synchronized (this) {
      last = delivered.getLast().ref();
    }
    if (criteria.first() > last.number()) {
      return CompletableFuture.completedFuture(new Reply.Result(List.of()));
    }
    return everything(criteria, last, FETCHES, deadline);
  }

  @SuppressWarnings("unchecked") // the request decodes to logs
  private CompletableFuture<Reply> everything(
      LogCriteria wanted, BlockRef last, int tries, Deadline deadline) {
    return client
        .callBatch(List.of(proof(last), wanted.upTo(last)), deadline.left())
        .thenCompose(
            outcomes -> {
              boolean has = outcomes.get(0) instanceof RpcOutcome.Ok<?>;
              if ((has || tries == 1)
                  && outcomes.get(1) instanceof RpcOutcome.Failed<?> failed
                  && failed.failure() instanceof RpcFailure.NodeError error) {
                return CompletableFuture.completedFuture(Dispatch.refused(error));
              }
              if (outcomes.get(0) instanceof RpcOutcome.Ok<?> header
                  && outcomes.get(1) instanceof RpcOutcome.Ok<?> logs
                  && header.endpoint().equals(logs.endpoint())) {
                given((List<Map<String, @Nullable Object>>) logs.value());
                return CompletableFuture.completedFuture(new Reply.Result(logs.value()));
              }
              if (tries > 1) {
                return everything(wanted, last, tries - 1, deadline);
              }
              throw Failures.thrown(
                  new RpcFailedException(
                      "no endpoint gives the logs up to block " + last + ", which was seen", null));
            });
  }

  /** Logs of blocks before the trail were given all the same: a reorg has to take them back. */
  private synchronized void given(List<Map<String, @Nullable Object>> logs) {
    Map<String, List<Map<String, @Nullable Object>>> byBlock = new HashMap<>();
    for (Map<String, @Nullable Object> log : logs) {
      byBlock
          .computeIfAbsent(String.valueOf(log.get("blockHash")), block -> new ArrayList<>())
          .add(log);
    }
    List<Delivered> all = List.copyOf(delivered);
    delivered.clear();
    for (Delivered block : all) {
      List<Map<String, @Nullable Object>> own = byBlock.get(block.ref().hash().value());
      delivered.addLast(
          own == null || !block.logs().isEmpty() ? block : new Delivered(block.ref(), own));
    }
  }

  /** Fails at an endpoint without the block, so that the pool asks others first from then on. */
  private static RpcRequest<Optional<Header>> proof(BlockRef block) {
    RpcRequest<Optional<Header>> request = header(Requests.quantity(block.number()));
    return new RpcRequest<>(
        request.method(),
        request.params(),
        json -> {
          Optional<Header> header = request.decoder().decode(json);
          if (!header.map(Header::ref).equals(Optional.of(block))) {
            throw new RpcRequest.MalformedValueException("is not the block that was seen");
          }
          return header;
        });
  }

  @SuppressWarnings("unchecked") // the requests decode to headers
  private static Optional<Header> headerOf(RpcOutcome<?> outcome) {
    return outcome instanceof RpcOutcome.Ok<?> ok
        ? (Optional<Header>) ok.value()
        : Optional.empty();
  }

  private static RpcRequest<Optional<Header>> header(String tagOrNumber) {
    RpcRequest<Optional<BlockRef>> reference = Requests.blockRef(tagOrNumber);
    return new RpcRequest<>(
        reference.method(),
        reference.params(),
        json ->
            reference.decoder().decode(json).map(ref -> new Header(ref, parent((Map<?, ?>) json))));
  }

  private static BlockHash parent(@Nullable Map<?, ?> block) {
    if (block != null && block.get("parentHash") instanceof String hash) {
      try {
        return BlockHash.of(hash);
      } catch (IllegalArgumentException wrong) {
        throw new RpcRequest.MalformedValueException("parentHash: " + wrong.getMessage());
      }
    }
    throw new RpcRequest.MalformedValueException("parentHash is missing");
  }
}
