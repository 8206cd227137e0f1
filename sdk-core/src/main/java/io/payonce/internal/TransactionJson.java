package io.payonce.internal;

import io.payonce.internal.Rlp.Item;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as nodes show it, turned into the bytes whose Keccak-256 is its hash, and into the
 * address whose key signed them. Known are the types 0 to 4 (EIP-2718, 2930, 1559, 4844, 7702),
 * legacy ones without chain id and contract creations too. Another form throws {@code
 * IllegalArgumentException}, which says nothing against the node. Pure.
 */
public final class TransactionJson {
  private static final int WORD = 32;
  private static final int MOST = 16_384;

  /** EIP-155: the least v that has a chain id in it. */
  private static final BigInteger FIRST_WITH_CHAIN = BigInteger.valueOf(35);

  private static final BigInteger FIRST_WITHOUT_CHAIN = BigInteger.valueOf(27);

  private TransactionJson() {}

  /** The bytes that the hash is of; without the blobs of a type 3, which are beside it. */
  public static byte[] encode(Map<?, ?> tx) {
    int type = type(tx);
    List<Item> fields = content(type, tx);
    signature(type, tx).forEach(value -> fields.add(Rlp.integer(value)));
    return typed(type, Rlp.list(fields));
  }

  /** The 20 bytes of whoever signed it; null when no key can have done so. */
  public static byte @Nullable [] sender(Map<?, ?> tx) {
    int type = type(tx);
    List<Item> fields = content(type, tx);
    List<BigInteger> signature = signature(type, tx);
    BigInteger parity = signature.get(0);
    if (type == 0 && parity.compareTo(FIRST_WITH_CHAIN) >= 0) {
      BigInteger[] parts = parity.subtract(FIRST_WITH_CHAIN).divideAndRemainder(BigInteger.TWO);
      fields.add(Rlp.integer(parts[0]));
      fields.add(Rlp.integer(0));
      fields.add(Rlp.integer(0));
      parity = parts[1];
    } else if (type == 0) {
      parity = parity.subtract(FIRST_WITHOUT_CHAIN);
    }
    BigInteger r = signature.get(1);
    BigInteger s = signature.get(2);
    if (parity.signum() < 0 || parity.bitLength() > 1 || !isScalar(r) || !isScalar(s)) {
      return null;
    }
    byte[] digest = Keccak256.of(typed(type, Rlp.list(fields)));
    return Secp256k1.recoverAddress(digest, r, s, parity.intValueExact());
  }

  private static boolean isScalar(BigInteger value) {
    return value.signum() > 0 && value.compareTo(Secp256k1.N) < 0;
  }

  private static List<Item> content(int type, Map<?, ?> tx) {
    List<Item> fields = new ArrayList<>();
    if (type > 0) {
      fields.add(number(tx, "chainId"));
    }
    fields.add(number(tx, "nonce"));
    if (type < 2) {
      fields.add(number(tx, "gasPrice"));
    } else {
      fields.add(number(tx, "maxPriorityFeePerGas"));
      fields.add(number(tx, "maxFeePerGas"));
    }
    fields.add(number(tx, "gas"));
    Object to = tx.get("to");
    fields.add(Rlp.text(to == null ? new byte[0] : RpcJson.data("to", to, 20)));
    fields.add(number(tx, "value"));
    fields.add(Rlp.text(RpcJson.data("input", tx.get("input"))));
    if (type > 0) {
      fields.add(accessList(tx.get("accessList")));
    }
    if (type == 3) {
      fields.add(number(tx, "maxFeePerBlobGas"));
      fields.add(words("blobVersionedHashes", tx.get("blobVersionedHashes")));
    }
    if (type == 4) {
      fields.add(authorizations(tx.get("authorizationList")));
    }
    return fields;
  }

  /** Parity or v, r and s. */
  private static List<BigInteger> signature(int type, Map<?, ?> tx) {
    String parity = type > 0 && tx.get("yParity") != null ? "yParity" : "v";
    return Stream.of(parity, "r", "s")
        .map(field -> RpcJson.quantity(field, tx.get(field)))
        .toList();
  }

  private static Item accessList(@Nullable Object json) {
    List<Item> entries = new ArrayList<>();
    Object shown = json == null ? List.of() : json; // some leave an empty one out
    for (Object element : RpcJson.list("accessList", shown, MOST)) {
      Map<?, ?> entry = RpcJson.object("accessList", element);
      entries.add(
          Rlp.list(
              List.of(
                  Rlp.text(RpcJson.data("address", entry.get("address"), 20)),
                  words("storageKeys", entry.get("storageKeys")))));
    }
    return Rlp.list(entries);
  }

  private static Item authorizations(@Nullable Object json) {
    List<Item> entries = new ArrayList<>();
    for (Object element : RpcJson.list("authorizationList", json, MOST)) {
      Map<?, ?> entry = RpcJson.object("authorizationList", element);
      entries.add(
          Rlp.list(
              List.of(
                  number(entry, "chainId"),
                  Rlp.text(RpcJson.data("address", entry.get("address"), 20)),
                  number(entry, "nonce"),
                  number(entry, entry.get("yParity") != null ? "yParity" : "v"),
                  number(entry, "r"),
                  number(entry, "s"))));
    }
    return Rlp.list(entries);
  }

  private static Item words(String field, @Nullable Object json) {
    List<Item> words = new ArrayList<>();
    for (Object word : RpcJson.list(field, json, MOST)) {
      words.add(Rlp.text(RpcJson.data(field, word, WORD)));
    }
    return Rlp.list(words);
  }

  private static Item number(Map<?, ?> json, String field) {
    return Rlp.integer(RpcJson.quantity(field, json.get(field)));
  }

  /** How many transactions its sender had signed before it. */
  public static BigInteger nonce(Map<?, ?> tx) {
    return RpcJson.quantity("nonce", tx.get("nonce"));
  }

  /** Nodes from before EIP-2718 name no type. */
  public static int type(Map<?, ?> json) {
    Object type = json.get("type");
    BigInteger value = type == null ? BigInteger.ZERO : RpcJson.quantity("type", type);
    if (value.compareTo(BigInteger.valueOf(4)) > 0) {
      throw new IllegalArgumentException("type " + value + " is not known here");
    }
    return value.intValueExact();
  }

  static byte[] typed(int type, Item body) {
    byte[] encoded = Rlp.encode(body);
    if (type == 0) {
      return encoded;
    }
    byte[] typed = new byte[encoded.length + 1];
    typed[0] = (byte) type;
    System.arraycopy(encoded, 0, typed, 1, encoded.length);
    return typed;
  }
}
