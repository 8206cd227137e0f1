package io.payonce.routing;

import java.time.YearMonth;

/**
 * What an endpoint has cost in a month, by our own count.
 *
 * @param month in UTC
 * @param spent in the vendor's unit; what other users of the key spend is not in it
 * @param budget what may be spent in a month
 */
public record CreditUse(YearMonth month, long spent, long budget) {}
