/**
 * The rules of the journal, in one place: what each {@link io.payonce.store.JournalChange} demands
 * of the records and what it makes of them. Pure: no IO, no clock. Every store applies them before
 * it writes, the engine folds the same rules into its memory after a commit, so the two cannot
 * differ.
 *
 * <p>{@link io.payonce.store.internal.ChangeRules} judges lanes, slots, attempts and transfers,
 * {@link io.payonce.store.internal.FeeStage} the rolling hour of fees. {@link
 * io.payonce.store.internal.StagedCommit} runs both over a store and collects what the store has to
 * write; {@link io.payonce.store.internal.LaneView} runs the first in memory.
 *
 * <p>Not for hosts: these types may change with any release.
 */
@NullMarked
package io.payonce.store.internal;

import org.jspecify.annotations.NullMarked;
