/**
 * What hosts must not touch: hashing, hex, the curve, and what follows from the hash of a block,
 * shared by the modules.
 */
@NullMarked
package io.payonce.internal;

import org.jspecify.annotations.NullMarked;
