package io.payonce.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.TransactionHash;
import io.payonce.submit.Actor;
import io.payonce.submit.IdempotentSubmitter;
import io.payonce.submit.Resolution;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One rule for the words of people, wherever they come in. */
final class StorableTextTest {
  private static final TransactionHash TX = TransactionHash.of("0x" + "ab".repeat(32));

  private static final List<UnaryOperator<String>> RESOLUTIONS =
      List.of(
          why -> new Resolution.PaymentConfirmed(TX, why).reason(),
          why -> new Resolution.NotPaid(TX, why).reason(),
          why -> new Resolution.PaidByOrphan(TX, why).reason(),
          why -> new Resolution.NotADuplicate(why).reason(),
          why -> new Resolution.AsFinal(why).reason());

  @ParameterizedTest
  @ValueSource(ints = {1, 999, 1000})
  void a_reason_up_to_the_limit_is_kept_as_it_is(int length) {
    String reason = "y".repeat(length);
    assertThat(StorableText.reason(reason)).isEqualTo(reason);
    RESOLUTIONS.forEach(resolution -> assertThat(resolution.apply(reason)).isEqualTo(reason));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n\t"})
  void a_blank_one_is_refused(String reason) {
    assertRefused(reason);
  }

  @Test
  void so_is_one_that_is_too_long() {
    assertRefused("y".repeat(1001));
  }

  @Test
  void a_character_that_no_journal_holds_has_another_one_in_its_place() {
    assertThat(StorableText.reason("typo\0")).isEqualTo("typo\uFFFD");
    RESOLUTIONS.forEach(
        resolution -> assertThat(resolution.apply("typo\0")).isEqualTo("typo\uFFFD"));
  }

  @Test
  void words_that_are_refused_are_shown_as_far_as_one_line_has_room() {
    String pair = "\uD83D\uDE00";
    String words = "a\nb\u001b[2J\u2028" + "x".repeat(31) + pair + "y".repeat(1000);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StorableText.reason(words))
        .withMessage(
            "reason 'a\uFFFDb\uFFFD[2J\uFFFD%s...' has %d characters, must have 1 to 1000 and not be blank"
                .formatted("x".repeat(31), words.length()));
  }

  @Test
  void a_name_is_shorter_and_has_no_such_character() {
    assertThat(new Actor("a".repeat(100)).name()).hasSize(100);
    for (String name : List.of("", " ", "a".repeat(101))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Actor(name))
          .withMessageStartingWith("actor '")
          .withMessageContaining("' has " + name.length() + " characters, must have 1 to 100");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new Actor("ann\0"));
  }

  private static void assertRefused(String reason) {
    assertThatThrownBy(() -> StorableText.reason(reason)).hasMessageContaining("1 to 1000");
    for (UnaryOperator<String> resolution : RESOLUTIONS) {
      assertThatIllegalArgumentException().isThrownBy(() -> resolution.apply(reason));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdempotentSubmitter.builder().restored(new Actor("dba"), reason));
  }
}
