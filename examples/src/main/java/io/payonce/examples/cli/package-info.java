/**
 * The operator's command line, and an example of a host: {@link io.payonce.examples.cli.Engine}
 * wires journal, chain, wallet and limits into one submitter.
 *
 * <p>The order of {@code payout} is its safety: the whole file is checked, then key, journal,
 * chain, decimals, balances and earlier keys; the person is asked; only then is a row accepted.
 * Whatever is refused before that leaves nothing behind but an empty journal.
 *
 * <p>Exit codes: 0 every row final and paid; 1 finished, some not paid; 2 bad input or
 * configuration, nothing was accepted or signed; 3 unfinished, run it again. An error is one line
 * on standard error that names cause and remedy. Keys, passwords and URLs are never printed.
 */
@NullMarked
package io.payonce.examples.cli;

import org.jspecify.annotations.NullMarked;
