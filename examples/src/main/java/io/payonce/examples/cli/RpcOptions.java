package io.payonce.examples.cli;

import io.payonce.routing.Endpoint;
import io.payonce.routing.SecretUri;
import io.payonce.rpc.Operator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the chain is reached, and what is particular about it. */
final class RpcOptions {
  /** Who answers behind URLs without a name: one party, since nothing says otherwise. */
  private static final String UNNAMED = "unnamed";

  private static final Pattern NAMED = Pattern.compile("([a-z0-9-]{1,32})=(.*)");

  @Option(
      names = "--rpc",
      split = ",",
      paramLabel = "[OPERATOR=]URL",
      description = {
        "Endpoints with the names of their operators; may be repeated.",
        "URLs without a name count as one operator. Three operators are the least that",
        "tolerate one that lies and one that is away."
      })
  private List<String> urls = new ArrayList<>();

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Describes chains that are not built in, or overrides single fields.")
  private @Nullable Path profile;

  boolean isGiven() {
    return !urls.isEmpty();
  }

  Optional<Path> profile() {
    return Optional.ofNullable(profile);
  }

  List<Endpoint> endpoints() {
    if (urls.isEmpty()) {
      throw Refusal.badInput("--rpc is missing; name at least one endpoint");
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (String given : urls) {
      Matcher named = NAMED.matcher(given);
      boolean hasName = named.matches();
      Operator operator = new Operator(hasName ? named.group(1) : UNNAMED);
      String url = hasName ? named.group(2) : given;
      String name = "rpc-" + (endpoints.size() + 1);
      endpoints.add(Endpoint.builder(name, operator.id(), SecretUri.of(url)).build());
    }
    return endpoints;
  }
}
