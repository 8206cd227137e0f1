package io.payonce.signing.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.payonce.Signature;
import io.payonce.signing.internal.RawSigner;
import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A key is reachable only through a guard: no public method of this module signs a bare digest. */
final class NoBareDigestTest {
  @Test
  void no_public_method_hands_out_a_raw_signer_or_a_signature() throws Exception {
    List<Class<?>> types = publicTypes();
    assertThat(types).contains(GuardedSigner.class, SigningKey.class);
    for (Class<?> type : types) {
      for (Method method : type.getDeclaredMethods()) {
        if (reachable(method)) {
          assertThat(mentioned(method))
              .as("%s", method)
              .doesNotContain(RawSigner.class, RawSigner.RawSignature.class, Signature.class);
        }
      }
    }
  }

  @Test
  void only_the_base_of_keys_takes_a_raw_signer() throws Exception {
    for (Class<?> type : publicTypes()) {
      for (Executable constructor : type.getDeclaredConstructors()) {
        if (reachable(constructor) && mentioned(constructor).contains(RawSigner.class)) {
          assertThat(type).isEqualTo(SigningKey.class);
          assertThat(Modifier.isProtected(constructor.getModifiers())).isTrue();
        }
      }
    }
  }

  private static boolean reachable(Executable executable) {
    return Modifier.isPublic(executable.getModifiers())
        || Modifier.isProtected(executable.getModifiers());
  }

  private static List<Class<?>> mentioned(Executable executable) {
    List<Class<?>> types = new ArrayList<>(Arrays.asList(executable.getParameterTypes()));
    if (executable instanceof Method method) {
      types.add(method.getReturnType());
    }
    return types;
  }

  private static List<Class<?>> publicTypes()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path classes =
        Path.of(GuardedSigner.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> types = new ArrayList<>();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).sorted().toList()) {
        String name = classes.relativize(file).toString().replace('/', '.').replace(".class", "");
        if (name.contains(".internal.") || name.endsWith("-info")) {
          continue;
        }
        Class<?> type = Class.forName(name);
        if (Modifier.isPublic(type.getModifiers())) {
          types.add(type);
        }
      }
    }
    return types;
  }
}
