package io.payonce.fee;

/** Why there is no quote. */
public enum FeeRefusal {
  /** {@code maxFeePerGas} of the policy is below the next base fee. */
  CAP_BELOW_MARKET,
  /** One payment would cost more than {@code maxFeePerPayment}. */
  BUDGET_PAYMENT,
  /** The hour has no room; given by the journal when it binds. */
  BUDGET_WINDOW,
  /** More gas than one transaction may use on this chain. */
  GAS_LIMIT_TOO_LARGE,
  /** The chain's fee has a part that is not built yet. */
  PROFILE_UNSUPPORTED
}
