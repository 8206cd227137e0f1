package io.payonce.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.routing.PrintedBound.Node;
import io.payonce.routing.PrintedBound.Treatment;
import io.payonce.testing.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Every future is complete by its deadline, whatever the endpoints do. */
final class PrintedBoundTest {
  private static final Treatment WELL = new Treatment(Fault.PASS, Node.HONEST);

  /** One of each sort: at once, late, never, before, after, not now, not this, wrong. */
  private static final List<Treatment> SORTS =
      List.of(
          WELL,
          new Treatment(Fault.DELAY, Node.HONEST),
          new Treatment(Fault.HUNG_REPLY, Node.HONEST),
          new Treatment(Fault.RESET, Node.HONEST),
          new Treatment(Fault.LOST_REPLY, Node.HONEST),
          new Treatment(Fault.RATE_LIMITED, Node.HONEST),
          new Treatment(Fault.REFUSED_ELEMENT, Node.HONEST),
          new Treatment(Fault.PASS, Node.LIES));

  @Test
  void every_call_returns_by_its_printed_bound(TestReporter report) {
    PrintedBound all = new PrintedBound();
    for (Treatment one : PrintedBound.treatments()) {
      all.run(List.of(one));
      all.run(List.of(one, one));
      all.run(List.of(one, WELL, WELL));
      all.run(List.of(one, one, one, one));
    }
    PrintedBound.mixes(2, SORTS).forEach(all::run);
    report.publishEntry(all.toString());
    assertThat(all.wrong).isEmpty();
  }
}
