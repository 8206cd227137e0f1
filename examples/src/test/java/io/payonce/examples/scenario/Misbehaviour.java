package io.payonce.examples.scenario;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a broken part of a host does instead of what it promised. */
@SuppressWarnings("FutureReturnValueIgnored") // whoever calls the part gets it
enum Misbehaviour {
  THROWS_AN_EXCEPTION {
    @Override
    Object answer() {
      throw new IllegalStateException("broken part");
    }
  },
  THROWS_AN_ERROR {
    @Override
    Object answer() {
      throw new NoClassDefFoundError("broken part");
    }
  },
  THROWS_A_CHECKED_EXCEPTION {
    @Override
    Object answer() throws IOException {
      throw new IOException("broken part");
    }
  },
  RETURNS_NULL {
    @Override
    @Nullable Object answer() {
      return null;
    }
  },
  FAILS_WITH_AN_ERROR {
    @Override
    Object answer() {
      return CompletableFuture.failedFuture(new StackOverflowError("broken part"));
    }
  },
  COMPLETES_WITH_NULL {
    @Override
    Object answer() {
      return CompletableFuture.completedFuture(null);
    }
  },
  NEVER_COMPLETES {
    @Override
    Object answer() {
      return new CompletableFuture<Object>();
    }
  };

  abstract @Nullable Object answer() throws IOException;

  /** The same part, but each call that the predicate takes by its method's name is answered so. */
  <T> T in(Class<T> type, T part, Predicate<String> broken) {
    return in(type, part, (name, arguments) -> broken.test(name));
  }

  /** The same by its arguments too. */
  <T> T in(Class<T> type, T part, BiPredicate<String, List<Object>> broken) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                broken.test(method.getName(), arguments == null ? List.of() : List.of(arguments))
                    ? answer()
                    : call(method, part, arguments)));
  }

  private static @Nullable Object call(Method method, Object part, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(part, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getTargetException();
    }
  }
}
