package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Authorization;
import io.payonce.Block;
import io.payonce.BlockRef;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Erc20Calls;
import io.payonce.Receipt;
import io.payonce.SignedTransaction;
import io.payonce.Wei;
import io.payonce.rpc.IncludedLog;
import io.payonce.rpc.Requests;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedChainTest {
  private static final Address PAYEE = Address.of("0x00000000000000000000000000000000000000a1");
  private static final Duration BLOCK = Duration.ofSeconds(12);

  private final VirtualTime time = new VirtualTime();
  private final SimulatedChain chain =
      SimulatedChain.builder(time)
          .seed(42)
          .provider("a", ClientFamily.GETH)
          .provider("b", ClientFamily.RETH)
          .provider("c", ClientFamily.BESU)
          .provider("d", ClientFamily.NETHERMIND)
          .build();
  private final ChainProbe probe = new ChainProbe(time, chain);
  private final TestKey key = new TestKey(7);
  private final Asset.Native coin = new Asset.Native(ChainProbe.CHAIN);

  private void fundWallet() {
    chain.fund(key.address(), Wei.ofCoins("10"));
  }

  @Test
  void a_native_payment_is_mined_with_an_exact_receipt_and_exact_balances() {
    fundWallet();
    SignedTransaction tx = key.sign(ChainProbe.pay(0, PAYEE, 5_000, 100, 2));
    assertThat(probe.send("a", tx)).isEqualTo(tx.hash().value());
    time.runFor(BLOCK.multipliedBy(2));

    Receipt receipt = probe.ask("b", Requests.receipt(tx.hash())).orElseThrow();
    Block block = probe.ask("c", Requests.block(receipt.block().number())).orElseThrow();
    assertThat(receipt.succeeded()).isTrue();
    assertThat(receipt.block()).isEqualTo(block.ref());
    assertThat(receipt.effectiveGasPrice())
        .isEqualTo(block.baseFee().orElseThrow().plus(Wei.gwei(2)));
    assertThat(block.transactions())
        .singleElement()
        .extracting(Block.Entry::hash)
        .isEqualTo(tx.hash());
    assertThat(chain.balance(key.address()))
        .isEqualTo(Wei.ofCoins("10").minus(Wei.of(5_000)).minus(receipt.fee()));
    assertThat(chain.paidTo(coin, PAYEE).units()).isEqualTo(5_000);
    assertThat(probe.ask("d", Requests.balance(PAYEE, "latest"))).isEqualTo(Wei.of(5_000));
    assertThat(probe.ask("d", Requests.nonce(key.address(), "latest"))).isEqualTo(1);
    assertThat(chain.isFinal(tx.hash())).isFalse();
    time.runFor(BLOCK.multipliedBy(5));
    assertThat(chain.isFinal(tx.hash())).isTrue();
  }

  @Test
  void logs_are_those_of_the_receipts_by_range_contract_and_topic() {
    fundWallet();
    Asset.Erc20 token = chain.deployErc20(TokenKind.FEE_TAKING, 6, "TKN");
    chain.fundToken(token, key.address(), BigInteger.valueOf(1_000));
    SignedTransaction tx = key.sign(ChainProbe.payToken(0, token, PAYEE, 500));
    probe.send("a", tx);
    time.runFor(BLOCK.multipliedBy(2));
    Receipt receipt = probe.ask("b", Requests.receipt(tx.hash())).orElseThrow();
    long at = receipt.block().number();
    List<IncludedLog> all =
        probe.ask("c", Requests.logs(List.of(token.contract()), List.of(), 1, at));
    assertThat(all).extracting(IncludedLog::log).isEqualTo(receipt.logs());
    assertThat(all)
        .hasSize(2)
        .allMatch(log -> log.block().equals(receipt.block()))
        .allMatch(log -> log.transaction().equals(tx.hash()));
    List<List<Bytes>> toPayee =
        List.of(
            List.of(Erc20Calls.TRANSFER_EVENT),
            List.of(),
            List.of(Bytes.fromHex("0x" + "0".repeat(24) + PAYEE.value().substring(2))));
    assertThat(probe.ask("d", Requests.logs(List.of(), toPayee, 1, at)))
        .singleElement()
        .isEqualTo(all.get(0));
    assertThat(probe.ask("a", Requests.logs(List.of(PAYEE), List.of(), 1, at))).isEmpty();
    assertThat(probe.ask("a", Requests.logs(List.of(), List.of(), 1, at - 1))).isEmpty();
  }

  @Test
  void state_at_an_earlier_block_stays_what_it_was() {
    fundWallet();
    BlockRef before = chain.head();
    probe.send("a", key.sign(ChainProbe.pay(0, PAYEE, 5_000, 100, 2)));
    time.runFor(BLOCK.multipliedBy(3));
    String then = Requests.quantity(before.number());
    assertThat(probe.ask("a", Requests.nonce(key.address(), then))).isZero();
    assertThat(probe.ask("a", Requests.balance(PAYEE, then))).isEqualTo(Wei.ZERO);
    assertThat(probe.ask("a", Requests.nonce(key.address(), "latest"))).isEqualTo(1);
  }

  @Test
  void a_gap_stays_queued_until_it_is_filled() {
    fundWallet();
    probe.send("a", key.sign(ChainProbe.pay(1, PAYEE, 1, 100, 2)));
    time.runFor(BLOCK.multipliedBy(3));
    assertThat(chain.nonce(key.address())).isZero();
    assertThat(probe.ask("a", Requests.nonce(key.address(), "pending"))).isZero();
    probe.send("a", key.sign(ChainProbe.pay(0, PAYEE, 1, 100, 2)));
    assertThat(probe.ask("a", Requests.nonce(key.address(), "pending"))).isEqualTo(2);
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.canonicalTransactions(key.address())).hasSize(2);
  }

  @Test
  void every_client_refuses_in_its_own_words() {
    fundWallet();
    SignedTransaction first = key.sign(ChainProbe.pay(0, PAYEE, 1, 100, 2));
    SignedTransaction weak = key.sign(ChainProbe.pay(0, PAYEE, 2, 101, 2));
    for (String provider : List.of("a", "b", "c", "d")) {
      chain.setGossip(provider, false);
      probe.send(provider, first);
    }
    assertThat(probe.send("a", first)).isEqualTo("-32000 already known");
    assertThat(probe.send("b", first)).isEqualTo("-32000 already known");
    assertThat(probe.send("c", first)).isEqualTo("-32000 Known transaction");
    assertThat(probe.send("d", first)).isEqualTo("-32000 AlreadyKnown");
    assertThat(probe.send("a", weak)).isEqualTo("-32000 replacement transaction underpriced");
    assertThat(probe.send("b", weak)).isEqualTo("-32000 replacement transaction underpriced");
    assertThat(probe.send("c", weak)).isEqualTo("-32000 Replacement transaction underpriced");
    assertThat(probe.send("d", weak)).isEqualTo("-32000 ReplacementNotAllowed");
    chain.setGossip("a", true);
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(probe.send("a", weak)).isEqualTo("-32000 nonce too low: next nonce 1, tx nonce 0");
    assertThat(probe.send("b", weak)).isEqualTo("-32003 nonce too low: next nonce 1, tx nonce 0");
    assertThat(probe.send("c", weak)).isEqualTo("-32001 Nonce too low");
    assertThat(probe.send("d", weak))
        .isEqualTo("-32000 nonce too low, Current nonce: 1, nonce of rejected tx: 0");
  }

  @Test
  void funds_must_cover_gas_and_value() {
    chain.fund(key.address(), Wei.of(1_000));
    SignedTransaction tx = key.sign(ChainProbe.pay(0, PAYEE, 1, 100, 2));
    assertThat(probe.send("a", tx)).startsWith("-32000 insufficient funds for gas * price + value");
    assertThat(probe.send("c", tx)).isEqualTo("-32004 Upfront cost exceeds account balance");
  }

  @Test
  void accounts_have_the_queue_limits_of_each_client() {
    chain.fund(key.address(), Wei.ofCoins("100"));
    List.of("a", "b", "c", "d").forEach(provider -> chain.setGossip(provider, false));
    for (int nonce = 0; nonce < 17; nonce++) {
      probe.send("b", key.sign(ChainProbe.pay(nonce, PAYEE, 1, 100, 2)));
    }
    assertThat(chain.pool("b")).hasSize(16);
    assertThat(probe.send("b", key.sign(ChainProbe.pay(16, PAYEE, 1, 100, 2))))
        .isEqualTo("-32003 txpool is full");
    assertThat(probe.send("c", key.sign(ChainProbe.pay(201, PAYEE, 1, 100, 2))))
        .contains("too distant");
    for (int nonce = 1; nonce < 70; nonce++) {
      SignedTransaction tx = key.sign(ChainProbe.pay(nonce, PAYEE, 1, 100, 2));
      assertThat(probe.send("a", tx)).isEqualTo(tx.hash().value());
    }
    assertThat(chain.pool("a")).as("geth says yes and drops the rest").hasSize(64);
  }

  @Test
  void a_transaction_in_a_pool_that_does_not_gossip_is_never_mined() {
    fundWallet();
    chain.setGossip("a", false);
    SignedTransaction tx = key.sign(ChainProbe.pay(0, PAYEE, 1, 100, 2));
    probe.send("a", tx);
    time.runFor(BLOCK.multipliedBy(5));
    assertThat(chain.isIncluded(tx.hash())).isFalse();
    assertThat(chain.pool("b")).isEmpty();
    probe.send("b", tx);
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.isIncluded(tx.hash())).isTrue();
    assertThat(chain.pool("a")).isEmpty();
  }

  @Test
  void tokens_behave_as_their_kind_says() {
    fundWallet();
    long nonce = 0;
    for (TokenKind kind : TokenKind.values()) {
      Asset.Erc20 token = chain.deployErc20(kind, 6, "T");
      if (kind == TokenKind.BLACKLIST) {
        chain.blacklist(token, PAYEE);
      }
      chain.fundToken(token, key.address(), BigInteger.valueOf(1_000));
      time.runFor(BLOCK);
      SignedTransaction tx = key.sign(ChainProbe.payToken(nonce++, token, PAYEE, 500));
      probe.send("a", tx);
      time.runFor(BLOCK.multipliedBy(2));
      Receipt receipt = probe.ask("a", Requests.receipt(tx.hash())).orElseThrow();
      boolean reverts = kind == TokenKind.PAUSED || kind == TokenKind.BLACKLIST;
      long arrives =
          switch (kind) {
            case PLAIN, NO_RETURN_VALUE -> 500;
            case FEE_TAKING -> 495;
            case PAUSED, BLACKLIST, LYING_SUCCESS -> 0;
          };
      assertThat(receipt.succeeded()).as("%s", kind).isEqualTo(!reverts);
      assertThat(chain.tokenBalance(token, PAYEE)).as("%s", kind).isEqualTo(arrives);
      assertThat(chain.paidTo(token, PAYEE).units()).as("%s", kind).isEqualTo(arrives);
      assertThat(Erc20Calls.moved(receipt, token.contract(), key.address(), PAYEE))
          .as("%s", kind)
          .isEqualTo(arrives);
      var balance =
          probe.ask("a", Requests.call(token.contract(), Erc20Calls.balanceOf(PAYEE), "latest"));
      assertThat(Erc20Calls.integer(balance)).contains(BigInteger.valueOf(arrives));
      var decimals =
          probe.ask("a", Requests.call(token.contract(), Erc20Calls.decimals(), "latest"));
      assertThat(Erc20Calls.integer(decimals)).contains(BigInteger.valueOf(6));
    }
  }

  @Test
  void an_estimate_fails_where_the_transfer_would() {
    fundWallet();
    Asset.Erc20 paused = chain.deployErc20(TokenKind.PAUSED, 6, "P");
    Asset.Erc20 plain = chain.deployErc20(TokenKind.PLAIN, 6, "Q");
    chain.fundToken(plain, key.address(), BigInteger.TEN);
    var transfer = Erc20Calls.transfer(PAYEE, BigInteger.ONE);
    assertThat(
            probe.ask(
                "a", Requests.estimateGas(key.address(), plain.contract(), Wei.ZERO, transfer)))
        .isEqualTo(52_000);
    assertThatThrownBy(
            () ->
                probe.ask(
                    "a",
                    Requests.estimateGas(key.address(), paused.contract(), Wei.ZERO, transfer)))
        .hasMessage("execution reverted: Pausable: paused");
    assertThatThrownBy(
            () ->
                probe.ask(
                    "a",
                    Requests.estimateGas(
                        key.address(), PAYEE, Wei.ofCoins("11"), io.payonce.Bytes.EMPTY)))
        .hasMessage("insufficient funds for transfer");
  }

  @Test
  void too_little_gas_fails_on_chain_and_costs_all_of_it() {
    fundWallet();
    Asset.Erc20 token = chain.deployErc20(TokenKind.PLAIN, 6, "T");
    chain.fundToken(token, key.address(), BigInteger.TEN);
    var call = (io.payonce.UnsignedTransaction.DynamicFee) ChainProbe.payToken(0, token, PAYEE, 1);
    SignedTransaction tx =
        key.sign(
            new io.payonce.UnsignedTransaction.DynamicFee(
                call.chain(),
                0,
                call.maxPriorityFeePerGas(),
                call.maxFeePerGas(),
                BigInteger.valueOf(30_000),
                call.to(),
                call.value(),
                call.data(),
                List.of()));
    probe.send("a", tx);
    time.runFor(BLOCK.multipliedBy(2));
    Receipt receipt = probe.ask("a", Requests.receipt(tx.hash())).orElseThrow();
    assertThat(receipt.succeeded()).isFalse();
    assertThat(receipt.gasUsed()).isEqualTo(30_000);
  }

  @Test
  void heads_trail_by_the_configured_depths_and_the_base_fee_follows_the_rule() {
    time.runFor(BLOCK.multipliedBy(20).plusSeconds(1));
    long head = probe.ask("a", Requests.blockRef("latest")).orElseThrow().number();
    assertThat(probe.ask("a", Requests.blockRef("safe")).orElseThrow().number())
        .isEqualTo(head - 2);
    assertThat(probe.ask("a", Requests.blockRef("finalized")).orElseThrow())
        .isEqualTo(chain.finalizedHead());
    Block last = probe.ask("a", Requests.block(1)).orElseThrow();
    for (long number = 2; number <= head; number++) {
      Block block = probe.ask("a", Requests.block(number)).orElseThrow();
      assertThat(block.parent()).isEqualTo(last.ref().hash());
      assertThat(block.time()).isAfter(last.time());
      assertThat(block.baseFee().orElseThrow().value())
          .isEqualTo(
              BaseFee.next(
                  last.baseFee().orElseThrow().value(),
                  last.gasUsed().longValueExact(),
                  last.gasLimit().longValueExact()));
      last = block;
    }
    assertThat(probe.ask("a", Requests.block(head + 1))).isEmpty();
  }

  @Test
  void fee_history_agrees_with_the_blocks() {
    JsonNode history =
        probe.ask("a", "eth_feeHistory", "0x5", "latest", List.of(10, 50)).path("result");
    long oldest = Long.decode(history.path("oldestBlock").asText());
    assertThat(history.path("baseFeePerGas")).hasSize(6);
    assertThat(history.path("gasUsedRatio")).hasSize(5);
    assertThat(history.path("reward").path(0)).hasSize(2);
    Block block = probe.ask("a", Requests.block(oldest + 2)).orElseThrow();
    assertThat(history.path("baseFeePerGas").path(2).asText())
        .isEqualTo(Requests.quantity(block.baseFee().orElseThrow().value()));
  }

  @Test
  void a_fee_below_the_base_fee_waits_until_the_spike_is_over() {
    fundWallet();
    chain.spikeBaseFee(10);
    SignedTransaction tx = key.sign(ChainProbe.pay(0, PAYEE, 1, 25, 2));
    probe.send("a", tx);
    time.runFor(BLOCK.multipliedBy(3));
    assertThat(chain.baseFee().isGreaterThan(Wei.gwei(25))).isTrue();
    assertThat(chain.isIncluded(tx.hash())).isFalse();
    time.runFor(BLOCK.multipliedBy(300));
    assertThat(chain.isIncluded(tx.hash())).isTrue();
  }

  @Test
  void congestion_raises_the_base_fee_tenfold_in_twenty_blocks() {
    Wei before = chain.baseFee();
    chain.congest(21);
    time.runFor(BLOCK.multipliedBy(22));
    assertThat(chain.baseFee().isGreaterThan(before.times(9))).isTrue();
  }

  @Test
  void a_nonce_can_be_consumed_by_a_foreign_transaction_and_by_an_authorization() {
    fundWallet();
    var foreign = chain.consumeNonce(key.address());
    time.runFor(BLOCK);
    assertThat(chain.nonce(key.address())).isEqualTo(1);
    assertThat(chain.canonicalTransactions(key.address()))
        .singleElement()
        .extracting(SimulatedPayment::hash)
        .isEqualTo(foreign);
    chain.consumeNonceInvisibly(key.address());
    time.runFor(BLOCK);
    assertThat(chain.nonce(key.address())).isEqualTo(2);
    assertThat(chain.canonicalTransactions(key.address())).hasSize(1);
  }

  @Test
  void delegated_senders_have_one_pooled_transaction() {
    fundWallet();
    chain.delegate(key.address(), PAYEE);
    assertThat(probe.ask("a", Requests.code(key.address(), "latest")).toHex())
        .startsWith("0xef0100");
    probe.send("a", key.sign(ChainProbe.pay(0, PAYEE, 1, 100, 2)));
    assertThat(probe.send("a", key.sign(ChainProbe.pay(1, PAYEE, 1, 100, 2))))
        .isEqualTo("-32000 in-flight transaction limit reached for delegated accounts");
  }

  /** As geth, Reth and Nethermind do: what is queued takes no place. */
  @Test
  void the_next_transaction_of_a_delegated_sender_is_taken_while_a_later_one_is_queued() {
    fundWallet();
    probe.send("a", key.sign(ChainProbe.pay(1, PAYEE, 1, 100, 2)));
    time.runFor(BLOCK);
    chain.delegate(key.address(), PAYEE);
    time.runFor(BLOCK);
    assertThat(probe.send("a", key.sign(ChainProbe.pay(2, PAYEE, 1, 100, 2))))
        .isEqualTo("-32000 gapped-nonce tx from delegated accounts");
    SignedTransaction next = key.sign(ChainProbe.pay(0, PAYEE, 1, 100, 2));
    assertThat(probe.send("a", next)).isEqualTo(next.hash().value());
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.nonce(key.address())).isEqualTo(2);
  }

  @Test
  void delegated_code_takes_nonces_when_it_is_called_with_gas_and_fails_without() {
    fundWallet();
    chain.call(key.address());
    time.runFor(BLOCK);
    assertThat(chain.nonce(key.address())).as("an account without code").isZero();
    chain.delegate(key.address(), PAYEE);
    chain.call(key.address());
    chain.call(key.address());
    time.runFor(BLOCK);
    assertThat(chain.nonce(key.address())).isEqualTo(2);
    assertThat(chain.canonicalTransactions(key.address())).isEmpty();
    chain.consumeNonce(key.address()); // to itself, with no gas for the code
    time.runFor(BLOCK);
    assertThat(chain.nonce(key.address())).isEqualTo(3);
    assertThat(chain.canonicalTransactions(key.address()))
        .singleElement()
        .matches(tx -> !tx.succeeded());
    chain.endDelegation(key.address());
    chain.call(key.address());
    time.runFor(BLOCK);
    assertThat(chain.nonce(key.address())).isEqualTo(3);
  }

  /** The entry is viem's, signed with the private key 1. */
  @Test
  void a_reorganisation_undoes_a_delegation_and_what_its_code_did() {
    Address account = new TestKey(1).address();
    BigInteger r =
        new BigInteger("5ca7eaff0270596af1627fd3c729e1203f686b7dcd929ea6d618da79cf5afbf4", 16);
    BigInteger s =
        new BigInteger("75e44f7453385b09fc1115f2785ebee16a99df3dc86c83c17a40e7eb4f93ee65", 16);
    Address code = Address.of("0x" + "cd".repeat(20));
    ChainId id = ChainId.of(31337);
    SimulatedChain anvil =
        SimulatedChain.builder(time).chain(id).provider("a", ClientFamily.GETH).build();
    ChainProbe probe = new ChainProbe(time, anvil);
    anvil.includeAuthorization(
        new Authorization(BigInteger.valueOf(id.value()), code, BigInteger.ZERO, 1, r, s));
    anvil.call(account);
    time.runFor(BLOCK);
    assertThat(anvil.nonce(account)).isEqualTo(2);
    time.runFor(BLOCK);
    assertThat(probe.ask("a", Requests.code(account, "latest")).toHex())
        .isEqualTo("0xef0100" + "cd".repeat(20));
    anvil.reorg(3, ReorgMode.VANISHED);
    time.runFor(BLOCK);
    assertThat(anvil.nonce(account)).isZero();
    assertThat(probe.ask("a", Requests.code(account, "latest")).toHex()).isEqualTo("0x");
  }

  @Test
  void the_same_seed_gives_the_same_run_and_another_seed_another() {
    assertThat(run(5)).isEqualTo(run(5)).isNotEqualTo(run(6));
  }

  /** The constant pins the run across JDKs: both 17 and 25 must come to it. */
  @Test
  void a_run_is_the_same_on_every_jdk() {
    assertThat(run(1)).isEqualTo(RUN_ONE);
  }

  private static final long RUN_ONE = 8233994295525019305L;

  private static long run(long seed) {
    VirtualTime time = new VirtualTime();
    SimulatedChain chain =
        SimulatedChain.builder(time)
            .seed(seed)
            .provider("a", ClientFamily.GETH)
            .provider("b", ClientFamily.BESU)
            .build();
    TestKey key = new TestKey(3);
    chain.fund(key.address(), Wei.ofCoins("5"));
    chain.disturb(
        List.of("a", "b"),
        List.of(ProviderFault.values()),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30));
    ChainProbe probe = new ChainProbe(time, chain);
    for (int i = 0; i < 20; i++) {
      SignedTransaction tx = key.sign(ChainProbe.pay(i, PAYEE, 1, 100, 2));
      String body = ChainProbe.request(i, "eth_sendRawTransaction", List.of(tx.raw().toHex()));
      probe.exchange(i % 2 == 0 ? "a" : "b", body);
      probe.exchange(
          "b", ChainProbe.request(i, "eth_feeHistory", List.of("0x3", "latest", List.of(50))));
      if (i % 7 == 6) {
        chain.reorg(2, i == 6 ? ReorgMode.VANISHED : ReorgMode.RETURNED);
      }
      time.runFor(Duration.ofSeconds(7));
    }
    return chain.eventLogHash();
  }
}
