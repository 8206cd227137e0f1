package io.payonce.internal;

import static io.payonce.internal.KnownAnswers.object;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class HeaderCheckTest {
  private static final Map<String, Object> HEADERS = KnownAnswers.read("headers.json");
  private static final String PRAGUE = "mainnet-prague-24630100";

  private static Map<String, Object> prague() {
    return new LinkedHashMap<>(object(HEADERS.get(PRAGUE)));
  }

  @Test
  void headers_of_each_fork_give_the_hash_that_the_world_knows_them_by() {
    Map<String, Object> all = new TreeMap<>(HEADERS);
    Map<String, Object> geth = KnownAnswers.read("execution-apis.json");
    all.putAll(object(geth.get("headers")));
    all.put("latest", geth.get("block"));
    assertThat(all).hasSize(14);
    all.forEach(
        (name, header) -> {
          HeaderCheck check = HeaderCheck.of(object(header));
          assertThat(check).as(name).isInstanceOf(HeaderCheck.Proven.class);
          HeaderCheck.Roots roots = ((HeaderCheck.Proven) check).roots();
          assertThat(roots.hash().value()).isEqualTo(object(header).get("hash"));
          assertThat(Hex.encode(roots.state())).isEqualTo(object(header).get("stateRoot"));
          assertThat(Hex.encode(roots.transactions()))
              .isEqualTo(object(header).get("transactionsRoot"));
          assertThat(Hex.encode(roots.receipts())).isEqualTo(object(header).get("receiptsRoot"));
          assertThat(Hex.encode(roots.bloom())).isEqualTo(object(header).get("logsBloom"));
        });
  }

  @Test
  void a_header_with_one_digit_changed_anywhere_is_false() {
    int changed = 0;
    for (String field : prague().keySet()) {
      Map<String, Object> header = prague();
      if (!(header.get(field) instanceof String text) || field.equals("size")) {
        continue;
      }
      char last = text.charAt(text.length() - 1);
      header.put(field, text.substring(0, text.length() - 1) + (last == '1' ? '2' : '1'));
      assertThat(HeaderCheck.of(header)).as(field).isInstanceOf(HeaderCheck.False.class);
      changed++;
    }
    assertThat(changed).isEqualTo(22);
  }

  @Test
  void a_field_that_is_not_known_makes_a_wrong_hash_unverifiable_and_harms_no_right_one() {
    Map<String, Object> right = prague();
    right.put("blockAccessListHash", "0x" + "11".repeat(32));
    assertThat(HeaderCheck.of(right)).isInstanceOf(HeaderCheck.Proven.class);
    right.put("hash", "0x" + "22".repeat(32));
    assertThat(HeaderCheck.of(right))
        .isEqualTo(new HeaderCheck.Unverifiable("its header has a field that is not known here"));
    right.put("blockAccessListHash", null);
    assertThat(HeaderCheck.of(right)).isInstanceOf(HeaderCheck.False.class);
  }

  @Test
  void a_header_without_a_field_or_with_one_that_cannot_be_read_is_unverifiable() {
    for (String field : prague().keySet()) {
      if (field.equals("size") || field.equals("uncles") || field.equals("transactions")) {
        continue;
      }
      Map<String, Object> less = prague();
      less.remove(field);
      assertThat(HeaderCheck.of(less)).as(field).isInstanceOf(HeaderCheck.Unverifiable.class);
      for (Object broken : new Object[] {"0x", "0xzz", "", 7, "0x" + "f".repeat(9_001)}) {
        if (field.equals("extraData") && broken.equals("0x")) {
          continue; // which is none
        }
        Map<String, Object> odd = prague();
        odd.put(field, broken);
        assertThat(HeaderCheck.of(odd))
            .as(field + " " + broken)
            .isInstanceOf(HeaderCheck.Unverifiable.class);
      }
    }
    assertThat(HeaderCheck.of(Map.of())).isInstanceOf(HeaderCheck.Unverifiable.class);
  }
}
