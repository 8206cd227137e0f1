package io.payonce.submit.internal;

import io.payonce.Address;
import io.payonce.Authorization;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.rpc.CallOptions;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.rpc.RpcUnavailableException;
import io.payonce.submit.internal.LaneEvent.Found;
import io.payonce.submit.internal.LaneEvent.Taker;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.function.Predicate;

/**
 * Finds what took a nonce. It decides by nonce, not by hash: the block in which the account's count
 * passed the nonce holds the consumer, whatever its hash. Our own hashes only say where to look
 * first. Every step is a critical read; one operator never decides, and one that is behind the
 * block does not vote.
 *
 * <p>The block is found by halving the range between a height where the count is above the nonce
 * and one where it is not. Nodes forget the state of old blocks, but keep the blocks: where counts
 * are gone, the blocks themselves are read downwards, {@value #SCAN_STEP} at once and {@value
 * #SCAN_LIMIT} in all. How far that came is kept in memory: a restart reads them again.
 *
 * <p>In the block, in this order: a transaction of the account with the nonce; an authorization of
 * the account for the nonce (EIP-7702); a deposit in the account's name (OP Stack); delegated code
 * of the account. Or nothing of this, which is a contradiction once the counts before and after the
 * block are asked for again and still say so: a node that answers while it mines may have given the
 * state of the next block for this one.
 */
final class ConsumerFinder {
  private static final int SCAN_STEP = 32;
  private static final int SCAN_LIMIT = 100_000;

  /** Every node has the state of blocks that are less deep. */
  private static final int STATE_DEPTH = 64;

  private final RpcClient rpc;
  private final ChainFollower follower;

  /** Heights from which the scan of a nonce goes on. */
  private final Map<Account, Scan> scans = new ConcurrentHashMap<>();

  private record Account(Address address, long nonce) {}

  /** A transaction and the block that holds it. */
  private record Sent(IndexedBlock block, Block.Entry entry) {}

  /**
   * A walk downwards.
   *
   * @param from where it began: the count is above the nonce there
   * @param next the highest block that was not read
   */
  private record Scan(long from, long next) {}

  ConsumerFinder(RpcClient rpc, ChainFollower follower) {
    this.rpc = rpc;
    this.follower = follower;
  }

  /** The consumers of all these nonces, however long it takes. */
  CompletableFuture<List<Found>> findAll(
      Address account, BlockRef head, Map<Long, List<TransactionHash>> known) {
    return Futures.all(new Search(account, head, true).all(known));
  }

  /** The consumers of those nonces whose search succeeds. */
  CompletableFuture<List<Found>> findSome(
      Address account, BlockRef head, Map<Long, List<TransactionHash>> known) {
    return Futures.some(new Search(account, head, false).all(known));
  }

  /** Searches of one account as of one head; they share what they read. */
  private final class Search {
    private final Address account;
    private final BlockRef head;
    private final boolean patient;
    private final Map<Long, CompletableFuture<IndexedBlock>> blocks = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<Long>> counts = new ConcurrentHashMap<>();

    /** The account's transactions in the blocks that the follower keeps, by nonce. */
    private final Map<Long, Sent> recent = new HashMap<>();

    private CompletableFuture<Map<TransactionHash, Optional<Receipt>>> receipts =
        CompletableFuture.completedFuture(Map.of());

    /**
     * A search.
     *
     * @param patient whether a scan goes on to its end, instead of one step with each attempt
     */
    Search(Address account, BlockRef head, boolean patient) {
      this.account = account;
      this.head = head;
      this.patient = patient;
    }

    List<CompletableFuture<Found>> all(Map<Long, List<TransactionHash>> known) {
      for (IndexedBlock block : follower.recent().headMap(head.number(), true).values()) {
        for (Block.Entry entry : block.sentBy(account)) {
          recent.put(entry.nonce(), new Sent(block, entry)); // the highest block of a nonce stays
        }
      }
      List<TransactionHash> included =
          known.keySet().stream()
              .map(recent::get)
              .filter(Objects::nonNull)
              .map(sent -> sent.entry().hash())
              .toList();
      receipts = receipts(included);
      List<CompletableFuture<Found>> searches = new ArrayList<>();
      known.forEach((nonce, hashes) -> searches.add(find(nonce, hashes)));
      return searches;
    }

    /** All of them in one question; where that is not agreed on, each is asked for by itself. */
    private CompletableFuture<Map<TransactionHash, Optional<Receipt>>> receipts(
        List<TransactionHash> hashes) {
      if (hashes.size() < 2) {
        return CompletableFuture.completedFuture(Map.of());
      }
      return rpc.criticalRead(new Fact.ReceiptsOf(hashes, head), CallOptions.DEFAULT)
          .thenApply(
              result -> {
                Map<TransactionHash, Optional<Receipt>> known = new HashMap<>();
                if (result instanceof QuorumResult.Agreed<List<Optional<Receipt>>> agreed) {
                  for (int i = 0; i < hashes.size(); i++) {
                    known.put(hashes.get(i), agreed.value().get(i));
                  }
                }
                return known;
              });
    }

    private CompletableFuture<Optional<Receipt>> receipt(TransactionHash hash) {
      return receipts.thenCompose(
          known -> {
            Optional<Receipt> receipt = known.get(hash);
            return receipt != null
                ? CompletableFuture.completedFuture(receipt)
                : agreed(new Fact.ReceiptOf(hash, head));
          });
    }

    private CompletableFuture<Found> find(long nonce, List<TransactionHash> hints) {
      return Optional.ofNullable(recent.get(nonce))
          .map(sent -> CompletableFuture.completedFuture(sent.block()))
          .orElseGet(() -> byHint(nonce, hints, 0))
          .thenCompose(block -> taker(block, nonce));
    }

    private CompletableFuture<IndexedBlock> byHint(
        long nonce, List<TransactionHash> hints, int index) {
      if (index == hints.size()) {
        return gallop(nonce, head.number(), 1);
      }
      return agreed(new Fact.ReceiptOf(hints.get(index), head))
          .thenCompose(
              receipt ->
                  receipt
                      .map(found -> blockAt(found.block().number()))
                      .orElseGet(() -> byHint(nonce, hints, index + 1)));
    }

    /** Steps back in doubling strides until the count is not above the nonce, then halves. */
    private CompletableFuture<IndexedBlock> gallop(long nonce, long high, long stride) {
      long low = Math.max(0, high - stride);
      if (low == 0) {
        return halve(nonce, -1, high);
      }
      return byCount(
          nonce,
          low,
          high,
          count -> count > nonce ? gallop(nonce, low, stride * 2) : halve(nonce, low, high));
    }

    /** The count is above the nonce at {@code high} and not at {@code low}. */
    private CompletableFuture<IndexedBlock> halve(long nonce, long low, long high) {
      if (high - low == 1) {
        return blockAt(high);
      }
      long middle = low + (high - low) / 2;
      return byCount(
          nonce,
          middle,
          high,
          count -> count > nonce ? halve(nonce, low, middle) : halve(nonce, middle, high));
    }

    /** Goes on by the count at a height; or, where that is gone, by blocks below {@code high}. */
    private CompletableFuture<IndexedBlock> byCount(
        long nonce, long at, long high, LongFunction<CompletableFuture<IndexedBlock>> next) {
      if (head.number() - at < STATE_DEPTH) {
        return count(at).thenCompose(next::apply);
      }
      return count(at)
          .thenApply(Optional::of)
          .exceptionally(gone -> Optional.empty())
          .thenCompose(known -> known.map(next::apply).orElseGet(() -> scan(nonce, high)));
    }

    private CompletableFuture<IndexedBlock> scan(long nonce, long high) {
      Account key = new Account(account, nonce);
      Scan scan = scans.computeIfAbsent(key, k -> new Scan(high, high));
      long lowest = Math.max(0, scan.next() - SCAN_STEP + 1);
      List<CompletableFuture<IndexedBlock>> step = new ArrayList<>();
      for (long number = scan.next(); number >= lowest; number--) {
        step.add(blockAt(number));
      }
      return Futures.all(step)
          .thenCompose(
              read -> {
                Optional<IndexedBlock> holder =
                    read.stream()
                        .filter(
                            b ->
                                b.sentBy(account, nonce).isPresent()
                                    || carrier(b, nonce).isPresent())
                        .findFirst();
                boolean over = lowest == 0 || scan.from() - lowest >= SCAN_LIMIT;
                if (holder.isPresent() || over) {
                  scans.remove(key);
                  return CompletableFuture.completedFuture(
                      holder.orElse(read.get(read.size() - 1))); // which explains nothing
                }
                scans.put(key, new Scan(scan.from(), lowest - 1));
                if (patient) {
                  return scan(nonce, high);
                }
                throw new RpcUnavailableException(
                    "nodes no longer have the state that tells who took nonce "
                        + nonce
                        + ": reading the blocks one by one, down to "
                        + lowest);
              });
    }

    private CompletableFuture<Found> taker(IndexedBlock block, long nonce) {
      Optional<Block.Entry> sent = block.sentBy(account, nonce);
      Optional<Taker> authorized = carrier(block, nonce).map(Taker.Authorized::new);
      if (sent.isEmpty() && authorized.isPresent()) {
        return CompletableFuture.completedFuture(found(nonce, authorized.get(), block));
      }
      Optional<Block.Entry> own = sent.or(() -> deposit(block));
      if (own.isPresent()) {
        return receipt(own.get().hash())
            .thenApply(receipt -> transaction(own.get(), receipt, block))
            .thenApply(taker -> found(nonce, taker, block));
      }
      return hasCode(block.ref())
          .thenCombine(hasCode(parent(block)), (after, before) -> after || before)
          .thenCompose(
              code ->
                  code
                      ? CompletableFuture.completedFuture(new Taker.DelegatedCode())
                      : nobody(block, nonce))
          .thenApply(taker -> found(nonce, taker, block));
    }

    /** Asks once more whether the count passed the nonce in this block; fails when it did not. */
    private CompletableFuture<Taker> nobody(IndexedBlock block, long nonce) {
      if (block.ref().number() == 0) {
        throw new RpcUnavailableException("by its counts the first block took nonce " + nonce);
      }
      return whereStateIs(block.ref(), new Fact.Nonce(account, block.ref()))
          .thenCombine(
              whereStateIs(parent(block), new Fact.Nonce(account, parent(block))),
              (after, before) -> {
                if (after.filter(count -> count <= nonce).isPresent()
                    || before.filter(count -> count > nonce).isPresent()) {
                  throw new RpcUnavailableException(
                      "other counts than before around block " + block.ref());
                }
                return new Taker.Nobody();
              });
    }

    private Found found(long nonce, Taker by, IndexedBlock block) {
      return new Found(nonce, by, block.ref(), block.block().time());
    }

    /** The receipt must be of this very block: the chain may have moved between the reads. */
    private Taker transaction(Block.Entry entry, Optional<Receipt> receipt, IndexedBlock block) {
      if (receipt.isEmpty() || !receipt.get().block().equals(block.ref())) {
        throw new RpcUnavailableException("block " + block.ref() + " was replaced meanwhile");
      }
      return new Taker.Transaction(entry, receipt.get());
    }

    /** Some nodes show a deposit without the nonce that it took. */
    private Optional<Block.Entry> deposit(IndexedBlock block) {
      return block.sentBy(account).stream()
          .filter(tx -> tx.type() == Block.Entry.DEPOSIT)
          .findFirst();
    }

    /** The transaction that carried an authorization of the account for this nonce. */
    private Optional<TransactionHash> carrier(IndexedBlock block, long nonce) {
      return block.authorizing().stream()
          .filter(tx -> tx.authorizations().stream().anyMatch(a -> speaks(a, nonce)))
          .map(Block.Entry::hash)
          .findFirst();
    }

    private boolean speaks(Authorization entry, long nonce) {
      return entry.nonce().equals(BigInteger.valueOf(nonce))
          && entry.authority(rpc.chainId()).filter(account::equals).isPresent();
    }

    private CompletableFuture<Boolean> hasCode(BlockRef at) {
      return whereStateIs(at, new Fact.Code(account, at))
          .thenApply(code -> code.filter(Predicate.not(Bytes.EMPTY::equals)).isPresent());
    }

    /**
     * Empty where nodes no longer have this state: it explains nothing then, and what is left is a
     * contradiction.
     */
    private <T> CompletableFuture<Optional<T>> whereStateIs(BlockRef at, Fact<T> fact) {
      return agreed(fact)
          .handle(
              (value, failure) -> {
                if (failure != null && head.number() - at.number() < STATE_DEPTH) {
                  throw new RpcUnavailableException(Futures.reason(failure));
                }
                return Optional.ofNullable(value);
              });
    }

    private static BlockRef parent(IndexedBlock block) {
      return new BlockRef(Math.max(0, block.ref().number() - 1), block.block().parent());
    }

    private CompletableFuture<Long> count(long number) {
      return counts.computeIfAbsent(
          number,
          height ->
              agreed(new Fact.BlockRefAt(height))
                  .thenCompose(block -> agreed(new Fact.Nonce(account, block))));
    }

    private CompletableFuture<IndexedBlock> blockAt(long number) {
      return blocks.computeIfAbsent(
          number, height -> agreed(new Fact.BlockAt(height)).thenApply(IndexedBlock::new));
    }
  }

  private <T> CompletableFuture<T> agreed(Fact<T> fact) {
    return Futures.agreed(rpc.criticalRead(fact, CallOptions.DEFAULT));
  }
}
