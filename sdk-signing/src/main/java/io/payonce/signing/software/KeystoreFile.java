package io.payonce.signing.software;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.payonce.Address;
import io.payonce.signing.software.KeystoreException.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * The fields of a Web3 Secret Storage file, version 3, checked for form and limits but not
 * decrypted.
 *
 * @param address what the file says it holds; many writers leave it out
 */
record KeystoreFile(
    KeystoreKdf kdf, byte[] iv, byte[] ciphertext, byte[] mac, Optional<Address> address) {
  static final int MAX_BYTES = 64 * 1024;
  private static final int VERSION = 3;
  private static final String CIPHER = "aes-128-ctr";
  private static final String PRF = "hmac-sha256";
  private static final HexFormat HEX = HexFormat.of();
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static KeystoreFile parse(byte[] json) {
    if (json.length > MAX_BYTES) {
      throw new KeystoreException(
          Code.KEYSTORE_LIMIT, "more than " + MAX_BYTES + " bytes; is it a keystore?");
    }
    JsonNode root = tree(json);
    int version = integer(root, "version");
    if (version != VERSION) {
      throw unsupported("version " + version, "version " + VERSION);
    }
    // Early writers spelt it with a capital letter.
    JsonNode crypto = object(root, root.has("Crypto") ? "Crypto" : "crypto");
    String cipher = text(crypto, "cipher");
    if (!cipher.equals(CIPHER)) {
      throw unsupported("cipher '" + cipher + "'", CIPHER);
    }
    return new KeystoreFile(
        kdf(text(crypto, "kdf"), object(crypto, "kdfparams")),
        bytes(object(crypto, "cipherparams"), "iv", 16),
        bytes(crypto, "ciphertext", 32),
        bytes(crypto, "mac", 32),
        address(root));
  }

  /** The file's text, for a file that scrypt protects. */
  byte[] toJson(KeystoreKdf.Scrypt scrypt, Address owner, UUID id) {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", VERSION).put("id", id.toString());
    root.put("address", owner.value().substring(2));
    ObjectNode crypto = root.putObject("crypto");
    crypto.put("cipher", CIPHER).put("ciphertext", HEX.formatHex(ciphertext));
    crypto.putObject("cipherparams").put("iv", HEX.formatHex(iv));
    crypto.put("kdf", "scrypt");
    crypto
        .putObject("kdfparams")
        .put("dklen", KeystoreKdf.LENGTH)
        .put("n", scrypt.n())
        .put("r", scrypt.r())
        .put("p", scrypt.p())
        .put("salt", HEX.formatHex(scrypt.salt()));
    crypto.put("mac", HEX.formatHex(mac));
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode tree(byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (!root.isObject()) {
        throw malformed("not a JSON object");
      }
      return root;
    } catch (JsonProcessingException notJson) {
      // Without the parser's message: it quotes the file.
      throw malformed("not JSON, line " + notJson.getLocation().getLineNr());
    } catch (IOException notUtf8) {
      throw malformed("not UTF-8");
    }
  }

  private static KeystoreKdf kdf(String name, JsonNode params) {
    return switch (name) {
      case "scrypt" ->
          new KeystoreKdf.Scrypt(
              integer(params, "n"), integer(params, "r"), integer(params, "p"), salt(params));
      case "pbkdf2" -> {
        String prf = text(params, "prf");
        if (!prf.equals(PRF)) {
          throw unsupported("prf '" + prf + "'", PRF);
        }
        yield new KeystoreKdf.Pbkdf2(integer(params, "c"), salt(params));
      }
      default -> throw unsupported("kdf '" + name + "'", "scrypt or pbkdf2");
    };
  }

  private static byte[] salt(JsonNode params) {
    int length = integer(params, "dklen");
    if (length != KeystoreKdf.LENGTH) {
      throw new KeystoreException(
          Code.KEYSTORE_LIMIT, "dklen " + length + " must be " + KeystoreKdf.LENGTH);
    }
    return hex(params, "salt");
  }

  private static Optional<Address> address(JsonNode root) {
    if (!root.has("address")) {
      return Optional.empty();
    }
    String value = text(root, "address");
    try {
      return Optional.of(Address.of(value.startsWith("0x") ? value : "0x" + value));
    } catch (IllegalArgumentException notAnAddress) {
      throw malformed("address is none");
    }
  }

  private static JsonNode object(JsonNode parent, String field) {
    JsonNode node = parent.path(field);
    if (!node.isObject()) {
      throw malformed(field + " is missing or no object");
    }
    return node;
  }

  private static String text(JsonNode parent, String field) {
    JsonNode node = parent.path(field);
    if (!node.isTextual() || node.textValue().length() > MAX_BYTES) {
      throw malformed(field + " is missing or no text");
    }
    return node.textValue();
  }

  private static int integer(JsonNode parent, String field) {
    JsonNode node = parent.path(field);
    if (!node.isIntegralNumber()) {
      throw malformed(field + " is missing or no integer");
    }
    if (!node.canConvertToInt()) {
      throw new KeystoreException(Code.KEYSTORE_LIMIT, field + " is wider than 31 bits");
    }
    return node.intValue();
  }

  private static byte[] bytes(JsonNode parent, String field, int length) {
    byte[] bytes = hex(parent, field);
    if (bytes.length != length) {
      throw malformed(field + " has " + bytes.length + " bytes, must be " + length);
    }
    return bytes;
  }

  private static byte[] hex(JsonNode parent, String field) {
    try {
      return HEX.parseHex(text(parent, field));
    } catch (IllegalArgumentException notHex) {
      throw malformed(field + " is not hex");
    }
  }

  private static KeystoreException malformed(String problem) {
    return new KeystoreException(Code.KEYSTORE_FORMAT, problem + "; restore the file from backup");
  }

  private static KeystoreException unsupported(String found, String wanted) {
    return new KeystoreException(
        Code.KEYSTORE_UNSUPPORTED, found + " is not supported; convert the file to " + wanted);
  }
}
