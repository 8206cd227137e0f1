package io.payonce.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InboxTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
  private final Inbox inbox = new Inbox("seen_events");
  private Connection host;

  @BeforeEach
  void connect(@TempDir Path folder) throws SQLException {
    host = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("host.db"));
    try (Statement statement = host.createStatement()) {
      statement.execute(inbox.ddl());
    }
    host.setAutoCommit(false);
  }

  @AfterEach
  void close() throws SQLException {
    host.close();
  }

  @Test
  void an_event_is_first_once() throws SQLException {
    assertThat(inbox.isFirst(host, "e1", AT)).isTrue();
    assertThat(inbox.isFirst(host, "e1", AT)).isFalse();
    host.commit();
    assertThat(inbox.isFirst(host, "e1", AT.plusSeconds(1))).isFalse();
    assertThat(inbox.isFirst(host, "e2", AT)).isTrue();
  }

  @Test
  void an_event_whose_booking_was_rolled_back_is_first_again() throws SQLException {
    assertThat(inbox.isFirst(host, "e1", AT)).isTrue();
    host.rollback();
    assertThat(inbox.isFirst(host, "e1", AT)).isTrue();
  }

  @Test
  void old_events_are_forgotten() throws SQLException {
    inbox.isFirst(host, "old", AT.minusMillis(1));
    inbox.isFirst(host, "new", AT);
    assertThat(inbox.forget(host, AT)).isEqualTo(1);
    assertThat(inbox.isFirst(host, "new", AT)).isFalse();
    assertThat(inbox.isFirst(host, "old", AT)).isTrue();
  }

  @Test
  void names_that_could_carry_other_statements_are_refused() {
    for (String table : new String[] {"", "a b", "a;drop", "\"a\"", "A", "a.b.c", "1a"}) {
      assertThatThrownBy(() -> new Inbox(table))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + table + "'");
    }
    assertThat(new Inbox("host.seen_1").ddl()).contains("host.seen_1");
    assertThatThrownBy(() -> inbox.isFirst(host, "", AT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 200");
  }
}
