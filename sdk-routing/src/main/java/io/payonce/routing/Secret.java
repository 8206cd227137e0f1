package io.payonce.routing;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A credential in a header. It prints as {@code ***}; {@link #reveal()} is the one way to the text,
 * so that one search lists every use. Immutable.
 */
public final class Secret {
  private static final String BASIC = "Basic ";

  private final String text;

  private Secret(String text) {
    this.text = text;
  }

  public static Secret of(String text) {
    if (text.isBlank() || !text.chars().allMatch(c -> c >= ' ' && c < 127)) {
      // Deliberate: the value is not repeated.
      throw new IllegalArgumentException("a secret must be printable ASCII and not blank");
    }
    return new Secret(text);
  }

  /** The value of an {@code Authorization} header with a token (RFC 6750). */
  public static Secret bearer(String token) {
    return of("Bearer " + token);
  }

  /** The value of an {@code Authorization} header with user and password (RFC 7617). */
  public static Secret basic(String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return of(BASIC + Base64.getEncoder().encodeToString(pair));
  }

  /** The text itself. Never log it. */
  public String reveal() {
    return text;
  }

  /** Replaces the secret, also without the word for its scheme, and user and password in it. */
  String mask(String message) {
    String masked = Mask.without(message, text);
    int blank = text.indexOf(' ');
    if (blank < 0 || blank == text.length() - 1) {
      return masked;
    }
    String token = text.substring(blank + 1);
    masked = Mask.without(masked, token);
    for (String piece : text.startsWith(BASIC) ? pieces(token) : List.<String>of()) {
      masked = Mask.without(masked, piece);
    }
    return masked;
  }

  private static List<String> pieces(String token) {
    try {
      String pair = new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
      return Stream.of(pair.split(":", 2)).filter(piece -> !piece.isEmpty()).toList();
    } catch (IllegalArgumentException noBase64) {
      return List.of(); // a server may take it all the same; it is masked as it is
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret && text.equals(secret.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
