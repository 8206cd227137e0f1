package io.payonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.payonce.UnsignedTransaction.AccessListTx;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.UnsignedTransaction.Legacy;
import io.payonce.internal.Hex;
import io.payonce.internal.Rlp;
import io.payonce.internal.Rlp.Item;
import io.payonce.internal.Secp256k1;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.AccessListObject;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import org.web3j.crypto.TransactionEncoder;

/** The wire form, checked against EIP-155 and against web3j as a second implementation. */
class TransactionCodecTest {
  private static final String EIP155_PAYLOAD =
      "0xec098504a817c800825208943535353535353535353535353535353535353535"
          + "880de0b6b3a764000080018080";
  private static final String EIP155_RAW =
      "0xf86c098504a817c800825208943535353535353535353535353535353535353535"
          + "880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
          + "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
  private static final Legacy EIP155 =
      new Legacy(
          ChainId.of(1),
          9,
          Wei.gwei(20),
          BigInteger.valueOf(21_000),
          Address.of("0x" + "35".repeat(20)),
          Wei.ofCoins("1"),
          Bytes.EMPTY);
  private static final DynamicFee DYNAMIC =
      new DynamicFee(
          ChainId.of(1),
          9,
          Wei.gwei(2),
          Wei.gwei(20),
          BigInteger.valueOf(60_000),
          Address.of("0x" + "35".repeat(20)),
          Wei.ofCoins("1"),
          Bytes.fromHex("0x00ff"),
          List.of(
              new AccessListEntry(
                  Address.of("0x" + "22".repeat(20)), List.of(Bytes.of(new byte[32])))));
  private static final BigInteger ONE = BigInteger.ONE;

  @Test
  void writes_and_reads_the_example_of_eip155() {
    assertThat(TransactionCodec.signingPayload(EIP155).toHex()).isEqualTo(EIP155_PAYLOAD);
    assertThat(Hex.encode(TransactionCodec.signingDigest(EIP155)))
        .isEqualTo("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    Signature signature =
        new Signature(
            new BigInteger("28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276", 16),
            new BigInteger("67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83", 16),
            0);
    assertThat(TransactionCodec.encode(EIP155, signature).toHex()).isEqualTo(EIP155_RAW);
    SignedTransaction decoded = TransactionCodec.decodeSigned(Bytes.fromHex(EIP155_RAW));
    assertThat(decoded.transaction()).isEqualTo(EIP155);
    assertThat(decoded.signature()).isEqualTo(signature);
    assertThat(decoded.sender())
        .isEqualTo(Address.of("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"));
  }

  @Test
  void agrees_with_web3j_on_random_transactions() {
    long seed = 2718;
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      Credentials key =
          Credentials.create(
              org.web3j.crypto.ECKeyPair.create(new BigInteger(255, random).add(ONE)));
      UnsignedTransaction tx = random(round % 3, random);
      Sign.SignatureData made =
          Sign.signMessage(TransactionCodec.signingDigest(tx), key.getEcKeyPair(), false);
      SignedTransaction signed =
          SignedTransaction.of(
              tx,
              new Signature(
                  new BigInteger(1, made.getR()),
                  new BigInteger(1, made.getS()),
                  made.getV()[0] - 27));
      String seen = "seed " + seed + " round " + round + " " + tx;
      assertThat(signed.raw().toHex()).as(seen).isEqualTo(Hex.encode(web3j(tx, key)));
      assertThat(signed.sender()).as(seen).isEqualTo(Address.of(key.getAddress()));
      SignedTransaction again = TransactionCodec.decodeSigned(signed.raw());
      assertThat(again).as(seen).isEqualTo(signed);
      assertThat(again.transaction()).as(seen).isEqualTo(tx);
      assertThat(again.hash()).as(seen).isEqualTo(signed.hash());
      assertThat(TransactionCodec.decodeUnsigned(TransactionCodec.signingPayload(tx)))
          .as(seen)
          .isEqualTo(tx);
    }
  }

  @Test
  void bytes_out_of_a_store_are_what_they_were_and_nothing_else() {
    SignedTransaction example = TransactionCodec.decodeSigned(Bytes.fromHex(EIP155_RAW));
    SignedTransaction restored = SignedTransaction.restored(example.raw(), example.hash());
    assertThat(restored).isEqualTo(example).hasToString(example.toString());
    assertThat(restored.transaction()).isEqualTo(EIP155);
    assertThat(restored.sender()).isEqualTo(example.sender());

    byte[] raw = example.raw().toArray();
    for (int at = 0; at < raw.length; at++) {
      byte[] damaged = raw.clone();
      damaged[at] ^= 1;
      assertThatThrownBy(() -> SignedTransaction.restored(Bytes.of(damaged), example.hash()))
          .as("bit 0 of byte %d", at)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static byte[] web3j(UnsignedTransaction tx, Credentials key) {
    BigInteger nonce = BigInteger.valueOf(tx.nonce());
    long chain = tx.chain().value();
    String to = tx.to().value();
    BigInteger value = tx.value().value();
    String data = tx.data().toHex();
    if (tx instanceof Legacy legacy) {
      return TransactionEncoder.signMessage(
          RawTransaction.createTransaction(
              nonce, legacy.gasPrice().value(), tx.gasLimit(), to, value, data),
          chain,
          key);
    }
    if (tx instanceof AccessListTx access) {
      return TransactionEncoder.signMessage(
          RawTransaction.createTransaction(
              chain,
              nonce,
              access.gasPrice().value(),
              tx.gasLimit(),
              to,
              value,
              data,
              web3j(access.accessList())),
          key);
    }
    DynamicFee dynamic = (DynamicFee) tx;
    return TransactionEncoder.signMessage(
        RawTransaction.createTransaction(
            chain,
            nonce,
            tx.gasLimit(),
            to,
            value,
            data,
            dynamic.maxPriorityFeePerGas().value(),
            dynamic.maxFeePerGas().value(),
            web3j(dynamic.accessList())),
        key);
  }

  private static List<AccessListObject> web3j(List<AccessListEntry> entries) {
    return entries.stream()
        .map(
            entry ->
                new AccessListObject(
                    entry.address().value(),
                    entry.storageKeys().stream().map(Bytes::toHex).toList()))
        .toList();
  }

  private static UnsignedTransaction random(int type, Random random) {
    ChainId chain = ChainId.of(1 + random.nextInt(1 << (1 + random.nextInt(30))));
    long nonce = random.nextInt(3) == 0 ? random.nextInt(200) : random.nextLong() >>> 1;
    Wei tip = Wei.of(new BigInteger(random.nextInt(100), random));
    Wei cap = tip.plus(Wei.of(new BigInteger(random.nextInt(100), random)));
    BigInteger gas = BigInteger.valueOf(21_000L + random.nextInt(16_000_000));
    Address to = Address.of(bytes(20, random));
    Wei value = Wei.of(new BigInteger(random.nextInt(257), random));
    Bytes data =
        Bytes.of(bytes(random.nextInt(4) == 0 ? random.nextInt(200) : random.nextInt(4), random));
    List<AccessListEntry> entries = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      List<Bytes> keys = new ArrayList<>();
      for (int k = random.nextInt(3); k > 0; k--) {
        keys.add(Bytes.of(bytes(32, random)));
      }
      entries.add(new AccessListEntry(Address.of(bytes(20, random)), keys));
    }
    return switch (type) {
      case 0 -> new Legacy(chain, nonce, cap, gas, to, value, data);
      case 1 -> new AccessListTx(chain, nonce, cap, gas, to, value, data, entries);
      default -> new DynamicFee(chain, nonce, tip, cap, gas, to, value, data, entries);
    };
  }

  private static byte[] bytes(int count, Random random) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  // refusals

  private static void assertRefused(byte[] raw, String... named) {
    assertThatThrownBy(() -> TransactionCodec.decodeSigned(Bytes.of(raw)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(named);
  }

  /** The fields of a signed type 2 transaction, to be spoilt one at a time. */
  private static List<Item> dynamicFields() {
    byte[] raw = TransactionCodec.encode(DYNAMIC, new Signature(ONE, ONE, 0)).toArray();
    return new ArrayList<>(((Item.Sequence) Rlp.decode(raw, 1)).items());
  }

  private static byte[] typed(int type, List<Item> fields) {
    byte[] list = Rlp.encode(Rlp.list(fields));
    byte[] out = new byte[list.length + 1];
    out[0] = (byte) type;
    System.arraycopy(list, 0, out, 1, list.length);
    return out;
  }

  private static byte[] spoilt(int index, Item item) {
    List<Item> fields = dynamicFields();
    fields.set(index, item);
    return typed(2, fields);
  }

  @Test
  void decodes_what_the_refusals_start_from() {
    assertThat(TransactionCodec.decodeSigned(Bytes.of(typed(2, dynamicFields()))).transaction())
        .isEqualTo(DYNAMIC);
  }

  @Test
  void refuses_leading_zeros_and_wide_fields() {
    String[] names = {"chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gasLimit"};
    for (int i = 0; i < names.length; i++) {
      assertRefused(spoilt(i, Rlp.text(new byte[] {0, 1})), names[i], "leading zeros");
      assertRefused(spoilt(i, Rlp.text(new byte[] {0})), names[i], "leading zeros");
      byte[] wide = new byte[33];
      wide[0] = 1;
      assertRefused(spoilt(i, Rlp.text(wide)), names[i], "wider");
      assertRefused(spoilt(i, Rlp.list(List.of())), names[i], "must not be a list");
    }
    assertRefused(spoilt(1, Rlp.integer(BigInteger.TWO.pow(63))), "nonce", "63 bits");
    assertRefused(spoilt(10, Rlp.text(new byte[] {0, 1})), "r has leading zeros");
  }

  @Test
  void refuses_trailing_bytes_and_wrong_field_counts() {
    byte[] good = typed(2, dynamicFields());
    byte[] longer = java.util.Arrays.copyOf(good, good.length + 1);
    assertRefused(longer, "trailing");
    List<Item> more = dynamicFields();
    more.add(Rlp.integer(1));
    assertRefused(typed(2, more), "13 fields", "12");
    assertRefused(typed(2, dynamicFields().subList(0, 11)), "11 fields");
    assertRefused(typed(1, dynamicFields()), "type 1 has 12 fields");
    assertRefused(new byte[0], "0 bytes");
    assertRefused(new byte[128 * 1024 + 1], "131073 bytes");
    assertRefused(new byte[] {2}, "rlp");
    assertRefused(new byte[] {2, 1}, "not an rlp list");
  }

  @Test
  void refuses_creation_and_malformed_access_lists() {
    assertRefused(spoilt(5, Rlp.text(new byte[0])), "to has 0 bytes", "creation");
    assertRefused(spoilt(5, Rlp.text(new byte[21])), "to has 21 bytes");
    assertRefused(spoilt(8, Rlp.text(new byte[0])), "accessList must be a list");
    assertRefused(spoilt(8, Rlp.list(List.of(Rlp.integer(1)))), "accessList entry must be a list");
    assertRefused(
        spoilt(8, Rlp.list(List.of(Rlp.list(List.of(Rlp.text(new byte[20])))))),
        "accessList entry must have 2");
    Item noKeys = Rlp.list(List.of());
    assertRefused(
        spoilt(8, Rlp.list(List.of(Rlp.list(List.of(Rlp.text(new byte[19]), noKeys))))),
        "accessList address has 19 bytes");
    Item shortKey = Rlp.list(List.of(Rlp.text(new byte[31])));
    assertRefused(
        spoilt(8, Rlp.list(List.of(Rlp.list(List.of(Rlp.text(new byte[20]), shortKey))))),
        "storage key has 31 bytes");
  }

  @Test
  void refuses_high_s_zero_and_foreign_parities() {
    BigInteger n = Secp256k1.N;
    assertRefused(spoilt(11, Rlp.integer(Secp256k1.HALF_N.add(ONE))), "signature s", "EIP-2");
    assertRefused(spoilt(11, Rlp.integer(0)), "signature s");
    assertRefused(spoilt(10, Rlp.integer(0)), "signature r");
    assertRefused(spoilt(10, Rlp.integer(n)), "signature r");
    assertRefused(spoilt(9, Rlp.integer(2)), "yParity 2");
    assertRefused(spoilt(9, Rlp.integer(27)), "yParity 27");
    assertRefused(spoilt(10, Rlp.integer(5)), "does not belong to any key");
  }

  @Test
  void refuses_a_legacy_transaction_without_chain_id() {
    byte[] raw = Hex.decode("raw", EIP155_RAW);
    for (int v : new int[] {0, 1, 27, 28, 35, 36}) {
      List<Item> fields = new ArrayList<>(((Item.Sequence) Rlp.decode(raw, 0)).items());
      fields.set(6, Rlp.integer(v));
      assertRefused(Rlp.encode(Rlp.list(fields)), "v " + v, "EIP-155");
    }
    List<Item> six = ((Item.Sequence) Rlp.decode(raw, 0)).items().subList(0, 6);
    assertThatThrownBy(() -> TransactionCodec.decodeUnsigned(Bytes.of(Rlp.encode(Rlp.list(six)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("6 fields");
  }

  @Test
  void refuses_a_signed_transaction_where_a_payload_is_asked_and_the_reverse() {
    assertThatThrownBy(() -> TransactionCodec.decodeUnsigned(Bytes.fromHex(EIP155_RAW)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("r of an unsigned");
    assertRefused(Hex.decode("raw", EIP155_PAYLOAD), "v 1", "EIP-155");
  }

  @Test
  void names_the_types_it_does_not_support() {
    assertRefused(typed(3, dynamicFields()), "type 3", "EIP-4844");
    assertRefused(typed(4, dynamicFields()), "type 4", "EIP-7702");
    assertRefused(typed(0, dynamicFields()), "type 0");
    assertRefused(typed(0x7f, dynamicFields()), "type 127");
  }

  /** Whatever decodes, encodes again to the same bytes. */
  @Test
  void accepts_only_what_it_would_have_written() {
    long seed = 3141;
    Random random = new Random(seed);
    int accepted = 0;
    for (int round = 0; round < 5_000; round++) {
      byte[] raw = random.nextBoolean() ? typed(2, dynamicFields()) : Hex.decode("raw", EIP155_RAW);
      raw[random.nextInt(raw.length)] = (byte) random.nextInt(256);
      SignedTransaction decoded;
      try {
        decoded = TransactionCodec.decodeSigned(Bytes.of(raw));
      } catch (IllegalArgumentException refused) {
        continue; // as it should: the rest of this test is about what is let in
      }
      accepted++;
      assertThat(decoded.raw()).as("seed %d round %d", seed, round).isEqualTo(Bytes.of(raw));
    }
    assertThat(accepted).isPositive();
  }

  @Test
  void refuses_fields_out_of_range_at_construction() {
    assertThatThrownBy(
            () ->
                new Legacy(
                    ChainId.of(1),
                    -1,
                    Wei.ONE,
                    BigInteger.valueOf(21_000),
                    Address.ZERO,
                    Wei.ZERO,
                    Bytes.EMPTY))
        .hasMessageContaining("nonce -1");
    assertThatThrownBy(
            () ->
                new Legacy(
                    ChainId.of(1),
                    0,
                    Wei.ONE,
                    BigInteger.valueOf(20_999),
                    Address.ZERO,
                    Wei.ZERO,
                    Bytes.EMPTY))
        .hasMessageContaining("gasLimit 20999");
    assertThatThrownBy(
            () ->
                new DynamicFee(
                    ChainId.of(1),
                    0,
                    Wei.of(2),
                    Wei.ONE,
                    BigInteger.valueOf(21_000),
                    Address.ZERO,
                    Wei.ZERO,
                    Bytes.EMPTY,
                    List.of()))
        .hasMessageContaining("maxPriorityFeePerGas");
  }
}
