package io.payonce.submit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a task throws, the tasks behind it run, and the thread goes on. */
final class SerialTest {
  private final Deque<Runnable> thread = new ArrayDeque<>();
  private final List<String> happened = new ArrayList<>();

  @Test
  void an_error_is_told_and_the_tasks_behind_it_run() {
    Serial serial = new Serial(thread::add, defect -> happened.add("told " + defect.getMessage()));
    serial.execute(() -> fail("broken"));
    serial.execute(() -> happened.add("next"));
    thread.remove().run();
    assertThat(happened).containsExactly("told broken", "next");
    serial.execute(() -> happened.add("later"));
    thread.remove().run();
    assertThat(happened).endsWith("later");
  }

  @Test
  void so_they_do_when_the_error_cannot_be_told() {
    Serial serial = new Serial(thread::add, defect -> fail("no memory for a message"));
    serial.execute(() -> fail("broken"));
    serial.execute(() -> happened.add("next"));
    thread.remove().run();
    assertThat(happened).containsExactly("next");
  }

  private static void fail(String why) {
    throw new StackOverflowError(why);
  }
}
