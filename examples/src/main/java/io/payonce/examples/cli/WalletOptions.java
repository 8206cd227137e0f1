package io.payonce.examples.cli;

import io.payonce.Address;
import io.payonce.Bytes;
import io.payonce.WalletPool;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The hot wallets' keys: keystore files, or raw hex where its exposure does not matter. */
final class WalletOptions {
  private static final String VARIABLE = "PAYONCE_KEY";

  @Option(
      names = "--keystore",
      paramLabel = "FILE",
      description = "Keystore file, version 3; several for a pool of wallets.")
  private List<Path> keystores = new ArrayList<>();

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = {
        "The keystore's password; one newline at its end is not part of it.",
        "One for all keystores, or one for each in their order."
      })
  private List<Path> passwordFiles = new ArrayList<>();

  @Option(
      names = "--insecure-key",
      paramLabel = "HEX",
      description = "Raw private key, which other users of this machine can read: tests only.")
  private List<String> insecureKeys = new ArrayList<>();

  @Option(
      names = "--pool",
      paramLabel = "NAME",
      description = {
        "The name under which several wallets pay, 'payout' by default.",
        "It is part of what a key stands for: keep it when wallets come and go."
      })
  private @Nullable String pool;

  /** Opens every key, at least one; the caller closes them. Nothing of them is ever shown. */
  Wallets open(Terminal terminal) {
    Optional<WalletPool> named = Optional.ofNullable(pool).map(WalletOptions::poolNamed);
    List<SoftwareKey> keys = openAll(terminal);
    return new Wallets(
        keys, keys.size() > 1 ? named.or(() -> Optional.of(new WalletPool("payout"))) : named);
  }

  private static WalletPool poolNamed(String name) {
    try {
      return new WalletPool(name);
    } catch (IllegalArgumentException bad) {
      throw Refusal.badInput("--pool: " + bad.getMessage());
    }
  }

  private List<SoftwareKey> openAll(Terminal terminal) {
    List<SoftwareKey> keys = new ArrayList<>();
    try {
      for (Supplier<SoftwareKey> key : sources(terminal)) {
        keys.add(key.get());
      }
      Set<Address> addresses = new HashSet<>(); // never iterated
      for (SoftwareKey key : keys) {
        if (!addresses.add(key.address())) {
          throw Refusal.badInput("wallet " + key.address() + " is given twice");
        }
      }
      return keys;
    } catch (RuntimeException refused) {
      keys.forEach(SoftwareKey::close);
      throw refused;
    }
  }

  private List<Supplier<SoftwareKey>> sources(Terminal terminal) {
    if (!insecureKeys.isEmpty() && !keystores.isEmpty()) {
      throw Refusal.badInput("--keystore and --insecure-key exclude each other; give one");
    }
    List<Supplier<SoftwareKey>> sources = new ArrayList<>();
    if (!keystores.isEmpty()) {
      requirePasswords();
      for (int i = 0; i < keystores.size(); i++) {
        Path file = keystores.get(i);
        Path password = passwordFiles.get(passwordFiles.size() == 1 ? 0 : i);
        sources.add(() -> KeystoreV3.read(file, password(password)));
      }
      return sources;
    }
    if (!passwordFiles.isEmpty()) {
      throw Refusal.badInput("--password-file needs --keystore");
    }
    if (!insecureKeys.isEmpty()) {
      insecureKeys.forEach(hex -> sources.add(() -> fromHex("--insecure-key", hex)));
      return sources;
    }
    String variable = terminal.environment().get(VARIABLE);
    if (variable == null) {
      throw Refusal.badInput(
          "no wallet: give --keystore and --password-file, or set " + VARIABLE + " for tests");
    }
    for (String hex : variable.split(",", -1)) {
      sources.add(() -> fromHex(VARIABLE, hex));
    }
    return sources;
  }

  private void requirePasswords() {
    if (passwordFiles.isEmpty()) {
      throw Refusal.badInput("--keystore needs --password-file");
    }
    if (passwordFiles.size() != 1 && passwordFiles.size() != keystores.size()) {
      throw Refusal.badInput(
          keystores.size()
              + " keystores have "
              + passwordFiles.size()
              + " password files; give one for all, or one for each");
    }
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
