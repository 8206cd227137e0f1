package io.payonce;

import io.payonce.internal.Hex;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What a key stands for: SHA-256 over a version byte and the length-prefixed tenant, chain, paying
 * wallet or pool, asset, payee and amount. Equal keys with different fingerprints are a conflict.
 *
 * @param value {@code 0x} and 64 hex digits
 */
public record Fingerprint(String value) {
  private static final byte VERSION = 1;

  public Fingerprint {
    value = Hex.fixed("fingerprint", value, 32);
  }

  public static Fingerprint of(IdempotencyKey key, Transfer transfer) {
    Asset asset = transfer.amount().asset();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      for (String field :
          new String[] {
            key.tenant(),
            transfer.chain().toString(),
            from(transfer.from()),
            asset instanceof Asset.Erc20 token ? token.contract().value() : "native",
            transfer.to().value(),
            transfer.amount().units().toString()
          }) {
        byte[] text = field.getBytes(StandardCharsets.US_ASCII);
        out.writeInt(text.length);
        out.write(text);
      }
      return new Fingerprint(
          Hex.encode(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray())));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** No name of a pool looks like an address. */
  private static String from(Source source) {
    return source instanceof Address wallet ? wallet.value() : ((WalletPool) source).name();
  }

  @Override
  public String toString() {
    return value;
  }
}
