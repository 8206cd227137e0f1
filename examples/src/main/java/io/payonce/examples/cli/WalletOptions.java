package io.payonce.examples.cli;

import io.payonce.Bytes;
import io.payonce.signing.software.InsecureKeyAccess;
import io.payonce.signing.software.KeystoreV3;
import io.payonce.signing.software.SoftwareKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The hot wallet's key: a keystore file, or raw hex where its exposure does not matter. */
final class WalletOptions {
  private static final String VARIABLE = "PAYONCE_KEY";

  @Option(names = "--keystore", paramLabel = "FILE", description = "Keystore file, version 3.")
  private @Nullable Path keystore;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "The keystore's password; one newline at its end is not part of it.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--insecure-key",
      paramLabel = "HEX",
      description = "Raw private key, which other users of this machine can read: tests only.")
  private @Nullable String insecureKey;

  /** Opens the key; the caller closes it. Nothing of it is ever part of a message. */
  SoftwareKey open(Terminal terminal) {
    if (insecureKey != null && keystore != null) {
      throw Refusal.badInput("--keystore and --insecure-key exclude each other; give one");
    }
    if (keystore != null) {
      return fromKeystore(keystore);
    }
    if (passwordFile != null) {
      throw Refusal.badInput("--password-file needs --keystore");
    }
    if (insecureKey != null) {
      return fromHex("--insecure-key", insecureKey);
    }
    String variable = terminal.environment().get(VARIABLE);
    if (variable == null) {
      throw Refusal.badInput(
          "no wallet: give --keystore and --password-file, or set " + VARIABLE + " for tests");
    }
    return fromHex(VARIABLE, variable);
  }

  private SoftwareKey fromKeystore(Path file) {
    if (passwordFile == null) {
      throw Refusal.badInput("--keystore needs --password-file");
    }
    return KeystoreV3.read(file, password(passwordFile));
  }

  private static char[] password(Path file) {
    byte[] bytes = new byte[0];
    try {
      bytes = Files.readAllBytes(file);
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      char[] all = new char[text.remaining()];
      text.get(all);
      Arrays.fill(text.array(), '\0');
      int end = all.length;
      end -= end > 0 && all[end - 1] == '\n' ? 1 : 0;
      end -= end > 0 && end < all.length && all[end - 1] == '\r' ? 1 : 0;
      char[] password = Arrays.copyOf(all, end);
      Arrays.fill(all, '\0');
      return password;
    } catch (CharacterCodingException notText) {
      throw Refusal.badInput("password file " + file + " is not UTF-8 text; write it again");
    } catch (IOException unreadable) {
      throw Refusal.badInput(
          "password file " + file + " cannot be read; check its path and permissions");
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static SoftwareKey fromHex(String source, String hex) {
    if (!hex.matches("(0x)?[0-9a-fA-F]{64}")) {
      throw Refusal.badInput(source + " must be 64 hex digits; it is not shown here");
    }
    byte[] key = Bytes.fromHex(hex.startsWith("0x") ? hex : "0x" + hex).toArray();
    try {
      return SoftwareKey.fromBytes(key, InsecureKeyAccess.acknowledge("asked for by " + source));
    } catch (IllegalArgumentException notOnTheCurve) {
      throw Refusal.badInput(source + " is no key of secp256k1");
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }
}
