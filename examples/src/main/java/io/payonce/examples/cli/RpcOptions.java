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

  static final Pattern NAMED = Pattern.compile("([a-z0-9-]{1,32})=(.*)");

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
      names = "--endpoints",
      paramLabel = "FILE",
      description = {
        "Endpoints in place of --rpc, as a JSON list of objects with operator and url, and where",
        "needed name, webSocket, tier, roles, headers, proxy (HOST:PORT, of all endpoints of an",
        "operator) and pins (up to 8 SHA-256 of public keys in base64, of which the connection has",
        "to show one). Others than its owner must not be able to read it."
      })
  private @Nullable Path file;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Describes chains that are not built in, or overrides single fields.")
  private @Nullable Path profile;

  private List<Endpoint> endpoints = List.of();

  boolean isGiven() {
    return !urls.isEmpty() || file != null;
  }

  Optional<Path> profile() {
    return Optional.ofNullable(profile);
  }

  /** Those that are given; read once, so that a file that changes is no second list. */
  List<Endpoint> endpoints() {
    if (endpoints.isEmpty()) {
      endpoints = file == null ? named() : fromFile(file);
    }
    return endpoints;
  }

  private List<Endpoint> fromFile(Path given) {
    if (!urls.isEmpty()) {
      throw Refusal.badInput("--rpc and --endpoints exclude each other");
    }
    return EndpointFile.read(given);
  }

  private List<Endpoint> named() {
    if (urls.isEmpty()) {
      throw Refusal.badInput("--rpc is missing; name at least one endpoint");
    }
    List<Endpoint> all = new ArrayList<>();
    for (String given : urls) {
      Matcher named = NAMED.matcher(given);
      boolean hasName = named.matches();
      Operator operator = new Operator(hasName ? named.group(1) : UNNAMED);
      String url = hasName ? named.group(2) : given;
      String name = "rpc-" + (all.size() + 1);
      all.add(Endpoint.builder(name, operator.id(), SecretUri.of(url)).build());
    }
    return all;
  }
}
