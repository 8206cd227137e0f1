package io.payonce.submit;

import io.payonce.TransferId;

/**
 * Where a page begins. Good for ever, on every instance, and for the filter it came from.
 *
 * @param below the page has payments below this id
 */
public record PageToken(TransferId below) {}
