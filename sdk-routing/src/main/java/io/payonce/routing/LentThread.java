package io.payonce.routing;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A caller's thread that would only wait for its call: an exchange may block it in place of a
 * thread of the pool, which saves two changes of thread, as much as an exchange on loopback takes.
 *
 * <p>It carries what its own call sends, and nothing of others beyond single steps; futures of
 * others complete elsewhere, as what hangs on them may take long. Confined to its owner.
 */
final class LentThread implements Executor {
  private static final ThreadLocal<@Nullable LentThread> CURRENT = new ThreadLocal<>();

  private final Queue<Runnable> exchanges = new ArrayDeque<>(2);

  private LentThread() {}

  /**
   * Lends the current thread to one call until its exchanges are over, and waits for the rest.
   *
   * @param nanos of the wait after the exchanges
   * @throws TimeoutException when the rest took longer
   * @throws InterruptedException at once, or when the exchange has ended that this thread is
   *     carrying; the call goes on without it
   */
  static <T> T lend(Function<LentThread, CompletableFuture<T>> call, long nanos)
      throws InterruptedException, ExecutionException, TimeoutException {
    LentThread lent = new LentThread();
    LentThread before = CURRENT.get();
    CURRENT.set(lent);
    CompletableFuture<T> answer;
    try {
      answer = call.apply(lent);
      for (Runnable next = lent.exchanges.poll(); next != null; next = lent.exchanges.poll()) {
        next.run();
      }
    } finally {
      CURRENT.set(before);
    }
    return answer.get(nanos, TimeUnit.NANOSECONDS);
  }

  /** Whether somebody lends the current thread. */
  static boolean isCurrent() {
    return CURRENT.get() != null;
  }

  /** Whether this is the current thread, and takes exchanges: an interrupted one takes none. */
  boolean takes() {
    return CURRENT.get() == this && !Thread.currentThread().isInterrupted();
  }

  /** Whether an exchange may have failed for the interrupt of its thread. */
  boolean isInterrupted() {
    return CURRENT.get() == this && Thread.currentThread().isInterrupted();
  }

  /** Runs it when the call has set its timers. Only while this {@linkplain #takes() takes} them. */
  @Override
  public void execute(Runnable exchange) {
    exchanges.add(exchange);
  }
}
