package io.payonce.routing;

/** Takes secrets out of texts that others wrote. Stateless. */
final class Mask {
  private static final String MASKED = "***";

  /** What is put where a long text is cut short. */
  private static final String CUT = "...";

  /** So few characters of a secret may be a word like any other. */
  private static final int LEAST_BEGINNING = 4;

  private Mask() {}

  /** Without the secret, nor its beginning where the text was cut short in the midst of it. */
  static String without(String text, String secret) {
    String masked = text.replace(secret, MASKED);
    int cut = masked.indexOf(CUT);
    while (cut >= 0) {
      int rest = masked.length() - cut;
      masked = withoutBeginning(masked, cut, secret);
      cut = masked.indexOf(CUT, masked.length() - rest + CUT.length());
    }
    return withoutBeginning(masked, masked.length(), secret);
  }

  private static String withoutBeginning(String text, int end, String secret) {
    for (int length = Math.min(secret.length() - 1, end); length >= LEAST_BEGINNING; length--) {
      if (text.regionMatches(end - length, secret, 0, length)) {
        return text.substring(0, end - length) + MASKED + text.substring(end);
      }
    }
    return text;
  }
}
