/** What hosts must not touch: hashing, hex and the curve, shared by the packages of core. */
@NullMarked
package io.payonce.internal;

import org.jspecify.annotations.NullMarked;
