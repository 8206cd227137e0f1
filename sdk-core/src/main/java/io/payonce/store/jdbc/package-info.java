/**
 * The durable journal over JDBC, dialect SQLite ({@code org.xerial:sqlite-jdbc}, an optional
 * dependency).
 *
 * <p><b>Who writes.</b> One process, held by an operating-system lock on {@code <journal>.lock},
 * and in it one connection under one lock. Readers of the same process use a second connection;
 * reading tools of other processes open read-only. Write-ahead logging lets all of them read while
 * the writer writes.
 *
 * <p><b>What a commit means.</b> {@code synchronous=FULL}: {@code Applied} is on the disk. Every
 * setting is read back on every connection, as SQLite silently ignores what it does not know. A
 * write either fails before its COMMIT was sent ({@code NOT_APPLIED}) or in it ({@code UNKNOWN},
 * but for the errors that prove that the commit record is incomplete).
 *
 * <p><b>Who judges.</b> {@link io.payonce.store.internal.ChangeRules} decides what fits, as for
 * every store. The schema repeats invariants I1 to I3 and all that is append-only as constraints
 * and triggers, so that neither a defect above nor a hand with a SQL prompt can break them.
 *
 * <p><b>Refused.</b> Directories that are missing or read-only, network file systems (their locks
 * and flushes do not hold), files that are no journal, journals of a newer schema, PostgreSQL (not
 * yet supported).
 */
@NullMarked
package io.payonce.store.jdbc;

import org.jspecify.annotations.NullMarked;
