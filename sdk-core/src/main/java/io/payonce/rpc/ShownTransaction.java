package io.payonce.rpc;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.TransactionHash;
import io.payonce.internal.Keccak256;
import io.payonce.internal.TransactionJson;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a node answers when it is asked for a transaction by its hash. */
public sealed interface ShownTransaction {
  /** That it knows none. Another node may. */
  record None() implements ShownTransaction {}

  /**
   * One that proves itself: its bytes give the hash that was asked for, and a key has signed them.
   * Whoever shows it, it exists. Whether it is or will be in a block, this does not say.
   *
   * @param sender recovered from the signature
   * @param nonce 0 to 2^64 - 1
   * @param type of EIP-2718, 0 to 4; 0 for legacy
   * @param raw the bytes that the hash is of; of type 3 without its blobs
   */
  record Proven(TransactionHash hash, Address sender, BigInteger nonce, int type, Bytes raw)
      implements ShownTransaction {}

  /**
   * One that proves nothing. That may be a lie, or a form that is not known here: chains have types
   * and fields of their own.
   */
  record Unproven(String why) implements ShownTransaction {}

  /** Reads an answer to a question for this hash. */
  static ShownTransaction of(TransactionHash asked, @Nullable Object json) {
    if (json == null) {
      return new None();
    }
    if (!(json instanceof Map<?, ?> tx)) {
      throw new RpcRequest.MalformedValueException("a transaction is no object");
    }
    try {
      Bytes raw = Bytes.of(TransactionJson.encode(tx));
      TransactionHash hash = TransactionHash.of(Keccak256.of(raw.toArray()));
      if (!hash.equals(asked)) {
        return new Unproven("shows a transaction with the hash " + hash + " for " + asked);
      }
      byte[] signer = TransactionJson.sender(tx);
      if (signer == null) {
        return new Unproven("shows a transaction that no key has signed");
      }
      Address sender = Address.of(signer);
      Object from = tx.get("from");
      if (from instanceof String text && !Address.of(text).equals(sender)) {
        return new Unproven("names " + text + " as the sender of what " + sender + " signed");
      }
      return new Proven(asked, sender, TransactionJson.nonce(tx), TransactionJson.type(tx), raw);
    } catch (IllegalArgumentException otherForm) {
      return new Unproven("shows a transaction of another form: " + otherForm.getMessage());
    }
  }
}
