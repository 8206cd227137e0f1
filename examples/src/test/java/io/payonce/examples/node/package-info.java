/**
 * Real parts for tests and comparisons: an EVM node ({@link io.payonce.examples.node.AnvilNode}),
 * compiled token contracts ({@link io.payonce.examples.node.TokenContracts}), and the peers that
 * are run against the same faults ({@link io.payonce.examples.node.PeerMatrix}).
 *
 * <p>Everything comes from npm in pinned versions with their digests, is installed once into the
 * module's build folder, and listens on loopback only. What is missing on a machine is reported by
 * {@link io.payonce.testing.MissingPartException}; tests turn it into "skipped" or "failed" with
 * {@link io.payonce.testing.RequiredPart}.
 *
 * <p>anvil does not enforce replacement rules: nothing here may serve as proof that a fee bump is
 * legal.
 */
@NullMarked
package io.payonce.examples.node;

import org.jspecify.annotations.NullMarked;
