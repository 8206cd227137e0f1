package io.payonce.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.internal.Rlp.Item;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RlpTest {
  private static String hex(Item item) {
    return Hex.encode(Rlp.encode(item)).substring(2);
  }

  private static Item text(String ascii) {
    return Rlp.text(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  /** The examples of ethereum.org's page on RLP. */
  @Test
  void encodes_the_published_examples() {
    assertThat(hex(text("dog"))).isEqualTo("83646f67");
    assertThat(hex(Rlp.list(List.of(text("cat"), text("dog"))))).isEqualTo("c88363617483646f67");
    assertThat(hex(text(""))).isEqualTo("80");
    assertThat(hex(Rlp.list(List.of()))).isEqualTo("c0");
    assertThat(hex(Rlp.integer(0))).isEqualTo("80");
    assertThat(hex(Rlp.text(new byte[] {0}))).isEqualTo("00");
    assertThat(hex(Rlp.integer(15))).isEqualTo("0f");
    assertThat(hex(Rlp.integer(1024))).isEqualTo("820400");
    Item empty = Rlp.list(List.of());
    Item nested = Rlp.list(List.of(empty));
    assertThat(hex(Rlp.list(List.of(empty, nested, Rlp.list(List.of(empty, nested))))))
        .isEqualTo("c7c0c1c0c3c0c1c0");
    String lorem = "Lorem ipsum dolor sit amet, consectetur adipisicing elit";
    assertThat(hex(text(lorem)))
        .isEqualTo("b838" + Hex.encode(lorem.getBytes(StandardCharsets.US_ASCII)).substring(2));
  }

  @Test
  void refuses_every_form_that_is_not_canonical() {
    for (String wrong :
        List.of(
            "8100", // a small byte with a prefix
            "817f",
            "b800", // a long form for a short text
            "b837" + "00".repeat(55),
            "b90038" + "00".repeat(56), // a length with a leading zero
            "f800",
            "f90038" + "c0".repeat(56),
            "83646f", // shorter than it says
            "c883636174",
            "c3836461", // an inner item longer than its list
            "bb7fffffff",
            "bbffffffff",
            "bfffffffffffffffff",
            "b8",
            "83646f6700", // trailing
            "c0c0",
            "")) {
      assertThatThrownBy(() -> Rlp.decode(Hex.decode("rlp", "0x" + wrong), 0))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("rlp");
    }
  }

  @Test
  void refuses_deep_nesting_and_negative_integers() {
    assertThat(Rlp.decode(Hex.decode("rlp", "0xc3c2c1c0"), 0)).isInstanceOf(Item.Sequence.class);
    byte[] deep = new byte[10];
    for (int i = 0; i < 10; i++) {
      deep[i] = (byte) (0xc0 + 9 - i);
    }
    assertThatThrownBy(() -> Rlp.decode(deep, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nests deeper");
    assertThatThrownBy(() -> Rlp.integer(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void decodes_to_the_same_bytes_it_encodes() {
    long seed = 20;
    Random random = new Random(seed);
    for (int round = 0; round < 3_000; round++) {
      byte[] bytes = Rlp.encode(random(random, 0));
      assertThat(Rlp.encode(Rlp.decode(bytes, 0)))
          .as("seed %d round %d", seed, round)
          .isEqualTo(bytes);
    }
  }

  /** Whatever decodes is canonical: flipping a byte is either refused or another item. */
  @Test
  void accepts_only_what_it_would_have_written() {
    long seed = 21;
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = Rlp.encode(random(random, 0));
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      Item decoded;
      try {
        decoded = Rlp.decode(bytes, 0);
      } catch (IllegalArgumentException refused) {
        assertThat(refused).hasMessageContaining("rlp");
        continue;
      }
      assertThat(Rlp.encode(decoded)).as("seed %d round %d", seed, round).isEqualTo(bytes);
    }
  }

  private static Item random(Random random, int depth) {
    if (depth == 3 || random.nextInt(3) == 0) {
      byte[] bytes = new byte[random.nextInt(5) == 0 ? random.nextInt(300) : random.nextInt(4)];
      random.nextBytes(bytes);
      return random.nextBoolean() ? Rlp.text(bytes) : Rlp.integer(new BigInteger(1, bytes));
    }
    List<Item> items = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      items.add(random(random, depth + 1));
    }
    return Rlp.list(items);
  }
}
