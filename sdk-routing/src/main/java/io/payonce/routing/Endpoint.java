package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * One URL of one operator. Everything that leaves the pool knows it by its name only.
 *
 * @param name 1 to 32 of {@code a-z 0-9 -}, unique in the pool
 * @param operator who can lie through it; endpoints of one operator have one vote. It has no
 *     default, because a default would make two URLs of one provider look independent
 * @param tier in which order reads choose; {@link Tier#PAID} by default
 * @param roles what it is used for; reads, votes and broadcasts by default
 * @param webSocket where new heads are pushed from; without one they are polled
 * @param headers sent with every request: API keys, tokens
 * @param requestsPerSecond what the provider allows; empty learns it from refusals. A batch counts
 *     as its elements
 * @param credits what its requests cost, and how much of it a month may cost; empty counts nothing.
 *     The last fifth is kept for broadcasts and critical reads
 */
public record Endpoint(
    String name,
    Operator operator,
    SecretUri uri,
    Tier tier,
    Set<Role> roles,
    Optional<SecretUri> webSocket,
    Map<String, Secret> headers,
    OptionalInt requestsPerSecond,
    Optional<MonthlyCredits> credits) {

  /**
   * A budget.
   *
   * @param table prices of the vendor
   * @param monthly what may be spent in a month of UTC, in the vendor's unit: 100 to 10^15
   */
  public record MonthlyCredits(CreditTable table, long monthly) {}

  /** Whose machine answers: reads stay in the first tier that is well and not much slower. */
  public enum Tier {
    OWN,
    PAID,
    COMMUNITY
  }

  /** What an endpoint is used for. */
  public enum Role {
    /** Reads that move no money. */
    READ,
    /** Speaks for its operator in critical reads. */
    VOTE,
    /** Gets transactions that everyone may see. */
    SUBMIT,
    /** Gets transactions that no one else may see before they are mined; excludes SUBMIT. */
    PRIVATE_SUBMIT,
    /** Has old state and traces; when some endpoint has this role, only such are asked for them. */
    ARCHIVE
  }

  static final Set<Role> USUAL_ROLES =
      Collections.unmodifiableSet(EnumSet.of(Role.READ, Role.VOTE, Role.SUBMIT));

  public Endpoint {
    EnumSet<Role> ordered = EnumSet.noneOf(Role.class);
    ordered.addAll(roles);
    roles = Collections.unmodifiableSet(ordered);
    headers = Collections.unmodifiableMap(new TreeMap<>(headers));
  }

  /** Shorthand for the usual case. */
  public static Endpoint of(String name, String operator, String url) {
    return builder(name, operator, SecretUri.of(url)).build();
  }

  public static Builder builder(String name, String operator, SecretUri uri) {
    return new Builder(name, new Operator(operator), uri);
  }

  boolean has(Role role) {
    return roles.contains(role);
  }

  /** Replaces each piece of its URLs and headers that may be a credential. */
  String mask(String message) {
    String masked = uri.mask(message);
    if (webSocket.isPresent()) {
      masked = webSocket.get().mask(masked);
    }
    for (Secret value : headers.values()) {
      masked = value.mask(masked);
    }
    return masked;
  }

  /** Starts from the usual case. Confined to one thread. */
  public static final class Builder {
    private final String name;
    private final Operator operator;
    private final SecretUri uri;
    private Tier tier = Tier.PAID;
    private Set<Role> roles = USUAL_ROLES;
    private Optional<SecretUri> webSocket = Optional.empty();
    private final Map<String, Secret> headers = new TreeMap<>();
    private OptionalInt requestsPerSecond = OptionalInt.empty();
    private Optional<MonthlyCredits> credits = Optional.empty();

    private Builder(String name, Operator operator, SecretUri uri) {
      this.name = name;
      this.operator = operator;
      this.uri = uri;
    }

    public Builder tier(Tier value) {
      tier = value;
      return this;
    }

    /** These roles and no others. */
    public Builder roles(Role first, Role... more) {
      roles = EnumSet.of(first, more);
      return this;
    }

    public Builder webSocket(SecretUri value) {
      webSocket = Optional.of(value);
      return this;
    }

    public Builder header(String header, Secret value) {
      headers.put(header, value);
      return this;
    }

    public Builder requestsPerSecond(int value) {
      requestsPerSecond = OptionalInt.of(value);
      return this;
    }

    public Builder credits(CreditTable table, long monthly) {
      credits = Optional.of(new MonthlyCredits(table, monthly));
      return this;
    }

    public Endpoint build() {
      return new Endpoint(
          name, operator, uri, tier, roles, webSocket, headers, requestsPerSecond, credits);
    }
  }
}
