package io.payonce.internal;

import io.payonce.Address;
import io.payonce.internal.MerkleTrie.InvalidProofException;
import io.payonce.internal.Rlp.Item;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an answer to {@code eth_getProof} (EIP-1186) proves under the state root of a header. Only
 * the nodes count: the figures that the answer shows beside them are not looked at. Pure.
 */
public final class StateProof {
  private static final int WORD = 32;
  private static final int MOST_SLOTS = 256;

  /** More than any path has, so that a longer list is refused before it is read. */
  private static final int MOST_NODES = 65;

  private static final byte[] NO_CODE = Keccak256.of();

  private StateProof() {}

  /**
   * An account as it is in the state. One that is not there has nonce and balance zero and no code.
   *
   * @param codeHash Keccak-256 of the code
   * @param storage what the asked slots hold, zero for those that were never written
   */
  public record Account(
      BigInteger nonce,
      BigInteger balance,
      byte[] codeHash,
      SortedMap<BigInteger, BigInteger> storage) {
    public Account {
      storage = Collections.unmodifiableSortedMap(new TreeMap<>(storage));
    }

    public boolean hasCode() {
      return !Arrays.equals(codeHash, NO_CODE);
    }
  }

  /**
   * The account, and the slots that were asked for.
   *
   * @throws InvalidProofException when the answer proves nothing, whatever it is
   */
  public static Account proven(
      byte[] stateRoot, Address address, List<BigInteger> slots, @Nullable Object answer)
      throws InvalidProofException {
    try {
      Map<?, ?> proof = RpcJson.object("proof", answer);
      byte[] key = Keccak256.of(Hex.decode("address", address.value()));
      Optional<byte[]> leaf =
          MerkleTrie.proven(stateRoot, key, nodes("accountProof", proof.get("accountProof")));
      List<byte[]> account = leaf.isPresent() ? fields(leaf.get()) : List.of();
      byte[] storageRoot = leaf.isPresent() ? account.get(2) : MerkleTrie.emptyRoot();
      SortedMap<BigInteger, BigInteger> storage = storage(storageRoot, slots, proof);
      return leaf.isPresent()
          ? new Account(integer(account.get(0)), integer(account.get(1)), account.get(3), storage)
          : new Account(BigInteger.ZERO, BigInteger.ZERO, NO_CODE.clone(), storage);
    } catch (IllegalArgumentException malformed) {
      throw new InvalidProofException(String.valueOf(malformed.getMessage()));
    }
  }

  private static SortedMap<BigInteger, BigInteger> storage(
      byte[] root, List<BigInteger> slots, Map<?, ?> proof) throws InvalidProofException {
    SortedMap<BigInteger, BigInteger> storage = new TreeMap<>();
    if (slots.isEmpty()) {
      return storage;
    }
    List<?> given = RpcJson.list("storageProof", proof.get("storageProof"), MOST_SLOTS);
    if (given.size() != slots.size()) {
      throw new InvalidProofException(given.size() + " slots are proven, not " + slots.size());
    }
    for (int i = 0; i < slots.size(); i++) {
      Object nodes = RpcJson.object("storageProof", given.get(i)).get("proof");
      byte[] key = Keccak256.of(word(slots.get(i)));
      Optional<byte[]> value = MerkleTrie.proven(root, key, nodes("proof", nodes));
      storage.put(slots.get(i), value.isPresent() ? integer(text(value.get())) : BigInteger.ZERO);
    }
    return storage;
  }

  private static List<byte[]> nodes(String field, @Nullable Object json) {
    List<byte[]> nodes = new ArrayList<>();
    for (Object node : RpcJson.list(field, json, MOST_NODES)) {
      nodes.add(RpcJson.data(field, node));
    }
    return nodes;
  }

  /** Nonce, balance, storage root and code hash. */
  private static List<byte[]> fields(byte[] account) throws InvalidProofException {
    List<byte[]> fields = new ArrayList<>();
    if (Rlp.decode(account, 0) instanceof Item.Sequence list) {
      for (Item item : list.items()) {
        fields.add(item instanceof Item.Text text ? text.bytes() : new byte[0]);
      }
    }
    if (fields.size() != 4 || fields.get(2).length != WORD || fields.get(3).length != WORD) {
      throw new InvalidProofException("a leaf is no account");
    }
    return fields;
  }

  private static byte[] text(byte[] rlp) throws InvalidProofException {
    if (Rlp.decode(rlp, 0) instanceof Item.Text text) {
      return text.bytes();
    }
    throw new InvalidProofException("a leaf is no number");
  }

  private static BigInteger integer(byte[] bytes) throws InvalidProofException {
    if (bytes.length > WORD || (bytes.length > 0 && bytes[0] == 0)) {
      throw new InvalidProofException("a leaf has a number in another form");
    }
    return new BigInteger(1, bytes);
  }

  /** A slot as 32 bytes, which is what its place in the trie is the hash of. */
  private static byte[] word(BigInteger slot) {
    if (slot.signum() < 0 || slot.bitLength() > 8 * WORD) {
      throw new IllegalArgumentException("slot " + slot + " must have 0 to 256 bits");
    }
    byte[] raw = slot.toByteArray();
    byte[] word = new byte[WORD];
    int count = Math.min(WORD, raw.length);
    System.arraycopy(raw, raw.length - count, word, WORD - count, count);
    return word;
  }
}
