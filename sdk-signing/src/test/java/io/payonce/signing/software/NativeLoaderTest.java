package io.payonce.signing.software;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.signing.software.NativeLoader.Outcome;
import io.payonce.signing.software.NativeUnavailableException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Each way in which loading fails; {@link NativeModeTest} shows it succeed. */
@EnabledOnOs(OS.LINUX)
final class NativeLoaderTest {
  private static final String ARCH = System.getProperty("os.arch");

  @TempDir Path directory;

  @Test
  void refuses_a_library_with_one_altered_bit_or_byte_too_few() throws IOException {
    assertUnavailable(
        load(
            ARCH,
            content -> {
              content[content.length / 2] ^= 1;
              return content;
            }),
        Reason.LIBRARY_ALTERED,
        "fr.acinq.secp256k1:secp256k1-kmp-jni-jvm-linux:0.23.0");
    assertUnavailable(
        load(ARCH, content -> Arrays.copyOf(content, content.length - 1)),
        Reason.LIBRARY_ALTERED,
        "SHA-256");
    assertThat(left()).isEmpty();
  }

  @Test
  void names_the_coordinates_of_a_library_that_is_missing() {
    assertUnavailable(
        new NativeLoader("Linux", ARCH, name -> null, directory).load(),
        Reason.DEPENDENCY_MISSING,
        "add fr.acinq.secp256k1:secp256k1-kmp-jni-jvm-linux:0.23.0 to the class path");
  }

  @Test
  void has_none_for_other_platforms() {
    Function<String, @Nullable InputStream> none = name -> null;
    for (NativeLoader other :
        new NativeLoader[] {
          new NativeLoader("Mac OS X", "aarch64", none, directory),
          new NativeLoader("Windows 11", "amd64", none, directory),
          new NativeLoader("Linux", "riscv64", none, directory)
        }) {
      assertUnavailable(other.load(), Reason.PLATFORM_UNSUPPORTED, other.arch());
    }
  }

  @Test
  void survives_a_library_of_another_processor() throws IOException {
    String other = ARCH.equals("amd64") ? "aarch64" : "amd64";

    assertUnavailable(load(other, content -> content), Reason.NOT_LOADABLE, "noexec");
    assertThat(left()).isEmpty();
  }

  @Test
  void survives_a_directory_that_it_cannot_write_to() {
    NativeLoader loader =
        new NativeLoader(
            "Linux", ARCH, NativeLoader.class::getResourceAsStream, directory.resolve("absent"));

    assertUnavailable(loader.load(), Reason.NOT_LOADABLE, "java.io.tmpdir");
  }

  private Outcome load(String arch, UnaryOperator<byte[]> change) {
    return new NativeLoader(
            "Linux", arch, name -> new ByteArrayInputStream(change.apply(content(name))), directory)
        .load();
  }

  private static byte[] content(String name) {
    try (InputStream in = NativeLoader.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static void assertUnavailable(Outcome outcome, Reason reason, String said) {
    assertThat(outcome).isInstanceOf(Outcome.Unavailable.class);
    NativeUnavailableException why = ((Outcome.Unavailable) outcome).why();
    assertThat(why.reason()).isEqualTo(reason);
    assertThat(why).hasMessageContaining(said);
  }
}
