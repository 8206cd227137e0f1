package io.payonce.failure;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program that answered, as far as it is known: words of one client may mean something else at
 * another one.
 *
 * @param family lower case, such as {@code geth}; empty when it is unknown
 * @param version numbers with dots, such as {@code 1.13.5}; empty when it is unknown
 */
public record NodeClient(String family, String version) {
  /** Nothing is known: only rules for all clients apply. */
  public static final NodeClient UNKNOWN = new NodeClient("", "");

  private static final int MAX_TEXT = 256;
  private static final Pattern FAMILY = Pattern.compile("[a-z][a-z0-9_-]*+");
  private static final Pattern VERSION = Pattern.compile("v?+(\\d{1,9}(?:\\.\\d{1,9}){1,3}+).*+");
  private static final int FIRST_OP_GETH_MINOR = 100_000;

  public NodeClient {
    if (!family.isEmpty() && !FAMILY.matcher(family).matches()) {
      throw new IllegalArgumentException("family '" + family + "' is no lower case name");
    }
    if (!version.isEmpty() && !version.matches("\\d{1,9}(\\.\\d{1,9}){0,3}")) {
      throw new IllegalArgumentException("version '" + version + "' must be numbers with dots");
    }
  }

  /**
   * Reads what {@code web3_clientVersion} gave, for example {@code
   * Geth/v1.13.5-stable/linux-amd64/go1.21}, or a bare family name. A text of another shape is an
   * unknown client.
   */
  public static NodeClient parse(String clientVersion) {
    String text = clientVersion.length() > MAX_TEXT ? "" : clientVersion.strip();
    String[] parts = text.split("/", -1);
    String name = parts[0].toLowerCase(Locale.ROOT);
    if (!FAMILY.matcher(name).matches() || VERSION.matcher(name).matches()) {
      return UNKNOWN;
    }
    String version = "";
    // A node with a name of its own says it between family and version.
    for (int i = 1; i < Math.min(parts.length, 3) && version.isEmpty(); i++) {
      Matcher found = VERSION.matcher(parts[i]);
      version = found.matches() ? found.group(1) : "";
    }
    return new NodeClient(family(name, version), version);
  }

  private static String family(String name, String version) {
    if (name.equals("hardhatnetwork")) {
      return "hardhat";
    }
    // op-geth calls itself Geth and puts that version into its minor number: 1.101411 is 1.14.11.
    boolean optimism = name.equals("geth") && part(version.split("\\."), 1) >= FIRST_OP_GETH_MINOR;
    return optimism ? "op-geth" : name;
  }

  /** Orders versions number by number; missing numbers are 0. */
  static int compareVersions(String one, String other) {
    String[] left = one.split("\\.");
    String[] right = other.split("\\.");
    for (int i = 0; i < Math.max(left.length, right.length); i++) {
      int order = Integer.compare(part(left, i), part(right, i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int part(String[] parts, int index) {
    return index < parts.length && !parts[index].isEmpty() ? Integer.parseInt(parts[index]) : 0;
  }
}
