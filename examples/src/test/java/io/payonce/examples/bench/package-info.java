/**
 * Named programs that measure Payonce against its peers, or against a bare loop that does the same
 * work, in one run on one machine. They print ratios; no test depends on a time.
 */
@NullMarked
package io.payonce.examples.bench;

import org.jspecify.annotations.NullMarked;
