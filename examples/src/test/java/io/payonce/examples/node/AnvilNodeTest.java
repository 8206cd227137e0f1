package io.payonce.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.Erc20Calls;
import io.payonce.TransactionHash;
import io.payonce.Wei;
import io.payonce.testing.RequiredPart;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AnvilNodeTest {
  private static final Address PAYEE = Address.of("0x" + "ab".repeat(20));
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  private static AnvilNode node;
  private static Address sender;

  @BeforeAll
  static void start() {
    node =
        RequiredPart.orSkip(
            () -> AnvilNode.builder().manualMining().chainId(31_415).slotsInAnEpoch(1).start());
    sender = node.unlockedAccounts().get(0);
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void mines_only_when_told() {
    long before = node.blockNumber();
    node.mine(3);
    assertThat(node.blockNumber()).isEqualTo(before + 3);
    assertThat(node.chainId()).isEqualTo(31_415);
  }

  @Test
  void pays_native_coins_once_mined() {
    Wei before = node.balance(PAYEE);
    TransactionHash hash = node.send(sender, PAYEE, Wei.gwei(7), Bytes.EMPTY);
    assertThat(node.receipt(hash)).isEmpty();
    assertThat(node.mined(hash).path("status").asText()).isEqualTo("0x1");
    assertThat(node.balance(PAYEE)).isEqualTo(before.plus(Wei.gwei(7)));
  }

  @ParameterizedTest
  @EnumSource(names = {"STANDARD", "NO_RETURN", "PAUSABLE"})
  void every_honest_token_moves_units_and_logs_the_transfer(TokenContracts.Kind kind) {
    TokenContracts.Token token = RequiredPart.orSkip(() -> TokenContracts.deploy(node, kind, 6));
    token.mint(sender, MILLION);
    var receipt =
        node.mined(
            node.send(
                sender, token.address(), Wei.ZERO, Erc20Calls.transfer(PAYEE, BigInteger.TEN)));
    assertThat(receipt.path("status").asText()).isEqualTo("0x1");
    assertThat(receipt.path("logs").get(0).path("topics").get(0).asText())
        .isEqualTo(Erc20Calls.TRANSFER_EVENT.toHex());
    assertThat(token.balanceOf(PAYEE)).isEqualTo(BigInteger.TEN);
    assertThat(token.balanceOf(sender)).isEqualTo(MILLION.subtract(BigInteger.TEN));
    assertThat(Erc20Calls.integer(node.read(token.address(), Erc20Calls.decimals())))
        .contains(BigInteger.valueOf(6));
  }

  @Test
  void only_the_standard_token_answers_a_transfer() {
    TokenContracts.Token standard =
        RequiredPart.orSkip(() -> TokenContracts.deploy(node, TokenContracts.Kind.STANDARD, 18));
    TokenContracts.Token silent =
        RequiredPart.orSkip(() -> TokenContracts.deploy(node, TokenContracts.Kind.NO_RETURN, 18));
    Bytes transferNothing = Erc20Calls.transfer(PAYEE, BigInteger.ZERO);
    assertThat(node.read(standard.address(), transferNothing).size()).isEqualTo(32);
    assertThat(node.read(silent.address(), transferNothing).isEmpty()).isTrue();
  }

  @Test
  void dishonest_tokens_succeed_and_move_less_or_nothing() {
    for (TokenContracts.Kind kind :
        List.of(TokenContracts.Kind.FEE_TAKING, TokenContracts.Kind.LYING)) {
      TokenContracts.Token token = RequiredPart.orSkip(() -> TokenContracts.deploy(node, kind, 6));
      token.mint(sender, MILLION);
      Bytes call = Erc20Calls.transfer(PAYEE, BigInteger.valueOf(1_000));
      var receipt = node.mined(node.send(sender, token.address(), Wei.ZERO, call));
      assertThat(receipt.path("status").asText()).isEqualTo("0x1");
      boolean feeTaking = kind == TokenContracts.Kind.FEE_TAKING;
      assertThat(receipt.path("logs")).hasSize(feeTaking ? 2 : 0);
      assertThat(token.balanceOf(PAYEE)).isEqualTo(BigInteger.valueOf(feeTaking ? 990 : 0));
    }
  }

  @Test
  void blocks_take_what_fits_and_snapshots_bring_the_chain_back() {
    long nonce = node.latestNonce(sender);
    long before = node.blockNumber();
    String snapshot = node.snapshot();
    TransactionHash hash = node.send(sender, PAYEE, Wei.ONE, Bytes.EMPTY);
    long time =
        NodeRpc.quantity(node.rpc().call("eth_getBlockByNumber", "latest", false).path("timestamp"))
            .longValueExact();
    node.mineAt(time + 1, 20_000);
    assertThat(node.receipt(hash)).isEmpty();
    node.mineAt(time + 2, 21_000);
    assertThat(node.receipt(hash)).isPresent();
    Bytes raw = node.raw(hash);
    node.revert(snapshot);
    assertThat(node.blockNumber()).isEqualTo(before);
    assertThat(node.latestNonce(sender)).isEqualTo(nonce);
    assertThat(node.sendRaw(raw)).isEqualTo(hash);
    node.dropAll();
    assertThat(node.pool()).isEqualTo(new AnvilNode.Pool(0, 0));
  }

  @Test
  void paused_and_blacklisting_tokens_revert() {
    TokenContracts.Token token =
        RequiredPart.orSkip(() -> TokenContracts.deploy(node, TokenContracts.Kind.PAUSABLE, 18));
    Bytes transferNothing = Erc20Calls.transfer(PAYEE, BigInteger.ZERO);
    token.setPaused(true);
    assertThatThrownBy(() -> node.read(token.address(), transferNothing))
        .isInstanceOf(NodeRpc.RpcErrorException.class)
        .hasMessageContaining("paused");
    token.setPaused(false);
    token.setBlacklisted(PAYEE, true);
    assertThatThrownBy(() -> node.read(token.address(), transferNothing))
        .isInstanceOf(NodeRpc.RpcErrorException.class)
        .hasMessageContaining("blacklisted");
  }

  @Test
  void a_reorg_takes_the_receipt_and_the_nonce_back() {
    long nonce = node.latestNonce(sender);
    TransactionHash hash = node.send(sender, PAYEE, Wei.ONE, Bytes.EMPTY);
    node.mined(hash);
    node.mine(1);
    node.reorg(2, List.of());
    assertThat(node.receipt(hash)).isEmpty();
    assertThat(node.latestNonce(sender)).isEqualTo(nonce);
  }

  @Test
  void a_dropped_transaction_leaves_the_pool() {
    long nonce = node.latestNonce(sender);
    TransactionHash hash = node.send(sender, PAYEE, Wei.ONE, Bytes.EMPTY);
    assertThat(node.pool()).isEqualTo(new AnvilNode.Pool(1, 0));
    assertThat(node.pendingNonce(sender)).isEqualTo(nonce + 1);
    node.drop(hash);
    assertThat(node.pool()).isEqualTo(new AnvilNode.Pool(0, 0));
    node.mine(1);
    assertThat(node.latestNonce(sender)).isEqualTo(nonce);
  }

  @Test
  void base_fee_and_balances_can_be_set() {
    node.setBalance(PAYEE, Wei.gwei(3));
    node.setNextBlockBaseFee(Wei.gwei(50));
    node.mine(1);
    assertThat(node.balance(PAYEE)).isEqualTo(Wei.gwei(3));
    assertThat(
            NodeRpc.quantity(
                node.rpc().call("eth_getBlockByNumber", "latest", false).path("baseFeePerGas")))
        .isEqualTo(Wei.gwei(50).value());
  }

  @Test
  void a_closed_node_is_gone_and_two_never_share_a_port() {
    AnvilNode first = RequiredPart.orSkip(() -> AnvilNode.builder().blockTimeMillis(250).start());
    try (AnvilNode second = RequiredPart.orSkip(() -> AnvilNode.builder().start())) {
      assertThat(first.url()).isNotEqualTo(second.url());
      first.close();
      first.close();
      assertThatThrownBy(first::blockNumber).isInstanceOf(UncheckedIOException.class);
      assertThat(second.blockNumber()).isZero();
    }
  }
}
