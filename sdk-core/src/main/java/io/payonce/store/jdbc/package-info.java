/**
 * The durable journal over JDBC, in two dialects: SQLite ({@code org.xerial:sqlite-jdbc}) for one
 * process, PostgreSQL ({@code org.postgresql:postgresql}) for many. Both drivers are optional
 * dependencies. Questions and rows are written once; {@code Dialect} says where the databases
 * differ.
 *
 * <p><b>Who writes, SQLite.</b> One process, held by an operating-system lock on {@code
 * <journal>.lock}, and in it one connection. Writes that come together share one transaction and
 * its flush, each in a savepoint of its own with an answer of its own; when the COMMIT fails or its
 * outcome is unknown, it is so for all of them. Acceptances that wait for the same commit are one
 * write, whose rows go into a table many at a time; when it is refused, each is made alone. Readers
 * of the same process use a second connection; reading tools of other processes open read-only.
 * Write-ahead logging lets all of them read while the writer writes.
 *
 * <p><b>Who writes, PostgreSQL.</b> Any number of instances. A write of a lane first locks the
 * lane's row and compares the epoch, so writes of one lane follow one another and those of a former
 * owner are refused; the schema refuses what is left: a second binding of a key or a nonce, bytes
 * without intent, an event that follows a wrong one. Isolation is READ COMMITTED, reads are one
 * snapshot. Nothing is left on a connection after a transaction (no advisory lock, no LISTEN, no
 * temporary table, no statement kept by the server), so transaction poolers work. A transaction
 * waits for a lock no longer than {@code busyTimeout}, and one whose process hangs is ended by the
 * server after 10 s.
 *
 * <p><b>History.</b> SQLite: one chain of digests. PostgreSQL: one chain per lane, under the lock
 * that its writer holds anyway, and sixteen for acceptances, of which a writer takes a free one;
 * the head of each is a locked row. One chain over everything would make all instances wait for
 * each other's flush.
 *
 * <p><b>Outbox.</b> Triggers keep each change of a payment's state or code for the sinks that are
 * known, in the commit of the change: an older instance beside this one cannot forget them. A
 * number is never given twice, so taking an event twice takes no other.
 *
 * <p><b>Retention.</b> Signed bytes are present from {@code SIGNED} on, unless their nonce is final
 * and they were archived: then {@code attempts.archived_hash} holds what {@code hash} held, and a
 * constraint lets such an attempt be nothing but ended. Each lane knows up to which nonce it was
 * done. Nothing else is ever taken out, but for delivered lines of the outbox.
 *
 * <p><b>What a commit means, SQLite.</b> {@code synchronous=FULL}: {@code Applied} is on the disk.
 * Every setting is read back on every connection, as SQLite silently ignores what it does not know.
 * A write either fails before its COMMIT was sent ({@code NOT_APPLIED}) or in it ({@code UNKNOWN},
 * but for the errors that prove that the commit record is incomplete).
 *
 * <p><b>What a commit means, PostgreSQL.</b> A start refuses a server on which a confirmed commit
 * can be forgotten. Everything before the COMMIT is {@code NOT_APPLIED}; a COMMIT that the server
 * itself undid too; a COMMIT whose answer is lost is {@code UNKNOWN}. Deadlocks and serialization
 * failures run again, five times at most, and once what lost its connection before the COMMIT, so
 * that nobody sees a server's restart between two transactions. After an asynchronous fail-over the
 * last commits may be gone: only the engine's comparison with the chain finds that.
 *
 * <p><b>Who judges.</b> {@link io.payonce.store.internal.ChangeRules} decides what fits, as for
 * every store. The schema repeats invariants I1 to I3 and all that is append-only as constraints
 * and triggers, so that neither a defect above nor a hand with a SQL prompt can break them.
 *
 * <p><b>Schema.</b> Numbered scripts in the jar, forward only. SQLite: a start migrates in one
 * transaction under the side lock, after it kept a copy as {@code <journal>.schema-<n>}.
 * PostgreSQL: the owner migrates ({@link io.payonce.store.jdbc.JdbcTransferStore#migrate}), the
 * running SDK executes no DDL. Reading tools migrate nothing. The journal says the lowest schema
 * whose code may still read and write it.
 *
 * <p><b>Leases.</b> On PostgreSQL they end by the clock of the server. On SQLite a start ends the
 * leases that it finds: the side lock proves that their owners are gone, so a restart waits for
 * nobody. Within one process leases hold, by the clock of {@link
 * io.payonce.store.jdbc.JournalOptions}.
 *
 * <p><b>Refused.</b> Directories that are missing or read-only, network file systems (their locks
 * and flushes do not hold), files that are no journal, journals of a newer schema; PostgreSQL
 * servers before 13, with {@code fsync}, {@code full_page_writes} or {@code synchronous_commit}
 * off, in recovery or read-only; roles that lack a right. A right too many is warned of.
 */
@NullMarked
package io.payonce.store.jdbc;

import org.jspecify.annotations.NullMarked;
