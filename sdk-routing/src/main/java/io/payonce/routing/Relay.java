package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.rpc.RpcRequest.MalformedValueException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one endpoint at a time pushes to one subscriber, as the node says it. When the endpoint
 * leaves, the next one takes over; what was said in between is lost. Thread-safe; its monitor is
 * never held while calling out.
 */
final class Relay {
  /** Messages that a slow subscriber has not taken yet. */
  static final int MOST_WAITING = 1_024;

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Roster roster;
  private final Wiring wiring;
  private final WebSocketChannel.Opener opener;
  private final PushSource.Subject<Object> subject;
  private final Consumer<Relay> whenOver;
  private final SubmissionPublisher<Object> out;

  @GuardedBy("this")
  private List<PushSource<Object>> sources = List.of();

  @GuardedBy("this")
  private boolean over;

  Relay(
      Roster roster,
      Wiring wiring,
      WebSocketChannel.Opener opener,
      List<@Nullable Object> params,
      Consumer<Relay> whenOver) {
    this.roster = roster;
    this.wiring = wiring;
    this.opener = opener;
    this.subject = new PushSource.Subject<>(params, Relay::message);
    this.whenOver = whenOver;
    this.out = new SubmissionPublisher<>(wiring::run, MOST_WAITING);
  }

  private static Object message(@Nullable Object json) {
    if (json == null) {
      throw new MalformedValueException("null is no message");
    }
    return json;
  }

  void start(Flow.Subscriber<? super Object> subscriber) {
    out.subscribe(subscriber);
    look();
  }

  /** The subscriber learns nothing but why. */
  void refuse(Flow.Subscriber<? super Object> subscriber, IllegalStateException why) {
    out.subscribe(subscriber);
    end(why);
  }

  /** Sees each second that somebody pushes, and that somebody listens. */
  private void look() {
    if (!out.hasSubscribers()) {
      end(null);
      return;
    }
    listen();
    boolean goesOn;
    synchronized (this) {
      goesOn = !over;
    }
    if (goesOn) {
      wiring.later(LOOK_NANOS, this::look);
    }
  }

  /** To the endpoint that fails least, unless one is listened to. */
  private void listen() {
    List<PushSource<Object>> before;
    List<PushSource<Object>> now;
    synchronized (this) {
      if (over) {
        return;
      }
      before = sources;
      now =
          PushSource.of(
              roster, before, node -> new PushSource<>(node, wiring, opener, subject, new Ear()));
      sources = now;
    }
    PushSource.stopOthers(before, now);
    now.forEach(PushSource::leaveLiar);
    List<PushSource<Object>> order = new ArrayList<>(now);
    if (order.stream().anyMatch(PushSource::isActive)) {
      return;
    }
    if (order.stream().allMatch(PushSource::isRefused)) {
      end(
          new UnsupportedOperationException(
              "no endpoint pushes " + subject.params().get(0) + ": " + names(order)));
      return;
    }
    long time = wiring.now();
    order.sort(Comparator.comparingInt(PushSource::failures));
    order.stream().filter(source -> source.mayStart(time)).findFirst().ifPresent(PushSource::start);
  }

  private static String names(List<PushSource<Object>> sources) {
    return sources.isEmpty()
        ? "none has a WebSocket"
        : "refused by " + String.join(", ", PushSource.namesOf(sources));
  }

  /** Nothing comes any more, by an error or as nobody wants it. */
  void end(@Nullable Throwable why) {
    List<PushSource<Object>> all;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      all = sources;
    }
    all.forEach(PushSource::stop);
    if (why == null) {
      out.close();
    } else {
      out.closeExceptionally(why);
    }
    whenOver.accept(this);
  }

  private final class Ear implements PushSource.Heard<Object> {
    @Override
    public void told(PushSource<Object> source, Object message) {
      if (out.offer(message, null) < 0) {
        end(
            new IllegalStateException(
                "the subscriber to "
                    + subject.params().get(0)
                    + " has not taken "
                    + MOST_WAITING
                    + " messages"));
      }
    }

    @Override
    public void ended(PushSource<Object> source) {
      wiring.run(Relay.this::listen);
    }
  }
}
