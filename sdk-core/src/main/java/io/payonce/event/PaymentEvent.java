package io.payonce.event;

import io.payonce.store.TransferState;
import io.payonce.submit.TransferStatus;
import java.time.Instant;

/**
 * A payment came to a state, or something else holds it. States that one commit passed through are
 * one event.
 *
 * @param id names the event for ever, 1 to 64 visible ASCII characters: the same event that comes
 *     once more has the same
 * @param at when the journal committed it, by the clock of the instance that did
 * @param state what the payment came to by this event
 * @param code what holds or ended it, else empty
 * @param reason the same for people
 * @param status the payment as it stands when the event is delivered, which may be further on; its
 *     verdict says what a ledger may book
 */
public record PaymentEvent(
    String id,
    Instant at,
    TransferState state,
    String code,
    String reason,
    TransferStatus status) {}
