package io.payonce.examples.cli;

import io.payonce.store.jdbc.JournalOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who opens a PostgreSQL journal: from a file that its owner alone can read, or from the
 * environment. Never from the command line, which every user of the machine may read. Nothing of it
 * is ever part of a message.
 */
final class JournalCredentials {
  private static final String USER = "PAYONCE_JOURNAL_USER";
  private static final String PASSWORD = "PAYONCE_JOURNAL_PASSWORD";
  private static final String FORM = "must have the lines user=NAME and password=PASSWORD";

  private JournalCredentials() {}

  /** Neither is fine too: the server may know the login by its certificate or its address. */
  static JournalOptions options(@Nullable Path file, Map<String, String> environment) {
    JournalOptions plain = JournalOptions.defaults();
    Optional<String> user = Optional.ofNullable(environment.get(USER));
    Optional<String> password = Optional.ofNullable(environment.get(PASSWORD));
    if (file == null) {
      return user.map(name -> plain.withLogin(name, password.orElse(""))).orElse(plain);
    }
    if (user.isPresent() || password.isPresent()) {
      throw Refusal.badInput(
          "--journal-credentials and " + USER + " or " + PASSWORD + " exclude each other");
    }
    List<String> lines = read(file);
    return plain.withLogin(value(file, lines, "user"), value(file, lines, "password"));
  }

  private static List<String> read(Path file) {
    String otherwise = "set " + USER + " and " + PASSWORD;
    return PrivateFile.of("credentials", file, "change the password", otherwise).lines().toList();
  }

  /** Deliberate: everything behind the first = is the value, spaces too. */
  private static String value(Path file, List<String> lines, String name) {
    List<String> found =
        lines.stream()
            .filter(line -> line.startsWith(name + "="))
            .map(line -> line.substring(name.length() + 1))
            .toList();
    if (found.size() != 1 || lines.stream().filter(line -> !line.isBlank()).count() != 2) {
      throw Refusal.badInput("credentials file " + file + " " + FORM + ", and no other");
    }
    return found.get(0);
  }
}
