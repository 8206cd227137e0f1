package io.payonce.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Holds the layout of modules: signing, routing and batch see core only, and no package spans two
 * jars. A class belongs to the module whose jar or output directory it was loaded from, so that no
 * list of packages has to be kept up to date here.
 */
final class ModuleStarTest {
  private static final Map<String, Set<String>> MAY_SEE =
      Map.of(
          "core", Set.of("core"),
          "signing", Set.of("signing", "core"),
          "routing", Set.of("routing", "core"),
          "batch", Set.of("batch", "core"),
          "examples", Set.of("examples", "batch", "routing", "signing", "core"));

  /** A module's output directory while Maven compiles, or its jar from `package` on. */
  private static final Pattern ORIGIN =
      Pattern.compile(
          ".*/(?:(?:sdk-)?(?<directory>\\w+)/target/classes/|payonce-(?<jar>\\w+)-[^/]*\\.jar!/).*");

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.payonce");

  @Test
  void every_module_sees_only_what_the_star_allows() {
    Set<String> forbidden = new TreeSet<>();
    for (JavaClass from : classes) {
      from.getDirectDependenciesFromSelf().stream()
          .filter(dependency -> isOurs(dependency.getTargetClass().getBaseComponentType()))
          .filter(
              dependency ->
                  !MAY_SEE
                      .get(moduleOf(from))
                      .contains(moduleOf(dependency.getTargetClass().getBaseComponentType())))
          .forEach(dependency -> forbidden.add(dependency.getDescription()));
    }
    assertThat(forbidden).isEmpty();
  }

  @Test
  void no_package_spans_two_modules() {
    Map<String, Set<String>> modulesByPackage = new TreeMap<>();
    for (JavaClass type : classes) {
      modulesByPackage
          .computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
          .add(moduleOf(type));
    }
    assertThat(modulesByPackage).isNotEmpty();
    assertThat(modulesByPackage).allSatisfy((name, modules) -> assertThat(modules).hasSize(1));
  }

  private static boolean isOurs(JavaClass type) {
    return type.getPackageName().equals("io.payonce")
        || type.getPackageName().startsWith("io.payonce.");
  }

  private static String moduleOf(JavaClass type) {
    var origin =
        ORIGIN.matcher(type.getSource().map(source -> source.getUri().toString()).orElse("none"));
    assertThat(origin.matches()).as("origin of %s: %s", type.getName(), type.getSource()).isTrue();
    String module =
        origin.group("directory") != null ? origin.group("directory") : origin.group("jar");
    assertThat(MAY_SEE).as("module of %s", type.getName()).containsKey(module);
    return module;
  }
}
