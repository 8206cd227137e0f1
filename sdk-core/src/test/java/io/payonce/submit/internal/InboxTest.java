package io.payonce.submit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.TransferId;
import io.payonce.submit.internal.LaneEvent.Preparation;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Which events leave together, and that none is lost or late. */
final class InboxTest {
  private final Inbox inbox = new Inbox();

  @Test
  void independent_events_leave_together_and_in_order() {
    add(checked(1, 2));
    add(checked(3));
    assertThat(next()).containsExactly(checked(1, 2), checked(3));
    assertThat(next()).isEmpty();
  }

  @Test
  void events_of_one_transfer_leave_one_after_the_other() {
    add(checked(1, 2));
    add(checked(2, 3));
    add(checked(4));
    assertThat(next()).containsExactly(checked(1, 2));
    assertThat(next()).containsExactly(checked(2, 3), checked(4));
  }

  @Test
  void an_event_about_the_whole_lane_leaves_alone() {
    add(checked(1));
    add(new LaneEvent.Woken());
    add(checked(2));
    assertThat(next()).containsExactly(checked(1));
    assertThat(next()).containsExactly(new LaneEvent.Woken());
    assertThat(next()).containsExactly(checked(2));
  }

  /** As the threads of a host and of the pool tell a lane: all at once. */
  @Test
  void whatever_many_threads_tell_is_handled_once_after_what_is_to_run_first() throws Exception {
    int threads = 8;
    int each = 500;
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();
    Serial serial = new Serial(workers, defects::add);
    List<String> happened = new ArrayList<>(); // confined to the serial executor
    AtomicInteger handled = new AtomicInteger();
    Runnable handle =
        () -> {
          List<Inbox.Told> told = inbox.next();
          told.forEach(one -> one.first().run());
          told.forEach(one -> happened.add("handled " + id(one.event())));
          handled.addAndGet(told.size());
        };
    ExecutorService hosts = Executors.newFixedThreadPool(threads);
    for (int t = 0; t < threads; t++) {
      int first = 1 + t * each;
      hosts.execute(
          () -> {
            for (int id = first; id < first + each; id++) {
              String name = "first " + id;
              inbox.add(new Inbox.Told(checked(id), () -> happened.add(name)));
              serial.execute(handle);
            }
          });
    }
    hosts.shutdown();
    assertThat(hosts.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    serial.execute(workers::shutdown);
    assertThat(workers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(defects).isEmpty();
    assertThat(handled.get()).isEqualTo(threads * each);
    assertThat(happened).doesNotHaveDuplicates().hasSize(2 * threads * each);
    for (int id = 1; id <= threads * each; id++) {
      assertThat(happened.indexOf("first " + id)).isLessThan(happened.indexOf("handled " + id));
    }
  }

  private void add(LaneEvent event) {
    inbox.add(new Inbox.Told(event, () -> {}));
  }

  private List<LaneEvent> next() {
    return inbox.next().stream().map(Inbox.Told::event).toList();
  }

  private static long id(LaneEvent event) {
    return ((LaneEvent.Prepared) event).transfers().get(0).value();
  }

  private static LaneEvent checked(int... transfers) {
    List<TransferId> ids = Arrays.stream(transfers).mapToObj(TransferId::new).toList();
    Preparation gas = new Preparation.Gas(BigInteger.valueOf(21_000));
    return new LaneEvent.Prepared(ids, Collections.nCopies(ids.size(), gas));
  }
}
