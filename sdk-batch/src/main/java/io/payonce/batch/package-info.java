/** Payouts of many rows, each exactly once. */
@NullMarked
package io.payonce.batch;

import org.jspecify.annotations.NullMarked;
