package io.payonce.store;

import io.payonce.TransferId;
import java.time.Instant;

/**
 * A commit that changed the state of a payment, or what holds it.
 *
 * @param number rises with each event of one payment; given again after commits were lost
 * @param id names this event for one sink, among all events of all journals, for ever: it is
 *     random, so what a restored backup does anew has another one
 * @param at when it was committed, by the clock of the instance that did
 * @param state what the payment came to
 * @param code what holds or ended it, else empty
 * @param reason the same for people
 */
public record OutboxEvent(
    long number,
    String id,
    Instant at,
    TransferId transfer,
    TransferState state,
    String code,
    String reason) {}
