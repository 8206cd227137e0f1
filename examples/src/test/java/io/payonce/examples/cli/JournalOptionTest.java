package io.payonce.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where credentials of the journal may stand. */
final class JournalOptionTest {
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
    assertThat(JournalOption.options(Map.of()).login()).isEmpty();
    var login =
        JournalOption.options(
                Map.of("PAYONCE_JOURNAL_USER", "me", "PAYONCE_JOURNAL_PASSWORD", "s3cret"))
            .login()
            .orElseThrow();
    assertThat(login.user()).isEqualTo("me");
    assertThat(login.password()).isEqualTo("s3cret");
  }
}
