package io.payonce.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.testing.PostgresServer;
import io.payonce.testing.RequiredPart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One PostgreSQL server for all tests of a run, closed at its end; every test takes a schema of its
 * own in it.
 */
final class PostgresTestServer implements ParameterResolver {
  private static final Path BELOW = Path.of("target", "postgres");

  /** For what comes within milliseconds where the machine has nothing else to do. */
  private static final int PATIENCE_SECONDS = 120;

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestDatabase.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Shared shared =
        context
            .getRoot()
            .getStore(Namespace.create(PostgresTestServer.class))
            .getOrComputeIfAbsent(Shared.class, key -> new Shared(), Shared.class);
    return shared.database();
  }

  /** A server of its own, for a test that kills it or turns a setting off. */
  static PostgresServer own(String... settings) {
    return RequiredPart.orSkip(
        () -> {
          try {
            return PostgresServer.start(BELOW, settings);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
          }
        });
  }

  private static final class Shared implements AutoCloseable {
    private final PostgresServer server = own();
    private final AtomicInteger schemas = new AtomicInteger();

    TestDatabase database() {
      return new TestDatabase(server, "test" + schemas.incrementAndGet());
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /**
   * A schema of its own, still without a journal.
   *
   * @param schema its name; no default, so that no forgotten name goes unseen
   */
  record TestDatabase(PostgresServer server, String schema) {
    /** Has {@code payonce_app} and nothing else. */
    static final String APP = "withdrawals";

    TestDatabase {
      sql(server, Migrations.postgresql(schema).script("roles.sql"));
      for (String role : List.of("owner", "app", "accept", "read")) {
        String login = role.equals("app") ? APP : "only_" + role;
        sql(
            server,
            "DO $$ BEGIN CREATE ROLE %s LOGIN IN ROLE payonce_%s; EXCEPTION WHEN duplicate_object"
                    .formatted(login, role)
                + " THEN NULL; END $$");
      }
    }

    String url() {
      return server.url("postgres");
    }

    DataSource source(String user) {
      PGSimpleDataSource source = new PGSimpleDataSource();
      source.setURL(url());
      source.setUser(user);
      return source;
    }

    JournalOptions options() {
      return JournalOptions.defaults().withSchema(schema).withLogin(APP, "none");
    }

    int migrate() {
      return JdbcTransferStore.migrate(source(PostgresServer.ADMIN), options());
    }

    /** A new journal in it, or the one that is there; the role has what a host's has. */
    JdbcTransferStore open() {
      int unused = migrate();
      return JdbcTransferStore.open(url(), options());
    }

    Connection connect(String user) throws SQLException {
      return DriverManager.getConnection(url(), user, "none");
    }

    /** Runs SQL as the administrator; {@code @} stands for the schema and a dot. */
    void sql(String sql) {
      sql(server, sql.replace("@", schema + "."));
    }

    private static void sql(PostgresServer server, String sql) {
      try (Connection connection =
              DriverManager.getConnection(server.url("postgres"), PostgresServer.ADMIN, "none");
          Statement statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(sql + ": " + e.getMessage(), e);
      }
    }

    /** Until this query says true, by what sessions show of themselves. */
    void await(String query) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      try (Connection connection = connect(PostgresServer.ADMIN);
          Statement statement = connection.createStatement()) {
        boolean isSo = false;
        while (!isSo) {
          assertThat(System.nanoTime()).as("%s", query).isLessThan(end);
          try (ResultSet row = statement.executeQuery(query.replace("@", schema + "."))) {
            row.next();
            isSo = row.getBoolean(1);
          }
        }
      } catch (SQLException e) {
        throw new IllegalStateException(query + ": " + e.getMessage(), e);
      }
    }

    /** Until so many sessions wait for a lock with a statement about this schema. */
    void awaitWaiting(int sessions) {
      await(
          "SELECT count(*) = %d FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%%s.%%'"
              .formatted(sessions, schema));
    }

    String text(String query) {
      try (Connection connection = connect(PostgresServer.ADMIN);
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(query.replace("@", schema + "."))) {
        row.next();
        return row.getString(1);
      } catch (SQLException e) {
        throw new IllegalStateException(query + ": " + e.getMessage(), e);
      }
    }
  }
}
