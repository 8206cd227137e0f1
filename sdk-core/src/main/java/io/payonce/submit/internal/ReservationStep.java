package io.payonce.submit.internal;

import io.payonce.Bytes;
import io.payonce.SignedTransaction;
import io.payonce.TransactionCodec;
import io.payonce.TransactionHash;
import io.payonce.UnsignedTransaction;
import java.time.Duration;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a host asks of a nonce of its own, and as which text it travels between two instances: the
 * step, the name, and what belongs to it. A name has no space.
 */
public sealed interface ReservationStep {
  /** The holder's own name for the reservation. */
  String name();

  String text();

  /** Hold the lane's next nonce, or go on with the one that is held under this name. */
  record Reserve(String name, Duration life, String reason) implements ReservationStep {
    @Override
    public String text() {
      return "RESERVE " + name + " " + life + " " + reason;
    }
  }

  /**
   * Nothing but this is to use the nonce.
   *
   * @param others what pays the same and is another one
   */
  record Intend(
      String name, long nonce, UnsignedTransaction transaction, SortedSet<TransactionHash> others)
      implements ReservationStep {
    @Override
    public String text() {
      StringBuilder text =
          new StringBuilder("INTEND " + name + " " + nonce + " ")
              .append(TransactionCodec.signingPayload(transaction).toHex());
      others.forEach(other -> text.append(' ').append(other));
      return text.toString();
    }

    private static Intend of(String name, long nonce, String[] words) {
      SortedSet<TransactionHash> others = new TreeSet<>();
      for (String word : words) {
        if (!word.equals(words[0])) {
          others.add(TransactionHash.of(word));
        }
      }
      return new Intend(
          name, nonce, TransactionCodec.decodeUnsigned(Bytes.fromHex(words[0])), others);
    }
  }

  /** Send these bytes. */
  record Signed(String name, long nonce, SignedTransaction bytes) implements ReservationStep {
    @Override
    public String text() {
      return "SIGNED " + name + " " + nonce + " " + bytes.raw().toHex();
    }
  }

  /** The bytes may be out, and nobody has them here. */
  record Unknown(String name, long nonce, String evidence) implements ReservationStep {
    @Override
    public String text() {
      return "UNKNOWN " + name + " " + nonce + " " + evidence;
    }
  }

  /** Give the nonce back. */
  record Release(String name, long nonce) implements ReservationStep {
    @Override
    public String text() {
      return "RELEASE " + name + " " + nonce + " ";
    }
  }

  /** The step of {@link #text}; a newer instance may know more steps than this one. */
  static ReservationStep of(String text) {
    String[] words = text.split(" ", 4);
    String name = words[1];
    return switch (words[0]) {
      case "RESERVE" -> new Reserve(name, Duration.parse(words[2]), words[3]);
      case "INTEND" -> Intend.of(name, Long.parseLong(words[2]), words[3].split(" "));
      case "SIGNED" ->
          new Signed(
              name,
              Long.parseLong(words[2]),
              TransactionCodec.decodeSigned(Bytes.fromHex(words[3])));
      case "UNKNOWN" -> new Unknown(name, Long.parseLong(words[2]), words[3]);
      case "RELEASE" -> new Release(name, Long.parseLong(words[2]));
      default ->
          throw new IllegalStateException(
              "another instance asked for '" + words[0] + "', which this version does not know");
    };
  }
}
