package io.payonce.testing;

import java.util.function.Predicate;

/**
 * Decides the fate of each request at a {@link FaultProxy}. Called once per request, on the thread
 * of its connection: implementations are thread-safe and do not block.
 */
@FunctionalInterface
public interface FaultPolicy {
  Fault decide(ProxiedRequest request);

  /** Lets everything pass. */
  static FaultPolicy none() {
    return request -> Fault.PASS;
  }

  /** The same fault for every request. */
  static FaultPolicy always(Fault fault) {
    return request -> fault;
  }

  /** This policy for requests that match; the others pass, and draw nothing from it. */
  default FaultPolicy where(Predicate<ProxiedRequest> matches) {
    return request -> matches.test(request) ? decide(request) : Fault.PASS;
  }

  /** This policy for requests that hold a call of this method, alone or in a batch. */
  default FaultPolicy onMethod(String method) {
    return where(request -> request.calls(method));
  }

  /** Asks the other policy about what this one lets pass. */
  default FaultPolicy or(FaultPolicy other) {
    return request -> {
      Fault mine = decide(request);
      return mine == Fault.PASS ? other.decide(request) : mine;
    };
  }
}
