package io.payonce.signing.software;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether software keys compute in libsecp256k1, which is several times as fast as the portable
 * code and keeps the key off the heap. Signatures are the same byte for byte.
 *
 * <p>It needs two optional dependencies, {@code net.java.dev.jna:jna} and {@code
 * fr.acinq.secp256k1:secp256k1-kmp-jni-jvm-linux} (of which only the library file is read), Linux
 * on x86-64 or AArch64, and a {@code java.io.tmpdir} that programs may be loaded from. The library
 * is loaded once a process, when the first key wants it: its file must have the hash pinned here,
 * and must sign 64 random digests as the portable code does.
 */
public enum NativeMode {
  /**
   * The default: native where it can be had. Where not, keys compute in portable code, and one line
   * in the log of the process names the reason.
   */
  AUTO,
  /** Native, or a {@link NativeUnavailableException} when the key is made. */
  REQUIRED,
  /** Portable; no native code is loaded. */
  OFF;

  private static final Logger log = LoggerFactory.getLogger(NativeMode.class);

  /** What loading came to, for this process: its class is initialised once, by the first use. */
  private static final class Loaded {
    static final NativeLoader.Outcome OUTCOME = NativeLoader.ofThisProcess().load();
  }

  /** The choice of {@link #AUTO}, made and told once a process likewise. */
  private static final class Chosen {
    static final Curve CURVE = orPortable(Loaded.OUTCOME);
  }

  Curve curve() {
    return switch (this) {
      case AUTO -> Chosen.CURVE;
      case REQUIRED -> required(Loaded.OUTCOME);
      case OFF -> new PortableCurve();
    };
  }

  private static Curve required(NativeLoader.Outcome outcome) {
    if (outcome instanceof NativeLoader.Outcome.Ready ready) {
      return ready.curve();
    }
    NativeUnavailableException why = ((NativeLoader.Outcome.Unavailable) outcome).why();
    throw new NativeUnavailableException(why);
  }

  private static Curve orPortable(NativeLoader.Outcome outcome) {
    if (outcome instanceof NativeLoader.Outcome.Ready ready) {
      return ready.curve();
    }
    NativeUnavailableException why = ((NativeLoader.Outcome.Unavailable) outcome).why();
    log.warn("software keys compute in portable code: {}: {}", why.reason(), why.getMessage());
    return new PortableCurve();
  }
}
