package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where credentials of the journal may stand. */
final class JournalOptionTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("PAYONCE_JOURNAL_USER", "me", "PAYONCE_JOURNAL_PASSWORD", "s3cret");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db/pay?password=s3cret",
        "jdbc:postgresql://db/pay?ssl=true&user=me",
        "JDBC:postgresql://db/pay?PASSWORD=s3cret",
        "jdbc:postgresql://me:s3cret@db/pay",
      })
  void a_url_with_credentials_is_refused_without_repeating_them(String url) {
    assertThatThrownBy(() -> JournalOption.requireNoCredentials(url))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("PAYONCE_JOURNAL_PASSWORD")
        .hasMessageNotContaining("s3cret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:postgresql://db:5432/pay?ssl=true", "a@b/journal.db", "journal.db"})
  void other_locations_are_fine(String location) {
    assertThatCode(() -> JournalOption.requireNoCredentials(location)).doesNotThrowAnyException();
  }

  @Test
  void user_and_password_come_from_the_environment() {
    assertThat(JournalCredentials.options(null, Map.of()).login()).isEmpty();
    var login = JournalCredentials.options(null, ENVIRONMENT).login().orElseThrow();
    assertThat(login.user()).isEqualTo("me");
    assertThat(login.password()).isEqualTo("s3cret");
  }

  @Test
  void user_and_password_come_from_a_file_of_its_owner_as_they_stand() throws IOException {
    Path file = file("rw-------", "user=me\npassword= s3=cret \n\n");
    var login = JournalCredentials.options(file, Map.of()).login().orElseThrow();
    assertThat(login.user()).isEqualTo("me");
    assertThat(login.password()).isEqualTo(" s3=cret ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwxrwxrwx"})
  void a_file_that_others_may_use_is_refused(String permissions) throws IOException {
    assertRefused(file(permissions, "user=me\npassword=s3cret\n"), "chmod 600");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s3cret",
        "user=me",
        "password=s3cret",
        "user=me\nuser=you\npassword=s3cret",
        "user=me\npassword=s3cret\npassword=s3cret",
        "user=me\npassword=s3cret\nhost=s3cret",
        " user=me\npassword=s3cret"
      })
  void a_file_of_another_form_is_refused_without_repeating_it(String text) throws IOException {
    assertRefused(file("r--------", text), "user=NAME and password=PASSWORD, and no other");
  }

  @Test
  void a_missing_file_and_two_sources_are_refused() throws IOException {
    assertRefused(folder.resolve("none"), "cannot be read");
    Path file = file("rw-------", "user=me\npassword=s3cret\n");
    assertThatThrownBy(() -> JournalCredentials.options(file, ENVIRONMENT))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("exclude each other")
        .hasMessageNotContaining("s3cret");
  }

  private Path file(String permissions, String text) throws IOException {
    Path file = Files.writeString(folder.resolve("credentials"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private static void assertRefused(Path file, String says) {
    assertThatThrownBy(() -> JournalCredentials.options(file, Map.of()))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining(says)
        .hasMessageNotContaining("s3cret");
  }
}
