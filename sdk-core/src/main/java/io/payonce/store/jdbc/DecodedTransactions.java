package io.payonce.store.jdbc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the newest decoded wire bytes: recovering a sender costs more than the rest of a
 * commit. Pure memory of a pure function, compared by the bytes themselves, so there is nothing to
 * invalidate. Thread-safe.
 */
final class DecodedTransactions {
  private static final int MAX = 4096;

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Map<Bytes, SignedTransaction> newest = new LinkedHashMap<>();

  SignedTransaction decode(byte[] raw) {
    Bytes bytes = Bytes.of(raw);
    synchronized (lock) {
      SignedTransaction known = newest.get(bytes);
      if (known != null) {
        return known;
      }
    }
    SignedTransaction decoded = TransactionCodec.decodeSigned(bytes);
    remember(decoded);
    return decoded;
  }

  void remember(SignedTransaction signed) {
    synchronized (lock) {
      newest.put(signed.raw(), signed);
      if (newest.size() > MAX) {
        Iterator<Bytes> oldest = newest.keySet().iterator();
        oldest.next();
        oldest.remove();
      }
    }
  }
}
