package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.Node.Use;
import io.payonce.rpc.RpcRequest;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what one endpoint costs in a month of UTC, and keeps the last fifth of its budget for
 * broadcasts and critical reads: those go on also when all is spent, as the vendor's own refusal is
 * soon enough for them. Bulk reads end at 7 tenths, other reads at 8. Thread-safe; without a budget
 * it does nothing.
 */
final class CreditMeter {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);
  static final int BULK_PERCENT = 70;
  static final int READ_PERCENT = 80;

  private final Endpoint endpoint;
  private final Wiring wiring;
  private final Runnable onSpent;

  @GuardedBy("this")
  private YearMonth month = YearMonth.of(1970, 1);

  @GuardedBy("this")
  private int toldPercent;

  @GuardedBy("this")
  private boolean closed;

  /** Written under the monitor, and read without it, as each call looks. */
  private volatile long spent;

  private volatile long monthEndMillis = Long.MIN_VALUE;

  /**
   * @param onSpent whenever something was booked; it must be quick
   */
  CreditMeter(Endpoint endpoint, Wiring wiring, Runnable onSpent) {
    this.endpoint = endpoint;
    this.wiring = wiring;
    this.onSpent = onSpent;
  }

  /** Whether the budget has room for it. */
  boolean allows(Use use) {
    if (endpoint.credits().isEmpty() || use.isUrgent()) {
      return true;
    }
    look();
    int percent = use == Use.BULK ? BULK_PERCENT : READ_PERCENT;
    return spent < share(percent);
  }

  private long share(int percent) {
    return endpoint.credits().orElseThrow().monthly() / 100 * percent;
  }

  /**
   * Counts requests that are about to leave.
   *
   * @return false once the count is closed: they must stay
   */
  boolean book(List<RpcRequest<?>> requests) {
    if (endpoint.credits().isEmpty()) {
      return true;
    }
    CreditTable table = endpoint.credits().get().table();
    long price = 0;
    for (RpcRequest<?> request : requests) {
      price += table.price(request.method());
    }
    look();
    int reached = 0;
    synchronized (this) {
      if (closed) {
        return false;
      }
      spent = spent + price;
      for (int percent : List.of(READ_PERCENT, 100)) {
        if (spent >= share(percent) && toldPercent < percent) {
          toldPercent = percent;
          reached = percent;
        }
      }
    }
    if (reached > 0) {
      tell(reached);
    }
    if (wiring.meters.isOn()) {
      long now = spent;
      double left = (double) Math.max(0, share(100) - now);
      wiring.meters.gauge("credits.spent", (double) now, "endpoint", endpoint.name());
      wiring.meters.gauge("credits.remaining", left, "endpoint", endpoint.name());
    }
    onSpent.run();
    return true;
  }

  /** Whatever has left is counted from now on: the count may be saved for the next process. */
  synchronized void close() {
    closed = true;
  }

  private void tell(int percent) {
    CreditUse use = use().orElseThrow();
    LOG.warn(
        "endpoint {} has spent {} % of its {} credits of {}: {}",
        endpoint.name(),
        percent,
        use.budget(),
        use.month(),
        percent == 100 ? "the vendor may refuse it or bill more" : "reads go elsewhere");
    wiring.announcer.tell(listener -> listener.creditsSpent(endpoint.name(), use));
    wiring.changed(); // it is drawn for reads no more
  }

  /** Begins a new month; a clock that goes back changes nothing. */
  private void look() {
    if (wiring.clock().millis() < monthEndMillis) {
      return;
    }
    synchronized (this) {
      YearMonth now = YearMonth.from(wiring.clock().instant().atZone(ZoneOffset.UTC));
      if (now.isAfter(month)) {
        month = now;
        spent = 0;
        toldPercent = 0;
        monthEndMillis =
            now.plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
      }
    }
  }

  /** What was counted before this process, by the same name. */
  synchronized void restore(YearMonth of, long before) {
    look();
    if (of.equals(month)) {
      spent = spent + before;
    }
  }

  /** Empty without a budget, and while nothing is spent. */
  Optional<RoutingState.Spent> spent() {
    return use()
        .filter(use -> use.spent() > 0)
        .map(use -> new RoutingState.Spent(use.month(), use.spent()));
  }

  /** Empty without a budget. */
  Optional<CreditUse> use() {
    return endpoint
        .credits()
        .map(
            budget -> {
              look();
              synchronized (this) {
                return new CreditUse(month, spent, budget.monthly());
              }
            });
  }
}
