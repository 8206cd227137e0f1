package io.payonce.store.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.IntSupplier;

/** A connection whose COMMIT fails when told to, before or after it was done. */
final class FaultyConnection {
  static final int IO_ERROR = 10;
  static final int FULL = 13;

  private final Connection target;
  private IntSupplier failure = () -> 0;
  private boolean commitFirst;
  private int commits;

  FaultyConnection(Connection target) {
    this.target = target;
  }

  /** From now on each COMMIT asks for its error code of SQLite, 0 for none. */
  void failCommits(IntSupplier code, boolean afterTheyAreDone) {
    failure = code;
    commitFirst = afterTheyAreDone;
  }

  void failCommits(int code) {
    failCommits(() -> code, false);
  }

  /** Commits that were asked for so far, failed ones too. */
  int commits() {
    return commits;
  }

  Connection connection() {
    return proxy(
        Connection.class,
        target,
        (method, arguments, result) ->
            result.get() instanceof Statement s && method.equals("createStatement")
                ? faulty(s)
                : result.get());
  }

  private Statement faulty(Statement statement) {
    return proxy(
        Statement.class,
        statement,
        (method, arguments, result) -> {
          boolean commit = method.equals("execute") && "COMMIT".equals(arguments[0]);
          commits += commit ? 1 : 0;
          int code = commit ? failure.getAsInt() : 0;
          if (code != 0 && !commitFirst) {
            throw new SQLException("COMMIT failed", "", code);
          }
          Object answer = result.get();
          if (code != 0) {
            throw new SQLException("answer lost", "", code);
          }
          return answer;
        });
  }

  private interface Call {
    Object get() throws Throwable;
  }

  private interface Fault {
    Object around(String method, Object[] arguments, Call call) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, T target, Fault fault) {
    return type.cast(
        Proxy.newProxyInstance(
            FaultyConnection.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                fault.around(
                    method.getName(),
                    arguments,
                    () -> {
                      try {
                        return method.invoke(target, arguments);
                      } catch (InvocationTargetException e) {
                        throw e.getCause();
                      }
                    })));
  }
}
