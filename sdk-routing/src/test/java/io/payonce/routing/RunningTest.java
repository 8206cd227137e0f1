package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.testing.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class RunningTest {
  private final VirtualTime time = new VirtualTime();
  private final Wiring wiring = Rig.wiring(time, null);
  private final List<String> told = new ArrayList<>();
  private final Running running =
      new Running(wiring, () -> told.add("woken"), () -> told.add("released"));

  @Test
  void what_runs_when_it_is_closed_ends_and_the_last_of_it_releases_once() {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    CompletableFuture<Void> rest = new CompletableFuture<>();
    CompletableFuture<String> one = running.tracked(() -> first);
    CompletableFuture<String> other = running.tracked(() -> second, rest);
    wiring.close();
    running.releaseWhenIdle();
    first.complete("a");
    second.completeExceptionally(new IllegalStateException("defect"));
    assertThat(one).isCompletedWithValue("a");
    assertThat(other).isCompletedExceptionally();
    assertThat(told).containsExactly("woken"); // its caller has an answer, and something goes on
    rest.complete(null);
    assertThat(told).containsExactly("woken", "released");
    running.releaseWhenIdle();
    assertThat(told).hasSize(2);
  }

  @Test
  void nothing_begins_after_the_end_and_a_refusal_is_not_counted() {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> unused = running.tracked(() -> first);
    assertThatThrownBy(
            () ->
                running.tracked(
                    () -> {
                      throw new IllegalArgumentException("no");
                    }))
        .isInstanceOf(IllegalArgumentException.class);
    wiring.close();
    assertThatThrownBy(() -> running.tracked(CompletableFuture::new))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the pool is closed");
    first.complete("a");
    assertThat(told).containsExactly("woken", "released");
  }

  @Test
  void who_cancels_reaches_his_own_copy_alone() {
    CompletableFuture<String> work = new CompletableFuture<>();
    running.tracked(() -> work).cancel(true);
    assertThat(work).isNotDone();
  }

  @Test
  void a_rest_of_a_minute_is_one() {
    for (int seconds : new int[] {0, 59, 59, 60, 1}) {
      time.runFor(Duration.ofSeconds(seconds));
      running.tracked(() -> CompletableFuture.completedFuture("a")).join();
    }
    assertThat(told).containsExactly("woken", "woken");
  }
}
