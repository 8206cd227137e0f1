package io.payonce;

import io.payonce.internal.Hex;
import io.payonce.internal.Keccak256;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A 20-byte account address.
 *
 * @param value {@code 0x} and 40 hex digits, kept in lower case; mixed case must pass EIP-55
 */
public record Address(String value) implements Source, Comparable<Address> {
  public static final Address ZERO = new Address("0x" + "0".repeat(40));

  public Address {
    String lower = Hex.fixed("address", value, 20);
    boolean mixed = !value.equals(lower) && !value.substring(2).equals(upperDigits(lower));
    if (mixed && !value.equals(checksummed(lower))) {
      throw new IllegalArgumentException(
          "address '" + value + "' fails its EIP-55 checksum, expected " + checksummed(lower));
    }
    value = lower;
  }

  public static Address of(String value) {
    return new Address(value);
  }

  public static Address of(byte[] bytes) {
    return new Address(Hex.encode(bytes));
  }

  public byte[] toArray() {
    return Hex.decode("address", value);
  }

  public boolean isZero() {
    return equals(ZERO);
  }

  /** The EIP-55 form, for people. */
  public String checksummed() {
    return checksummed(value);
  }

  @Override
  public int compareTo(Address other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return checksummed();
  }

  private static String upperDigits(String lower) {
    return lower.substring(2).toUpperCase(Locale.ROOT);
  }

  private static String checksummed(String lower) {
    byte[] hash = Keccak256.of(lower.substring(2).getBytes(StandardCharsets.US_ASCII));
    StringBuilder out = new StringBuilder("0x");
    for (int i = 0; i < 40; i++) {
      char digit = lower.charAt(i + 2);
      int nibble = i % 2 == 0 ? (hash[i / 2] >> 4) & 0xf : hash[i / 2] & 0xf;
      out.append(nibble >= 8 ? Character.toUpperCase(digit) : digit);
    }
    return out.toString();
  }
}
