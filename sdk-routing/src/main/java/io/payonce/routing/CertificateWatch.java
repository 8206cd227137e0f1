package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when certificates of endpoints end: when 21 days are left, 3 days, and none, once each. It
 * knows what handshakes show and opens no connection; what it knows is looked at each day, as a
 * connection may live for long. Thread-safe.
 */
final class CertificateWatch implements OkHttpWebSockets.Handshakes {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  /** Time to renew it in the ordinary way; then somebody has to do it now; then it is too late. */
  private static final List<Duration> LEFT =
      List.of(Duration.ZERO, Duration.ofDays(3), Duration.ofDays(21));

  private static final long LOOK_NANOS = TimeUnit.DAYS.toNanos(1);
  private static final int MOST_TOLD = 1_000;

  private final Wiring wiring;

  /** What ends: a name may have one server for calls and another one that pushes heads. */
  private record Source(String endpoint, boolean pushes) {}

  private record Told(Source source, Instant end, Duration left) {}

  @GuardedBy("this")
  private final SortedMap<Source, Instant> ends =
      new TreeMap<>(Comparator.comparing(Source::endpoint).thenComparing(Source::pushes));

  /** The servers behind one name may have several certificates, and show them in turns. */
  @GuardedBy("this")
  private final Set<Told> told = new LinkedHashSet<>();

  @GuardedBy("this")
  private boolean looks;

  CertificateWatch(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public void seen(Endpoint endpoint, boolean pushes, List<Certificate> shown) {
    if (!shown.isEmpty() && shown.get(0) instanceof X509Certificate own) {
      seen(new Source(endpoint.name(), pushes), own.getNotAfter().toInstant());
    }
  }

  private void seen(Source source, Instant end) {
    boolean first;
    synchronized (this) {
      ends.put(source, end);
      first = !looks;
      looks = true;
    }
    look();
    if (first) {
      wiring.later(LOOK_NANOS, this::lookDaily);
    }
  }

  private void lookDaily() {
    if (!wiring.isClosed()) {
      look();
      wiring.later(LOOK_NANOS, this::lookDaily);
    }
  }

  /** The endpoint was removed. */
  synchronized void forget(Endpoint endpoint) {
    ends.keySet().removeIf(source -> source.endpoint().equals(endpoint.name()));
  }

  private void look() {
    Instant now = wiring.clock().instant();
    List<Told> news = new ArrayList<>();
    synchronized (this) {
      ends.forEach(
          (source, end) -> {
            for (Duration left : LEFT) {
              if (!now.plus(left).isBefore(end)) {
                Told one = new Told(source, end, left);
                if (told.add(one)) {
                  news.add(one);
                }
                break; // the lesser warnings are said with it
              }
            }
          });
      while (told.size() > MOST_TOLD) {
        told.remove(told.iterator().next());
      }
    }
    news.forEach(this::tell);
  }

  private void tell(Told one) {
    String name = one.source().endpoint();
    if (one.left().isZero()) {
      LOG.error("the certificate of endpoint {} ended at {}", name, one.end());
    } else if (one.left().compareTo(LEFT.get(1)) <= 0) {
      LOG.error("the certificate of endpoint {} ends at {}", name, one.end());
    } else {
      LOG.warn("the certificate of endpoint {} ends at {}", name, one.end());
    }
    wiring.announcer.tell(listener -> listener.certificateExpiring(name, one.end()));
  }
}
