/** What hosts must not touch: the inside of a key, between its implementation and the guard. */
@NullMarked
package io.payonce.signing.internal;

import org.jspecify.annotations.NullMarked;
