package io.payonce.submit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Nobody waits for a lane that is closed. */
final class ExpectedRepliesTest {
  private final ExpectedReplies expected = new ExpectedReplies();

  @Test
  void what_is_open_fails_when_the_lane_is_closed_and_what_is_answered_stays_so() {
    CompletableFuture<String> answered = added();
    CompletableFuture<String> open = added();
    answered.complete("done");
    expected.close();
    assertThat(answered).isCompletedWithValue("done");
    assertClosed(open);
  }

  @Test
  void what_is_asked_afterwards_fails_at_once() {
    expected.close();
    assertClosed(added());
  }

  private CompletableFuture<String> added() {
    CompletableFuture<String> reply = new CompletableFuture<>();
    expected.add(reply);
    return reply;
  }

  private static void assertClosed(CompletableFuture<String> reply) {
    assertThat(reply).isCompletedExceptionally();
    assertThatThrownBy(reply::join)
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("submitter is closed; the journal says");
  }
}
