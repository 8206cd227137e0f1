package io.payonce.signing.software;

import io.payonce.Address;
import io.payonce.AttemptId;
import io.payonce.Bytes;
import io.payonce.ChainId;
import io.payonce.Fingerprint;
import io.payonce.LaneId;
import io.payonce.PublicKey;
import io.payonce.Signature;
import io.payonce.SlotId;
import io.payonce.TokenAmount;
import io.payonce.TransferId;
import io.payonce.UnsignedTransaction.DynamicFee;
import io.payonce.Wei;
import io.payonce.internal.Secp256k1;
import io.payonce.signing.AttemptKind;
import io.payonce.signing.SigningClaims;
import io.payonce.signing.SigningOutcome.Signed;
import io.payonce.signing.SigningRequest;
import io.payonce.signing.guard.GuardLimits;
import io.payonce.signing.guard.GuardedSigner;
import io.payonce.signing.internal.RawSigner.RawSignature;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import org.web3j.crypto.TransactionEncoder;

/**
 * Signing and verifying, native and portable, against web3j and against a loop in C over the same
 * library file, in one run: all ways take turns, and the median of the rounds counts. Rates are by
 * processor time, so that other work of the machine disturbs little; only the last line, of two
 * threads against one, is by the clock and wants an idle machine.
 *
 * <p>A program, run by hand; a compiler named {@code cc} is needed for the loop in C. Here and not
 * beside the other benchmarks because the bare signature of a key is seen in this package only.
 */
final class SigningBenchmark {
  private static final int INPUTS = 1_024;
  private static final int ROUNDS = 7;
  private static final long ROUND_NANOS = 700_000_000L;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final ChainId CHAIN = ChainId.of(1);

  private final byte[] secret = new byte[32];
  private final byte[][] digests = new byte[INPUTS][32];
  private final List<DynamicFee> transactions = new ArrayList<>();
  private final SoftwareSigner portable;
  private final SoftwareSigner nativeSigner;

  private SigningBenchmark() {
    Random random = new Random(1559);
    random.nextBytes(secret);
    secret[0] &= 0x7f; // below n
    for (int i = 0; i < INPUTS; i++) {
      random.nextBytes(digests[i]);
      byte[] payee = new byte[20];
      random.nextBytes(payee);
      Wei fee = Wei.of(BigInteger.valueOf(1 + random.nextInt(Integer.MAX_VALUE)));
      transactions.add(
          new DynamicFee(
              CHAIN,
              i,
              fee,
              fee.plus(fee),
              BigInteger.valueOf(21_000),
              Address.of(payee),
              Wei.of(BigInteger.valueOf(1 + random.nextInt(Integer.MAX_VALUE))),
              Bytes.EMPTY,
              List.of()));
    }
    portable = new SoftwareSigner(secret, NativeMode.OFF.curve());
    nativeSigner = new SoftwareSigner(secret, NativeMode.REQUIRED.curve());
  }

  public static void main(String[] arguments) throws Exception {
    new SigningBenchmark().run();
  }

  private void run() throws Exception {
    ECKeyPair pair = ECKeyPair.create(secret);
    Credentials credentials = Credentials.create(pair);
    NativeCurve curve = (NativeCurve) NativeMode.REQUIRED.curve();
    Bytes[] hashed = Arrays.stream(digests).map(Bytes::of).toArray(Bytes[]::new);
    Signature[] signatures = new Signature[INPUTS];
    for (int i = 0; i < INPUTS; i++) {
      RawSignature raw = nativeSigner.sign(digests[i]);
      signatures[i] = new Signature(raw.r(), raw.s(), raw.yParity().orElseThrow());
    }
    PublicKey key = nativeSigner.publicKey();
    List<Way> ways =
        List.of(
            new Way("web3j sign", i -> Sign.signMessage(digests[i], pair, false)),
            new Way("portable sign", i -> portable.sign(digests[i])),
            new Way("native sign", i -> nativeSigner.sign(digests[i])),
            new Way("portable sign and verify", i -> checked(portable, i)),
            new Way("native sign and verify", i -> checked(nativeSigner, i)),
            new Way(
                "portable verify",
                i -> key.yParity(hashed[i], signatures[i].r(), signatures[i].s()).orElseThrow()),
            new Way("native verify", i -> curve.recover(hashed[i], signatures[i]).orElseThrow()),
            new Way("web3j transaction", i -> web3jTransaction(transactions.get(i), credentials)),
            new Way("portable guarded transaction", guarded(NativeMode.OFF)),
            new Way("native guarded transaction", guarded(NativeMode.REQUIRED)));
    try (LoopInC c = new LoopInC()) {
      for (int round = -1; round < ROUNDS; round++) { // one to warm up
        for (Way way : ways) {
          way.round(round < 0);
        }
        if (round >= 0) {
          c.round();
        }
      }
      print(ways, c);
    }
    double one = threads(1);
    double two = threads(2);
    System.out.printf(Locale.ROOT, "native sign on 2 threads of 1: %.2f%n", two / one);
  }

  private static void print(List<Way> ways, LoopInC c) {
    double web3j = ways.get(0).median();
    for (Way way : ways) {
      double base = way.name.endsWith("transaction") ? ways.get(7).median() : web3j;
      System.out.printf(
          Locale.ROOT,
          "%-30s %8.0f/s %8.1f us %6.2f x web3j%n",
          way.name,
          way.median(),
          1e6 / way.median(),
          way.median() / base);
    }
    double signed = median(c.signed);
    double recovered = median(c.recovered);
    System.out.printf(
        Locale.ROOT,
        "C: sign %.0f/s, recover %.0f/s; native of C: sign %.2f, verify %.2f%n",
        signed,
        recovered,
        ways.get(2).median() / signed,
        ways.get(6).median() / recovered);
  }

  /** What a guard does: signs, makes s low, and verifies with the parity. */
  private Object checked(SoftwareSigner signer, int i) {
    RawSignature raw = signer.sign(digests[i]);
    boolean high = raw.s().compareTo(Secp256k1.HALF_N) > 0;
    BigInteger low = high ? Secp256k1.N.subtract(raw.s()) : raw.s();
    Bytes digest = Bytes.of(digests[i]);
    int parity =
        raw.yParity().isPresent()
            ? raw.yParity().getAsInt()
            : signer.publicKey().yParity(digest, raw.r(), low).orElseThrow();
    Signature signature = new Signature(raw.r(), low, parity);
    if (raw.yParity().isPresent() && !signer.publicKey().verifies(digest, signature)) {
      throw new IllegalStateException("does not verify");
    }
    return signature;
  }

  private IntFunction<Object> guarded(NativeMode mode) {
    SoftwareKey key =
        SoftwareKey.fromBytes(secret, InsecureKeyAccess.acknowledge("a benchmark's own"), mode);
    SigningClaims.Claim[] held = new SigningClaims.Claim[INPUTS];
    GuardedSigner signer =
        GuardedSigner.builder()
            .key(key)
            .chains(CHAIN)
            .claimsIn(
                new SigningClaims() {
                  @Override
                  public List<Claim> claims(SlotId slot) {
                    return List.of(held[(int) slot.nonce()]);
                  }

                  @Override
                  public Optional<SlotId> slotOf(TransferId transfer) {
                    return Optional.of(held[(int) transfer.value() - 1].attempt().slot());
                  }
                })
            .limits(GuardLimits.of(Wei.ofCoins("1"), TokenAmount.ofWei(CHAIN, Wei.ofCoins("1"))))
            .executor(Runnable::run)
            .build();
    SigningRequest[] requests = new SigningRequest[INPUTS];
    for (int i = 0; i < INPUTS; i++) {
      SlotId slot = new SlotId(new LaneId(CHAIN, key.address()), i);
      SigningRequest.Intent intent =
          new SigningRequest.Intent(
              new TransferId(i + 1), new Fingerprint("0x" + "%064x".formatted(i)));
      requests[i] =
          new SigningRequest(
              new AttemptId(slot, 1),
              AttemptKind.PAYMENT,
              Optional.of(intent),
              Optional.empty(),
              transactions.get(i));
      held[i] =
          new SigningClaims.Claim(
              requests[i].attempt(), requests[i].kind(), requests[i].intent(), transactions.get(i));
    }
    return i -> ((Signed) signer.sign(requests[i]).join()).transaction().raw();
  }

  private static Object web3jTransaction(DynamicFee tx, Credentials credentials) {
    return TransactionEncoder.signMessage(
        RawTransaction.createTransaction(
            CHAIN.value(),
            BigInteger.valueOf(tx.nonce()),
            tx.gasLimit(),
            tx.to().value(),
            tx.value().value(),
            "",
            tx.maxPriorityFeePerGas().value(),
            tx.maxFeePerGas().value()),
        credentials);
  }

  private double threads(int count) throws InterruptedException, ExecutionException {
    ExecutorService executor = Executors.newFixedThreadPool(count);
    try {
      List<Future<Double>> rates = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        rates.add(
            executor.submit(
                () ->
                    new Way("", input -> nativeSigner.sign(digests[input]), System::nanoTime)
                        .round(false)));
      }
      double sum = 0;
      for (Future<Double> rate : rates) {
        sum += rate.get();
      }
      return sum;
    } finally {
      executor.shutdown();
    }
  }

  /** A program in C over the same library file, which takes its turn like every other way. */
  private static final class LoopInC implements AutoCloseable {
    private final Path folder = Files.createTempDirectory("payonce-c-loop");
    private final Path library = folder.resolve("libsecp256k1.so");
    private final Path program = folder.resolve("loop");
    private final Path output = folder.resolve("output");
    private final List<Double> signed = new ArrayList<>();
    private final List<Double> recovered = new ArrayList<>();

    LoopInC() throws IOException, InterruptedException {
      String arch = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
      try (InputStream in =
          SigningBenchmark.class.getResourceAsStream(
              "/fr/acinq/secp256k1/jni/native/linux-" + arch + "/libsecp256k1-jni.so")) {
        Files.copy(in, library);
      }
      Path source = Files.writeString(folder.resolve("loop.c"), LOOP);
      int exit =
          new ProcessBuilder("cc", "-O2", "-o", program.toString(), source.toString(), "-ldl")
              .inheritIO()
              .start()
              .waitFor();
      Files.delete(source);
      if (exit != 0) {
        throw new IllegalStateException("cc failed with " + exit);
      }
    }

    void round() throws IOException, InterruptedException {
      int exit =
          new ProcessBuilder(program.toString(), library.toString(), ROUND_NANOS / 1e9 + "")
              .redirectOutput(output.toFile())
              .start()
              .waitFor();
      String[] rates = Files.readString(output).strip().split(" ", -1);
      if (exit != 0 || rates.length != 2) {
        throw new IllegalStateException("the loop in C failed with " + exit);
      }
      signed.add(Double.parseDouble(rates[0]));
      recovered.add(Double.parseDouble(rates[1]));
    }

    @Override
    public void close() throws IOException {
      for (Path file : List.of(library, program, output, folder)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static double median(List<Double> rates) {
    return rates.stream().sorted().skip(rates.size() / 2).findFirst().orElseThrow();
  }

  private static final class Way {
    final String name;
    private final IntFunction<Object> work;
    private final List<Double> rates = new ArrayList<>();
    private final LongSupplier clock;

    Way(String name, IntFunction<Object> work) {
      this(name, work, THREADS::getCurrentThreadCpuTime);
    }

    Way(String name, IntFunction<Object> work, LongSupplier clock) {
      this.name = name;
      this.work = work;
      this.clock = clock;
    }

    double round(boolean warmUp) {
      long start = clock.getAsLong();
      int done = 0;
      long spent = 0;
      while (spent < ROUND_NANOS * (warmUp ? 3 : 1)) {
        for (int i = 0; i < 32; i++) {
          Objects.requireNonNull(work.apply(done++ % INPUTS));
        }
        spent = clock.getAsLong() - start;
      }
      double rate = done / (spent / 1e9);
      if (!warmUp) {
        rates.add(rate);
      }
      return rate;
    }

    double median() {
      return SigningBenchmark.median(rates);
    }
  }

  private static final String LOOP =
      """
      #include <dlfcn.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include <time.h>
      static double now(void) {
        struct timespec t;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return t.tv_sec + t.tv_nsec / 1e9;
      }
      int main(int count, char **arguments) {
        void *lib = count == 3 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : 0;
        if (!lib) return 1;
        void *(*create)(unsigned) = dlsym(lib, "secp256k1_context_create");
        int (*randomize)(void *, unsigned char *) = dlsym(lib, "secp256k1_context_randomize");
        int (*sign)(void *, void *, void *, void *, void *, void *) =
            dlsym(lib, "secp256k1_ecdsa_sign_recoverable");
        int (*serialize)(void *, void *, int *, void *) =
            dlsym(lib, "secp256k1_ecdsa_recoverable_signature_serialize_compact");
        int (*recover)(void *, void *, void *, void *) = dlsym(lib, "secp256k1_ecdsa_recover");
        unsigned char key[32], digest[32], signature[65], compact[64], pubkey[64];
        int parity;
        memset(key, 0x46, 32);
        memset(digest, 0x11, 32);
        void *context = create(1);
        if (!randomize(context, key)) return 2;
        double seconds = atof(arguments[2]), signing = 0, recovering = 0;
        long n = 0;
        double start = now();
        for (; now() - start < seconds; n++) {
          digest[n % 32] += 1 + n;
          if (!sign(context, signature, digest, key, 0, 0)) return 3;
          serialize(context, compact, &parity, signature);
        }
        signing = n / (now() - start);
        start = now();
        for (n = 0; now() - start < seconds; n++) {
          if (!recover(context, pubkey, signature, digest)) return 4;
        }
        recovering = n / (now() - start);
        printf("%f %f\\n", signing, recovering);
        return 0;
      }
      """;
}
