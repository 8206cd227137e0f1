package io.payonce.submit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import io.payonce.signing.AttemptKind;
import io.payonce.submit.internal.ReservationStep.Intend;
import io.payonce.submit.internal.ReservationStep.Release;
import io.payonce.submit.internal.ReservationStep.Reserve;
import io.payonce.submit.internal.ReservationStep.Signed;
import io.payonce.submit.internal.ReservationStep.Unknown;
import io.payonce.testing.JournalScript;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ReservationStepTest {
  private static final UnsignedTransaction TX =
      JournalScript.transaction(JournalScript.slot(5), 1, AttemptKind.PAYMENT);

  @Test
  void every_step_travels_as_text_and_comes_back_as_it_was() {
    TransactionHash one = TransactionHash.of("0x" + "0a".repeat(32));
    TransactionHash two = TransactionHash.of("0x" + "0b".repeat(32));
    List<ReservationStep> steps =
        List.of(
            new Reserve("sweep-7", Duration.ofMinutes(2), "a sweep of two words"),
            new Intend("sweep-7", 5, TX, new TreeSet<>()),
            new Intend("sweep-7", 5, TX, new TreeSet<>(List.of(two, one))),
            new Signed("sweep-7", 5, JournalScript.signed(TX)),
            new Unknown("sweep-7", 5, "request 7 timed out"),
            new Release("sweep-7", 5));
    for (ReservationStep step : steps) {
      assertThat(ReservationStep.of(step.text())).as(step.text()).isEqualTo(step);
    }
  }

  @Test
  void a_step_of_a_newer_version_is_told_by_its_name() {
    assertThatIllegalStateException()
        .isThrownBy(() -> ReservationStep.of("LEND sweep-7 5 "))
        .withMessageContaining("LEND");
  }
}
