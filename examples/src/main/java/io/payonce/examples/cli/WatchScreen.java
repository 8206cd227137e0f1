package io.payonce.examples.cli;

import io.payonce.routing.RpcPool;
import io.payonce.rpc.HeadEvent;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A picture of the pool that is drawn over itself, by the control sequences of ECMA-48 that every
 * terminal knows. What stood above it stays, and so does the last picture.
 */
final class WatchScreen implements WatchView {
  private static final String ESCAPE = "\u001b[";

  /** Lines that do not fit are cut, as a wrapped one would move the picture. */
  private static final String CUT_LINES = ESCAPE + "?7l";

  private static final String WRAP_LINES = ESCAPE + "?7h";
  private static final String HIDE_CURSOR = ESCAPE + "?25l";
  private static final String SHOW_CURSOR = ESCAPE + "?25h";
  private static final String CLEAR_BELOW = ESCAPE + "J";
  private static final int EVENTS = 8;

  private final PrintStream out;
  private final RpcPool pool;
  private final Deque<String> events = new ArrayDeque<>();
  private int drawn;

  WatchScreen(PrintStream out, RpcPool pool) {
    this.out = out;
    this.pool = pool;
    out.print(HIDE_CURSOR + CUT_LINES);
  }

  @Override
  public void tell(HeadEvent event) {
    if (events.size() == EVENTS) {
      events.removeFirst();
    }
    events.addLast(WatchLines.line(event));
    show(pool);
  }

  @Override
  public void show(RpcPool shown) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "chain "
            + shown.chainId()
            + ": "
            + shown.bounds().quorum()
            + " of "
            + shown.bounds().operators()
            + " operators must agree; Ctrl-C ends");
    lines.addAll(WatchLines.table(shown));
    lines.add("");
    lines.addAll(events);
    StringBuilder picture = new StringBuilder();
    if (drawn > 0) {
      picture.append(ESCAPE).append(drawn).append('A');
    }
    picture.append('\r').append(CLEAR_BELOW);
    lines.forEach(line -> picture.append(line).append('\n'));
    drawn = lines.size();
    out.print(picture); // at once, so that it does not flicker
    out.flush();
  }

  @Override
  public void end() {
    out.print(WRAP_LINES + SHOW_CURSOR);
    out.flush();
  }
}
