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
 * <p><b>Schema.</b> Numbered scripts in the jar, forward only. A start migrates in one transaction
 * under the side lock, after it kept a copy as {@code <journal>.schema-<n>}; reading tools migrate
 * nothing. The journal says the lowest schema whose code may still read and write it.
 *
 * <p><b>Leases.</b> A start ends the leases that it finds: the side lock proves that their owners
 * are gone, so a restart waits for nobody. Within one process leases hold, by the clock of {@link
 * io.payonce.store.jdbc.JournalOptions}.
 *
 * <p><b>Refused.</b> Directories that are missing or read-only, network file systems (their locks
 * and flushes do not hold), files that are no journal, journals of a newer schema, PostgreSQL (not
 * yet supported).
 */
@NullMarked
package io.payonce.store.jdbc;

import org.jspecify.annotations.NullMarked;
