package io.payonce.testing;

import org.junit.jupiter.api.Assumptions;

/**
 * Decides what a test does when a real part is not on this machine: it reports itself skipped, with
 * the command that would enable it; under {@code -Dpayonce.requireAll=true} it fails, so that a
 * build server cannot go green by skipping. Thread-safe.
 */
public final class RequiredPart {
  /** The system property under which a missing part is a failure. */
  public static final String REQUIRE_ALL = "payonce.requireAll";

  private RequiredPart() {}

  /**
   * Looks for a part; {@link MissingPartException} means that it is not here, nothing else does.
   */
  @FunctionalInterface
  public interface Search<T> {
    T find() throws MissingPartException;
  }

  /**
   * Gives the part, or ends the calling test as skipped or failed.
   *
   * @throws org.opentest4j.TestAbortedException when the part is missing
   * @throws AssertionError when it is missing and {@link #REQUIRE_ALL} is set
   */
  public static <T> T orSkip(Search<T> search) {
    try {
      return search.find();
    } catch (MissingPartException missing) {
      if (Boolean.getBoolean(REQUIRE_ALL)) {
        throw new AssertionError(missing.getMessage(), missing);
      }
      return Assumptions.abort(missing.getMessage());
    }
  }
}
