package io.payonce.rpc;

import io.payonce.Address;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A question whose answer moves money. It knows how one operator is asked, what of the answer is
 * compared, and how the ballots become a result.
 *
 * <p>A fact about state names the block it is asked at. The block is read in the same batch, and an
 * operator that does not have exactly this block is absent: it neither agrees nor dissents. So a
 * lagging node cannot make a receipt or a nonce look missing.
 */
public sealed interface Fact<T> {
  /** What one endpoint of the operator is asked, as one batch. */
  List<RpcRequest<?>> requests();

  /** The operator's ballot, given one outcome per request. */
  Ballot<T> ballot(List<RpcOutcome<?>> outcomes);

  /** Counts; {@link QuorumResult.Unavailable} while undecided. */
  default QuorumResult<T> tally(QuorumRule rule, Map<Operator, Ballot<T>> ballots) {
    return rule.count(ballots);
  }

  /** Whether ballots beyond the required number improve the answer. */
  default boolean gainsFromMoreBallots() {
    return false;
  }

  /**
   * Whether this answer says that something is not there. Where several nodes answer under one name
   * the one that says so need not be the one that has shown the block, so it is no vote from there.
   */
  default boolean saysAbsent(T value) {
    return false;
  }

  /** {@code eth_chainId}. */
  record Chain() implements Fact<ChainId> {
    @Override
    public List<RpcRequest<?>> requests() {
      return List.of(Requests.chainId());
    }

    @Override
    public Ballot<ChainId> ballot(List<RpcOutcome<?>> outcomes) {
      return Facts.ballot(outcomes, 0);
    }
  }

  /**
   * The highest block that at least the required number of operators claim to have: their reported
   * numbers sorted downwards, the required-th of them. Fewer liars than that cannot raise it above
   * what an honest operator has.
   */
  record Height(BlockTag tag) implements Fact<Long> {
    @Override
    public List<RpcRequest<?>> requests() {
      return List.of(Requests.blockRef(tag.text()));
    }

    @Override
    public Ballot<Long> ballot(List<RpcOutcome<?>> outcomes) {
      Ballot<Optional<BlockRef>> block = Facts.ballot(outcomes, 0);
      return Facts.present(block, "has no such block").then(ref -> new Ballot.Vote<>(ref.number()));
    }

    @Override
    public QuorumResult<Long> tally(QuorumRule rule, Map<Operator, Ballot<Long>> ballots) {
      return Facts.ranked(rule, ballots);
    }

    @Override
    public boolean gainsFromMoreBallots() {
      return true;
    }
  }

  /** The block at a height with its transactions: equal hash, equal transactions. */
  record BlockAt(long number) implements Fact<Block> {
    @Override
    public List<RpcRequest<?>> requests() {
      return List.of(Requests.block(number));
    }

    @Override
    public Ballot<Block> ballot(List<RpcOutcome<?>> outcomes) {
      Ballot<Optional<Block>> block = Facts.ballot(outcomes, 0);
      return Facts.present(block, "is behind block " + number)
          .then(found -> Facts.atHeight(number, found.ref(), found));
    }
  }

  /** The hash of the block at a height. */
  record BlockRefAt(long number) implements Fact<BlockRef> {
    @Override
    public List<RpcRequest<?>> requests() {
      return List.of(Requests.blockRef(Requests.quantity(number)));
    }

    @Override
    public Ballot<BlockRef> ballot(List<RpcOutcome<?>> outcomes) {
      Ballot<Optional<BlockRef>> block = Facts.ballot(outcomes, 0);
      return Facts.present(block, "is behind block " + number)
          .then(found -> Facts.atHeight(number, found, found));
    }
  }

  /** How many transactions of an account are in the chain up to a block. */
  record Nonce(Address account, BlockRef at) implements Fact<Long> {
    @Override
    public List<RpcRequest<?>> requests() {
      return Facts.pinned(at, Requests.nonce(account, Requests.quantity(at.number())));
    }

    @Override
    public Ballot<Long> ballot(List<RpcOutcome<?>> outcomes) {
      return Facts.pinnedBallot(outcomes, at);
    }
  }

  /**
   * How many transactions of an account the operators know of, pools included: the count that at
   * least the required number of them claim or exceed. A warning, never an authority.
   */
  record PendingNonce(Address account) implements Fact<Long> {
    @Override
    public List<RpcRequest<?>> requests() {
      return List.of(Requests.nonce(account, "pending"));
    }

    @Override
    public Ballot<Long> ballot(List<RpcOutcome<?>> outcomes) {
      return Facts.ballot(outcomes, 0);
    }

    @Override
    public QuorumResult<Long> tally(QuorumRule rule, Map<Operator, Ballot<Long>> ballots) {
      return Facts.ranked(rule, ballots);
    }

    /** The first ballots may be those of operators that a transaction has not reached yet. */
    @Override
    public boolean gainsFromMoreBallots() {
      return true;
    }
  }

  /**
   * As {@link PendingNonce}, with what each operator claims: one that alone claims more may be the
   * first to know of a transaction, or lie.
   */
  record PendingClaims(Address account) implements Fact<Claims> {
    @Override
    public List<RpcRequest<?>> requests() {
      return List.of(Requests.nonce(account, "pending"));
    }

    @Override
    public Ballot<Claims> ballot(List<RpcOutcome<?>> outcomes) {
      Ballot<Long> claim = Facts.ballot(outcomes, 0);
      return claim.then(count -> new Ballot.Vote<>(new Claims(count, Map.of())));
    }

    @Override
    public QuorumResult<Claims> tally(QuorumRule rule, Map<Operator, Ballot<Claims>> ballots) {
      Map<Operator, Ballot<Long>> counts = new TreeMap<>();
      Map<Operator, Long> claims = new TreeMap<>();
      ballots.forEach(
          (operator, ballot) -> {
            counts.put(operator, ballot.then(claim -> new Ballot.Vote<>(claim.agreed())));
            if (ballot instanceof Ballot.Vote<Claims> vote && rule.voters().contains(operator)) {
              claims.put(operator, vote.value().agreed());
            }
          });
      if (Facts.ranked(rule, counts) instanceof QuorumResult.Agreed<Long> agreed) {
        return new QuorumResult.Agreed<>(
            new Claims(agreed.value(), claims), agreed.votes(), agreed.dissent());
      }
      QuorumResult.Unavailable<Long> none =
          (QuorumResult.Unavailable<Long>) Facts.ranked(rule, counts);
      return new QuorumResult.Unavailable<>(
          none.required(), none.configured(), none.conflict(), none.reason());
    }

    @Override
    public boolean gainsFromMoreBallots() {
      return true;
    }
  }

  /**
   * Claims about an account's transactions, pools included.
   *
   * @param agreed what at least the required number of operators claim or exceed
   * @param byOperator every claim that was heard, sorted by operator
   */
  record Claims(long agreed, Map<Operator, Long> byOperator) {
    public Claims {
      byOperator = Collections.unmodifiableMap(new TreeMap<>(byOperator));
    }
  }

  /** Native balance at a block. */
  record Balance(Address account, BlockRef at) implements Fact<Wei> {
    @Override
    public List<RpcRequest<?>> requests() {
      return Facts.pinned(at, Requests.balance(account, Requests.quantity(at.number())));
    }

    @Override
    public Ballot<Wei> ballot(List<RpcOutcome<?>> outcomes) {
      return Facts.pinnedBallot(outcomes, at);
    }
  }

  /** Nonce, native balance, code and token balances of an account, all at one block. */
  record AccountAt(Address account, List<Address> tokens, BlockRef at)
      implements Fact<AccountState> {
    public AccountAt {
      tokens = List.copyOf(tokens);
    }

    @Override
    public List<RpcRequest<?>> requests() {
      String block = Requests.quantity(at.number());
      List<RpcRequest<?>> requests =
          new ArrayList<>(Facts.pinned(at, Requests.nonce(account, block)));
      requests.add(Requests.balance(account, block));
      requests.add(Requests.code(account, block));
      for (Address token : tokens) {
        requests.add(Requests.call(token, Erc20Calls.balanceOf(account), block));
      }
      return requests;
    }

    @Override
    public Ballot<AccountState> ballot(List<RpcOutcome<?>> outcomes) {
      Ballot<Long> pinned = Facts.pinnedBallot(outcomes, at);
      return pinned.then(
          nonce -> {
            Ballot<Wei> coins = Facts.ballot(outcomes, 2);
            Ballot<Bytes> code = Facts.ballot(outcomes, 3);
            return coins.then(
                balance -> code.then(bytes -> withTokens(outcomes, nonce, balance, bytes)));
          });
    }

    private Ballot<AccountState> withTokens(
        List<RpcOutcome<?>> outcomes, long nonce, Wei balance, Bytes code) {
      Map<Address, BigInteger> balances = new TreeMap<>();
      for (int i = 0; i < tokens.size(); i++) {
        Ballot<Bytes> answer = Facts.ballot(outcomes, 4 + i);
        if (answer instanceof Ballot.Vote<Bytes> vote) {
          Address token = tokens.get(i);
          Erc20Calls.integer(vote.value()).ifPresent(units -> balances.put(token, units));
        } else if (!refusedByContract(outcomes.get(4 + i))) {
          return new Ballot.Absent<>(((Ballot.Absent<Bytes>) answer).reason());
        }
      }
      return new Ballot.Vote<>(new AccountState(nonce, balance, code, balances));
    }

    private static boolean refusedByContract(RpcOutcome<?> outcome) {
      return outcome instanceof RpcOutcome.Failed<?> failed
          && failed.failure() instanceof RpcFailure.NodeError;
    }
  }

  /**
   * The state of an account.
   *
   * @param code empty for a plain wallet; see {@link #isDelegation}
   * @param tokens a token whose contract gives no balance is not in it
   */
  record AccountState(long nonce, Wei balance, Bytes code, Map<Address, BigInteger> tokens) {}

  /** Whether this is the code of an account that delegates to a contract (EIP-7702). */
  static boolean isDelegation(Bytes code) {
    return code.size() == 23
        && (code.get(0) & 0xff) == 0xef
        && code.get(1) == 0x01
        && code.get(2) == 0x00;
  }

  /** What a contract answers at a block ({@code eth_call}). */
  record CallResult(Address contract, Bytes data, BlockRef at) implements Fact<Bytes> {
    @Override
    public List<RpcRequest<?>> requests() {
      return Facts.pinned(at, Requests.call(contract, data, Requests.quantity(at.number())));
    }

    @Override
    public Ballot<Bytes> ballot(List<RpcOutcome<?>> outcomes) {
      return Facts.pinnedBallot(outcomes, at);
    }
  }

  /** An account's code at a block. */
  record Code(Address account, BlockRef at) implements Fact<Bytes> {
    @Override
    public List<RpcRequest<?>> requests() {
      return Facts.pinned(at, Requests.code(account, Requests.quantity(at.number())));
    }

    @Override
    public Ballot<Bytes> ballot(List<RpcOutcome<?>> outcomes) {
      return Facts.pinnedBallot(outcomes, at);
    }
  }

  /** What a slot of a contract's storage holds at a block; zero where nothing was ever written. */
  record Storage(Address contract, BigInteger slot, BlockRef at) implements Fact<BigInteger> {
    private static final int BITS = 256;

    public Storage {
      if (slot.signum() < 0 || slot.bitLength() > BITS) {
        throw new IllegalArgumentException("slot " + slot + " must have 0 to " + BITS + " bits");
      }
    }

    @Override
    public List<RpcRequest<?>> requests() {
      return Facts.pinned(at, Requests.storage(contract, slot, Requests.quantity(at.number())));
    }

    @Override
    public Ballot<BigInteger> ballot(List<RpcOutcome<?>> outcomes) {
      return Facts.pinnedBallot(outcomes, at);
    }
  }

  /**
   * The logs of some blocks, in the order of the chain. The header of each block is read beside
   * them. An operator has no vote when it shows other blocks, a log of another block, one that was
   * not asked for, or one that the bloom in the header of its block excludes. What a bloom
   * announces may not be there all the same, so that a log is missing only where enough operators
   * miss it.
   *
   * @param from the first block
   * @param to the last block; {@link #MOST_BLOCKS} in all at most
   * @param contracts whose logs; none for those of all contracts
   * @param topics what may stand at each place; none for anything
   */
  record LogsIn(long from, BlockRef to, List<Address> contracts, List<List<Bytes>> topics)
      implements Fact<List<IncludedLog>> {
    /** Each block costs a header of every operator: longer ranges are asked for in parts. */
    public static final int MOST_BLOCKS = 100;

    public LogsIn {
      contracts = List.copyOf(contracts);
      topics = topics.stream().map(List::copyOf).toList();
      long blocks = to.number() - from + 1;
      if (from < 0 || blocks < 1 || blocks > MOST_BLOCKS) {
        throw new IllegalArgumentException(
            "blocks %s to %s must be 1 to %s".formatted(from, to.number(), MOST_BLOCKS));
      }
    }

    @Override
    public List<RpcRequest<?>> requests() {
      List<RpcRequest<?>> requests = new ArrayList<>();
      for (long number = from; number <= to.number(); number++) {
        requests.add(Requests.bloomOf(number));
      }
      requests.add(Requests.logs(contracts, topics, from, to.number()));
      return requests;
    }

    @Override
    public Ballot<List<IncludedLog>> ballot(List<RpcOutcome<?>> outcomes) {
      return new LogBallot(this).of(outcomes);
    }

    /** A list says of each block without any log in it that there is none. */
    @Override
    public boolean saysAbsent(List<IncludedLog> logs) {
      long shown = logs.stream().mapToLong(log -> log.block().number()).distinct().count();
      return shown < to.number() - from + 1;
    }
  }

  /**
   * A transaction by its hash, pooled or included. One operator that shows it is enough, as it
   * proves itself; that it exists is all that is proven then, not that it is in a block. Absent it
   * is only when the required number of operators that have the block know none, and nobody shows
   * it; fewer leave it unknown.
   *
   * @param asOf what an operator must have for its "there is none" to count
   */
  record TransactionByHash(TransactionHash hash, BlockRef asOf)
      implements Fact<Optional<ShownTransaction.Proven>> {
    @Override
    public List<RpcRequest<?>> requests() {
      return Facts.pinned(asOf, Requests.transaction(hash));
    }

    @Override
    public Ballot<Optional<ShownTransaction.Proven>> ballot(List<RpcOutcome<?>> outcomes) {
      Ballot<ShownTransaction> shown = Facts.ballot(outcomes, 1);
      return shown.then(
          answer -> {
            if (answer instanceof ShownTransaction.Proven proven) {
              return new Ballot.Vote<>(Optional.of(proven)); // also from one that is behind
            }
            if (answer instanceof ShownTransaction.Unproven unproven) {
              return new Ballot.Absent<>(unproven.why());
            }
            Ballot<ShownTransaction> none = Facts.pinnedBallot(outcomes, asOf);
            return none.then(known -> new Ballot.Vote<>(Optional.empty()));
          });
    }

    @Override
    public QuorumResult<Optional<ShownTransaction.Proven>> tally(
        QuorumRule rule, Map<Operator, Ballot<Optional<ShownTransaction.Proven>>> ballots) {
      List<Operator> holders = new ArrayList<>();
      Optional<ShownTransaction.Proven> shown = Optional.empty();
      for (Map.Entry<Operator, Ballot<Optional<ShownTransaction.Proven>>> one :
          new TreeMap<>(ballots).entrySet()) {
        if (rule.voters().contains(one.getKey())
            && one.getValue() instanceof Ballot.Vote<Optional<ShownTransaction.Proven>> vote
            && vote.value().isPresent()) {
          holders.add(one.getKey());
          shown = vote.value();
        }
      }
      // Who does not have it contradicts nobody: pools differ.
      return shown.isPresent()
          ? new QuorumResult.Agreed<>(shown, holders, List.of(), Proof.VALUE)
          : rule.count(ballots);
    }

    /** The first ones may be of operators that it has not reached yet. */
    @Override
    public boolean gainsFromMoreBallots() {
      return true;
    }

    @Override
    public boolean saysAbsent(Optional<ShownTransaction.Proven> shown) {
      return shown.isEmpty();
    }
  }

  /** The receipt of a transaction, or its agreed absence, as of a block. */
  record ReceiptOf(TransactionHash hash, BlockRef asOf) implements Fact<Optional<Receipt>> {
    @Override
    public List<RpcRequest<?>> requests() {
      return Facts.pinned(asOf, Requests.receipt(hash));
    }

    @Override
    public Ballot<Optional<Receipt>> ballot(List<RpcOutcome<?>> outcomes) {
      Ballot<Optional<Receipt>> found = Facts.pinnedBallot(outcomes, asOf);
      return found.then(
          receipt ->
              receipt.map(Receipt::block).filter(this::isOnAnotherFork).isPresent()
                  ? new Ballot.Absent<>("has another block " + asOf.number())
                  : new Ballot.Vote<>(
                      receipt.filter(included -> included.block().number() <= asOf.number())));
    }

    @Override
    public boolean saysAbsent(Optional<Receipt> receipt) {
      return receipt.isEmpty();
    }

    /** The node changed its head between the two answers of one batch. */
    private boolean isOnAnotherFork(BlockRef included) {
      return included.number() == asOf.number() && !included.equals(asOf);
    }
  }

  /** {@link ReceiptOf} of many transactions in one question, in their order. */
  record ReceiptsOf(List<TransactionHash> hashes, BlockRef asOf)
      implements Fact<List<Optional<Receipt>>> {
    public ReceiptsOf {
      hashes = List.copyOf(hashes);
    }

    @Override
    public List<RpcRequest<?>> requests() {
      List<RpcRequest<?>> requests = new ArrayList<>();
      requests.add(Requests.blockRef(Requests.quantity(asOf.number())));
      hashes.forEach(hash -> requests.add(Requests.receipt(hash)));
      return requests;
    }

    @Override
    public Ballot<List<Optional<Receipt>>> ballot(List<RpcOutcome<?>> outcomes) {
      List<Optional<Receipt>> receipts = new ArrayList<>();
      for (int i = 0; i < hashes.size(); i++) {
        List<RpcOutcome<?>> pinned = List.of(outcomes.get(0), outcomes.get(i + 1));
        Ballot<Optional<Receipt>> one = new ReceiptOf(hashes.get(i), asOf).ballot(pinned);
        if (one instanceof Ballot.Absent<Optional<Receipt>> absent) {
          return new Ballot.Absent<>(absent.reason());
        }
        receipts.add(((Ballot.Vote<Optional<Receipt>>) one).value());
      }
      return new Ballot.Vote<>(receipts);
    }

    @Override
    public boolean saysAbsent(List<Optional<Receipt>> receipts) {
      return receipts.stream().anyMatch(Optional::isEmpty);
    }
  }

  /**
   * The gas that a call needs: the highest of the required number of estimates, because one
   * operator that says too little must not make a payment run out of gas. Caps bound what one that
   * says too much can cost.
   */
  record GasEstimate(Address from, Address to, Wei value, Bytes data) implements Fact<BigInteger> {
    /** Marks, in the reason of an absence, that a node answered and the call would fail. */
    public static final String REFUSED = "refuses the call: ";

    @Override
    public List<RpcRequest<?>> requests() {
      return List.of(Requests.estimateGas(from, to, value, data));
    }

    @Override
    public Ballot<BigInteger> ballot(List<RpcOutcome<?>> outcomes) {
      if (outcomes.get(0) instanceof RpcOutcome.Failed<?> failed
          && failed.failure() instanceof RpcFailure.NodeError error) {
        return new Ballot.Absent<>(REFUSED + error.message());
      }
      return Facts.ballot(outcomes, 0);
    }

    @Override
    public QuorumResult<BigInteger> tally(
        QuorumRule rule, Map<Operator, Ballot<BigInteger>> ballots) {
      Map<Operator, BigInteger> votes = new TreeMap<>();
      ballots.forEach(
          (operator, ballot) -> {
            if (ballot instanceof Ballot.Vote<BigInteger> vote
                && rule.voters().contains(operator)) {
              votes.put(operator, vote.value());
            }
          });
      if (votes.size() < rule.required()) {
        return rule.count(ballots) instanceof QuorumResult.Unavailable<BigInteger> missing
            ? missing
            : new QuorumResult.Unavailable<>(
                rule.required(), rule.voters().size(), false, "too few estimates");
      }
      BigInteger highest = votes.values().stream().max(Comparator.naturalOrder()).orElseThrow();
      return new QuorumResult.Agreed<>(highest, new ArrayList<>(votes.keySet()), List.of());
    }
  }

  /**
   * {@link GasEstimate} of many calls in one question, each the highest of the required number of
   * estimates, in the order of the calls. Operators to which one of the calls would fail have no
   * vote on any, so a result stands for all of them.
   */
  record GasEstimates(List<GasEstimate> calls) implements Fact<List<BigInteger>> {
    public GasEstimates {
      calls = List.copyOf(calls);
    }

    @Override
    public List<RpcRequest<?>> requests() {
      List<RpcRequest<?>> requests = new ArrayList<>();
      calls.forEach(call -> requests.addAll(call.requests()));
      return requests;
    }

    @Override
    public Ballot<List<BigInteger>> ballot(List<RpcOutcome<?>> outcomes) {
      List<BigInteger> gas = new ArrayList<>();
      String silence = "";
      for (int i = 0; i < calls.size(); i++) {
        Ballot<BigInteger> one = calls.get(i).ballot(List.of(outcomes.get(i)));
        if (one instanceof Ballot.Vote<BigInteger> vote) {
          gas.add(vote.value());
        } else {
          String reason = ((Ballot.Absent<BigInteger>) one).reason();
          if (reason.startsWith(GasEstimate.REFUSED)) {
            return new Ballot.Absent<>(reason); // says more than a silence about another call
          }
          silence = reason;
        }
      }
      return gas.size() == calls.size() ? new Ballot.Vote<>(gas) : new Ballot.Absent<>(silence);
    }

    @Override
    public QuorumResult<List<BigInteger>> tally(
        QuorumRule rule, Map<Operator, Ballot<List<BigInteger>>> ballots) {
      List<BigInteger> highest = new ArrayList<>();
      List<Operator> votes = List.of();
      for (int i = 0; i < calls.size(); i++) {
        int call = i;
        Map<Operator, Ballot<BigInteger>> ofCall = new TreeMap<>();
        ballots.forEach(
            (operator, ballot) ->
                ofCall.put(operator, ballot.then(all -> new Ballot.Vote<>(all.get(call)))));
        QuorumResult<BigInteger> one = calls.get(i).tally(rule, ofCall);
        if (one instanceof QuorumResult.Unavailable<BigInteger> none) {
          return new QuorumResult.Unavailable<>(
              none.required(), none.configured(), none.conflict(), none.reason());
        }
        QuorumResult.Agreed<BigInteger> agreed = (QuorumResult.Agreed<BigInteger>) one;
        highest.add(agreed.value());
        votes = agreed.votes();
      }
      return new QuorumResult.Agreed<>(highest, votes, List.of());
    }
  }
}
