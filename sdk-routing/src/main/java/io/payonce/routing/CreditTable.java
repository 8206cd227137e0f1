package io.payonce.routing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What requests cost at a vendor, in the vendor's own unit. Immutable.
 *
 * <p>Vendors change their prices: a table is as good as its date, and the vendor's own count is the
 * one that is billed. Tables of vendors are in {@link #known()}, each with the page it is from; a
 * contract of your own is a table of your own.
 *
 * @param vendor its name
 * @param source where the figures are from
 * @param checked when they were there
 * @param usual the price of a request that is not named
 * @param prices by method; a name that ends with {@code *} stands for all that begin so
 */
public record CreditTable(
    String vendor, URI source, LocalDate checked, long usual, SortedMap<String, Long> prices) {
  private static final long MOST = 1_000_000;
  private static final String RESOURCE = "credits.txt";

  public CreditTable {
    prices = Collections.unmodifiableSortedMap(new TreeMap<>(prices));
    List<Long> all = new ArrayList<>(prices.values());
    all.add(usual);
    for (long price : all) {
      if (price < 0 || price > MOST) {
        throw new IllegalArgumentException("price " + price + " must be 0 to " + MOST);
      }
    }
  }

  /** What the vendor takes for one request. */
  public long price(String method) {
    Long own = prices.get(method);
    if (own != null) {
      return own;
    }
    for (Map.Entry<String, Long> entry : prices.entrySet()) {
      String name = entry.getKey();
      if (name.endsWith("*") && method.startsWith(name.substring(0, name.length() - 1))) {
        return entry.getValue();
      }
    }
    return usual;
  }

  /** The table of a vendor; throws {@code IllegalArgumentException} when it is not known. */
  public static CreditTable of(String vendor) {
    return known().stream()
        .filter(table -> table.vendor().equals(vendor))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no credit table of '"
                        + vendor
                        + "'; known are "
                        + known().stream().map(CreditTable::vendor).toList()));
  }

  /** The tables that could be checked on public pages of their vendors. */
  public static List<CreditTable> known() {
    return Known.TABLES;
  }

  /** Read at the first use. */
  private static final class Known {
    static final List<CreditTable> TABLES = read();

    private static List<CreditTable> read() {
      try (InputStream in =
              Objects.requireNonNull(CreditTable.class.getResourceAsStream(RESOURCE));
          BufferedReader lines =
              new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        return parse(lines.lines().toList());
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
  }

  static List<CreditTable> parse(List<String> lines) {
    List<CreditTable> tables = new ArrayList<>();
    String[] head = new String[0];
    TreeMap<String, Long> prices = new TreeMap<>();
    for (String line : lines) {
      String[] words = line.strip().split(" +");
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (words[0].equals("vendor")) {
        add(tables, head, prices);
        head = words;
        prices = new TreeMap<>();
      } else if (prices.put(words[0], Long.valueOf(words[1])) != null) {
        throw new IllegalArgumentException(words[0] + " has two prices");
      }
    }
    add(tables, head, prices);
    return List.copyOf(tables);
  }

  private static void add(List<CreditTable> tables, String[] head, TreeMap<String, Long> prices) {
    if (head.length == 0) {
      return;
    }
    long usual = Objects.requireNonNull(prices.remove("usual"));
    tables.add(
        new CreditTable(head[1], URI.create(head[3]), LocalDate.parse(head[2]), usual, prices));
  }
}
