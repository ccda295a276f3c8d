package io.headwater.functions.beans;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class FunctionSettingsTest {
  private static FunctionSettings settings(String... pairs) throws FormatException {
    var values = new HashMap<String, Object>(Map.of("HeadwaterStorage", "connection"));
    for (var i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    var environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("test", values));
    return FunctionSettings.of(environment);
  }

  @Test
  void storageAloneIsEnough() throws FormatException {
    var settings = settings();
    assertThat(settings.container()).isEqualTo("registry");
    assertThat(settings.retention()).isEqualTo(Duration.ofDays(7));
    assertThat(settings.storageThresholdBytes()).isEqualTo(500L << 30);
    assertThat(settings.importHosts()).isEmpty();
  }

  @Test
  void thresholdIsWrittenAsTheProxysFlagIsOrWithUnitsOfMoreLetters() throws FormatException {
    for (var text : new String[] {"20g", "20GB"}) {
      assertThat(settings("HEADWATER_STORAGE_THRESHOLD", text).storageThresholdBytes())
          .isEqualTo(20L << 30);
    }
  }

  @Test
  void identityIsTakenBeforeAConnectionString() throws FormatException {
    assertThat(
            settings("HeadwaterStorage__blobServiceUri", "https://a.blob.core.windows.net")
                .account())
        .isEqualTo("https://a.blob.core.windows.net");
  }

  @Test
  void conversionsAtOnceFollowFromTheHeap() throws FormatException {
    assertThat(FunctionSettings.parallel("", 512L << 20)).isEqualTo(1);
    assertThat(FunctionSettings.parallel("", 768L << 20)).isEqualTo(1);
    assertThat(FunctionSettings.parallel("", 1280L << 20)).isEqualTo(2);
    assertThat(FunctionSettings.parallel("", 3L << 30)).isEqualTo(5);
    assertThat(FunctionSettings.parallel("7", 1L << 20)).isEqualTo(7);
  }

  @Test
  void settingThatCannotBeUnderstoodIsNamed() {
    assertThatThrownBy(() -> settings("HEADWATER_RETENTION", "soon"))
        .isInstanceOf(FormatException.class)
        .hasMessage(
            "the app setting HEADWATER_RETENTION is 'soon': give a time like 30m, 12h or 7d");
    assertThatThrownBy(() -> settings("HEADWATER_PARALLEL", "0"))
        .hasMessageContaining("HEADWATER_PARALLEL");
    assertThatThrownBy(() -> settings("HEADWATER_STORAGE_THRESHOLD", "much"))
        .hasMessage(
            "the app setting HEADWATER_STORAGE_THRESHOLD: 'much' is no size: give bytes, or a number with k, m, g or t, as 64m or 500GB");
    assertThatThrownBy(() -> settings("HeadwaterStorage", " "))
        .hasMessageContaining("HeadwaterStorage is missing");
  }

  @Test
  void accountsThatCannotBeReadAreNotQuoted() {
    assertThatThrownBy(
            () -> settings("HEADWATER_REGISTRY_ACCOUNTS", "{\"h\": {\"password\": \"s3cret\""))
        .isInstanceOf(FormatException.class)
        .hasMessageNotContaining("s3cret");
  }
}
