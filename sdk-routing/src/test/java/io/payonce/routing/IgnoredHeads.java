package io.payonce.routing;

import io.payonce.rpc.HeadEvent;
import java.util.concurrent.Flow;

/** Makes a pool listen for heads, and looks at none. */
final class IgnoredHeads implements Flow.Subscriber<HeadEvent> {
  @Override
  public void onSubscribe(Flow.Subscription given) {
    given.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(HeadEvent event) {}

  @Override
  public void onError(Throwable thrown) {}

  @Override
  public void onComplete() {}
}
