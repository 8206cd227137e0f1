package io.payonce.routing;

import io.payonce.routing.Endpoint.Role;
import io.payonce.routing.InvalidRoutingConfig.Problem;
import io.payonce.rpc.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Whether a pool can work with a list of endpoints. Pure; contacts nothing. */
final class EndpointChecks {
  private static final long LEAST_BUDGET = 100;
  private static final long MOST_BUDGET = 1_000_000_000_000_000L;

  private EndpointChecks() {}

  /** The operators that have a vote. */
  static Set<Operator> voters(List<Endpoint> endpoints) {
    TreeSet<Operator> voters = new TreeSet<>();
    endpoints.stream()
        .filter(endpoint -> endpoint.has(Role.VOTE))
        .forEach(endpoint -> voters.add(endpoint.operator()));
    return voters;
  }

  /** Everything that is wrong with these settings; empty when a pool can work with them. */
  static List<Problem> problems(
      List<Endpoint> endpoints, RoutingPolicy policy, boolean singleOperator) {
    Set<Operator> voters = voters(endpoints);
    int operators = voters.size();
    List<Problem> problems = new ArrayList<>();
    if (endpoints.isEmpty()) {
      problems.add(new Problem("endpoints", "none", "1 or more", "add an endpoint"));
    }
    if (!endpoints.isEmpty() && voters.isEmpty()) {
      problems.add(new Problem("operators", "0", "2 or more", "give endpoints the role VOTE"));
    }
    if (operators == 1 && !singleOperator) {
      problems.add(
          new Problem(
              "operators",
              "1",
              "2 or more",
              "add a provider, or call singleOperator(true) if it may lie to you unnoticed"));
    }
    problems.addAll(ofEach(endpoints));
    problems.addAll(policy.problems(voters));
    return problems;
  }

  /** The same of one endpoint without a pool, whatever its roles are. */
  static List<Problem> problems(Endpoint endpoint, RoutingPolicy policy) {
    List<Problem> problems = ofEach(List.of(endpoint));
    problems.addAll(policy.problems(Set.of(endpoint.operator())));
    return problems;
  }

  private static List<Problem> ofEach(List<Endpoint> endpoints) {
    List<Problem> problems = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<SecretUri> urls = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++) {
      Endpoint endpoint = endpoints.get(i);
      String field = "endpoints[" + i + "]";
      if (!endpoint.name().matches("[a-z0-9-]{1,32}")) {
        // Deliberate: the value is not repeated, because a URL in the wrong place is a secret too.
        problems.add(
            new Problem(field + ".name", "(not shown)", "1 to 32 of a-z 0-9 -", "rename it"));
      } else if (names.contains(endpoint.name())) {
        problems.add(new Problem(field + ".name", endpoint.name(), "unique", "rename one"));
      }
      names.add(endpoint.name());
      endpoint
          .uri()
          .problem()
          .ifPresent(
              why -> problems.add(new Problem(field + ".uri", "***", "a usable URL", "it " + why)));
      if (urls.stream().anyMatch(endpoint.uri()::isSamePlace)) {
        problems.add(
            new Problem(field + ".uri", "***", "unique", "one URL twice is no second endpoint"));
      }
      urls.add(endpoint.uri());
      problems.addAll(problems(field, endpoint));
      problems.addAll(connectionProblems(field, endpoint));
      boolean differs =
          endpoints.stream()
              .limit(i)
              .filter(other -> other.operator().equals(endpoint.operator()))
              .anyMatch(other -> !other.proxy().equals(endpoint.proxy()));
      if (differs) {
        problems.add(
            new Problem(
                field + ".proxy",
                endpoint.proxy().isEmpty() ? "none" : "another one",
                "the same for all endpoints of an operator",
                "give all of them this proxy, or none"));
      }
    }
    return problems;
  }

  /** Deliberate: no value is repeated, because a credential in the wrong place is a secret too. */
  private static List<Problem> connectionProblems(String field, Endpoint endpoint) {
    List<Problem> problems = new ArrayList<>();
    boolean encrypted =
        endpoint.uri().isEncrypted()
            && endpoint.webSocket().map(SecretUri::isEncrypted).orElse(true);
    if (!endpoint.pins().isEmpty() && !encrypted) {
      problems.add(
          new Problem(
              field + ".pins", "(not shown)", "for https and wss", "plain text shows no key"));
    }
    if (endpoint.pins().size() > Connections.MOST_PINS) {
      problems.add(
          new Problem(
              field + ".pins",
              Integer.toString(endpoint.pins().size()),
              "1 to " + Connections.MOST_PINS,
              "pin the key in use and the next one"));
    }
    if (!endpoint.pins().stream().allMatch(Connections::isPin)) {
      problems.add(
          new Problem(
              field + ".pins",
              "(not shown)",
              "44 characters of base64, of 32 bytes",
              "give the SHA-256 of the SubjectPublicKeyInfo"));
    }
    endpoint
        .proxy()
        .ifPresent(
            proxy -> {
              if (!Connections.isHost(proxy.host())) {
                problems.add(
                    new Problem(
                        field + ".proxy.host",
                        "(not shown)",
                        "a host name or an address",
                        "leave out scheme, port and credentials"));
              }
              if (proxy.port() < 1 || proxy.port() > 65_535) {
                problems.add(
                    new Problem(
                        field + ".proxy.port",
                        Integer.toString(proxy.port()),
                        "1 to 65535",
                        "give the port of the proxy"));
              }
              if (!encrypted) {
                problems.add(
                    new Problem(
                        field + ".proxy",
                        "(not shown)",
                        "for https and wss",
                        "plain text would show the proxy URL and credentials"));
              }
            });
    return problems;
  }

  private static List<Problem> problems(String field, Endpoint endpoint) {
    List<Problem> problems = new ArrayList<>();
    if (endpoint.has(Role.SUBMIT) && endpoint.has(Role.PRIVATE_SUBMIT)) {
      problems.add(
          new Problem(
              field + ".roles",
              endpoint.roles().toString(),
              "SUBMIT or PRIVATE_SUBMIT",
              "what is public once is never private"));
    }
    endpoint
        .requestsPerSecond()
        .ifPresent(
            limit -> {
              if (limit < 1 || limit > 1_000_000) {
                problems.add(
                    new Problem(
                        field + ".requestsPerSecond",
                        Integer.toString(limit),
                        "1 to 1000000",
                        "leave it out to learn it"));
              }
            });
    endpoint
        .credits()
        .map(Endpoint.MonthlyCredits::monthly)
        .filter(budget -> budget < LEAST_BUDGET || budget > MOST_BUDGET)
        .ifPresent(
            budget ->
                problems.add(
                    new Problem(
                        field + ".credits",
                        Long.toString(budget),
                        LEAST_BUDGET + " to " + MOST_BUDGET,
                        "leave it out to count nothing")));
    endpoint
        .webSocket()
        .flatMap(SecretUri::webSocketProblem)
        .ifPresent(
            why ->
                problems.add(
                    new Problem(field + ".webSocket", "***", "a usable URL", "it " + why)));
    for (String header : endpoint.headers().keySet()) {
      if (!header.matches("[A-Za-z0-9-]{1,64}")) {
        problems.add(
            new Problem(
                field + ".headers", "(not shown)", "1 to 64 of A-Z a-z 0-9 -", "rename it"));
      }
    }
    return problems;
  }
}
