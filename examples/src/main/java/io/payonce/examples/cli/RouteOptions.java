package io.payonce.examples.cli;

import io.payonce.routing.Endpoint;
import io.payonce.rpc.Route;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Who may hear of the wallets' transactions before they are mined. The journal does not keep it: a
 * run without the option would show everyone what an earlier one sent in private. So private
 * endpoints that nothing goes to are refused, as the option was forgotten then.
 */
final class RouteOptions {
  @Option(
      names = "--private-route",
      split = ",",
      paramLabel = "NAME",
      description = {
        "Sends through these endpoints of the role private_submit in --endpoints, and to nobody",
        "else: first sends, replacements and cancels. Give the same for every command on a journal."
      })
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--public-after",
      paramLabel = "BLOCKS",
      description = "Gives what is not mined to everyone after so many blocks: 1 to 10000.")
  private @Nullable Integer publicAfter;

  /** Of a pool with these endpoints; refused before any of them is asked. */
  Route among(List<Endpoint> endpoints) {
    List<String> relays =
        endpoints.stream()
            .filter(endpoint -> endpoint.roles().contains(Endpoint.Role.PRIVATE_SUBMIT))
            .map(Endpoint::name)
            .toList();
    if (names.isEmpty()) {
      return toEveryone(relays);
    }
    for (int i = 0; i < names.size(); i++) {
      if (!relays.contains(names.get(i))) { // not shown: a URL in the wrong place is a secret
        throw Refusal.badInput(
            "--private-route: name "
                + (i + 1)
                + " is no endpoint of the role private_submit in --endpoints; those are "
                + relays);
      }
    }
    String first = names.get(0);
    String[] more = names.subList(1, names.size()).toArray(String[]::new);
    try {
      return publicAfter == null
          ? Route.privately(first, more)
          : Route.privatelyUntil(publicAfter, first, more);
    } catch (IllegalArgumentException bad) {
      throw Refusal.badInput("--private-route, --public-after: " + bad.getMessage());
    }
  }

  private Route toEveryone(List<String> relays) {
    if (publicAfter != null) {
      throw Refusal.badInput("--public-after needs --private-route");
    }
    if (!relays.isEmpty()) {
      throw Refusal.badInput(
          "endpoints of the role private_submit are given, "
              + relays
              + ", and everything would go to everyone; name them with --private-route, or leave"
              + " them out");
    }
    return Route.PUBLIC;
  }
}
