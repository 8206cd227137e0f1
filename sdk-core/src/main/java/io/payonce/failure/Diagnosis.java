package io.payonce.failure;

import io.payonce.BlockRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Why a payment stands where it stands, on which evidence, and what to do.
 *
 * <p>A diagnosis explains and never decides: whether a payment may be refunded is said by {@code
 * Verdict} alone.
 *
 * @param evidence what was read, at least one item, in the order of the questions
 */
public record Diagnosis(
    DiagnosisCode code, NextAction nextAction, List<Evidence> evidence, Texts texts) {
  public Diagnosis {
    evidence = List.copyOf(evidence);
    if (evidence.isEmpty()) {
      throw new IllegalArgumentException("diagnosis " + code + " needs evidence");
    }
  }

  static Diagnosis of(DiagnosisCode code, List<Evidence> evidence) {
    return new Diagnosis(code, code.nextAction(), evidence, code.texts());
  }

  /** Who said something. */
  public enum Source {
    /** The journal of this wallet. */
    JOURNAL,
    /** A quorum of operators. */
    QUORUM,
    /** One node: a hint. */
    NODE
  }

  /**
   * One thing that was read.
   *
   * @param at when it was read
   * @param block the block that it holds for, where there is one
   */
  public record Evidence(Source source, String text, Instant at, Optional<BlockRef> block) {}

  /** For people. */
  public record Texts(String english, String chinese) {}
}
