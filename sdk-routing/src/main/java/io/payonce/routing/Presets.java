package io.payonce.routing;

import io.payonce.ChainId;
import io.payonce.routing.Endpoint.Role;
import io.payonce.routing.Endpoint.Tier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Endpoints as data: what is offered to everybody, and how vendors form their URLs. Nobody uses any
 * of it unless told to: there is no default pool, and no key is in it. Immutable.
 *
 * <p>Public endpoints are shared, limited and unpaid. They are good for a second opinion, which is
 * why they read and vote, and get no transactions.
 */
public final class Presets {
  private static final String RESOURCE = "presets.txt";
  private static final String KEY = "{key}";

  private final List<PublicEndpoint> offered = new ArrayList<>();
  private final List<VendorUrl> vendors = new ArrayList<>();

  private Presets() {}

  /**
   * An endpoint that its operator offers to everybody.
   *
   * @param terms what the operator says about its use
   * @param source where the operator says so
   * @param checked when it was there
   */
  public record PublicEndpoint(
      ChainId chain,
      String name,
      String operator,
      URI uri,
      String terms,
      URI source,
      LocalDate checked) {

    /** Reads and votes, after all that is paid for. */
    public Endpoint endpoint() {
      return Endpoint.builder(name, operator, SecretUri.of(uri.toString()))
          .tier(Tier.COMMUNITY)
          .roles(Role.READ, Role.VOTE)
          .build();
    }
  }

  /** How a vendor forms the URL for one chain. */
  private record VendorUrl(ChainId chain, String vendor, String form) {}

  /**
   * What is offered for a chain, in the order of the data; empty where nothing could be checked.
   */
  public static List<PublicEndpoint> publicEndpoints(ChainId chain) {
    return Known.PRESETS.offered.stream().filter(one -> one.chain().equals(chain)).toList();
  }

  /**
   * An endpoint of a vendor's customer; the name is the vendor's, and so is the operator.
   *
   * @param key as the vendor gave it; it becomes a part of the URL, which is a secret too
   */
  public static Endpoint.Builder vendor(String vendor, ChainId chain, Secret key) {
    VendorUrl found =
        Known.PRESETS.vendors.stream()
            .filter(one -> one.vendor().equals(vendor) && one.chain().equals(chain))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "how '"
                            + vendor
                            + "' serves chain "
                            + chain
                            + " is not known; known are "
                            + Known.PRESETS.vendors.stream()
                                .map(one -> one.vendor() + " " + one.chain())
                                .toList()));
    if (!key.reveal().matches("[A-Za-z0-9_-]{8,128}")) {
      // Deliberate: the value is not repeated.
      throw new IllegalArgumentException("a key must be 8 to 128 of A-Z a-z 0-9 _ -");
    }
    return Endpoint.builder(vendor, vendor, SecretUri.of(found.form().replace(KEY, key.reveal())));
  }

  /** Read at the first use. */
  private static final class Known {
    static final Presets PRESETS = read();

    private static Presets read() {
      try (InputStream in = Objects.requireNonNull(Presets.class.getResourceAsStream(RESOURCE));
          BufferedReader lines =
              new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        Presets presets = new Presets();
        lines
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .forEach(presets::add);
        return presets;
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
  }

  private void add(String line) {
    String[] columns = line.split(" \\| ");
    String[] words = columns[0].split(" ");
    ChainId chain = ChainId.of(Long.parseLong(words[1]));
    if (words[0].equals("vendor")) {
      vendors.add(new VendorUrl(chain, words[2], columns[1]));
    } else {
      offered.add(
          new PublicEndpoint(
              chain,
              words[2],
              words[3],
              URI.create(columns[1]),
              columns[4],
              URI.create(columns[3]),
              LocalDate.parse(columns[2])));
    }
  }
}
