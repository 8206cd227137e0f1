package io.payonce.examples.node;

import io.payonce.store.jdbc.JdbcTransferStore;
import io.payonce.store.jdbc.JournalOptions;
import io.payonce.testing.PostgresServer;
import io.payonce.testing.RequiredPart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server with a journal whose roles have logins: one for all tests of the JVM, emptied
 * for each, or one of a test's own. One thread at a time.
 */
public final class TestPostgres implements AutoCloseable {
  /** Has {@code payonce_app} and nothing else. */
  public static final String APP = "withdrawals";

  /** Has {@code payonce_accept} and nothing else. */
  public static final String HOST = "host";

  /** Has {@code payonce_read} and nothing else. */
  public static final String READER = "reader";

  /** Of every login, and never to be seen; the server itself trusts everybody here. */
  public static final String PASSWORD = "open-sesame";

  private static final String DATABASE = "postgres";
  private static @Nullable TestPostgres shared;

  private final PostgresServer server;

  private TestPostgres(PostgresServer server) {
    this.server = server;
    PGSimpleDataSource owner = new PGSimpleDataSource();
    owner.setURL(location());
    owner.setUser(PostgresServer.ADMIN);
    sql(
        """
        CREATE ROLE payonce_app; CREATE ROLE payonce_accept; CREATE ROLE payonce_read;
        CREATE ROLE withdrawals LOGIN IN ROLE payonce_app;
        CREATE ROLE host LOGIN IN ROLE payonce_accept;
        CREATE ROLE reader LOGIN IN ROLE payonce_read;
        CREATE TABLE orders (id text PRIMARY KEY);
        GRANT ALL ON orders TO host;
        """);
    int unused = JdbcTransferStore.migrate(owner, JournalOptions.defaults());
  }

  /** The one of this JVM, with an empty journal; without the server's programs the test is over. */
  public static synchronized TestPostgres emptied() {
    TestPostgres known = shared;
    if (known == null) {
      known = own();
      shared = known;
      Runtime.getRuntime().addShutdownHook(new Thread(known::close));
    } else {
      known.empty();
    }
    return known;
  }

  /** A server of the test's own, which it may kill. */
  public static TestPostgres own() {
    return new TestPostgres(
        RequiredPart.orSkip(
            () -> {
              try {
                return PostgresServer.start(BuildFolder.path().resolve("postgres"));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
              }
            }));
  }

  public PostgresServer server() {
    return server;
  }

  /** As {@code --journal} wants it. */
  public String location() {
    return server.url(DATABASE);
  }

  /** For the command line. */
  public Map<String, String> environment(String user) {
    return Map.of("PAYONCE_JOURNAL_USER", user, "PAYONCE_JOURNAL_PASSWORD", PASSWORD);
  }

  public JdbcTransferStore open() {
    return JdbcTransferStore.open(location(), JournalOptions.defaults().withLogin(APP, PASSWORD));
  }

  public Connection connect(String user) throws SQLException {
    return DriverManager.getConnection(location(), user, PASSWORD);
  }

  /** Runs SQL as the administrator. */
  public void sql(String sql) {
    try (Connection connection = connect(PostgresServer.ADMIN);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql + ": " + e.getMessage(), e);
    }
  }

  /** The first column of the first row. */
  public String text(String query) {
    try (Connection connection = connect(PostgresServer.ADMIN);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(query + ": " + e.getMessage(), e);
    }
  }

  /**
   * As new, which is quicker than new: what forbids it are triggers and foreign keys, which an
   * administrator may leave out.
   */
  private void empty() {
    sql(
        """
        SET session_replication_role = replica;
        DO $$
        DECLARE
          each text;
        BEGIN
          FOR each IN SELECT tablename FROM pg_tables
            WHERE schemaname = 'payonce' AND tablename NOT IN ('journal', 'streams')
          LOOP
            EXECUTE format('DELETE FROM payonce.%I', each);
          END LOOP;
          FOR each IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'payonce'
          LOOP
            EXECUTE format('ALTER SEQUENCE payonce.%I RESTART', each);
          END LOOP;
        END $$;
        DELETE FROM payonce.streams WHERE id > 0;
        UPDATE payonce.streams s SET seq = 0,
          digest = sha256(convert_to('payonce journal ' || j.id || ' stream ' || s.id, 'UTF8'))
          FROM payonce.journal j;
        UPDATE payonce.journal SET incarnation = 0;
        DELETE FROM orders;
        """);
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
