package io.payonce.examples.scenario;

import io.payonce.Address;
import io.payonce.ChainId;
import io.payonce.signing.Signer;
import io.payonce.signing.SigningCode;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A switch in front of a signer, which also notes what was signed. */
final class SigningStop {
  final List<SigningRequest> signed = new ArrayList<>();
  boolean refusing;

  Signer wrap(Signer signer) {
    return new Signer() {
      @Override
      public Address address() {
        return signer.address();
      }

      @Override
      public Set<ChainId> chains() {
        return signer.chains();
      }

      @Override
      public CompletableFuture<SigningOutcome> sign(SigningRequest request) {
        if (refusing) {
          return CompletableFuture.completedFuture(
              new SigningOutcome.Unavailable(SigningCode.DEVICE_UNAVAILABLE, "switched off", true));
        }
        signed.add(request);
        return signer.sign(request);
      }

      @Override
      public void close() {
        signer.close();
      }
    };
  }
}
