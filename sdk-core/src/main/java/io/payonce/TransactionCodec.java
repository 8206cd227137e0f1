package io.payonce;

import io.payonce.UnsignedTransaction.AccessListTx;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.UnsignedTransaction.Legacy;
import io.payonce.internal.Keccak256;
import io.payonce.internal.Rlp;
import io.payonce.internal.Rlp.Item;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Wire form of transactions: EIP-155 legacy, EIP-2930 and EIP-1559, strictly.
 *
 * <p>Refused with an {@link IllegalArgumentException} that names the reason: leading zeros,
 * non-minimal lengths, trailing bytes, wrong list sizes, fields over their width, a legacy form
 * without chain id, high s, and the types 3 (EIP-4844) and 4 (EIP-7702), by name.
 */
public final class TransactionCodec {
  private static final int MAX_BYTES = 128 * 1024;

  private TransactionCodec() {}

  /** What the signature covers, before hashing. */
  public static Bytes signingPayload(UnsignedTransaction tx) {
    List<Item> fields = fields(tx);
    if (tx instanceof Legacy legacy) {
      fields.add(Rlp.integer(legacy.chain().value()));
      fields.add(Rlp.integer(0));
      fields.add(Rlp.integer(0));
    }
    return Bytes.of(envelope(tx, fields));
  }

  /** Keccak-256 of {@link #signingPayload}, 32 bytes. */
  public static byte[] signingDigest(UnsignedTransaction tx) {
    return Keccak256.of(signingPayload(tx).toArray());
  }

  /** The bytes that {@code eth_sendRawTransaction} takes. */
  public static Bytes encode(UnsignedTransaction tx, Signature signature) {
    List<Item> fields = fields(tx);
    if (tx instanceof Legacy legacy) {
      fields.add(Rlp.integer(35 + 2 * legacy.chain().value() + signature.yParity()));
    } else {
      fields.add(Rlp.integer(signature.yParity()));
    }
    fields.add(Rlp.integer(signature.r()));
    fields.add(Rlp.integer(signature.s()));
    return Bytes.of(envelope(tx, fields));
  }

  /** Decodes the payload of a signature, as {@link #signingPayload} writes it. */
  public static UnsignedTransaction decodeUnsigned(Bytes payload) {
    return decode(payload, 0).transaction();
  }

  /** Decodes wire bytes and recovers the sender. */
  public static SignedTransaction decodeSigned(Bytes raw) {
    Parts parts = decodeParts(raw);
    return SignedTransaction.of(parts.transaction(), parts.signature());
  }

  /** What was signed, and a signature that nobody has looked at. */
  record Parts(UnsignedTransaction transaction, Signature signature) {}

  static Parts decodeParts(Bytes raw) {
    Decoded decoded = decode(raw, 3);
    Fields tail = decoded.tail();
    int yParity;
    if (decoded.transaction() instanceof Legacy legacy) {
      BigInteger v = tail.integer("v", 63);
      yParity = v.longValueExact() == 35 + 2 * legacy.chain().value() ? 0 : 1;
    } else {
      yParity = tail.integer("yParity", 8).intValueExact();
    }
    Signature signature = new Signature(tail.integer("r", 256), tail.integer("s", 256), yParity);
    tail.end();
    return new Parts(decoded.transaction(), signature);
  }

  private record Decoded(UnsignedTransaction transaction, Fields tail) {}

  private static Decoded decode(Bytes bytes, int signatureFields) {
    if (bytes.isEmpty() || bytes.size() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "transaction has " + bytes.size() + " bytes, must have 1 to " + MAX_BYTES);
    }
    byte[] raw = bytes.toArray();
    int type = raw[0] & 0xff;
    boolean legacy = type >= 0xc0;
    if (!legacy && type != 1 && type != 2) {
      String name =
          switch (type) {
            case 3 -> " (EIP-4844 blob)";
            case 4 -> " (EIP-7702 set code)";
            default -> "";
          };
      throw new IllegalArgumentException("transaction type " + type + name + " is not supported");
    }
    if (!(Rlp.decode(raw, legacy ? 0 : 1) instanceof Item.Sequence sequence)) {
      throw new IllegalArgumentException("transaction is not an rlp list");
    }
    int expected = legacy ? 9 : (type == 1 ? 8 : 9) + signatureFields;
    if (sequence.items().size() != expected) {
      throw new IllegalArgumentException(
          "transaction type "
              + (legacy ? 0 : type)
              + " has "
              + sequence.items().size()
              + " fields, must have "
              + expected);
    }
    Fields fields = new Fields(sequence.items());
    if (legacy) {
      return legacy(fields, signatureFields > 0);
    }
    return new Decoded(type == 1 ? accessList(fields) : dynamicFee(fields), fields);
  }

  private static Decoded legacy(Fields fields, boolean signed) {
    long nonce = fields.integer("nonce", 63).longValueExact();
    Wei gasPrice = fields.wei("gasPrice");
    BigInteger gasLimit = fields.integer("gasLimit", 63);
    Address to = fields.address();
    Wei value = fields.wei("value");
    Bytes data = fields.bytes("data");
    ChainId chain;
    if (signed) {
      BigInteger v = fields.peekInteger("v", 63);
      if (v.longValueExact() < 37) {
        throw new IllegalArgumentException(
            "legacy transaction with v " + v + " has no chain id (EIP-155)");
      }
      chain = ChainId.of((v.longValueExact() - 35) / 2);
    } else {
      chain = ChainId.of(fields.integer("chainId", 63).longValueExact());
      fields.zero("r");
      fields.zero("s");
    }
    return new Decoded(new Legacy(chain, nonce, gasPrice, gasLimit, to, value, data), fields);
  }

  private static AccessListTx accessList(Fields f) {
    return new AccessListTx(
        ChainId.of(f.integer("chainId", 63).longValueExact()),
        f.integer("nonce", 63).longValueExact(),
        f.wei("gasPrice"),
        f.integer("gasLimit", 63),
        f.address(),
        f.wei("value"),
        f.bytes("data"),
        f.accessList());
  }

  private static DynamicFee dynamicFee(Fields f) {
    return new DynamicFee(
        ChainId.of(f.integer("chainId", 63).longValueExact()),
        f.integer("nonce", 63).longValueExact(),
        f.wei("maxPriorityFeePerGas"),
        f.wei("maxFeePerGas"),
        f.integer("gasLimit", 63),
        f.address(),
        f.wei("value"),
        f.bytes("data"),
        f.accessList());
  }

  private static byte[] envelope(UnsignedTransaction tx, List<Item> fields) {
    byte[] list = Rlp.encode(Rlp.list(fields));
    if (tx instanceof Legacy) {
      return list;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tx instanceof AccessListTx ? 1 : 2);
    out.writeBytes(list);
    return out.toByteArray();
  }

  private static List<Item> fields(UnsignedTransaction tx) {
    List<Item> fields = new ArrayList<>();
    if (!(tx instanceof Legacy)) {
      fields.add(Rlp.integer(tx.chain().value()));
    }
    fields.add(Rlp.integer(tx.nonce()));
    if (tx instanceof DynamicFee dynamic) {
      fields.add(Rlp.integer(dynamic.maxPriorityFeePerGas().value()));
    }
    fields.add(Rlp.integer(tx.maxFeePerGas().value()));
    fields.add(Rlp.integer(tx.gasLimit()));
    fields.add(Rlp.text(tx.to().toArray()));
    fields.add(Rlp.integer(tx.value().value()));
    fields.add(Rlp.text(tx.data().toArray()));
    if (tx instanceof AccessListTx access) {
      fields.add(accessList(access.accessList()));
    } else if (tx instanceof DynamicFee dynamic) {
      fields.add(accessList(dynamic.accessList()));
    }
    return fields;
  }

  private static Item accessList(List<AccessListEntry> entries) {
    List<Item> items = new ArrayList<>();
    for (AccessListEntry entry : entries) {
      List<Item> keys = new ArrayList<>();
      entry.storageKeys().forEach(key -> keys.add(Rlp.text(key.toArray())));
      items.add(Rlp.list(List.of(Rlp.text(entry.address().toArray()), Rlp.list(keys))));
    }
    return Rlp.list(items);
  }

  /** Reads the fields of a decoded transaction one after the other. */
  private static final class Fields {
    private final List<Item> items;
    private int next;

    Fields(List<Item> items) {
      this.items = items;
    }

    private byte[] text(String field) {
      if (items.get(next) instanceof Item.Text text) {
        next++;
        return text.bytes();
      }
      throw new IllegalArgumentException(field + " must not be a list");
    }

    BigInteger integer(String field, int bits) {
      byte[] bytes = text(field);
      if (bytes.length > 0 && bytes[0] == 0) {
        throw new IllegalArgumentException(field + " has leading zeros");
      }
      BigInteger value = new BigInteger(1, bytes);
      if (value.bitLength() > bits) {
        throw new IllegalArgumentException(field + " is wider than " + bits + " bits");
      }
      return value;
    }

    BigInteger peekInteger(String field, int bits) {
      BigInteger value = integer(field, bits);
      next--;
      return value;
    }

    void zero(String field) {
      if (integer(field, 256).signum() != 0) {
        throw new IllegalArgumentException(field + " of an unsigned transaction must be empty");
      }
    }

    Wei wei(String field) {
      return Wei.of(integer(field, 256));
    }

    Bytes bytes(String field) {
      return Bytes.of(text(field));
    }

    Address address() {
      byte[] bytes = text("to");
      if (bytes.length != 20) {
        throw new IllegalArgumentException(
            "to has " + bytes.length + " bytes, must be 20: contract creation is not supported");
      }
      return Address.of(bytes);
    }

    Address accessedAddress() {
      byte[] bytes = text("accessList address");
      if (bytes.length != 20) {
        throw new IllegalArgumentException(
            "accessList address has " + bytes.length + " bytes, must be 20");
      }
      return Address.of(bytes);
    }

    List<AccessListEntry> accessList() {
      List<AccessListEntry> entries = new ArrayList<>();
      for (Item item : sequence("accessList", items.get(next++))) {
        List<Item> pair = sequence("accessList entry", item);
        if (pair.size() != 2) {
          throw new IllegalArgumentException("accessList entry must have 2 fields");
        }
        Fields entry = new Fields(pair);
        Address address = entry.accessedAddress();
        List<Bytes> keys = new ArrayList<>();
        Fields inner = new Fields(sequence("storageKeys", pair.get(1)));
        while (inner.next < inner.items.size()) {
          keys.add(inner.bytes("storage key"));
        }
        entries.add(new AccessListEntry(address, keys));
      }
      return entries;
    }

    void end() {
      if (next != items.size()) {
        throw new IllegalArgumentException("transaction has unread fields");
      }
    }

    private static List<Item> sequence(String field, Item item) {
      if (item instanceof Item.Sequence sequence) {
        return sequence.items();
      }
      throw new IllegalArgumentException(field + " must be a list");
    }
  }
}
