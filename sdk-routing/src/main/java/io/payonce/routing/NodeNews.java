package io.payonce.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.routing.EndpointHealth.State;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what has changed about an endpoint since it was last told. Thread-safe. */
final class NodeNews {
  private static final Logger LOG = LoggerFactory.getLogger(RpcPool.class);

  private final Endpoint endpoint;
  private final EndpointState state;
  private final Wiring wiring;

  @GuardedBy("this")
  private State told = State.UP;

  @GuardedBy("this")
  private boolean toldUsable = true;

  @GuardedBy("this")
  private boolean toldInconsistent;

  NodeNews(Endpoint endpoint, EndpointState state, Wiring wiring) {
    this.endpoint = endpoint;
    this.state = state;
    this.wiring = wiring;
  }

  /**
   * Tells listeners, whoever waits for an endpoint, and what is kept across restarts.
   *
   * @param current asked only where it is told
   */
  void tell(Supplier<EndpointHealth> current) {
    State now = state.state();
    boolean usable = state.isUsable(wiring.now());
    boolean inconsistent = state.isInconsistent();
    boolean changed;
    boolean turned;
    boolean quarantine;
    boolean mixed;
    synchronized (this) {
      quarantine = (now == State.QUARANTINED) != (told == State.QUARANTINED);
      changed = now != told;
      turned = usable != toldUsable;
      mixed = inconsistent != toldInconsistent;
      told = now;
      toldUsable = usable;
      toldInconsistent = inconsistent;
    }
    if (mixed) {
      tellConsistency(inconsistent);
    }
    if (changed) {
      EndpointHealth health = current.get();
      wiring.announcer.tell(listener -> listener.changed(health));
    }
    if (quarantine) {
      wiring.stateChanged(true);
    }
    if (turned) {
      wiring.endpointChanged();
    }
  }

  private void tellConsistency(boolean inconsistent) {
    String name = endpoint.name();
    if (inconsistent) {
      String evidence = state.inconsistency();
      LOG.warn("endpoint {} is several nodes: {}", name, evidence);
      wiring.announcer.tell(listener -> listener.inconsistent(name, evidence));
    } else {
      LOG.info("endpoint {} has been one node for ten minutes", name);
      wiring.announcer.tell(listener -> listener.consistentAgain(name));
    }
  }
}
