package io.payonce.routing;

import java.util.concurrent.Flow;

/** Makes a pool listen, and looks at nothing of what it hears. */
final class Ignored<T> implements Flow.Subscriber<T> {
  @Override
  public void onSubscribe(Flow.Subscription given) {
    given.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(T event) {}

  @Override
  public void onError(Throwable thrown) {}

  @Override
  public void onComplete() {}
}
