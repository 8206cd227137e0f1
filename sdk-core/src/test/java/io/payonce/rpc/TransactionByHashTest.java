package io.payonce.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.Address;
import io.payonce.BlockHash;
import io.payonce.BlockRef;
import io.payonce.TransactionHash;
import io.payonce.internal.Hex;
import io.payonce.internal.Keccak256;
import io.payonce.rpc.ShownTransaction.Proven;
import io.payonce.rpc.ShownTransaction.Unproven;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Transactions as geth shows them, and what is made of them. */
final class TransactionByHashTest {
  /** EIP-155's example, as a node would show it. */
  private static final Map<String, Object> EIP155 =
      Map.of(
          "nonce", "0x9",
          "gasPrice", "0x4a817c800",
          "gas", "0x5208",
          "to", "0x3535353535353535353535353535353535353535",
          "value", "0xde0b6b3a7640000",
          "input", "0x",
          "v", "0x25",
          "r", "0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276",
          "s", "0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
          "from", "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");

  private static final String EIP155_RAW =
      "0xf86c098504a817c800825208943535353535353535353535353535353535353535"
          + "880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
          + "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";

  private static final BlockRef AT = ref(100, "a1");
  private static final BlockRef FORK = ref(100, "b2");
  private static final List<Map<String, Object>> GETH = geth();
  private static final TransactionHash HASH = hash(GETH.get(3));
  private static final Fact.TransactionByHash FACT = new Fact.TransactionByHash(HASH, AT);

  private static List<Map<String, Object>> geth() {
    try (InputStream in =
        TransactionByHashTest.class.getResourceAsStream("/proofs/execution-apis.json")) {
      ObjectMapper json = new ObjectMapper();
      return json.convertValue(
          json.readTree(in).path("transactions"),
          new TypeReference<List<Map<String, Object>>>() {});
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  private static BlockRef ref(long number, String digits) {
    return new BlockRef(number, BlockHash.of("0x" + digits.repeat(32)));
  }

  private static TransactionHash hash(Map<String, Object> tx) {
    return TransactionHash.of((String) tx.get("hash"));
  }

  private static RpcOutcome<?> ok(Object value) {
    return new RpcOutcome.Ok<>(value, "a");
  }

  private static Ballot<Optional<Proven>> ballot(Optional<BlockRef> block, Object json) {
    return FACT.ballot(List.of(ok(block), ok(ShownTransaction.of(HASH, json))));
  }

  @Test
  void each_type_proves_itself_and_names_who_signed_it() {
    Set<Integer> types = new TreeSet<>();
    for (Map<String, Object> tx : GETH) {
      Proven proven = (Proven) ShownTransaction.of(hash(tx), tx);
      assertThat(proven.hash()).isEqualTo(hash(tx));
      assertThat(Hex.encode(Keccak256.of(proven.raw().toArray()))).isEqualTo(tx.get("hash"));
      assertThat(proven.sender()).isEqualTo(Address.of((String) tx.get("from")));
      assertThat(proven.nonce()).isEqualTo(Hex.number((String) tx.get("nonce")));
      assertThat(proven.type()).isEqualTo(Hex.number((String) tx.get("type")).intValue());
      types.add(proven.type());
    }
    assertThat(types).containsExactly(0, 1, 2, 3, 4);
    TransactionHash hash = TransactionHash.of(Keccak256.of(Hex.decode("raw", EIP155_RAW)));
    Proven legacy = (Proven) ShownTransaction.of(hash, EIP155);
    assertThat(legacy.raw().toHex()).isEqualTo(EIP155_RAW);
    assertThat(legacy.sender()).isEqualTo(Address.of((String) EIP155.get("from")));
    assertThat(legacy.nonce()).isEqualTo(BigInteger.valueOf(9));
  }

  @Test
  void nothing_in_it_can_be_changed_unnoticed() {
    List<String> signed =
        List.of(
            "nonce",
            "gas",
            "to",
            "value",
            "input",
            "v",
            "r",
            "s",
            "yParity",
            "chainId",
            "gasPrice",
            "maxFeePerGas",
            "maxPriorityFeePerGas",
            "maxFeePerBlobGas",
            "from",
            "type");
    int changes = 0;
    for (Map<String, Object> tx : GETH) {
      int type = Hex.number((String) tx.get("type")).intValue();
      for (String field : signed) {
        boolean isDerived =
            (field.equals("gasPrice") && type > 1) || (field.equals("v") && type > 0);
        if (!(tx.get(field) instanceof String value) || isDerived) {
          continue;
        }
        for (String other : List.of(flipped(value), "", "0x", "soon")) {
          Map<String, Object> changed = new HashMap<>(tx);
          changed.put(field, other);
          boolean same = value.equals(other);
          assertThat(ShownTransaction.of(hash(tx), changed))
              .as("type %d, %s from %s to %s", type, field, value, other)
              .isInstanceOf(same ? Proven.class : Unproven.class);
          changes++;
        }
      }
    }
    assertThat(changes).isGreaterThan(200);
    Map<String, Object> deposit = new HashMap<>(GETH.get(3));
    deposit.put("type", "0x7e");
    assertThat(ShownTransaction.of(HASH, deposit).toString()).contains("another form", "126");
    for (String zero : List.of("r", "s")) {
      Map<String, Object> unsigned = new HashMap<>(GETH.get(3));
      unsigned.put(zero, "0x0");
      assertThat(ShownTransaction.of(HASH, unsigned)).isInstanceOf(Unproven.class);
    }
    assertThatThrownBy(() -> ShownTransaction.of(HASH, "0x1"))
        .isInstanceOf(RpcRequest.MalformedValueException.class);
    assertThat(ShownTransaction.of(HASH, null)).isInstanceOf(ShownTransaction.None.class);
  }

  private static String flipped(String hex) {
    char last = hex.charAt(hex.length() - 1);
    return hex.length() < 3
        ? "0x11"
        : hex.substring(0, hex.length() - 1) + (last == '1' ? '2' : '1');
  }

  @Test
  void whoever_shows_it_proves_it_and_only_who_has_the_block_may_miss_it() {
    Map<String, Object> tx = GETH.get(3);
    for (Optional<BlockRef> block :
        List.of(Optional.of(AT), Optional.of(FORK), Optional.<BlockRef>empty())) {
      assertThat(ballot(block, tx)).isInstanceOf(Ballot.Vote.class);
    }
    assertThat(ballot(Optional.of(AT), null)).isEqualTo(new Ballot.Vote<>(Optional.empty()));
    assertThat(ballot(Optional.empty(), null).toString()).contains("Absent", "behind block 100");
    assertThat(ballot(Optional.of(FORK), null).toString()).contains("Absent", "another block 100");
    assertThat(ballot(Optional.of(AT), GETH.get(2)).toString()).contains("Absent", "with the hash");
    RpcOutcome<?> late =
        new RpcOutcome.Failed<>(new RpcFailure.DeadlineExceeded("too late", BytesSent.ALL));
    assertThat(FACT.ballot(List.of(ok(Optional.of(AT)), late)).toString()).contains("too late");
    assertThat(FACT.ballot(List.of(late, ok(new ShownTransaction.None()))).toString())
        .contains("Absent", "too late");
    assertThat(FACT.requests())
        .extracting(RpcRequest::method)
        .containsExactly("eth_getBlockByNumber", "eth_getTransactionByHash");
  }

  @Test
  void one_valid_answer_stands_against_all_others_and_absence_takes_a_quorum() {
    Ballot<Optional<Proven>> shown = ballot(Optional.empty(), GETH.get(3));
    Ballot<Optional<Proven>> none = ballot(Optional.of(AT), null);
    Ballot<Optional<Proven>> lie = ballot(Optional.of(AT), GETH.get(2));
    Ballot<Optional<Proven>> behind = ballot(Optional.empty(), null);
    List<Ballot<Optional<Proven>>> all = List.of(shown, none, lie, behind);
    for (int voters = 1; voters <= 4; voters++) {
      int cases = (int) Math.pow(all.size() + 1, voters);
      for (int which = 0; which < cases; which++) {
        judge(voters, which, all);
      }
    }
  }

  /** Every operator answers in each way, or not yet. */
  private static void judge(int voters, int which, List<Ballot<Optional<Proven>>> all) {
    Set<Operator> operators = new TreeSet<>();
    Map<Operator, Ballot<Optional<Proven>>> ballots = new TreeMap<>();
    List<Integer> given = new ArrayList<>();
    for (int i = 0; i < voters; i++) {
      Operator operator = new Operator("o" + i);
      operators.add(operator);
      int answer = which / (int) Math.pow(all.size() + 1, i) % (all.size() + 1);
      given.add(answer);
      if (answer < all.size()) {
        ballots.put(operator, all.get(answer));
      }
    }
    QuorumRule rule = QuorumRule.majority(operators);
    QuorumResult<Optional<Proven>> result = FACT.tally(rule, ballots);
    long shown = given.stream().filter(answer -> answer == 0).count();
    long none = given.stream().filter(answer -> answer == 1).count();
    String seen = given.toString();
    if (shown > 0) {
      QuorumResult.Agreed<Optional<Proven>> agreed = (QuorumResult.Agreed<Optional<Proven>>) result;
      assertThat(agreed.value()).as(seen).isPresent();
      assertThat(agreed.votes()).as(seen).hasSize((int) shown);
      assertThat(agreed.dissent()).as(seen).isEmpty();
      assertThat(agreed.proof()).as(seen).isEqualTo(Proof.VALUE);
    } else if (none >= rule.required()) {
      assertThat(((QuorumResult.Agreed<Optional<Proven>>) result).value()).as(seen).isEmpty();
    } else {
      assertThat(result).as(seen).isInstanceOf(QuorumResult.Unavailable.class);
    }
  }

  @Test
  void who_has_no_vote_shows_nothing() {
    QuorumRule rule = QuorumRule.majority(Set.of(new Operator("a"), new Operator("b")));
    assertThat(
            FACT.tally(
                rule, Map.of(new Operator("stranger"), ballot(Optional.of(AT), GETH.get(3)))))
        .isInstanceOf(QuorumResult.Unavailable.class);
  }
}
