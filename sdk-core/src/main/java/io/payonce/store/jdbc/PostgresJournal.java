package io.payonce.store.jdbc;

import io.payonce.store.JournalUnusableException;
import io.payonce.store.StoreUnavailableException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Opens PostgreSQL journals. The only way to the classes of the driver, which is optional. */
final class PostgresJournal {
  static final String URL = "jdbc:postgresql:";

  private static final int CONNECT_SECONDS = 10;

  /** A network that swallows everything must not hold a caller for ever. */
  private static final int SOCKET_SECONDS = 30;

  private PostgresJournal() {}

  static Database open(DataSource pool, JournalOptions options) {
    demandDriver();
    return checked(new Connections(pool, false, options.busyTimeout()), options, false);
  }

  static Database openReadOnly(DataSource pool, JournalOptions options) {
    demandDriver();
    return checked(new Connections(pool, false, options.busyTimeout()), options, true);
  }

  static Database open(String url, JournalOptions options) {
    return checked(plain(url, options), options, false);
  }

  static Database openReadOnly(String url, JournalOptions options) {
    return checked(plain(url, options), options, true);
  }

  private static Connections plain(String url, JournalOptions options) {
    demandDriver();
    return new Connections(Driver.source(url, options), true, options.busyTimeout());
  }

  private static Database checked(
      Connections connections, JournalOptions options, boolean readOnly) {
    PostgresDatabase database =
        new PostgresDatabase(
            connections, new PostgresDialect(options.schema()), options.busyTimeout(), readOnly);
    try {
      Schema unused =
          readOnly
              ? PostgresStart.startReadOnly(database, options.schema())
              : PostgresStart.start(database, options.schema());
      return database;
    } catch (StoreUnavailableException e) {
      database.close();
      throw new JournalUnusableException(
          "cannot open the journal: " + e.getMessage() + "; check server, database and role", e);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  static void demandDriver() {
    try {
      Class.forName("org.postgresql.Driver");
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "a PostgreSQL journal needs org.postgresql:postgresql on the class path", e);
    }
  }

  /** Loaded only once the driver is known to be there. */
  private static final class Driver {
    static DataSource source(String url, JournalOptions options) {
      PGSimpleDataSource source = new PGSimpleDataSource();
      source.setConnectTimeout(CONNECT_SECONDS);
      source.setSocketTimeout(
          SOCKET_SECONDS + (int) TimeUnit.MILLISECONDS.toSeconds(options.busyTimeout().toMillis()));
      source.setTcpKeepAlive(true);
      source.setApplicationName("payonce");
      try {
        source.setURL(url); // what the URL says stands
      } catch (IllegalArgumentException e) {
        // Deliberate: neither the URL nor the driver's words, which may hold a password.
        throw new IllegalArgumentException(
            "the journal's URL must be like jdbc:postgresql://host:5432/database");
      }
      source.setPrepareThreshold(0);
      options.login().ifPresent(login -> source.setUser(login.user()));
      options.login().ifPresent(login -> source.setPassword(login.password()));
      return source;
    }
  }
}
