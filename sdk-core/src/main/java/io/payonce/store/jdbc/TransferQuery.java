package io.payonce.store.jdbc;

import io.payonce.store.TransferFilter;
import io.payonce.store.TransferState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The question for the newest transfers that fit a filter: one statement, which walks the index
 * that leaves the fewest rows to look at, in the order of ids, and stops when the page is full.
 *
 * @param sql yields the ids
 * @param values of its parameters
 */
record TransferQuery(String sql, List<Object> values) {
  /** Times are compared as texts, which have four digits for the year. */
  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  /**
   * Which ids were accepted in a time, from the index alone. A walk goes no further: ids rise with
   * the time of acceptance, but for clocks that are wrong, so nothing less than to look will do.
   * With the count PostgreSQL does not look for the least id where ids are in order.
   */
  static final String ACCEPTED_IN =
      "SELECT count(*), min(transfer), max(transfer) FROM @keys"
          + " WHERE created_at [BYTES] >= ? AND created_at [BYTES] < ?";

  /** As the index says it: values of 4 KiB are too long for one. */
  private static final String IS_ENTRY =
      "substr(%1$s.name, 1, 64) = substr(?, 1, 64) AND substr(%1$s.value, 1, 64) = substr(?, 1, 64)"
          + " AND %1$s.name = ? AND %1$s.value = ?";

  /** Where a walk runs. */
  private enum Walk {
    ALL("@transfers t", "t.id"),
    PAYEE("@transfers t [BY transfers_by_payee]", "t.id"),
    STATE("@transfers t [BY transfers_by_state]", "t.id"),
    LANE("@transfers t [BY transfers_by_lane]", "t.id"),
    TENANT(
        "@keys k [BY keys_by_tenant] [CROSS] JOIN @transfers t ON t.id = k.transfer", "k.transfer"),
    METADATA(
        "@metadata_entries e [BY metadata_by_value] [CROSS] JOIN @transfers t ON t.id = e.transfer",
        "e.transfer");

    private final String tables;
    private final String id;

    /**
     * A walk.
     *
     * @param tables of which one is the transfers, as {@code t}
     * @param id the column by which it is ordered
     */
    Walk(String tables, String id) {
      this.tables = tables;
      this.id = id;
    }
  }

  /**
   * The question for a page.
   *
   * @param from the page has ids from this one on
   * @param below and below this one
   */
  static TransferQuery of(TransferFilter filter, long from, long below, int limit) {
    Walk walk = walk(filter);
    List<Object> values = new ArrayList<>();
    String conditions = conditions(filter, walk, values);
    conditions += " AND " + walk.id + " < ? AND " + walk.id + " >= ?";
    values.add(below);
    values.add(from);
    if (walk != Walk.STATE) {
      return new TransferQuery(page(walk, conditions, filter.states(), limit, values), values);
    }
    // Each state has a walk of its own: one over several would have to sort them all.
    List<String> pages = new ArrayList<>();
    List<Object> all = new ArrayList<>();
    for (TransferState state : filter.states()) {
      List<Object> own = new ArrayList<>(values);
      String one = page(walk, conditions, Collections.singleton(state), limit, own);
      pages.add("SELECT id FROM (" + one + ") s" + pages.size());
      all.addAll(own);
    }
    all.add(limit);
    return new TransferQuery(
        "SELECT id FROM (" + String.join(" UNION ALL ", pages) + ") s ORDER BY id DESC LIMIT ?",
        all);
  }

  /** Nearly all that is in a journal was paid, so any other state says more than a tenant does. */
  private static Walk walk(TransferFilter filter) {
    if (!filter.metadata().isEmpty()) {
      return Walk.METADATA;
    } else if (filter.payee().isPresent()) {
      return Walk.PAYEE;
    } else if (!filter.states().isEmpty() && !filter.states().contains(TransferState.PAID_FINAL)) {
      return Walk.STATE;
    } else if (filter.tenant().isPresent()) {
      return Walk.TENANT;
    } else if (filter.lane().isPresent()) {
      return Walk.LANE;
    }
    return filter.states().isEmpty() ? Walk.ALL : Walk.STATE;
  }

  private static String page(
      Walk walk,
      String conditions,
      Iterable<TransferState> states,
      int limit,
      List<Object> values) {
    List<Object> names = new ArrayList<>();
    states.forEach(state -> names.add(state.name()));
    String marks = names.stream().map(name -> "?").collect(Collectors.joining(", "));
    values.addAll(names);
    values.add(limit);
    return "SELECT %s AS id FROM %s%s ORDER BY %s DESC LIMIT ?"
        .formatted(
            walk.id, conditions, names.isEmpty() ? "" : " AND t.state IN (" + marks + ")", walk.id);
  }

  /** The tables of the walk, and the filter but for its states. */
  private static String conditions(TransferFilter filter, Walk walk, List<Object> values) {
    StringBuilder sql = new StringBuilder(walk.tables);
    if (filter.tenant().isPresent() && walk != Walk.TENANT) {
      sql.append(" [CROSS] JOIN @keys k ON k.transfer = t.id");
    }
    sql.append(" WHERE TRUE");
    boolean first = true;
    for (Map.Entry<String, String> entry : filter.metadata().entrySet()) {
      String is = IS_ENTRY.formatted(first ? "e" : "o");
      sql.append(" AND ")
          .append(
              first
                  ? is
                  : "EXISTS (SELECT 1 FROM @metadata_entries o WHERE o.transfer = t.id AND %s)"
                      .formatted(is));
      values.addAll(List.of(entry.getKey(), entry.getValue(), entry.getKey(), entry.getValue()));
      first = false;
    }
    filter.payee().ifPresent(payee -> and(sql, "t.payee = ?", values, payee.value()));
    filter.tenant().ifPresent(tenant -> and(sql, "k.tenant = ?", values, tenant));
    filter
        .lane()
        .ifPresent(
            lane -> {
              and(sql, "t.chain = ?", values, lane.chain().value());
              and(sql, "t.sender = ?", values, lane.address().value());
            });
    filter
        .asset()
        .ifPresent(
            asset -> {
              and(sql, "t.chain = ?", values, asset.chain().value());
              and(sql, "t.asset = ?", values, LaneColumns.asset(asset));
            });
    // Without the Z at their end, texts with and without fractions of a second are in order.
    String at = "rtrim(t.accepted_at, 'Z') [BYTES]";
    filter.acceptedFrom().ifPresent(from -> and(sql, at + " >= ?", values, bare(from)));
    filter.acceptedUntil().ifPresent(until -> and(sql, at + " < ?", values, bare(until)));
    return sql.toString();
  }

  private static void and(StringBuilder sql, String condition, List<Object> values, Object value) {
    sql.append(" AND ").append(condition);
    values.add(value);
  }

  /**
   * The parameters of {@link #ACCEPTED_IN}, when the filter says from when on: a second more at
   * both ends, as the texts of one second are not in order.
   */
  static Optional<List<String>> times(TransferFilter filter) {
    return filter
        .acceptedFrom()
        .map(
            from ->
                List.of(
                    bare(inRange(from).minusSeconds(1)),
                    bare(inRange(filter.acceptedUntil().orElse(LATEST)).plusSeconds(1))));
  }

  private static String bare(Instant time) {
    String text = inRange(time).toString();
    return text.substring(0, text.length() - 1);
  }

  private static Instant inRange(Instant time) {
    return time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time;
  }
}
