package io.payonce.signing.software;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.payonce.signing.software.KeystoreException.Code;
import io.payonce.signing.software.KeystoreV3.ScryptCost;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Wallet;
import org.web3j.crypto.WalletFile;

/** Published vectors: ethereum/tests, KeyStoreTests/basic_tests.json (MIT). */
final class KeystoreV3Test {
  private static final String PASSWORD = "testpassword";
  private static final byte[] PUBLISHED_KEY =
      HexFormat.of().parseHex("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
  private static final String PBKDF2 =
      """
      {"crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {"c": 262144, "dklen": 32, "prf": "hmac-sha256",
          "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
       "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3}
      """;
  private static final String SCRYPT =
      """
      {"crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {"dklen": 32, "n": 262144, "r": 1, "p": 8,
          "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},
       "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3}
      """;

  /** Costs milliseconds. */
  private static final ScryptCost CHEAP = new ScryptCost(1 << 10, 8, 1);

  private final SecureRandom random = new SecureRandom();

  @TempDir private Path directory;

  @Test
  void opens_the_published_pbkdf2_file() throws IOException {
    assertThat(bytesOf(KeystoreV3.read(file(PBKDF2), password()))).isEqualTo(PUBLISHED_KEY);
  }

  @Test
  void opens_the_published_scrypt_file() throws IOException {
    assertThat(bytesOf(KeystoreV3.read(file(SCRYPT), password()))).isEqualTo(PUBLISHED_KEY);
  }

  @Test
  void opens_what_web3j_wrote() throws Exception {
    ECKeyPair pair = ECKeyPair.create(new BigInteger(1, PUBLISHED_KEY));
    WalletFile wallet = Wallet.create("pässwörd €", pair, 1 << 10, 1);
    Path file = file(new ObjectMapper().writeValueAsString(wallet));

    SoftwareKey key = KeystoreV3.read(file, "pässwörd €".toCharArray());

    assertThat(bytesOf(key)).isEqualTo(PUBLISHED_KEY);
    assertThat(key.address().value()).isEqualTo(Credentials.create(pair).getAddress());
  }

  @Test
  void writes_what_web3j_opens() throws Exception {
    Path file = directory.resolve("new.json");
    KeystoreV3.write(file, publishedKey(), "pässwörd €".toCharArray(), random, CHEAP);

    WalletFile wallet = new ObjectMapper().readValue(file.toFile(), WalletFile.class);

    assertThat(Wallet.decrypt("pässwörd €", wallet).getPrivateKey())
        .isEqualTo(new BigInteger(1, PUBLISHED_KEY));
  }

  @Test
  void writes_for_the_owner_alone_and_leaves_no_draft() throws IOException {
    Path file = directory.resolve("new.json");
    KeystoreV3.write(file, publishedKey(), password(), random, CHEAP);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void never_replaces_a_file() throws IOException {
    Path file = file("the only copy of a key");

    assertCode(
        () -> KeystoreV3.write(file, publishedKey(), password(), random, CHEAP), Code.KEYSTORE_IO);
    assertThat(file).hasContent("the only copy of a key");
  }

  @Test
  void writes_at_standard_cost_unless_told_otherwise() throws IOException {
    Path file = directory.resolve("new.json");
    KeystoreV3.write(file, publishedKey(), password(), random);

    assertThat(Files.readString(file)).contains("\"n\":262144,\"r\":8,\"p\":1");
    assertThat(bytesOf(KeystoreV3.read(file, password()))).isEqualTo(PUBLISHED_KEY);
  }

  @Test
  void says_that_the_password_is_wrong() throws IOException {
    Path file = file(cheap());

    assertCode(() -> KeystoreV3.read(file, "other".toCharArray()), Code.KEYSTORE_PASSWORD)
        .hasMessageContaining(file.toString());
  }

  @Test
  void wipes_passwords_whatever_happens() throws IOException {
    char[] right = password();
    char[] wrong = "other".toCharArray();
    char[] unused = password();
    Path file = file(cheap());

    KeystoreV3.read(file, right);
    assertCode(() -> KeystoreV3.read(file, wrong), Code.KEYSTORE_PASSWORD);
    assertCode(() -> KeystoreV3.read(directory.resolve("absent"), unused), Code.KEYSTORE_IO);

    assertThat(right).containsOnly('\0');
    assertThat(wrong).containsOnly('\0');
    assertThat(unused).containsOnly('\0');
  }

  @Test
  void notices_the_key_of_another_address() throws IOException {
    String other = cheap().replace(publishedKey().address().value().substring(2), "35".repeat(20));

    assertCode(() -> KeystoreV3.read(file(other), password()), Code.KEYSTORE_ADDRESS);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"n\": 262144', '\"n\": 2097152'",
    "'\"n\": 262144', '\"n\": 262143'",
    "'\"n\": 262144', '\"n\": 99999999999'",
    "'\"n\": 262144', '\"n\": -1'",
    "'\"r\": 1,', '\"r\": 33,'",
    "'\"r\": 1,', '\"r\": 32,'", // 2^18 * 32 * 128 = 1 GiB
    "'\"p\": 8', '\"p\": 17'",
    "'\"dklen\": 32', '\"dklen\": 64'",
  })
  void refuses_scrypt_over_its_limits(String old, String replacement) throws IOException {
    assertCode(
        () -> KeystoreV3.read(file(replaced(SCRYPT, old, replacement)), password()),
        Code.KEYSTORE_LIMIT);
  }

  @Test
  void refuses_pbkdf2_over_its_limits() throws IOException {
    assertCode(
        () ->
            KeystoreV3.read(file(replaced(PBKDF2, "\"c\": 262144", "\"c\": 10000001")), password()),
        Code.KEYSTORE_LIMIT);
  }

  @Test
  void refuses_long_salts_and_files() throws IOException {
    String salt = "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd";

    assertCode(
        () -> KeystoreV3.read(file(replaced(PBKDF2, salt, "00".repeat(129))), password()),
        Code.KEYSTORE_LIMIT);
    assertCode(
        () -> KeystoreV3.read(file(PBKDF2 + " ".repeat(64 * 1024)), password()),
        Code.KEYSTORE_LIMIT);
  }

  @ParameterizedTest
  @CsvSource({
    "'aes-128-ctr', 'aes-128-cbc'",
    "'\"pbkdf2\"', '\"argon2id\"'",
    "'hmac-sha256', 'hmac-sha512'",
    "'\"version\": 3', '\"version\": 4'",
  })
  void names_what_it_does_not_support(String old, String replacement) throws IOException {
    assertCode(
            () -> KeystoreV3.read(file(replaced(PBKDF2, old, replacement)), password()),
            Code.KEYSTORE_UNSUPPORTED)
        .hasMessageContaining(replacement.replaceAll("[\":]|version ", "").strip());
  }

  @ParameterizedTest
  @CsvSource({
    "'\"version\": 3', '\"version\": \"3\"'",
    "'\"iv\": \"60', '\"iv\": \"'",
    "'\"iv\": \"60', '\"iv\": \"zz'",
    "'\"mac\": \"51', '\"mac\": \"5'",
    "'\"ciphertext\": \"53', '\"ciphertext\": \"'",
    "'\"kdfparams\"', '\"params\"'",
    "'\"version\": 3', '\"version\": 3, \"version\": 3'",
    "'\"version\": 3', '\"version\": 3, \"address\": \"0x12\"'",
    "'\"version\": 3}', '\"version\": 3} {}'",
    "'{\"crypto\"', '[{\"crypto\"'",
  })
  void refuses_malformed_files(String old, String replacement) throws IOException {
    assertCode(
        () -> KeystoreV3.read(file(replaced(PBKDF2, old, replacement)), password()),
        Code.KEYSTORE_FORMAT);
  }

  @Test
  void refuses_any_altered_digit_of_content_or_mac() throws IOException {
    String whole = cheap();
    for (String field : new String[] {"ciphertext", "mac", "salt"}) {
      int at = whole.indexOf("\"" + field + "\":\"") + field.length() + 4;
      char other = whole.charAt(at) == '0' ? '1' : '0';
      String altered = whole.substring(0, at) + other + whole.substring(at + 1);

      assertCode(() -> KeystoreV3.read(file(altered), password()), Code.KEYSTORE_PASSWORD);
    }
  }

  private String cheap() throws IOException {
    Path file = directory.resolve("cheap.json");
    Files.deleteIfExists(file);
    KeystoreV3.write(file, publishedKey(), password(), random, CHEAP);
    return Files.readString(file);
  }

  private Path file(String content) throws IOException {
    return Files.write(
        directory.resolve("keystore.json"), content.getBytes(StandardCharsets.UTF_8));
  }

  private static String replaced(String text, String old, String replacement) {
    assertThat(text).contains(old);
    return text.replace(old, replacement);
  }

  private static SoftwareKey publishedKey() {
    return SoftwareKey.fromBytes(
        PUBLISHED_KEY, InsecureKeyAccess.acknowledge("a published test key"));
  }

  private static byte[] bytesOf(SoftwareKey key) {
    return key.lend(secret -> Arrays.copyOf(secret, secret.length));
  }

  private static char[] password() {
    return PASSWORD.toCharArray();
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertCode(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Code code) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(KeystoreException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageNotContaining(PASSWORD);
  }
}
