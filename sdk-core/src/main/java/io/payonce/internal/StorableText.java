package io.payonce.internal;

/**
 * Words of nodes, contracts, signers and people as every journal can hold them: PostgreSQL has no
 * character U+0000 and refuses the whole commit, so one payee's revert reason could stop a wallet.
 */
public final class StorableText {
  private static final int MOST_REASON = 1_000;

  /** How much of words that are refused is shown. */
  private static final int SHOWN = 40;

  private StorableText() {}

  /** The same with U+FFFD in place of each U+0000. */
  public static String of(String text) {
    return text.replace('\0', '\uFFFD');
  }

  /**
   * Why a person or rule decided something: the one rule for all such words.
   *
   * @return {@linkplain #of as every journal can hold it}
   * @throws IllegalArgumentException unless it has 1 to 1,000 characters and is not blank
   */
  public static String reason(String reason) {
    return of(checked("reason", reason, MOST_REASON));
  }

  /** Throws unless the words of a person have 1 to so many characters and are not blank. */
  public static String checked(String field, String text, int most) {
    if (text.isBlank() || text.length() > most) {
      throw new IllegalArgumentException(
          "%s '%s' has %d characters, must have 1 to %d and not be blank"
              .formatted(field, shown(text), text.length(), most));
    }
    return text;
  }

  /** Its beginning, on one line. */
  private static String shown(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "\uFFFD");
    if (line.length() <= SHOWN) {
      return line;
    }
    int end = Character.isHighSurrogate(line.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN;
    return line.substring(0, end) + "...";
  }
}
