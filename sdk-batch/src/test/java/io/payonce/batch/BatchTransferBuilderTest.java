package io.payonce.batch;

import static io.payonce.batch.Samples.NATIVE;
import static io.payonce.batch.Samples.PAYEE;
import static io.payonce.batch.Samples.PAYER;
import static io.payonce.batch.Samples.TOKEN;
import static io.payonce.batch.Samples.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.payonce.Address;
import io.payonce.Asset;
import io.payonce.ChainId;
import io.payonce.IdempotencyKey;
import io.payonce.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchTransferBuilderTest {
  @Test
  void keeps_rows_in_order_and_sums_each_asset() {
    Batch batch = batch(row("b", NATIVE, 5), row("a", TOKEN, 7), row("c", NATIVE, 6));

    assertThat(batch.rows()).extracting(PayoutRow::key).containsExactly("b", "a", "c");
    assertThat(batch.totals())
        .containsExactly(TokenAmount.of(NATIVE, 11), TokenAmount.of(TOKEN, 7));
    assertThat(batch.payer()).isEqualTo(PAYER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "pay:1", "\u00fc"})
  void refuses_batch_ids_in_another_form(String id) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BatchTransferBuilder.create(id, PAYER))
        .withMessageContaining("batchId");
  }

  @Test
  void a_batch_id_has_at_most_64_characters() {
    assertThatCode(() -> BatchTransferBuilder.create("x".repeat(64), PAYER))
        .doesNotThrowAnyException();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BatchTransferBuilder.create("x".repeat(65), PAYER));
  }

  @Test
  void refuses_the_same_key_twice_and_names_both_rows() {
    BatchTransferBuilder builder = builder().add(row("a", NATIVE, 1)).add(row("b", NATIVE, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.add(row("a", NATIVE, 2)))
        .withMessage("row 2 (key 'a'): row 0 has the same key");
    assertThat(builder.build().rows()).hasSize(2);
  }

  @Test
  void refuses_another_chain_the_payer_as_payee_and_an_empty_batch() {
    Asset elsewhere = new Asset.Native(ChainId.of(10));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().add(row("a", elsewhere, 1)))
        .withMessageContaining("chain 10");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> builder().add(new PayoutRow("a", PAYER.address(), TokenAmount.of(NATIVE, 1))))
        .withMessageContaining("paying wallet");
    assertThatIllegalArgumentException().isThrownBy(() -> builder().build());
  }

  @Test
  void refuses_a_total_that_does_not_fit_256_bits() {
    BigInteger max = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
    BatchTransferBuilder builder =
        builder().add(new PayoutRow("a", PAYEE, TokenAmount.of(TOKEN, max)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.add(row("b", TOKEN, 1)))
        .withMessageContaining("row 1 (key 'b')");
    assertThatCode(() -> builder.add(row("b", NATIVE, 1))).doesNotThrowAnyException();
  }

  @Test
  void a_row_refuses_what_is_nearly_always_a_mistake() {
    TokenAmount one = TokenAmount.of(NATIVE, 1);
    Address contract = ((Asset.Erc20) TOKEN).contract();
    assertThatIllegalArgumentException().isThrownBy(() -> new PayoutRow("", PAYEE, one));
    assertThatIllegalArgumentException().isThrownBy(() -> new PayoutRow("a b", PAYEE, one));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PayoutRow("k".repeat(129), PAYEE, one));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PayoutRow("batch/x/row/y", PAYEE, one));
    assertThatIllegalArgumentException().isThrownBy(() -> new PayoutRow("a", Address.ZERO, one));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PayoutRow("a", contract, TokenAmount.of(TOKEN, 1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PayoutRow("a", PAYEE, TokenAmount.of(NATIVE, 0)));
  }

  @Test
  void equal_payments_under_different_keys_are_allowed_and_counted() {
    Batch batch =
        batch(row("a", NATIVE, 1), row("b", NATIVE, 1), row("c", TOKEN, 1), row("d", NATIVE, 1));
    assertThat(batch.repeatedPayments()).isEqualTo(2);
    assertThat(batch(row("a", NATIVE, 1), row("b", NATIVE, 2)).repeatedPayments()).isZero();
  }

  @Test
  void row_keys_become_keys_of_the_batch_or_stay_as_they_are() {
    PayoutRow row = row("k-1", NATIVE, 1);
    assertThat(batch(row).idempotencyKey(row))
        .isEqualTo(IdempotencyKey.of("batch/payroll-1/row/k-1"));
    assertThat(builder().rowKeysAsIdempotencyKeys().add(row).build().idempotencyKey(row))
        .isEqualTo(IdempotencyKey.of("k-1"));
    PayoutRow longest = row("k".repeat(128), NATIVE, 1);
    assertThatCode(
            () ->
                BatchTransferBuilder.create("x".repeat(64), PAYER)
                    .add(longest)
                    .build()
                    .idempotencyKey(longest))
        .doesNotThrowAnyException();
  }

  /** Computed by Python's hashlib over the layout that {@link Batch#fingerprint} documents. */
  @Test
  void the_fingerprint_is_the_documented_hash() {
    assertThat(batch(row("b", NATIVE, 5), row("a", TOKEN, 7)).fingerprint())
        .isEqualTo("0x6040193fe4cd0bab7d643f319743a932b40549af0699fd0b677681bd2b0fd114");
  }

  @Test
  void the_fingerprint_ignores_the_order_and_nothing_else() {
    List<PayoutRow> rows = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      rows.add(row("k" + i, i % 2 == 0 ? NATIVE : TOKEN, 1 + i));
    }
    String fingerprint = builder().addAll(rows).build().fingerprint();

    Collections.shuffle(rows, new Random(7));
    assertThat(builder().addAll(rows).build().fingerprint()).isEqualTo(fingerprint);
    for (PayoutRow changed :
        List.of(
            row("K0", NATIVE, 1),
            row("k0", TOKEN, 1),
            row("k0", NATIVE, 2),
            new PayoutRow("k0", Address.of("0x" + "9".repeat(40)), TokenAmount.of(NATIVE, 1)))) {
      List<PayoutRow> other = new ArrayList<>(rows);
      other.removeIf(row -> row.key().equals("k0"));
      assertThat(builder().addAll(other).build().fingerprint()).isNotEqualTo(fingerprint);
      other.add(changed);
      assertThat(builder().addAll(other).build().fingerprint()).isNotEqualTo(fingerprint);
    }
  }

  @Test
  void a_batch_does_not_change_after_it_is_built() {
    BatchTransferBuilder builder = builder().add(row("a", NATIVE, 1));
    Batch batch = builder.build();
    builder.add(row("b", NATIVE, 1));
    assertThat(batch.rows()).hasSize(1);
    assertThat(batch.totals()).containsExactly(TokenAmount.of(NATIVE, 1));
  }

  private static BatchTransferBuilder builder() {
    return BatchTransferBuilder.create("payroll-1", PAYER);
  }

  private static Batch batch(PayoutRow... rows) {
    return builder().addAll(List.of(rows)).build();
  }
}
