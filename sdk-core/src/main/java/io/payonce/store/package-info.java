/**
 * The journal: what was promised, bound, signed, sent and seen, so that a crash at any moment loses
 * nothing and repeats nothing.
 *
 * <p>{@link io.payonce.store.TransferStore} is blocking and short. All progress of a lane is one
 * call, {@link io.payonce.store.TransferStore#commit}: a list of {@link
 * io.payonce.store.JournalChange}s that are applied together or not at all, under the lane's epoch,
 * each with its event in a hash chain. The engine's memory is the fold of what was committed; in
 * any doubt it forgets its memory and loads the lane again.
 *
 * <p><b>Owners.</b> Whoever takes a lane raises its epoch, by a step that is made of the owner's
 * name; a write under another epoch is refused. That alone keeps two instances from harming each
 * other, also where a fail-over of the database lost the commit by which one of them had taken the
 * lane. A {@link io.payonce.store.Lease} on top makes it quick: others do not even try while it
 * runs. Leases end by the clock of the store.
 *
 * <p>States and their edges are {@link io.payonce.store.TransferState}, {@link
 * io.payonce.store.SlotState} and {@link io.payonce.store.AttemptState}; an edge that is not listed
 * is refused by code, an impossible row by the database.
 */
@NullMarked
package io.payonce.store;

import org.jspecify.annotations.NullMarked;
