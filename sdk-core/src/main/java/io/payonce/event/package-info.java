/**
 * Events of payments that reach a host for certain.
 *
 * <p>A {@link io.payonce.submit.SubmissionListener} hears of progress at most once, and not at all
 * of what happened while its process was down. Whoever has to know, as a ledger does, uses the
 * outbox: each transition of a payment is kept in the commit that made it, by triggers of the
 * journal, for each sink that {@link io.payonce.store.Outbox#addSink} named. An {@link
 * io.payonce.event.OutboxRelay} brings it there: at least once, in order within a payment,
 * independent between payments; one instance at a time works for a sink, under a lease. What comes
 * twice has the same id, and an {@link io.payonce.event.Inbox} on the other side books it once.
 *
 * <p>A relay needs the journal alone, and no submitter: it may run beside one, or elsewhere.
 */
@NullMarked
package io.payonce.event;

import org.jspecify.annotations.NullMarked;
