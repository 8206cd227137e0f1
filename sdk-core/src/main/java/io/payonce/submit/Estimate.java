package io.payonce.submit;

import io.payonce.Wei;
import java.util.Optional;

/**
 * What a payment would meet now. Nothing is stored or promised by it.
 *
 * @param expectedFee wei at the next block's fees; zero when there is no price
 * @param worstFee the most that its first transaction may cost; what the wallet has to have beside
 *     the amount
 * @param obstacle why it would be held; empty when it would be bound
 */
public record Estimate(Wei expectedFee, Wei worstFee, Optional<Obstacle> obstacle) {
  /**
   * Why it would be held.
   *
   * @param code as of a held payment
   * @param reason the same for people
   */
  public record Obstacle(String code, String reason) {}

  /** Without a price. */
  public static Estimate held(String code, String reason) {
    return new Estimate(Wei.ZERO, Wei.ZERO, Optional.of(new Obstacle(code, reason)));
  }
}
