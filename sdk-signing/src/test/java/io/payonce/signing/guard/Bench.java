package io.payonce.signing.guard;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Fingerprint;
import io.payonce.LaneId;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.SigningClaims.Claim;
import io.payonce.signing.SigningOutcome;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.SigningRequest.Intent;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.SoftwareKey;
import io.payonce.testing.RecordedClaims;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A workbench for tests of the guard: one key, its journal, and short ways to make requests. */
final class Bench {
  static final ChainId CHAIN = ChainId.of(1);
  static final ChainId OTHER_CHAIN = ChainId.of(10);
  static final Address PAYEE = Address.of("0x" + "35".repeat(20));
  static final Address SELF = Address.of("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
  static final long NONCE = 7;
  static final GuardLimits LIMITS =
      GuardLimits.of(
          Wei.ofCoins("0.1"),
          TokenAmount.ofWei(CHAIN, Wei.of(1_000)),
          TokenAmount.ofWei(OTHER_CHAIN, Wei.of(1_000)));

  final RecordedClaims claims = new RecordedClaims();

  /** The key of EIP-155's example. */
  static SigningKey key() {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) 0x46);
    return SoftwareKey.fromBytes(key, InsecureKeyAccess.acknowledge("the key of EIP-155"));
  }

  static GuardedSigner signer(SigningKey key, SigningClaims claims, GuardLimits limits) {
    return GuardedSigner.builder()
        .key(key)
        .chains(OTHER_CHAIN, CHAIN)
        .claimsIn(claims)
        .limits(limits)
        .executor(Runnable::run)
        .build();
  }

  static AttemptId attempt(int sequence) {
    return new AttemptId(new SlotId(new LaneId(CHAIN, SELF), NONCE), sequence);
  }

  static Optional<Intent> intent(long transfer) {
    return Optional.of(
        new Intent(new TransferId(transfer), new Fingerprint("0x" + "%064x".formatted(transfer))));
  }

  static DynamicFee tx(Wei fee, Address to, Wei value, Bytes data) {
    return new DynamicFee(
        CHAIN, NONCE, fee, fee, BigInteger.valueOf(100_000), to, value, data, List.of());
  }

  static SigningRequest payment(UnsignedTransaction tx) {
    return new SigningRequest(attempt(1), AttemptKind.PAYMENT, intent(1), Optional.empty(), tx);
  }

  static SigningRequest payment() {
    return payment(tx(Wei.gwei(10), PAYEE, Wei.of(1), Bytes.EMPTY));
  }

  static SigningRequest nothing(AttemptKind kind, int sequence, Wei fee) {
    return new SigningRequest(
        attempt(sequence),
        kind,
        Optional.empty(),
        Optional.empty(),
        tx(fee, SELF, Wei.ZERO, Bytes.EMPTY));
  }

  /** The next attempt of a slot: after this one, for its payment. */
  static SigningRequest next(SigningRequest before, AttemptKind kind, UnsignedTransaction tx) {
    return new SigningRequest(
        attempt(before.attempt().sequence() + 1),
        kind,
        before.intent(),
        Optional.of(before.digest()),
        tx);
  }

  static SigningRequest bumped(SigningRequest before, Wei fee) {
    return next(
        before,
        AttemptKind.REPLACEMENT,
        tx(fee, before.transaction().to(), before.transaction().value(), Bytes.EMPTY));
  }

  SigningRequest claimed(SigningRequest request) {
    claims.commit(claim(request));
    return request;
  }

  static Claim claim(SigningRequest request) {
    return new Claim(request.attempt(), request.kind(), request.intent(), request.transaction());
  }

  SigningOutcome sign(SigningRequest request) {
    return signer(key(), claims, LIMITS).sign(request).join();
  }
}
