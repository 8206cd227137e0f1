package io.payonce.failure;

import java.util.Locale;

/** How texts are read before rules look at them. */
final class Words {
  private Words() {}

  /** Cut to {@link FailureClassifier#MAX_TEXT}, lower case, runs of white space as one blank. */
  static String normalised(String text) {
    int length = Math.min(text.length(), FailureClassifier.MAX_TEXT);
    StringBuilder words = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (!Character.isWhitespace(c)) {
        words.append(c);
      } else if (!words.isEmpty() && words.charAt(words.length() - 1) != ' ') {
        words.append(' ');
      }
    }
    return words.toString().strip().toLowerCase(Locale.ROOT);
  }

  static boolean isBlank(int c) {
    return Character.isWhitespace(c);
  }

  /** Whether a word begins here. */
  static boolean startsWord(String text, int at) {
    return Character.isLetterOrDigit(text.charAt(at))
        && (at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1)));
  }

  /** Whether a word that ends before this place is not cut in two. */
  static boolean endsWord(String text, int end) {
    return end == text.length() || !Character.isLetterOrDigit(text.charAt(end));
  }

  static int endOfWord(String text, int start) {
    int end = start;
    while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }
}
