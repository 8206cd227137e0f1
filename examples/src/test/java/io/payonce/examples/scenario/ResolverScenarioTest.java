package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.TransactionHash;
import io.payonce.Transfer;
import io.payonce.UnsignedTransaction;
import io.payonce.Wei;
import io.payonce.nonce.LaneStatus;
import io.payonce.rpc.Fact;
import io.payonce.rpc.QuorumResult;
import io.payonce.rpc.RpcClient;
import io.payonce.store.ConsumerClass;
import io.payonce.store.SlotState;
import io.payonce.store.StoredSlot;
import io.payonce.store.TransferState;
import io.payonce.submit.Actor;
import io.payonce.submit.GiveUpResult;
import io.payonce.submit.Resolution;
import io.payonce.submit.ResolveResult;
import io.payonce.submit.Verdict;
import io.payonce.testing.ProviderFault;
import io.payonce.testing.ProviderFaults;
import io.payonce.testing.TokenKind;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** The resolver names the consumer of every nonce, and a key binds once for ever. */
@OnEveryGround
final class ResolverScenarioTest {
  @Parameter Ground ground;

  private static final Actor OPERATOR = new Actor("operator");
  private static final Address CODE = Address.of("0x" + "cd".repeat(20));

  @Test
  void an_authorization_that_took_a_nonce_is_named_and_only_a_person_ends_the_payment() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    TransactionHash carrier =
        stage.world.authorize(stage.key.authorize(Stage.CHAIN.value(), CODE, 0));
    stage.untilState("p", TransferState.QUARANTINED);
    assertThat(stage.status("p").code()).isEqualTo("FOREIGN_USE");
    assertThat(stage.status("p").reason()).contains("authorization", carrier.value());
    assertThat(consumer(stage, 0)).isEqualTo(ConsumerClass.AUTH_7702);
    assertThat(stage.status("p").winner().orElseThrow().hash()).isEqualTo(carrier);
    assertThat(stage.status("p").winner().orElseThrow().fee()).isEqualTo(Wei.ZERO);
    stage.untilFrozen("FOREIGN_USE");
    bindsOnceForEver(stage);
  }

  @Test
  void an_authorization_of_every_chain_counts_and_one_of_another_chain_does_not() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    var unused = stage.world.authorize(stage.key.authorize(1, CODE, 0));
    stage.blocks(12);
    assertThat(stage.slot(0).state()).isEqualTo(SlotState.EXPOSED);
    TransactionHash carrier = stage.world.authorize(stage.key.authorize(0, CODE, 0));
    stage.untilState("p", TransferState.QUARANTINED);
    assertThat(stage.status("p").winner().orElseThrow().hash()).isEqualTo(carrier);
    assertThat(consumer(stage, 0)).isEqualTo(ConsumerClass.AUTH_7702);
  }

  @Test
  void an_authorization_above_the_journal_freezes_the_lane_and_is_booked_by_its_name() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.until(() -> stage.laneStatus().state() == LaneStatus.State.ACTIVE);
    TransactionHash carrier =
        stage.world.authorize(stage.key.authorize(Stage.CHAIN.value(), CODE, 0));
    stage.untilFrozen("JOURNAL_BEHIND");
    assertThat(stage.await(stage.payonce().nonces().auditAgainstChain(stage.lane)).unknown())
        .containsExactly(carrier);
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "it was me"));
    assertThat(consumer(stage, 0)).isEqualTo(ConsumerClass.AUTH_7702);

    // Pools take one transaction at a time of such an account: so does the lane.
    for (int i = 0; i < 3; i++) {
      var unused = stage.submit("p" + i, stage.coins("0.1"));
    }
    stage.until(
        () -> {
          assertThat(stage.journal.openSlots(stage.lane))
              .filteredOn(slot -> slot.state().isOpen())
              .hasSizeLessThanOrEqualTo(1);
          return stage.journal.counts().getOrDefault(TransferState.PAID_FINAL, 0L) == 3;
        });
    assertThat(stage.troubles).anyMatch(trouble -> trouble.contains("LANE_DELEGATED"));
    stage.verify();
  }

  @Test
  void delegated_code_that_took_a_nonce_is_named() {
    Stage stage = new Stage(Ground.SIMULATED); // a real node shows it only by a contract
    SimulatedWorld world = (SimulatedWorld) stage.world;
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    world.chain().delegate(stage.lane.address(), CODE);
    world.chain().consumeNonceInvisibly(stage.lane.address());
    stage.untilState("p", TransferState.QUARANTINED);
    assertThat(stage.status("p").code()).isEqualTo("FOREIGN_USE");
    assertThat(consumer(stage, 0)).isEqualTo(ConsumerClass.CODE_7702);
    bindsOnceForEver(stage);
  }

  /** A node that answers while it mines may give the state of the next block for the one asked. */
  @Test
  void counts_that_all_nodes_had_wrong_for_a_while_end_nothing() {
    for (int wrongFor = 1; wrongFor <= World.FINALITY_DEPTH + 2; wrongFor++) {
      Stage stage = new Stage(ground);
      stage.start();
      stage.world.stopMining();
      stage.inFlight("p");
      ProviderFaults wrong = ProviderFaults.always(ProviderFault.NONCE_TOO_HIGH);
      stage.providers.forEach(name -> stage.world.setFaults(name, wrong));
      stage.blocks(wrongFor);
      stage.providers.forEach(name -> stage.world.setFaults(name, ProviderFaults.NONE));
      stage.blocks(World.FINALITY_DEPTH + 2);
      assertThat(stage.status("p").code()).as("wrong for %d blocks", wrongFor).isEmpty();
      stage.world.goOnMining();
      assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    }
  }

  @Test
  void a_nonce_that_nothing_explains_is_a_contradiction_and_no_end() {
    Stage stage = new Stage(Ground.SIMULATED); // no real chain does this
    SimulatedWorld world = (SimulatedWorld) stage.world;
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    world.chain().consumeNonceInvisibly(stage.lane.address());
    stage.untilState("p", TransferState.QUARANTINED);
    assertThat(stage.status("p").code()).isEqualTo("NONCE_CONTRADICTION");
    stage.untilFrozen("NONCE_CONTRADICTION");
    assertThat(stage.status("p").verdict()).isInstanceOf(Verdict.Undecided.class);
    assertThat(stage.await(stage.payonce().giveUp(Stage.key("p"), OPERATOR, "give up")))
        .isInstanceOf(GiveUpResult.NotYet.class);
    assertThat(resolve(stage, "p", new Resolution.AsFinal("hope")))
        .isInstanceOf(ResolveResult.NotYet.class);
  }

  @Test
  void our_own_payment_under_an_unknown_hash_is_the_payment() {
    Stage stage = new Stage(ground);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    var transfer = stage.asked.get(Stage.key("p"));
    var leaked =
        new UnsignedTransaction.DynamicFee(
            Stage.CHAIN,
            0,
            Wei.gwei(90),
            Wei.gwei(400),
            BigInteger.valueOf(30_000),
            transfer.to(),
            Wei.of(transfer.amount().units()),
            Bytes.EMPTY,
            List.of());
    TransactionHash hash = stage.world.inject(stage.key.sign(leaked).raw());
    stage.world.goOnMining();
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.status("p").winner().orElseThrow().hash()).isEqualTo(hash);
    assertThat(stage.status("p").hashes()).doesNotContain(hash);
    stage.verify();
  }

  @Test
  void consumers_are_found_long_after_with_lagging_and_lying_operators() {
    Stage stage = new Stage(ground, 3, 7);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("paid");
    stage.kill();
    stage.world.goOnMining();
    stage.blocks(400); // more than the ring of known blocks and than nodes keep states
    TransactionHash foreign = stage.world.consumeNonce(stage.key);
    stage.blocks(400);
    stage.world.setFaults(
        "alpha",
        ProviderFaults.NONE
            .with(ProviderFault.NONCE_TOO_HIGH, 1)
            .with(ProviderFault.FAKE_RECEIPT, 1));
    ProviderFault behind = // a real node is never behind itself
        ground == Ground.ANVIL ? ProviderFault.LOST_REPLY : ProviderFault.LAGGING;
    stage.world.setFaults("beta", ProviderFaults.NONE.with(behind, 0.5));
    stage.start();
    assertThat(stage.end("paid").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.untilFrozen("JOURNAL_BEHIND");
    stage.world.setFaults("alpha", ProviderFaults.NONE);
    assertThat(stage.await(stage.payonce().nonces().auditAgainstChain(stage.lane)).unknown())
        .containsExactly(foreign);
  }

  @Test
  void consumers_are_found_where_nodes_no_longer_have_the_state() {
    Stage stage = new Stage(ground);
    PrunedClient.on(stage, 100);
    stage.start();
    stage.world.stopMining();
    stage.inFlight("p");
    stage.kill();
    TransactionHash foreign = stage.world.consumeNonce(stage.key);
    stage.world.goOnMining();
    stage.blocks(400);
    stage.start();
    stage.untilState("p", TransferState.QUARANTINED);
    assertThat(stage.status("p").winner().orElseThrow().hash()).isEqualTo(foreign);
    assertThat(consumer(stage, 0)).isEqualTo(ConsumerClass.FOREIGN);
  }

  @Test
  void a_payment_without_proof_is_paid_or_not_only_by_a_person_and_only_as_the_receipt_allows() {
    Stage stage = new Stage(ground);
    stage.start();
    var unused = stage.submit("lied", stage.units(TokenKind.LYING_SUCCESS, 5));
    assertThat(stage.end("lied").code()).isEqualTo("PAYMENT_UNPROVEN");
    var more = stage.submit("taxed", stage.units(TokenKind.FEE_TAKING, 100_000));
    assertThat(more).isNotNull();
    assertThat(stage.end("taxed").code()).isEqualTo("PAYMENT_UNPROVEN");
    TransactionHash lied = stage.status("lied").winner().orElseThrow().hash();
    TransactionHash taxed = stage.status("taxed").winner().orElseThrow().hash();

    assertThat(resolve(stage, "lied", new Resolution.NotPaid(taxed, "mixed up")))
        .isInstanceOf(ResolveResult.NotYet.class);
    assertThat(resolve(stage, "taxed", new Resolution.NotPaid(taxed, "too little")))
        .as("something arrived: a refund on top would be too much")
        .isInstanceOf(ResolveResult.NotYet.class);
    assertThat(stage.status("lied").verdict().safeToRefund()).isFalse();
    assertThat(resolve(stage, "lied", new Resolution.NotPaid(lied, "the payee has nothing")))
        .isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.state("lied")).isEqualTo(TransferState.UNPAID_FINAL);
    assertThat(stage.status("lied").verdict().safeToRefund()).isTrue();
    assertThat(resolve(stage, "taxed", new Resolution.PaymentConfirmed(taxed, "payee agrees")))
        .isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.status("taxed").verdict().paid()).isTrue();
    for (String name : List.of("lied", "taxed")) {
      assertThat(resolve(stage, name, new Resolution.AsFinal("again")))
          .isInstanceOf(ResolveResult.NotYet.class);
    }
  }

  @Test
  void no_log_that_may_have_paid_leaves_a_payment_refundable_whoever_wrote_it_and_how() {
    Stage stage = new Stage(ground);
    AtomicReference<Log> more = new AtomicReference<>();
    stage.rpc = client -> withLog(client, more);
    stage.start();
    Transfer transfer = stage.units(TokenKind.LYING_SUCCESS, 5);
    var unused = stage.submit("p", transfer);
    assertThat(stage.end("p").code()).isEqualTo("PAYMENT_UNPROVEN");
    TransactionHash hash = stage.status("p").winner().orElseThrow().hash();
    Address token = stage.world.token(TokenKind.LYING_SUCCESS).contract();
    String wallet = word(stage.lane.address());
    String payee = word(transfer.to());
    String five = "%064x".formatted(5);
    for (Log paid :
        List.of(
            log(CODE, five, wallet, payee), // its events are written by another contract
            log(token, five, word(token), payee), // it paid out of its own
            log(token, five + five, wallet, payee),
            log(token, "", wallet, payee, five),
            log(token, five, wallet, "1" + payee.substring(1)),
            log(token, wallet + payee + five))) {
      more.set(paid);
      assertThat(resolve(stage, "p", new Resolution.NotPaid(hash, "the payee says so")))
          .as("%s", paid)
          .isInstanceOf(ResolveResult.NotYet.class);
    }
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
    more.set(log(token, "0".repeat(64), wallet, payee)); // nothing to the payee, in so many words
    assertThat(resolve(stage, "p", new Resolution.NotPaid(hash, "the payee says so")))
        .isInstanceOf(ResolveResult.Closed.class);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    stage.verify();
  }

  private static String word(Address account) {
    return "0".repeat(24) + account.value().substring(2);
  }

  /** A Transfer log with these further topics. */
  private static Log log(Address by, String data, String... topics) {
    List<Bytes> all = new ArrayList<>(List.of(Erc20Calls.TRANSFER_EVENT));
    for (String topic : topics) {
      all.add(Bytes.fromHex("0x" + topic));
    }
    return new Log(by, all, Bytes.fromHex("0x" + data), 0);
  }

  /** Each receipt that is read on its own has one more log. */
  private static RpcClient withLog(RpcClient client, AtomicReference<Log> more) {
    return (RpcClient)
        Proxy.newProxyInstance(
            RpcClient.class.getClassLoader(),
            new Class<?>[] {RpcClient.class},
            (proxy, method, arguments) -> {
              Object answer = method.invoke(client, arguments);
              return arguments != null && arguments[0] instanceof Fact.ReceiptOf
                  ? ((CompletableFuture<?>) answer).thenApply(read -> withLog(read, more.get()))
                  : answer;
            });
  }

  private static Object withLog(Object read, Log more) {
    return read instanceof QuorumResult.Agreed<?> agreed
            && agreed.value() instanceof Optional<?> found
            && found.isPresent()
            && found.get() instanceof Receipt receipt
            && more != null
        ? new QuorumResult.Agreed<>(
            Optional.of(
                new Receipt(
                    receipt.hash(),
                    receipt.block(),
                    receipt.from(),
                    receipt.succeeded(),
                    receipt.gasUsed(),
                    receipt.effectiveGasPrice(),
                    List.of(more))),
            agreed.votes(),
            agreed.dissent())
        : read;
  }

  @Test
  void a_lone_higher_claim_delays_binding_two_blocks_and_is_then_excluded() {
    Stage stage = new Stage(ground);
    stage.world.setFaults("gamma", ProviderFaults.NONE.with(ProviderFault.WRONG_PENDING, 1));
    long begin = stage.world.head().number();
    stage.start();
    var unused = stage.submit("p", stage.coins("0.5"));
    stage.until(() -> stage.status("p").nonce().isPresent());
    assertThat(stage.world.head().number() - begin).isBetween(2L, 6L);
    assertThat(stage.troubles).anyMatch(trouble -> trouble.contains("PROVIDER_CONTRADICTION"));
    assertThat(stage.end("p").state()).isEqualTo(TransferState.PAID_FINAL);
    var next = stage.submit("q", stage.coins("0.5"));
    assertThat(next).isNotNull();
    assertThat(stage.end("q").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.verify();
  }

  /** Whatever comes after a final foreign use: this key never pays, and a new one does. */
  private static void bindsOnceForEver(Stage stage) {
    assertThat(stage.status("p").verdict().safeToRefund()).isFalse();
    assertThat(resolve(stage, "p", new Resolution.AsFinal("it is final")))
        .isInstanceOf(ResolveResult.NotYet.class);
    assertThat(stage.await(stage.payonce().giveUp(Stage.key("p"), OPERATOR, "seen")))
        .isInstanceOf(GiveUpResult.Closed.class);
    assertThat(stage.status("p").verdict().safeToRefund()).isTrue();
    stage.world.goOnMining();
    stage.await(stage.payonce().nonces().resume(stage.lane, OPERATOR, "key is safe"));
    var again = stage.submit("again", stage.coins("0.5"));
    assertThat(again).isNotNull();
    assertThat(stage.end("again").state()).isEqualTo(TransferState.PAID_FINAL);
    stage.kill();
    stage.start();
    stage.blocks(30);
    assertThat(stage.state("p")).isEqualTo(TransferState.UNPAID_FINAL);
    assertThat(stage.paid("p")).isZero();
    stage.verify();
  }

  private static ConsumerClass consumer(Stage stage, long nonce) {
    StoredSlot slot = stage.slot(nonce);
    return slot.consumption().orElseThrow().by();
  }

  private static ResolveResult resolve(Stage stage, String name, Resolution how) {
    return stage.await(stage.payonce().resolve(Stage.key(name), how, OPERATOR));
  }
}
