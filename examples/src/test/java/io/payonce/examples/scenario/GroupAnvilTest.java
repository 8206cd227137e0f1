package io.payonce.examples.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.Bytes;
import io.payonce.Group;
import io.payonce.GroupMember;
import io.payonce.GroupSubmission;
import io.payonce.Log;
import io.payonce.Receipt;
import io.payonce.Settlement;
import io.payonce.TokenAmount;
import io.payonce.internal.Keccak256;
import io.payonce.store.TransferState;
import io.payonce.submit.MemberStatus;
import io.payonce.submit.SettlementProof;
import io.payonce.submit.SubmitResult;
import io.payonce.submit.Verdict;
import io.payonce.testing.TokenKind;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.generated.Uint256;

/** A group that a compiled payout contract pays on a real node. */
final class GroupAnvilTest {
  private static final Bytes FAILED =
      Bytes.of(Keccak256.of("Failed(uint256)".getBytes(StandardCharsets.US_ASCII)));

  @Test
  void the_contract_pays_whom_it_can_and_the_other_member_is_proven_unpaid() {
    Stage stage = new Stage(Ground.ANVIL);
    Address contract = ((AnvilWorld) stage.world).deployPayout();
    Asset.Erc20 token = stage.world.token(TokenKind.PLAIN);
    stage.world.fundToken(token, contract, BigInteger.valueOf(200)); // enough for two of three
    stage.payouts.put(contract, call -> Optional.of(TokenAmount.of(token, 300)));
    stage.proofs.put("payout-v1", GroupAnvilTest::prove);
    stage.start();
    List<GroupMember> members = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      members.add(
          new GroupMember(Stage.key(name), stage.coins("1").to(), TokenAmount.of(token, 100)));
    }
    Group group =
        new Group(
            contract, call(token, members), BigInteger.valueOf(500_000), "payout-v1", members);
    assertThat(
            stage
                .payonce()
                .submitGroup(new GroupSubmission(Stage.key("g"), stage.lane.address(), group)))
        .isInstanceOf(SubmitResult.Accepted.class);
    assertThat(stage.end("g").state()).isEqualTo(TransferState.PAID_FINAL);
    assertThat(stage.payonce().members(Stage.key("g")))
        .extracting(MemberStatus::verdict)
        .satisfiesExactly(
            a -> assertThat(a).isInstanceOf(Verdict.PaidFinal.class),
            b -> assertThat(b).isInstanceOf(Verdict.PaidFinal.class),
            c -> assertThat(c.safeToRefund()).isTrue());
    for (GroupMember member : members) {
      boolean paid = stage.payonce().member(member.key()).orElseThrow().verdict().paid();
      assertThat(stage.world.tokenBalance(token, member.to()))
          .isEqualTo(BigInteger.valueOf(paid ? 100 : 0));
    }
    assertThat(stage.world.nonce(stage.lane.address())).isEqualTo(1);
    stage.verifyEffects();
  }

  /** Paid as the token logs it; unpaid as the contract logs it. */
  private static List<Settlement> prove(Address wallet, Group group, Receipt receipt) {
    List<Settlement> settlements =
        new ArrayList<>(SettlementProof.transferLogs().prove(wallet, group, receipt));
    for (Log log : receipt.logs()) {
      if (log.address().equals(group.contract()) && log.topics().equals(List.of(FAILED))) {
        int failed = new BigInteger(1, log.data().toArray()).intValueExact();
        boolean contradicts = settlements.get(failed).outcome() == Settlement.Outcome.PAID;
        settlements.set(failed, contradicts ? Settlement.UNKNOWN : Settlement.NOT_PAID);
      }
    }
    return settlements;
  }

  /** Encoded by web3j. */
  private static Bytes call(Asset.Erc20 token, List<GroupMember> members) {
    List<org.web3j.abi.datatypes.Address> to = new ArrayList<>();
    List<Uint256> amounts = new ArrayList<>();
    for (GroupMember member : members) {
      to.add(new org.web3j.abi.datatypes.Address(member.to().value()));
      amounts.add(new Uint256(member.amount().units()));
    }
    Function pay =
        new Function(
            "pay",
            List.of(
                new org.web3j.abi.datatypes.Address(token.contract().value()),
                new DynamicArray<>(org.web3j.abi.datatypes.Address.class, to),
                new DynamicArray<>(Uint256.class, amounts)),
            List.of());
    return Bytes.fromHex(FunctionEncoder.encode(pay));
  }
}
