package io.payonce.failure;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whose words a rule is about.
 *
 * @param clients empty for every client, an unknown one included
 * @param chains ids; empty for every chain
 */
record RuleScope(List<Clients> clients, List<Long> chains) {
  static final RuleScope EVERYTHING = new RuleScope(List.of(), List.of());

  RuleScope {
    clients = List.copyOf(clients);
    chains = List.copyOf(chains);
  }

  boolean isEverything() {
    return clients.isEmpty() && chains.isEmpty();
  }

  boolean covers(NodeAnswer answer) {
    boolean chain =
        chains.isEmpty() || answer.chain().filter(id -> chains.contains(id.value())).isPresent();
    return chain && coversClient(answer.client());
  }

  private boolean coversClient(NodeClient client) {
    for (Clients range : clients) {
      if (range.cover(client)) {
        return true;
      }
    }
    return clients.isEmpty();
  }

  /** One client of each range: what a sample of the rule is tried with. */
  List<NodeClient> examples() {
    List<NodeClient> examples = new ArrayList<>();
    clients.forEach(range -> examples.add(range.example()));
    return examples.isEmpty() ? List.of(NodeClient.UNKNOWN) : examples;
  }

  /**
   * The versions of one client; a client of unknown version is in no bounded range.
   *
   * @param from inclusive
   * @param below exclusive
   */
  record Clients(String family, Optional<String> from, Optional<String> below) {
    private static final Pattern TEXT =
        Pattern.compile("([a-z][a-z0-9-]*)( >=([0-9.]+))?( <([0-9.]+))?");

    /** Reads {@code geth}, {@code geth >=1.9}, {@code geth <1.13} or {@code geth >=1.9 <1.13}. */
    static Clients parse(String text) {
      Matcher found = TEXT.matcher(text);
      if (!found.matches()) {
        throw new IllegalArgumentException("client '" + text + "' must be like 'geth >=1.9 <1.13'");
      }
      return new Clients(
          found.group(1), Optional.ofNullable(found.group(3)), Optional.ofNullable(found.group(5)));
    }

    boolean cover(NodeClient client) {
      if (!family.equals(client.family())) {
        return false;
      }
      if (from.isEmpty() && below.isEmpty()) {
        return true;
      }
      return !client.version().isEmpty()
          && from.filter(v -> NodeClient.compareVersions(client.version(), v) < 0).isEmpty()
          && below.filter(v -> NodeClient.compareVersions(client.version(), v) >= 0).isEmpty();
    }

    NodeClient example() {
      return new NodeClient(family, from.orElse(below.isPresent() ? "0" : ""));
    }
  }
}
