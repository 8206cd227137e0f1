package io.payonce;

/**
 * The host's name of one payment. The same key means the same payment, for ever.
 *
 * <p>Compared byte for byte: no trimming, no case folding.
 *
 * @param tenant 0 to 64 visible ASCII characters
 * @param value 1 to 255 visible ASCII characters
 */
public record IdempotencyKey(String tenant, String value) {
  public IdempotencyKey {
    check("tenant", tenant, 0, 64);
    check("key", value, 1, 255);
  }

  public static IdempotencyKey of(String value) {
    return new IdempotencyKey("", value);
  }

  @Override
  public String toString() {
    return tenant.isEmpty() ? value : tenant + ":" + value;
  }

  private static void check(String field, String text, int min, int max) {
    if (text.length() < min || text.length() > max) {
      throw new IllegalArgumentException(
          field + " has " + text.length() + " characters, must have " + min + " to " + max);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x21 || c > 0x7e) {
        throw new IllegalArgumentException(
            "%s has character U+%04X at %s, must be visible ASCII".formatted(field, (int) c, i));
      }
    }
  }
}
