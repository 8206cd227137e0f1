/**
 * Payouts of many rows, each exactly once.
 *
 * <p>{@link io.payonce.batch.BatchTransferBuilder} checks rows and gives an immutable {@link
 * io.payonce.batch.Batch}; {@link io.payonce.batch.Batch#submit} hands each row to the {@link
 * io.payonce.submit.IdempotentSubmitter} as a payment of its own, with a key of its own, and gives
 * a {@link io.payonce.batch.BatchRun}; its {@link io.payonce.batch.BatchReport} has one outcome per
 * row. Files become rows in {@link io.payonce.batch.csv}.
 *
 * <p>The law here: a row is PAID or NOT_PAID only by a final verdict. A receipt status, a return
 * value or a timeout is neither, and what is undecided is never paid again.
 *
 * <p>Guarantees:
 *
 * <ul>
 *   <li>One key per row: {@code batch/<batchId>/row/<key>}, or the row's key itself if the host
 *       says so. Keys that begin with {@code batch/} are refused as row keys.
 *   <li>Submitting the same batch again, in this process or the next, finds what is known and pays
 *       nothing twice. There is no journal of batches: the rows in the submitter's journal are it.
 *   <li>A row whose key stands for another payment is a conflict of that row, with the fields that
 *       differ; nothing changes and no other row waits.
 *   <li>Counts and sums of a report add up to the batch, whatever happened.
 * </ul>
 *
 * <p>What a batch is not: atomic. Rows share no fate, and a report with some rows paid is normal.
 * The same batch id with other rows is not refused as a whole: changed rows are conflicts, added
 * rows are payments. {@link io.payonce.batch.Batch#fingerprint} tells two batches apart, and is
 * kept with every row in its metadata.
 *
 * <p>Rows are submitted one after another, one commit each, on the caller's thread; the lane then
 * pipelines them. A run holds the last status of each row, about 1 KiB a row, and waits for nothing
 * by polling.
 */
@NullMarked
package io.payonce.batch;

import org.jspecify.annotations.NullMarked;
