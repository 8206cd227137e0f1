package io.payonce.examples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.payonce.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** An endpoints file of relays and of operators for everyone, and who of them saw what. */
final class RelayedEndpoints {
  private static final String ONE =
      "{\"name\":\"%s\",\"operator\":\"%s\",\"url\":\"%s\",\"roles\":[%s]}";

  private RelayedEndpoints() {}

  /**
   * Readable by its owner alone. Each endpoint is of an operator of its own name.
   *
   * @param relays by their names, in order
   * @param rolesOfRelays as in the file
   */
  static Path write(
      Path folder, Map<String, FaultProxy> relays, String rolesOfRelays, List<FaultProxy> everyone)
      throws IOException {
    List<String> all = new ArrayList<>();
    relays.forEach((name, relay) -> all.add(ONE.formatted(name, name, relay.url(), rolesOfRelays)));
    for (FaultProxy each : everyone) {
      String name = "public-" + all.size();
      all.add(ONE.formatted(name, name, each.url(), "\"read\",\"vote\",\"submit\""));
    }
    Path file = Files.writeString(folder.resolve("endpoints.json"), all.toString());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  static boolean saw(FaultProxy server, Predicate<String> words) {
    return server.log().stream().anyMatch(seen -> words.test(seen.request().body()));
  }

  /** Whether any of them got a request that names one of these hashes. */
  static boolean sawAny(List<FaultProxy> servers, Iterable<JsonNode> hashes) {
    for (JsonNode hash : hashes) {
      String named = hash.asText().substring(2);
      if (servers.stream().anyMatch(server -> saw(server, body -> body.contains(named)))) {
        return true;
      }
    }
    return false;
  }
}
