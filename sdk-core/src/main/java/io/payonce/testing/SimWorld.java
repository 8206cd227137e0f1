package io.payonce.testing;

import io.payonce.Address;
import io.payonce.Authorization;
import io.payonce.Block;
import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.TransactionHash;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The network: makes blocks on the beat, carries transactions between nodes, reorganises. */
final class SimWorld {
  private static final int PRELUDE_BLOCKS = 64;
  private static final int DELAYED_BLOCKS = 5;

  private static final long CALL_GAS = 100_000;

  /** Sends everybody's authorizations, and calls accounts. */
  private static final Address CARRIER = Address.of("0x" + "c4".repeat(20));

  /** The fixed properties of a chain. */
  record Rules(
      long blockTimeNanos,
      long gasLimit,
      BigInteger baseFee,
      boolean baseFeeWalks,
      long gossipNanos) {}

  private record Foreign(TransactionHash hash, Address account) {}

  private record Decoded(@Nullable SimTx tx, boolean ofThisChain, String complaint) {}

  final VirtualTime time;
  final Ledger ledger;
  final List<SimNode> nodes;
  private final Rules rules;
  private final Dice dice;
  private final Map<String, Decoded> decoded = new HashMap<>();
  private final Map<Object, BigInteger> credits = new LinkedHashMap<>();
  private final Map<Address, Address> delegations = new LinkedHashMap<>();
  private final List<Address> authorizations = new ArrayList<>();
  private final List<Foreign> foreign = new ArrayList<>();
  private final List<SimTx> carriers = new ArrayList<>();
  private int congestedBlocks;
  private long baseFeeFactor = 1;
  private BigInteger tipFloor = BigInteger.ZERO;
  private boolean observed;
  private long logHash = 0x9E3779B97F4A7C15L;

  SimWorld(VirtualTime time, Ledger ledger, List<SimNode> nodes, Rules rules, Dice dice) {
    this.time = time;
    this.ledger = ledger;
    this.nodes = nodes;
    this.rules = rules;
    this.dice = dice;
    for (int i = 0; i < PRELUDE_BLOCKS; i++) {
      SimBlock head = ledger.head();
      adopt(child(head, head.timestamp + preludeSeconds(rules)));
    }
    time.inWorld(rules.blockTimeNanos(), this::beat);
  }

  static SimBlock genesis(VirtualTime time, Rules rules) {
    long start = time.now().getEpochSecond() - PRELUDE_BLOCKS * preludeSeconds(rules);
    return new SimBlock(null, 0, start, rules.baseFee(), rules.gasLimit());
  }

  private static long preludeSeconds(Rules rules) {
    return Math.max(1, rules.blockTimeNanos() / 1_000_000_000);
  }

  /** Adds to a balance: at once before anybody looked, else with the next block. */
  void credit(Object key, BigInteger amount) {
    if (observed || ledger.head().number != PRELUDE_BLOCKS) {
      credits.merge(key, amount, BigInteger::add);
      return;
    }
    SimBlock head = ledger.head();
    if (key instanceof Address address) {
      Ledger.Account account = ledger.account(head, address);
      ledger.endow(key, new Ledger.Account(account.nonce(), account.balance().add(amount)));
    } else if (key instanceof SimToken.Slot slot) {
      ledger.endow(key, ledger.tokens(head, slot).add(amount));
    }
  }

  /** Has an account delegate: at once before anybody looked, else from the next block on. */
  void delegate(Address account, Address implementation) {
    if (observed || ledger.head().number != PRELUDE_BLOCKS) {
      delegations.put(account, implementation);
    } else {
      ledger.endow(new Ledger.Delegation(account), Ledger.delegation(implementation));
    }
  }

  /** Has the next block take a nonce of the account without any transaction of it. */
  void authorize(Address account) {
    authorizations.add(account);
  }

  /** Has the next block include a transaction that no pool ever saw, if it can. */
  void includePrivately(TransactionHash hash, Address account) {
    foreign.add(new Foreign(hash, account));
  }

  /** To itself, of no value, with the account's next nonce. */
  private static SimTx transaction(Foreign foreign, long nonce, BigInteger baseFee) {
    return new SimTx(
        foreign.hash(),
        foreign.account(),
        nonce,
        foreign.account(),
        BigInteger.ZERO,
        Bytes.EMPTY,
        baseFee.add(BigInteger.ONE),
        BigInteger.ONE,
        21_000,
        2,
        List.of(),
        Optional.empty());
  }

  /** Has the next block hold a type-4 transaction of somebody with this authorization. */
  void includeAuthorization(TransactionHash carrier, Authorization entry) {
    carriers.add(carrier(carrier, CARRIER, 46_000, Block.Entry.SET_CODE, List.of(entry)));
  }

  /** Has the next block hold a transaction of somebody that calls an account. */
  void includeCall(TransactionHash call, Address account) {
    carriers.add(carrier(call, account, CALL_GAS, 2, List.of()));
  }

  private static SimTx carrier(
      TransactionHash hash, Address to, long gas, int type, List<Authorization> entries) {
    return new SimTx(
        hash,
        CARRIER,
        0,
        to,
        BigInteger.ZERO,
        Bytes.EMPTY,
        BigInteger.ZERO,
        BigInteger.ONE,
        gas,
        type,
        entries,
        Optional.empty());
  }

  /** With the carrier's next nonce, and a price that the block takes. */
  private static SimTx priced(SimTx carrier, long nonce, BigInteger baseFee) {
    return new SimTx(
        carrier.hash(),
        carrier.from(),
        nonce,
        carrier.to(),
        carrier.value(),
        carrier.data(),
        baseFee.add(BigInteger.ONE),
        carrier.tip(),
        carrier.gasLimit(),
        carrier.type(),
        carrier.authorizations(),
        Optional.empty());
  }

  void congest(int blocks) {
    congestedBlocks += blocks;
  }

  void multiplyBaseFee(int factor) {
    baseFeeFactor = Math.multiplyExact(baseFeeFactor, factor);
  }

  /** Blocks take from pools only what pays their producer at least this. */
  void tipFloor(BigInteger perGas) {
    tipFloor = perGas;
  }

  private void beat() {
    mine();
    time.inWorld(rules.blockTimeNanos(), this::beat);
  }

  /** Makes one block from the pool of a node that gossips. */
  void mine() {
    SimBlock head = ledger.head();
    SimBlock block = child(head, Math.max(head.timestamp, time.now().getEpochSecond()));
    BlockBuilder builder = new BlockBuilder(ledger, block);
    credits.forEach(builder::credit);
    credits.clear();
    delegations.forEach(builder::delegate);
    delegations.clear();
    authorizations.forEach(builder::consumeNonce);
    authorizations.clear();
    for (Foreign next : foreign) {
      builder.include(transaction(next, builder.nextNonce(next.account()), block.baseFee));
    }
    foreign.clear();
    for (SimTx carrier : carriers) {
      SimTx tx = priced(carrier, builder.nextNonce(CARRIER), block.baseFee);
      builder.credit(CARRIER, tx.cost());
      builder.include(tx);
    }
    carriers.clear();
    SimNode proposer = proposer();
    if (proposer != null && !proposer.pool.isEmpty()) {
      builder.fill(proposer.pool, tipFloor);
    }
    adopt(block);
    builder.moved().forEach(this::advancePools);
  }

  private void advancePools(Address sender) {
    long next = ledger.account(ledger.head(), sender).nonce();
    for (SimNode node : nodes) {
      node.pool.advance(sender, next);
    }
  }

  private @Nullable SimNode proposer() {
    List<SimNode> able = new ArrayList<>(nodes.size());
    for (SimNode node : nodes) {
      if (node.gossips) {
        able.add(node);
      }
    }
    return able.isEmpty() ? null : able.get((int) dice.below(able.size()));
  }

  private SimBlock child(SimBlock parent, long timestamp) {
    BigInteger baseFee =
        BaseFee.next(parent.baseFee, parent.gasUsed, parent.gasLimit)
            .multiply(BigInteger.valueOf(baseFeeFactor));
    baseFeeFactor = 1;
    return new SimBlock(parent, parent.number + 1, timestamp, baseFee, rules.gasLimit());
  }

  /** Adds the gas that others use in this block, seals it and puts it on top. */
  private void adopt(SimBlock block) {
    block.gasUsed = Math.max(block.gasUsed, backgroundGas(block));
    ledger.adopt(ledger.seal(block), time.nowNanos());
    log(block.hash().hashCode());
  }

  /**
   * What is used of a block in all. Half of it keeps the base fee; a little more or less, by dice,
   * with a pull back to where the chain began; everything while congested.
   */
  private long backgroundGas(SimBlock block) {
    if (congestedBlocks > 0) {
      congestedBlocks--;
      return block.gasLimit;
    }
    long half = block.gasLimit / 2;
    if (!rules.baseFeeWalks()) {
      return half;
    }
    long swing = dice.between(-half / 2, half / 2);
    int high = block.baseFee.compareTo(rules.baseFee());
    return half + swing - high * half / 4;
  }

  /** Replaces the upper blocks by as many others. */
  void reorg(int depth, ReorgMode mode) {
    List<SimTx> dropped =
        rebuild(
            depth,
            (removed, i) ->
                mode == ReorgMode.REINCLUDED ? reincluded(removed, i) : List.<SimTx>of());
    if (mode == ReorgMode.DELAYED) {
      time.inWorld(DELAYED_BLOCKS * rules.blockTimeNanos(), () -> returnAll(dropped));
    } else if (mode != ReorgMode.VANISHED) {
      returnAll(dropped);
    }
  }

  /** Replaces the upper blocks by the same ones with another transaction in one's place. */
  void reorgInstead(int depth, TransactionHash mined, SimTx instead) {
    List<SimTx> dropped =
        rebuild(
            depth,
            (removed, i) ->
                removed.get(i).receipts.stream()
                    .map(SimReceipt::tx)
                    .map(tx -> tx.hash().equals(mined) ? instead : tx)
                    .toList());
    returnAll(dropped);
  }

  /** What a new block takes over from the removed ones. */
  private interface Content {
    List<SimTx> of(List<SimBlock> removed, int index);
  }

  /** Returns what was in the removed blocks; no pool has it. */
  private List<SimTx> rebuild(int depth, Content content) {
    List<SimBlock> removed = ledger.detach(depth);
    List<SimTx> dropped = new ArrayList<>();
    removed.forEach(block -> block.receipts.forEach(receipt -> dropped.add(receipt.tx())));
    for (SimNode node : nodes) {
      dropped.forEach(node.pool::remove);
    }
    for (int i = 0; i < depth; i++) {
      SimBlock block = child(ledger.head(), removed.get(i).timestamp);
      BlockBuilder builder = new BlockBuilder(ledger, block);
      removed.get(i).credits.forEach(builder::credit); // nobody's deposit is lost by a reorg
      removed.get(i).delegations.forEach(builder::delegate);
      content.of(removed, i).forEach(builder::include);
      adopt(block);
      builder.moved().forEach(this::advancePools);
    }
    return dropped;
  }

  /**
   * What the new block at an index takes over: the old block before it, the last one its own too.
   */
  private static List<SimTx> reincluded(List<SimBlock> removed, int index) {
    List<SimTx> due = new ArrayList<>();
    if (index > 0) {
      removed.get(index - 1).receipts.forEach(receipt -> due.add(receipt.tx()));
    }
    if (index == removed.size() - 1) {
      removed.get(index).receipts.forEach(receipt -> due.add(receipt.tx()));
    }
    return due;
  }

  private void returnAll(List<SimTx> dropped) {
    for (SimTx tx : dropped) {
      if (ledger.receipt(ledger.head(), tx.hash()) == null) {
        offerToAll(tx);
      }
    }
  }

  void offerToAll(SimTx tx) {
    for (SimNode node : nodes) {
      offer(node, tx);
    }
  }

  /** Offers as a peer does: a refusal has nobody to tell. */
  private void offer(SimNode node, SimTx tx) {
    try {
      accept(node, tx, ledger.head());
    } catch (RpcError refused) {
      log(refused.code());
    }
  }

  private void accept(SimNode node, SimTx tx, SimBlock view) {
    boolean delegated = ledger.isDelegated(view, tx.from());
    node.pool.add(tx, ledger.account(view, tx.from()), view, delegated);
  }

  /** Takes raw bytes into a node's pool and passes them on, or throws the node's words. */
  TransactionHash send(SimNode node, SimBlock view, String rawHex) {
    SimTx tx = decode(node, rawHex);
    accept(node, tx, view);
    if (node.gossips) {
      time.inWorld(rules.gossipNanos(), () -> gossip(node, tx));
    }
    return tx.hash();
  }

  private void gossip(SimNode from, SimTx tx) {
    for (SimNode node : nodes) {
      if (node != from && node.gossips && node.pool.get(tx.hash()) == null) {
        offer(node, tx);
      }
    }
  }

  /**
   * The transaction in raw bytes; recovering the sender is dear, and all nodes see the same bytes.
   */
  SimTx decode(SimNode node, String rawHex) {
    Decoded known = decoded.computeIfAbsent(rawHex, this::decodeAnew);
    SimTx tx = known.tx();
    if (tx == null) {
      throw new RpcError(-32602, known.complaint());
    }
    if (!known.ofThisChain()) {
      throw node.family.error(ClientFamily.Refusal.WRONG_CHAIN, tx, 0, BigInteger.ZERO);
    }
    return tx;
  }

  private Decoded decodeAnew(String rawHex) {
    try {
      SignedTransaction signed = TransactionCodec.decodeSigned(Bytes.fromHex(rawHex));
      boolean ofThisChain = signed.transaction().chain().equals(ledger.chain);
      return new Decoded(SimTx.of(signed), ofThisChain, "");
    } catch (IllegalArgumentException malformed) {
      return new Decoded(null, false, "invalid argument 0: " + malformed.getMessage());
    }
  }

  /** Removes a transaction from every pool; returns whether any had it. */
  boolean evict(TransactionHash hash) {
    boolean found = false;
    for (SimNode node : nodes) {
      SimTx tx = node.pool.get(hash);
      found |= tx != null && node.pool.remove(tx);
    }
    return found;
  }

  /** Notes that somebody has seen the chain, and what went over the wire. */
  void observe(SimNode node, byte[] request, byte[] reply) {
    observed = true;
    log(node.index + 31L * Arrays.hashCode(request));
    log(Arrays.hashCode(reply) + 31L * time.nowNanos());
  }

  private void log(long entry) {
    long mixed = (logHash ^ entry) * 0xBF58476D1CE4E5B9L;
    logHash = mixed ^ (mixed >>> 29);
  }

  long logHash() {
    return logHash;
  }
}
