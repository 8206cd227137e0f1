package io.payonce.signing.software;

/**
 * The caller's word that raw key bytes are meant to be in this process. One search for this type
 * lists every place where they enter. Immutable.
 */
public final class InsecureKeyAccess {
  private final String reason;

  private InsecureKeyAccess(String reason) {
    this.reason = reason;
  }

  /**
   * Says why.
   *
   * @param reason for people who review the code; not blank
   */
  public static InsecureKeyAccess acknowledge(String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("reason must not be blank");
    }
    return new InsecureKeyAccess(reason);
  }

  @Override
  public String toString() {
    return "InsecureKeyAccess[" + reason + "]";
  }
}
