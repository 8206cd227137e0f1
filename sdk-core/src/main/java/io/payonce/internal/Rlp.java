package io.payonce.internal;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * RLP (Ethereum yellow paper, appendix B), strict: the decoder accepts exactly the one canonical
 * encoding of an item, so decode and encode are inverse.
 *
 * <p>Own code, because the decoders of general libraries accept non-minimal lengths and trailing
 * bytes; a transaction read that way is not the transaction that was signed.
 */
public final class Rlp {
  private static final int MAX_DEPTH = 8;

  private Rlp() {}

  /** A decoded item. */
  public sealed interface Item {
    record Text(byte[] bytes) implements Item {}

    record Sequence(List<Item> items) implements Item {}
  }

  public static Item text(byte[] bytes) {
    return new Item.Text(bytes);
  }

  /** An integer without leading zeros; zero is the empty string. */
  public static Item integer(BigInteger value) {
    if (value.signum() < 0) {
      throw new IllegalArgumentException("rlp has no form for the negative integer " + value);
    }
    byte[] bytes = value.toByteArray();
    return new Item.Text(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  public static Item integer(long value) {
    return integer(BigInteger.valueOf(value));
  }

  public static Item list(List<Item> items) {
    return new Item.Sequence(items);
  }

  public static byte[] encode(Item item) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(item, out);
    return out.toByteArray();
  }

  private static void write(Item item, ByteArrayOutputStream out) {
    if (item instanceof Item.Text text) {
      byte[] bytes = text.bytes();
      if (bytes.length != 1 || bytes[0] < 0) {
        writeLength(bytes.length, 0x80, out);
      }
      out.writeBytes(bytes);
    } else if (item instanceof Item.Sequence sequence) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      sequence.items().forEach(child -> write(child, body));
      writeLength(body.size(), 0xc0, out);
      out.writeBytes(body.toByteArray());
    }
  }

  private static void writeLength(int length, int offset, ByteArrayOutputStream out) {
    if (length < 56) {
      out.write(offset + length);
      return;
    }
    byte[] size = ((Item.Text) integer(length)).bytes();
    out.write(offset + 55 + size.length);
    out.writeBytes(size);
  }

  /** Decodes one item that fills {@code bytes} from {@code from} to the end. */
  public static Item decode(byte[] bytes, int from) {
    Cursor cursor = new Cursor(bytes, from, bytes.length);
    Item item = cursor.read(0);
    if (cursor.at != bytes.length) {
      throw new IllegalArgumentException(
          "rlp has " + (bytes.length - cursor.at) + " trailing bytes");
    }
    return item;
  }

  private static final class Cursor {
    private final byte[] bytes;
    private final int end;
    private int at;

    Cursor(byte[] bytes, int from, int end) {
      this.bytes = bytes;
      this.at = from;
      this.end = end;
    }

    Item read(int depth) {
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException("rlp nests deeper than " + MAX_DEPTH);
      }
      int prefix = take(1);
      if (prefix < 0x80) {
        return new Item.Text(new byte[] {(byte) prefix});
      }
      if (prefix < 0xc0) {
        int length = length(prefix - 0x80);
        byte[] text = slice(length);
        if (length == 1 && text[0] >= 0) {
          throw new IllegalArgumentException("rlp encodes a single small byte with a prefix");
        }
        return new Item.Text(text);
      }
      int length = length(prefix - 0xc0);
      Cursor inner = new Cursor(bytes, at, skip(length));
      List<Item> items = new ArrayList<>();
      while (inner.at < inner.end) {
        items.add(inner.read(depth + 1));
      }
      return new Item.Sequence(List.copyOf(items));
    }

    private int length(int code) {
      if (code < 56) {
        return code;
      }
      int count = code - 55;
      if (count > 4 || (at < end && bytes[at] == 0)) {
        throw new IllegalArgumentException("rlp length is not minimal or too large");
      }
      long length = 0;
      for (int i = 0; i < count; i++) {
        length = (length << 8) | take(1);
      }
      if (length < 56 || length > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("rlp length " + length + " is not minimal or too large");
      }
      return (int) length;
    }

    private int take(int count) {
      int start = at;
      skip(count);
      return bytes[start] & 0xff;
    }

    private byte[] slice(int length) {
      int start = at;
      return Arrays.copyOfRange(bytes, start, skip(length));
    }

    private int skip(int length) {
      if (length > end - at) {
        throw new IllegalArgumentException(
            "rlp item of " + length + " bytes ends after its container");
      }
      at += length;
      return at;
    }
  }
}
