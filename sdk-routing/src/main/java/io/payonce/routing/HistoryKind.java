package io.payonce.routing;

/** What nodes keep of the past, each from another block on. */
public enum HistoryKind {
  STATE,
  BLOCKS,
  RECEIPTS,
  LOGS,
  TRACE
}
