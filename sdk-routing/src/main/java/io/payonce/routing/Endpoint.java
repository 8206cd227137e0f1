package io.payonce.routing;

import io.payonce.rpc.Operator;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One URL of one operator. Everything that leaves the pool knows it by its name only.
 *
 * @param name 1 to 32 of {@code a-z 0-9 -}, unique in the pool
 * @param operator who can lie through it; endpoints of one operator have one vote. It has no
 *     default, because a default would make two URLs of one provider look independent
 * @param tier in which order reads choose; {@link Tier#PAID} by default
 * @param roles what it is used for; reads, votes and broadcasts by default
 * @param uri where calls go. Over HTTP ({@code https}, {@code http}) by default: it tells how much
 *     of a transaction was sent, a long answer holds up no other one, and a provider can say how
 *     long it wants to be left alone. With {@code wss} or {@code ws} they all go over one
 *     WebSocket, for providers that have nothing else or charge less for it. What was said to it
 *     and not answered is in doubt, also where it never left
 * @param webSocket where new heads are pushed from; without one they are polled. It is {@code uri}
 *     where that is a WebSocket and this is not given. It has a connection of its own, so that a
 *     subscription that falls silent and is cut puts no transaction in doubt, and a long answer
 *     delays no head
 * @param headers sent with every request: API keys, tokens
 * @param requestsPerSecond what the provider allows; empty learns it from refusals. A batch counts
 *     as its elements
 * @param credits what its requests cost, and how much of it a month may cost; empty counts nothing.
 *     The last fifth is kept for broadcasts and critical reads
 * @param pins keys of which a connection has to show one; empty trusts what the JVM trusts. In
 *     base64 without {@code sha256/}, each once
 * @param proxy which its connections go through; empty is what the JVM is set to
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
    Optional<MonthlyCredits> credits,
    Set<String> pins,
    Optional<HttpProxy> proxy) {

  /**
   * A budget.
   *
   * @param table prices of the vendor
   * @param monthly what may be spent in a month of UTC, in the vendor's unit: 100 to 10^15
   */
  public record MonthlyCredits(CreditTable table, long monthly) {}

  /**
   * A proxy that opens tunnels by HTTP CONNECT (RFC 9110, section 9.3.6).
   *
   * @param host a name or an address, without scheme, port or credentials
   * @param port 1 to 65535
   */
  public record HttpProxy(String host, int port) {}

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
    webSocket = webSocket.isEmpty() && uri.isWebSocket() ? Optional.of(uri) : webSocket;
    EnumSet<Role> ordered = EnumSet.noneOf(Role.class);
    ordered.addAll(roles);
    roles = Collections.unmodifiableSet(ordered);
    headers = Collections.unmodifiableMap(new TreeMap<>(headers));
    TreeSet<String> bare = new TreeSet<>();
    pins.forEach(pin -> bare.add(Connections.bare(pin)));
    pins = Collections.unmodifiableSet(bare);
  }

  /** Shorthand for the usual case. */
  public static Endpoint of(String name, String operator, String url) {
    return builder(name, operator, SecretUri.of(url)).build();
  }

  public static Builder builder(String name, String operator, SecretUri uri) {
    return new Builder(name, new Operator(operator), uri);
  }

  /** The same, with new heads pushed from there. */
  public Endpoint withWebSocket(SecretUri heads) {
    return new Endpoint(
        name,
        operator,
        uri,
        tier,
        roles,
        Optional.of(heads),
        headers,
        requestsPerSecond,
        credits,
        pins,
        proxy);
  }

  boolean has(Role role) {
    return roles.contains(role);
  }

  /** Replaces each piece of its URLs and headers that may be a credential, in words of a node. */
  public String mask(String message) {
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
    private final Set<String> pins = new TreeSet<>();
    private Optional<HttpProxy> proxy = Optional.empty();

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

    /**
     * Accepts only connections whose certificate, or one above it up to the trusted authority, has
     * one of these public keys; for money behind a URL where an authority that certifies the wrong
     * person is a risk to take care of. A connection that shows none of them is ended before any
     * byte of a request is written, the endpoint is down with the reason "pin mismatch", and is
     * looked at once an hour, or at once after a reload with other pins.
     *
     * <p>They hold for calls and for pushed heads; where only what pushes heads shows another key,
     * it is left for an hour and heads are polled. All URLs of the endpoint have to be {@code
     * https} or {@code wss}. The certificate has to be trusted, and be in time, as without pins.
     *
     * <p>Give a second pin, of a key that is not in use yet: a provider that changes its key is
     * gone until the pins follow, and a reload needs no restart. The pin of the authority's key
     * outlives the provider's changes, and trusts the authority.
     *
     * @param first SHA-256 of the SubjectPublicKeyInfo in base64, 44 characters, as RFC 7469
     *     section 2.4 has it, with or without {@code sha256/} before it
     * @param more up to 8 with those of earlier calls, which stay
     */
    public Builder pin(String first, String... more) {
      pins.add(first);
      Collections.addAll(pins, more);
      return this;
    }

    /**
     * Goes through this proxy, for calls and for pushed heads. It learns the endpoint's host and
     * port, and resolves the host's name, which is not looked up here; URL, credentials and
     * requests stay within TLS, so all URLs of the endpoint have to be {@code https} or {@code
     * wss}. What fails before the tunnel stands was not sent.
     *
     * <p>It belongs to the operator: all endpoints of one have the same proxy or none, so that none
     * goes out by another way unnoticed. A proxy that asks for credentials is not supported.
     * Without one the JVM's own settings hold ({@code https.proxyHost}).
     *
     * @param host a name or an address, without scheme, port or credentials
     * @param port 1 to 65535
     */
    public Builder proxy(String host, int port) {
      proxy = Optional.of(new HttpProxy(host, port));
      return this;
    }

    public Endpoint build() {
      return new Endpoint(
          name,
          operator,
          uri,
          tier,
          roles,
          webSocket,
          headers,
          requestsPerSecond,
          credits,
          pins,
          proxy);
    }
  }
}
