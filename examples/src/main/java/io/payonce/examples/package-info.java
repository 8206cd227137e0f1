/**
 * Small programs that show how a host uses Payonce, all on a simulated chain in virtual time, so
 * that each runs in a second and offline. Start with {@link io.payonce.examples.HelloWithdrawal}.
 */
@NullMarked
package io.payonce.examples;

import org.jspecify.annotations.NullMarked;
