package io.payonce.store;

import java.util.Collection;
import java.util.List;

/**
 * What sinks outside the journal have not taken yet of the transitions of payments. Rows enter it
 * in the commit of the transition itself, whoever commits, so nothing is lost between the two; they
 * leave it when a sink has them. Blocking and short; thread-safe. Every method throws {@link
 * StoreUnavailableException} when the store cannot answer.
 */
public interface Outbox {
  /**
   * From now on each transition of a payment is kept for this sink until it has it. A sink that is
   * known stays as it is.
   *
   * @param sink 1 to 64 visible ASCII characters
   */
  void addSink(String sink);

  /** Forgets the sink, and what it has not taken. */
  void removeSink(String sink);

  /** Every sink with what waits for it, by name: reads in proportion to what waits. */
  List<SinkBacklog> sinks();

  /**
   * Lets one instance at a time deliver to a sink, by the clock of the store. It keeps events in
   * order and single while all goes well; after it ran out another instance may deliver the same
   * events once more.
   *
   * @return whether the owner of this lease delivers now; false also for an unknown sink
   */
  boolean leaseSink(String sink, Lease lease);

  /** Gives the lease back; nothing happens when it is somebody else's. */
  void releaseSink(String sink, String owner);

  /**
   * The first event of each payment that the sink has not taken, by rising number: what follows in
   * the same payment waits for it.
   *
   * @param after only numbers above it; 0 for the first
   */
  List<OutboxEvent> heads(String sink, long after, int limit);

  /**
   * The sink has taken these events. One that it does not wait for is passed over, also where the
   * journal has given its number to another event since, after a fail-over that lost commits.
   */
  void delivered(String sink, Collection<OutboxEvent> events);
}
