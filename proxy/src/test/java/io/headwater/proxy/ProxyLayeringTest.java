package io.headwater.proxy;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which room of the proxy may know which. */
class ProxyLayeringTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.headwater.proxy");

  /** Every room but {@code cli}, which may use all, and the rooms that it may use. */
  private static final Map<String, List<String>> ROOMS =
      Map.of(
          "login", List.of(),
          "auth", List.of("login"),
          "cache", List.of("limit"),
          "limit", List.of(),
          "v2", List.of("auth", "cache", "limit"),
          "acr", List.of("auth", "v2"),
          "mirror", List.of("v2"),
          "observe", List.of("auth", "limit", "v2"),
          "importer", List.of());

  @Test
  void roomsKnowOnlyWhatLiesBelowThem() {
    ROOMS.forEach(
        (room, below) ->
            noClasses()
                .that()
                .resideInAPackage("io.headwater.proxy." + room + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("io.headwater.proxy..").and(not(room, below)))
                .check(CLASSES));
  }

  private static DescribedPredicate<JavaClass> not(String room, List<String> below) {
    return DescribedPredicate.describe(
        "lie outside " + room + " and " + below,
        c ->
            !c.getPackageName().equals("io.headwater.proxy." + room)
                && below.stream()
                    .noneMatch(b -> c.getPackageName().equals("io.headwater.proxy." + b)));
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching("io.headwater.proxy.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyAuthKnowsTokensAndPasswords() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.headwater.proxy.auth..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.nimbusds..", "org.springframework.security..")
        .check(CLASSES);
  }
}
