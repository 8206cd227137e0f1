package io.payonce;

import io.payonce.internal.Hex;
import java.util.Arrays;

/** An immutable sequence of bytes with value equality: call data, log data, raw transactions. */
public final class Bytes {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] value;

  private Bytes(byte[] value) {
    this.value = value;
  }

  public static Bytes of(byte[] value) {
    return value.length == 0 ? EMPTY : new Bytes(value.clone());
  }

  /** Parses {@code 0x} and an even number of hex digits. */
  public static Bytes fromHex(String hex) {
    return new Bytes(Hex.decode("bytes", hex));
  }

  public byte[] toArray() {
    return value.clone();
  }

  public int size() {
    return value.length;
  }

  public boolean isEmpty() {
    return value.length == 0;
  }

  public byte get(int index) {
    return value[index];
  }

  public String toHex() {
    return Hex.encode(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  /** The hex form, cut after 32 bytes: raw transactions are long and logs are read by people. */
  @Override
  public String toString() {
    if (value.length <= 32) {
      return toHex();
    }
    return Hex.encode(Arrays.copyOf(value, 32)) + "...(" + value.length + " bytes)";
  }
}
