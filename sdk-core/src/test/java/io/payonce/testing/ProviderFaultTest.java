package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Erc20Calls;
import io.payonce.SignedTransaction;
import io.payonce.Wei;
import io.payonce.rpc.BytesSent;
import io.payonce.rpc.Requests;
import io.payonce.rpc.RpcTransport;
import io.payonce.rpc.TransportReply;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each fault as the other end of a transport sees it, and in what it does to the chain. */
class ProviderFaultTest {
  private static final Address PAYEE = Address.of("0x00000000000000000000000000000000000000a1");
  private static final Duration BLOCK = Duration.ofSeconds(12);

  private final VirtualTime time = new VirtualTime();
  private final SimulatedChain chain =
      SimulatedChain.builder(time)
          .seed(11)
          .provider("bad", ClientFamily.GETH)
          .provider("good", ClientFamily.GETH)
          .build();
  private final ChainProbe probe = new ChainProbe(time, chain);
  private final TestKey key = new TestKey(7);
  private final SignedTransaction tx = key.sign(ChainProbe.pay(0, PAYEE, 1, 100, 2));
  private final String send =
      ChainProbe.request(1, "eth_sendRawTransaction", List.of(tx.raw().toHex()));

  @BeforeEach
  void fund() {
    chain.fund(key.address(), Wei.ofCoins("1"));
  }

  private void suffer(ProviderFault fault) {
    chain.setFaults("bad", ProviderFaults.always(fault));
  }

  private long hits(ProviderFault fault) {
    return chain
        .faultCounts()
        .getOrDefault("bad", java.util.Map.of())
        .getOrDefault(fault.name(), 0L);
  }

  @Test
  void a_dead_provider_proves_that_no_byte_left() {
    suffer(ProviderFault.DEAD);
    assertThat(probe.exchange("bad", send))
        .isEqualTo(new TransportReply.Failed("connection refused", BytesSent.NONE, false));
    assertThat(chain.pool("bad")).isEmpty();
    assertThat(hits(ProviderFault.DEAD)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"HANG", "LOST_REQUEST", "LOST_REPLY"})
  void a_silence_looks_the_same_whether_or_not_the_request_was_carried_out(ProviderFault fault) {
    suffer(fault);
    assertThat(probe.exchange("bad", send))
        .isEqualTo(new TransportReply.Failed("timed out", BytesSent.ALL, true));
    assertThat(chain.pool("bad").contains(tx.hash()) || chain.isIncluded(tx.hash()))
        .isEqualTo(fault == ProviderFault.LOST_REPLY);
    assertThat(hits(fault)).isEqualTo(1);
  }

  @Test
  void a_throttled_request_names_when_to_come_back_and_is_not_carried_out() {
    suffer(ProviderFault.THROTTLED);
    var answered = (TransportReply.Answered) probe.exchange("bad", send);
    assertThat(answered.status()).isEqualTo(429);
    assertThat(answered.headers()).containsEntry("retry-after", "1");
    assertThat(chain.pool("bad")).isEmpty();
  }

  @Test
  void a_server_error_sometimes_hides_that_the_request_was_carried_out() {
    suffer(ProviderFault.SERVER_ERROR);
    chain.setGossip("bad", false);
    int carriedOut = 0;
    for (int i = 0; i < 20; i++) {
      var answered = (TransportReply.Answered) probe.exchange("bad", send);
      assertThat(answered.status()).isEqualTo(503);
      carriedOut += chain.pool("bad").size();
      chain.wipePool("bad");
    }
    assertThat(carriedOut).isBetween(1, 19);
  }

  @Test
  void a_slow_provider_answers_later_and_beyond_the_timeout_not_at_all() {
    suffer(ProviderFault.SLOW);
    var before = time.now();
    assertThat(probe.exchange("bad", send)).isInstanceOf(TransportReply.Answered.class);
    assertThat(Duration.between(before, time.now())).isGreaterThan(Duration.ofSeconds(3));
    chain.setFaults("bad", ProviderFaults.always(ProviderFault.SLOW).slowBy(Duration.ofMinutes(1)));
    assertThat(probe.exchange("bad", send))
        .isEqualTo(new TransportReply.Failed("timed out", BytesSent.ALL, true));
  }

  @Test
  void a_duplicate_delivery_is_invisible_to_the_sender_and_changes_nothing() {
    suffer(ProviderFault.DUPLICATE_DELIVERY);
    assertThat(probe.send("bad", tx)).isEqualTo(tx.hash().value());
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(chain.canonicalTransactions(key.address())).hasSize(1);
    assertThat(hits(ProviderFault.DUPLICATE_DELIVERY)).isEqualTo(1);
  }

  @Test
  void a_reordered_batch_keeps_each_answer_with_its_id() {
    suffer(ProviderFault.REORDERED_BATCH);
    String batch =
        "["
            + ChainProbe.request(7, "eth_chainId", List.of())
            + ","
            + ChainProbe.request(8, "web3_clientVersion", List.of())
            + ","
            + ChainProbe.request(9, "eth_syncing", List.of())
            + "]";
    JsonNode answers = probe.body(probe.exchange("bad", batch));
    List<Integer> ids = new ArrayList<>();
    for (JsonNode answer : answers) {
      ids.add(answer.path("id").asInt());
      if (answer.path("id").asInt() == 7) {
        assertThat(answer.path("result").asText()).isEqualTo("0x539");
      }
    }
    assertThat(ids).containsExactlyInAnyOrder(7, 8, 9).isNotEqualTo(List.of(7, 8, 9));
  }

  @Test
  void a_lagging_provider_answers_as_of_an_earlier_head() {
    time.runFor(BLOCK.plusSeconds(1));
    chain.setFaults("bad", ProviderFaults.always(ProviderFault.LAGGING).lagBlocks(5));
    long head = chain.head().number();
    assertThat(probe.ask("bad", Requests.blockRef("latest")).orElseThrow().number())
        .isEqualTo(head - 5);
    assertThat(probe.ask("bad", Requests.block(head))).isEmpty();
    assertThat(
            probe
                .ask("bad", "eth_getBalance", PAYEE.value(), Requests.quantity(head))
                .path("error")
                .path("message")
                .asText())
        .isEqualTo("header not found");
  }

  @Test
  void a_wrong_hash_and_a_fatal_text_come_from_a_node_that_took_the_transaction() {
    suffer(ProviderFault.WRONG_SEND_HASH);
    assertThat(probe.send("bad", tx)).startsWith("0x").isNotEqualTo(tx.hash().value());
    assertThat(chain.pool("bad")).containsExactly(tx.hash());
    chain.wipePools();
    suffer(ProviderFault.FATAL_TEXT);
    assertThat(probe.send("bad", tx)).startsWith("-32000 nonce too low");
    assertThat(chain.pool("bad")).containsExactly(tx.hash());
  }

  @Test
  void a_text_about_the_payload_comes_each_time_from_a_node_that_has_the_transaction() {
    suffer(ProviderFault.PAYLOAD_TEXT);
    for (int i = 0; i < 6; i++) {
      assertThat(probe.send("bad", tx)).matches("-32000 (intrinsic gas|exceeds block|oversized).*");
      assertThat(chain.pool("bad")).containsExactly(tx.hash());
    }
  }

  @Test
  void counts_are_lied_about_in_every_direction() {
    probe.send("good", tx);
    time.runFor(BLOCK.multipliedBy(2));
    suffer(ProviderFault.NONCE_TOO_HIGH);
    assertThat(probe.ask("bad", Requests.nonce(key.address(), "latest"))).isEqualTo(2);
    suffer(ProviderFault.NONCE_TOO_LOW);
    assertThat(probe.ask("bad", Requests.nonce(key.address(), "latest"))).isZero();
    suffer(ProviderFault.WRONG_PENDING);
    assertThat(probe.ask("bad", Requests.nonce(key.address(), "latest"))).isEqualTo(1);
    assertThat(probe.ask("bad", Requests.nonce(key.address(), "pending"))).isEqualTo(8);
  }

  @Test
  void receipts_are_invented_turned_round_and_denied() {
    suffer(ProviderFault.FAKE_RECEIPT);
    assertThat(probe.ask("bad", Requests.receipt(tx.hash())).orElseThrow().succeeded()).isTrue();
    probe.send("good", tx);
    time.runFor(BLOCK.multipliedBy(2));
    assertThat(probe.ask("bad", Requests.receipt(tx.hash())).orElseThrow().succeeded()).isFalse();
    suffer(ProviderFault.MISSING_RECEIPT);
    assertThat(probe.ask("bad", Requests.receipt(tx.hash()))).isEmpty();
    assertThat(probe.ask("good", Requests.receipt(tx.hash())).orElseThrow().succeeded()).isTrue();
  }

  @Test
  void blocks_finality_and_chain_are_lied_about() {
    time.runFor(BLOCK.plusSeconds(1));
    suffer(ProviderFault.OTHER_BLOCK_HASH);
    assertThat(probe.ask("bad", Requests.blockRef("latest")).orElseThrow().hash())
        .isNotEqualTo(chain.head().hash());
    suffer(ProviderFault.WRONG_FINALIZED);
    assertThat(probe.ask("bad", Requests.blockRef("finalized"))).contains(chain.head());
    suffer(ProviderFault.WRONG_CHAIN_ID);
    assertThat(probe.ask("bad", Requests.chainId()).value()).isEqualTo(1338);
  }

  @Test
  void balances_gas_and_tips_are_lied_about() {
    Asset.Erc20 token = chain.deployErc20(TokenKind.PLAIN, 6, "T");
    chain.fundToken(token, key.address(), BigInteger.TEN);
    time.runFor(BLOCK.plusSeconds(1));
    var balanceOf = Requests.call(token.contract(), Erc20Calls.balanceOf(key.address()), "latest");
    suffer(ProviderFault.INFLATED_BALANCE);
    assertThat(probe.ask("bad", Requests.balance(key.address(), "latest")))
        .isEqualTo(Wei.ofCoins("1000"));
    assertThat(Erc20Calls.integer(probe.ask("bad", balanceOf)))
        .contains(BigInteger.valueOf(10_000));
    suffer(ProviderFault.LOW_GAS_ESTIMATE);
    var transfer = Erc20Calls.transfer(PAYEE, BigInteger.ONE);
    assertThat(
            probe.ask(
                "bad", Requests.estimateGas(key.address(), token.contract(), Wei.ZERO, transfer)))
        .isEqualTo(21_000);
    suffer(ProviderFault.HUGE_TIP);
    assertThat(probe.ask("bad", Requests.maxPriorityFeePerGas())).isEqualTo(Wei.gwei(1_000));
  }

  @Test
  void a_request_outlives_its_process_and_its_reply_does_not() {
    try (RpcTransport transport = chain.transport("good", probe.process)) {
      var reply = transport.send(send.getBytes(StandardCharsets.US_ASCII), Duration.ofSeconds(10));
      probe.process.kill();
      time.runFor(BLOCK.multipliedBy(2));
      assertThat(reply).isNotDone();
      assertThat(chain.isIncluded(tx.hash())).isTrue();
    }
  }

  @Test
  void bursts_come_and_go_by_the_seed_and_end_when_told() {
    chain.disturb(
        List.of("bad"),
        List.of(ProviderFault.DEAD),
        Duration.ofSeconds(20),
        Duration.ofSeconds(20));
    for (int i = 0; i < 200; i++) {
      probe.exchange("bad", ChainProbe.request(i, "eth_chainId", List.of()));
      time.runFor(Duration.ofSeconds(1));
    }
    assertThat(hits(ProviderFault.DEAD)).isBetween(1L, 199L);
    chain.calm();
    long before = hits(ProviderFault.DEAD);
    for (int i = 0; i < 100; i++) {
      probe.exchange("bad", ChainProbe.request(i, "eth_chainId", List.of()));
      time.runFor(Duration.ofSeconds(1));
    }
    assertThat(hits(ProviderFault.DEAD)).isEqualTo(before);
  }
}
