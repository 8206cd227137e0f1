package io.payonce.testing;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // what a Runnable throws comes out of driving time
class VirtualTimeTest {
  private final VirtualTime time = new VirtualTime();
  private final List<String> log = new ArrayList<>();

  @Test
  void runs_events_by_instant_and_then_in_the_order_of_submission() {
    time.scheduler().schedule(() -> log.add("second"), 2, SECONDS);
    time.scheduler().schedule(() -> log.add("first"), 1, SECONDS);
    time.scheduler().schedule(() -> log.add("third"), 2, SECONDS);
    time.runFor(Duration.ofSeconds(5));
    assertThat(log).containsExactly("first", "second", "third");
    assertThat(time.now()).isEqualTo(Instant.parse("2026-01-01T00:00:05Z"));
    assertThat(time.eventsRun()).isEqualTo(3);
  }

  @Test
  void agrees_with_a_priority_queue_under_random_adding_and_cancelling() {
    long seed = 7;
    Random random = new Random(seed);
    record Entry(int at, int id) {}
    PriorityQueue<Entry> expected =
        new PriorityQueue<>(
            (a, b) -> a.at != b.at ? Integer.compare(a.at, b.at) : Integer.compare(a.id, b.id));
    List<Integer> ran = new ArrayList<>();
    List<ScheduledFuture<?>> futures = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    for (int id = 0; id < 2_000; id++) {
      Entry entry = new Entry(random.nextInt(300), id);
      entries.add(entry);
      expected.add(entry);
      futures.add(time.scheduler().schedule(() -> ran.add(entry.id), entry.at, MILLISECONDS));
      if (id % 3 == 0) {
        int victim = random.nextInt(id + 1);
        if (futures.get(victim).cancel(false)) {
          expected.remove(entries.get(victim));
        }
      }
    }
    time.runFor(Duration.ofSeconds(1));
    List<Integer> wanted = new ArrayList<>();
    while (!expected.isEmpty()) {
      wanted.add(expected.remove().id());
    }
    assertThat(ran).as("seed " + seed).isEqualTo(wanted);
  }

  @Test
  void never_runs_a_task_inline() {
    time.executor()
        .execute(
            () -> {
              time.executor().execute(() -> log.add("inner"));
              log.add("outer");
            });
    assertThat(log).isEmpty();
    time.runFor(Duration.ZERO);
    assertThat(log).containsExactly("outer", "inner");
  }

  @Test
  void repeats_until_cancelled_and_forgets_what_was_cancelled() {
    ScheduledFuture<?> beat =
        time.scheduler().scheduleWithFixedDelay(() -> log.add("beat"), 1, 2, SECONDS);
    time.runFor(Duration.ofSeconds(6));
    assertThat(log).hasSize(3);
    assertThat(beat.cancel(false)).isTrue();
    assertThat(beat.isCancelled()).isTrue();
    assertThat(time.runNext()).isFalse();
    assertThat(log).hasSize(3);
  }

  @Test
  void a_jump_moves_the_clock_and_no_timer() {
    time.scheduler().schedule(() -> log.add("due"), 10, SECONDS);
    long before = time.ticker().nanos();
    time.jumpClock(Duration.ofHours(-1));
    assertThat(time.clock().instant()).isEqualTo(time.now().minus(Duration.ofHours(1)));
    assertThat(time.ticker().nanos()).isEqualTo(before);
    time.runFor(Duration.ofSeconds(9));
    assertThat(log).isEmpty();
    time.runFor(Duration.ofSeconds(1));
    assertThat(log).containsExactly("due");
  }

  @Test
  void a_killed_process_never_runs_again_and_leaves_the_others_alone() {
    VirtualTime.Process doomed = time.newProcess();
    VirtualTime.Process other = time.newProcess();
    doomed.scheduler().schedule(() -> log.add("doomed"), 1, SECONDS);
    other.scheduler().schedule(() -> log.add("other"), 1, SECONDS);
    doomed
        .executor()
        .execute(
            () -> {
              doomed.kill();
              doomed.executor().execute(() -> log.add("after death"));
            });
    time.runFor(Duration.ofSeconds(5));
    assertThat(log).containsExactly("other");
    assertThat(doomed.isKilled()).isTrue();
  }

  @Test
  void a_paused_process_catches_up_in_order_when_resumed() {
    VirtualTime.Process stopped = time.newProcess();
    stopped.scheduler().schedule(() -> log.add("a at " + seconds()), 1, SECONDS);
    stopped.scheduler().schedule(() -> log.add("b at " + seconds()), 2, SECONDS);
    stopped.scheduler().schedule(() -> log.add("c at " + seconds()), 9, SECONDS);
    stopped.pause();
    time.runFor(Duration.ofSeconds(5));
    assertThat(log).isEmpty();
    stopped.resume();
    time.runFor(Duration.ofSeconds(5));
    assertThat(log).containsExactly("a at 5", "b at 5", "c at 9");
  }

  @Test
  void a_process_killed_while_paused_stays_dead() {
    VirtualTime.Process process = time.newProcess();
    process.scheduler().schedule(() -> log.add("ran"), 1, SECONDS);
    process.pause();
    time.runFor(Duration.ofSeconds(2));
    process.kill();
    process.resume();
    assertThat(time.runNext()).isFalse();
    assertThat(log).isEmpty();
  }

  @Test
  void each_process_has_its_own_wall_clock() {
    VirtualTime.Process fast = time.newProcess(Duration.ofSeconds(30));
    fast.jumpClock(Duration.ofSeconds(5));
    assertThat(fast.clock().instant()).isEqualTo(time.now().plusSeconds(35));
    assertThat(time.clock().instant()).isEqualTo(time.now());
  }

  @Test
  void an_exception_of_a_runnable_comes_out_and_one_of_a_callable_stays_in_its_future() {
    time.executor()
        .execute(
            () -> {
              throw new IllegalStateException("bug");
            });
    assertThatThrownBy(time::runNext).hasMessage("bug");

    ScheduledFuture<Object> failing =
        time.scheduler()
            .schedule(
                () -> {
                  throw new IllegalStateException("value");
                },
                1,
                SECONDS);
    time.runFor(Duration.ofSeconds(1));
    assertThatThrownBy(failing::get)
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("value");
  }

  @Test
  void waiting_inside_virtual_time_is_refused() {
    ScheduledFuture<String> later = time.scheduler().schedule(() -> "done", 1, SECONDS);
    assertThatThrownBy(later::get).isInstanceOf(IllegalStateException.class);
    time.runFor(Duration.ofSeconds(1));
    assertThat(later.isDone()).isTrue();
  }

  @Test
  void await_drives_time_to_the_answer_and_names_why_there_is_none() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    time.scheduler().schedule(() -> answer.complete("yes"), 3, SECONDS);
    assertThat(time.await(answer, Duration.ofSeconds(5))).isEqualTo("yes");
    assertThat(seconds()).isEqualTo(3);
    assertThatThrownBy(() -> time.await(new CompletableFuture<>(), Duration.ofSeconds(5)))
        .hasMessageContaining("nothing is left to happen");
  }

  @Test
  void a_shut_down_scheduler_finishes_delayed_tasks_and_takes_no_new_one() {
    var scheduler = time.newProcess().scheduler();
    scheduler.schedule(() -> log.add("delayed"), 1, SECONDS);
    scheduler.scheduleAtFixedRate(() -> log.add("periodic"), 1, 1, SECONDS);
    scheduler.shutdown();
    assertThat(scheduler.isTerminated()).isFalse();
    assertThatThrownBy(() -> scheduler.execute(() -> log.add("late")))
        .isInstanceOf(RejectedExecutionException.class);
    time.runFor(Duration.ofSeconds(3));
    assertThat(log).containsExactly("delayed");
    assertThat(scheduler.isTerminated()).isTrue();
  }

  @Test
  void an_endless_loop_at_one_instant_is_found() {
    Runnable[] loop = new Runnable[1];
    loop[0] = () -> time.executor().execute(loop[0]);
    loop[0].run();
    assertThatThrownBy(() -> time.runFor(Duration.ofSeconds(1)))
        .hasMessageContaining("endless loop");
  }

  @Test
  void another_thread_is_refused() throws InterruptedException {
    time.executor().execute(() -> log.add("mine"));
    AtomicReference<Throwable> refused = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                time.runNext();
              } catch (IllegalStateException expected) {
                refused.set(expected);
              }
            });
    thread.start();
    thread.join();
    assertThat(refused.get()).hasMessageContaining("belongs to thread");
  }

  @Test
  void a_manual_clock_moves_only_when_set() {
    ManualClock clock = ManualClock.at(Instant.EPOCH);
    clock.advance(Duration.ofSeconds(5));
    assertThat(clock.instant()).isEqualTo(Instant.ofEpochSecond(5));
    clock.set(Instant.ofEpochSecond(1));
    assertThat(clock.millis()).isEqualTo(1_000);
  }

  private long seconds() {
    return Duration.between(Instant.parse("2026-01-01T00:00:00Z"), time.now()).toSeconds();
  }
}
