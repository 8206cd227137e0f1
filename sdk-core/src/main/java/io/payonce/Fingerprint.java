package io.payonce;

import io.payonce.internal.Hex;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a key stands for: SHA-256 over a version byte and the length-prefixed tenant, chain, paying
 * wallet or pool, asset, payee and amount. A group has its members' keys and fingerprints, by key,
 * and its call data instead of the amount; a member has no wallet, which is that of its group.
 * Equal keys with different fingerprints are a conflict.
 *
 * @param value {@code 0x} and 64 hex digits
 */
public record Fingerprint(String value) {
  private static final byte PAYMENT = 1;
  private static final byte GROUP = 2;
  private static final byte MEMBER = 3;

  public Fingerprint {
    value = Hex.fixed("fingerprint", value, 32);
  }

  public static Fingerprint of(IdempotencyKey key, Transfer transfer) {
    return hash(
        PAYMENT,
        List.of(
            key.tenant(),
            transfer.chain().toString(),
            from(transfer.from()),
            asset(transfer.amount().asset()),
            transfer.to().value(),
            transfer.amount().units().toString()));
  }

  public static Fingerprint of(IdempotencyKey key, Address from, Group group) {
    List<String> fields =
        new ArrayList<>(
            List.of(
                key.tenant(),
                group.asset().chain().toString(),
                from.value(),
                asset(group.asset()),
                group.contract().value(),
                group.data().toHex()));
    group.members().stream()
        .sorted(Comparator.comparing(member -> member.key().value()))
        .forEach(
            member -> {
              fields.add(member.key().value());
              fields.add(of(member).value());
            });
    return hash(GROUP, fields);
  }

  public static Fingerprint of(GroupMember member) {
    return hash(
        MEMBER,
        List.of(
            member.key().tenant(),
            member.amount().asset().chain().toString(),
            asset(member.amount().asset()),
            member.to().value(),
            member.amount().units().toString()));
  }

  private static Fingerprint hash(byte version, List<String> fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(version);
      for (String field : fields) {
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

  private static String asset(Asset asset) {
    return asset instanceof Asset.Erc20 token ? token.contract().value() : "native";
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
