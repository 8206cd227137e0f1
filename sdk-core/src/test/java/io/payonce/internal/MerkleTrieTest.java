package io.payonce.internal;

import static io.payonce.internal.KnownAnswers.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.Address;
import io.payonce.internal.MerkleTrie.InvalidProofException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class MerkleTrieTest {
  private static final Map<String, Object> GETH = KnownAnswers.read("execution-apis.json");
  private static final byte[] STATE =
      Hex.decode("stateRoot", (String) object(GETH.get("block")).get("stateRoot"));

  private static byte[] bytes(Object text) {
    String value = (String) text;
    return value.startsWith("0x")
        ? Hex.decode("entry", value)
        : value.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void contents_give_the_roots_of_the_public_vectors() {
    Map<String, Object> tries = KnownAnswers.read("tries.json");
    assertThat(tries).hasSize(4);
    tries.forEach(
        (name, trie) -> {
          TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
          for (Object entry : (List<?>) object(trie).get("in")) {
            byte[] key = bytes(((List<?>) entry).get(0));
            entries.put(
                name.equals("secure") ? Keccak256.of(key) : key, bytes(((List<?>) entry).get(1)));
          }
          assertThat(Hex.encode(MerkleTrie.root(entries)))
              .as(name)
              .isEqualTo(object(trie).get("root"));
        });
    assertThat(Hex.encode(MerkleTrie.rootOfList(List.of())))
        .isEqualTo("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
  }

  @Test
  void what_geth_proves_of_an_account_and_a_slot_is_proven() throws InvalidProofException {
    Map<String, Object> proof = object(GETH.get("proof"));
    StateProof.Account account =
        StateProof.proven(
            STATE, Address.of((String) proof.get("address")), List.of(BigInteger.ZERO), proof);
    assertThat(account.nonce()).isZero();
    assertThat(account.balance()).isEqualTo(new BigInteger("76", 16));
    assertThat(account.hasCode()).isTrue();
    assertThat(Hex.encode(account.codeHash())).isEqualTo(proof.get("codeHash"));
    assertThat(account.storage()).containsEntry(BigInteger.ZERO, BigInteger.valueOf(0x38));
  }

  @Test
  void the_same_nodes_prove_that_another_account_is_not_there() {
    List<String> nodes = texts(object(GETH.get("proof")).get("accountProof"));
    int absent = 0;
    for (int i = 0; i < 256; i++) {
      Address stranger = Address.of(Arrays.copyOf(Keccak256.of(new byte[] {(byte) i, 7}), 20));
      for (int length = 1; length <= nodes.size(); length++) {
        Object answer = Map.of("accountProof", nodes.subList(0, length));
        try {
          StateProof.Account account = StateProof.proven(STATE, stranger, List.of(), answer);
          assertThat(account.nonce()).isZero();
          assertThat(account.balance()).isZero();
          assertThat(account.hasCode()).isFalse();
          absent++;
        } catch (InvalidProofException leadsElsewhere) {
          assertThat(leadsElsewhere).hasMessageNotContaining("0x");
        }
      }
    }
    assertThat(absent).isPositive();
  }

  /** Whatever is changed, added, left out or exchanged: refused, or what it really proves. */
  @Test
  void a_broken_proof_is_refused_and_never_throws_anything_else() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> nodes = new ArrayList<>();
    texts(object(GETH.get("proof")).get("accountProof")).forEach(n -> nodes.add(bytes(n)));
    byte[] key = Keccak256.of(bytes(object(GETH.get("proof")).get("address")));
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      List<byte[]> broken = new ArrayList<>(nodes);
      int at = random.nextInt(broken.size());
      switch (random.nextInt(5)) {
        case 0 -> broken.remove(at);
        case 1 -> broken.add(at, broken.get(random.nextInt(nodes.size())));
        case 2 -> broken.set(at, Arrays.copyOf(broken.get(at), random.nextInt(2_000)));
        case 3 -> broken.add(new byte[random.nextInt(40)]);
        default -> {
          byte[] node = broken.get(at).clone();
          node[random.nextInt(node.length)] ^= (byte) (1 << random.nextInt(8));
          broken.set(at, node);
        }
      }
      boolean same = broken.size() == nodes.size();
      for (int n = 0; same && n < nodes.size(); n++) {
        same = Arrays.equals(broken.get(n), nodes.get(n));
      }
      if (same) {
        continue;
      }
      assertThatThrownBy(() -> MerkleTrie.proven(STATE, key, broken))
          .as("seed " + seed + " round " + i)
          .isInstanceOf(InvalidProofException.class);
      refused++;
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  /** The hash at the top is of the attacker's making: only the form can be refused. */
  @Test
  void nodes_that_no_trie_has_are_refused_under_their_own_root() {
    byte[] key = new byte[32];
    byte[] empty = new byte[0];
    byte[] hash = Keccak256.of(empty);
    List<Rlp.Item> odd =
        List.of(
            Rlp.text(hash),
            Rlp.list(List.of()),
            Rlp.list(List.of(Rlp.text(hash))),
            Rlp.list(List.of(Rlp.text(empty), Rlp.text(hash))),
            Rlp.list(List.of(Rlp.text(new byte[] {0x40}), Rlp.text(hash))),
            Rlp.list(List.of(Rlp.text(new byte[] {0x00}), Rlp.text(hash))),
            Rlp.list(List.of(Rlp.text(new byte[] {0x05, 0}), Rlp.text(hash))),
            Rlp.list(List.of(Rlp.text(new byte[] {0x10}), Rlp.text(new byte[31]))),
            Rlp.list(List.of(Rlp.text(new byte[] {0x10}), Rlp.text(empty))),
            Rlp.list(List.of(Rlp.list(List.of()), Rlp.text(hash))));
    for (Rlp.Item item : odd) {
      byte[] node = Rlp.encode(item);
      assertThatThrownBy(() -> MerkleTrie.proven(Keccak256.of(node), key, List.of(node)))
          .as(Hex.encode(node))
          .isInstanceOf(InvalidProofException.class);
    }
    byte[] garbage = {(byte) 0xf8, 1, 2};
    assertThatThrownBy(() -> MerkleTrie.proven(Keccak256.of(garbage), key, List.of(garbage)))
        .isInstanceOf(InvalidProofException.class);
    assertThatThrownBy(() -> MerkleTrie.proven(hash, key, List.of()))
        .isInstanceOf(InvalidProofException.class);
    List<byte[]> many = new ArrayList<>();
    for (int i = 0; i < 66; i++) {
      many.add(hash);
    }
    assertThatThrownBy(() -> MerkleTrie.proven(hash, key, many))
        .hasMessage("66 nodes are more than 65");
  }

  @Test
  void answers_of_any_other_shape_are_refused() {
    Address account = Address.of((String) object(GETH.get("proof")).get("address"));
    List<Object> shapes = new ArrayList<>();
    shapes.add(null);
    shapes.add("0x");
    shapes.add(Map.of());
    shapes.add(Map.of("accountProof", "0x"));
    shapes.add(Map.of("accountProof", List.of(7)));
    shapes.add(Map.of("accountProof", List.of("0x1")));
    for (Object shape : shapes) {
      assertThatThrownBy(() -> StateProof.proven(STATE, account, List.of(), shape))
          .isInstanceOf(InvalidProofException.class);
    }
    Map<String, Object> proof = object(GETH.get("proof"));
    List<BigInteger> two = List.of(BigInteger.ZERO, BigInteger.ONE);
    assertThatThrownBy(() -> StateProof.proven(STATE, account, two, proof))
        .isInstanceOf(InvalidProofException.class);
    assertThatThrownBy(() -> StateProof.proven(STATE, account, List.of(BigInteger.ONE), proof))
        .isInstanceOf(InvalidProofException.class);
  }

  private static List<String> texts(Object list) {
    return ((List<?>) list).stream().map(String.class::cast).toList();
  }
}
