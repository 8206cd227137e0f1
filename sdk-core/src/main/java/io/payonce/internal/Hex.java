package io.payonce.internal;

import java.math.BigInteger;
import java.util.HexFormat;

/** Hexadecimal with the {@code 0x} prefix that the JSON-RPC of every EVM node uses. */
public final class Hex {
  private static final HexFormat LOWER = HexFormat.of();

  /** Of 256 bits. */
  private static final int LONGEST_NUMBER = 66;

  /** Longer ones may not fit into a long. */
  private static final int LONGEST_POSITIVE_LONG = 17;

  private Hex() {}

  public static String encode(byte[] bytes) {
    return "0x" + LOWER.formatHex(bytes);
  }

  /** Decodes {@code 0x} followed by an even number of hex digits; anything else throws. */
  public static byte[] decode(String field, String text) {
    if (!text.startsWith("0x") || text.length() % 2 != 0) {
      throw malformed(field, text, "0x and an even number of hex digits");
    }
    try {
      return LOWER.parseHex(text, 2, text.length());
    } catch (IllegalArgumentException notHex) {
      throw malformed(field, text, "0x and an even number of hex digits");
    }
  }

  /** The lower-case form of {@code 0x} and exactly {@code bytes} bytes. */
  public static String fixed(String field, String text, int bytes) {
    if (text.length() != 2 + 2 * bytes || !text.startsWith("0x")) {
      throw malformed(field, text, "0x and " + 2 * bytes + " hex digits");
    }
    for (int i = 2; i < text.length(); i++) {
      if (!HexFormat.isHexDigit(text.charAt(i))) {
        throw malformed(field, text, "0x and " + 2 * bytes + " hex digits");
      }
    }
    return text.toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether it is {@code 0x} and 1 to 64 digits; by hand, as every answer comes through here. */
  public static boolean isNumber(String text) {
    if (text.length() < 3 || text.length() > LONGEST_NUMBER || !text.startsWith("0x")) {
      return false;
    }
    for (int i = 2; i < text.length(); i++) {
      if (!HexFormat.isHexDigit(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** The value of a text that {@link #isNumber}. */
  public static BigInteger number(String text) {
    return text.length() <= LONGEST_POSITIVE_LONG
        ? BigInteger.valueOf(Long.parseLong(text, 2, text.length(), 16))
        : new BigInteger(text.substring(2), 16);
  }

  private static IllegalArgumentException malformed(String field, String text, String wanted) {
    String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
    return new IllegalArgumentException(field + " '" + shown + "' must be " + wanted);
  }
}
