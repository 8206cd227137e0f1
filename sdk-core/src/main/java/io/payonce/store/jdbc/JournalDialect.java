package io.payonce.store.jdbc;

/** The databases that hold a journal. */
public enum JournalDialect {
  /** A file beside the one process that writes it. */
  SQLITE,
  /** A server for many instances, version 13 or later. */
  POSTGRESQL
}
