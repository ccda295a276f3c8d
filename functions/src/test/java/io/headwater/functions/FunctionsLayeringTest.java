package io.headwater.functions;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.headwater.tool.RoomsPage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the triggers may know. */
class FunctionsLayeringTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.headwater.functions");

  @Test
  void triggersKnowAzuresLibraryAndNothingThatConverts() {
    classes()
        .that()
        .resideInAPackage("io.headwater.functions")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.headwater.functions",
            "com.microsoft.azure.functions..",
            "com.azure.storage.blob",
            "org.jspecify..",
            "java..")
        .check(CLASSES);
  }

  @Test
  void everyPackageIsARoomOnThePlan() {
    var packages =
        CLASSES.stream()
            .map(c -> c.getPackageName().split("\\."))
            .filter(parts -> parts.length > 3)
            .map(parts -> parts[3])
            .collect(Collectors.toSet());
    assertThat(packages).isNotEmpty().isEqualTo(RoomsPage.of("functions").keySet());
  }

  @Test
  void functionsDoNotKnowTheHostThatRunsThemHere() {
    noClasses()
        .that()
        .resideInAnyPackage("io.headwater.functions", "io.headwater.functions.beans..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.headwater.functions.local..")
        .check(CLASSES);
  }

  @Test
  void nothingHereKnowsTheProxy() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.headwater.proxy..")
        .check(CLASSES);
  }
}
