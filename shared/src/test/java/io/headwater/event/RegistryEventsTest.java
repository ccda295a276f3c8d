package io.headwater.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.event.RegistryEvent.Kind;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import org.junit.jupiter.api.Test;

class RegistryEventsTest {
  private static final Digest IMAGE = Digest.of(new byte[0]);

  private static RegistryEvent event(Kind kind, String host) {
    return new RegistryEvent(kind, host, new RepositoryName("team/app"), IMAGE);
  }

  /** As Microsoft's documentation of Event Grid shows it, for both schemas. */
  @Test
  void readsEventsOfAzureContainerRegistry() throws FormatException {
    var data =
        "{\"id\":\"1\",\"action\":\"push\",\"target\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":524,\"digest\":\""
            + IMAGE
            + "\",\"repository\":\"team/app\",\"tag\":\"v1\"},\"request\":{\"host\":\"demo.azurecr.io\",\"method\":\"PUT\"}}";
    assertThat(
            RegistryEvents.parse(
                "[{\"eventType\":\"Microsoft.ContainerRegistry.ImagePushed\",\"data\":"
                    + data
                    + "}]"))
        .containsExactly(event(Kind.PUSHED, "demo.azurecr.io"));
    assertThat(
            RegistryEvents.parse(
                "{\"specversion\":\"1.0\",\"type\":\"Microsoft.ContainerRegistry.ImageDeleted\",\"data\":"
                    + data
                    + "}"))
        .containsExactly(event(Kind.DELETED, "demo.azurecr.io"));
    assertThat(
            RegistryEvents.parse(
                "{\"eventType\":\"Microsoft.ContainerRegistry.ChartPushed\",\"data\":"
                    + data
                    + "}"))
        .isEmpty();
  }

  @Test
  void readsNotificationsOfDistributionAndLeavesBlobsAndPullsOut() throws FormatException {
    var form =
        "{\"action\":\"%s\",\"target\":{\"mediaType\":\"%s\",\"digest\":\""
            + IMAGE
            + "\",\"repository\":\"team/app\"},\"request\":{\"host\":\"127.0.0.1:5000\"}}";
    var manifest = "application/vnd.docker.distribution.manifest.v2+json";
    var events =
        String.join(
            ",",
            form.formatted("push", "application/octet-stream"),
            form.formatted("push", manifest),
            form.formatted("pull", manifest),
            form.formatted("delete", ""),
            // A tag that was deleted: its image may be there still.
            "{\"action\":\"delete\",\"target\":{\"repository\":\"team/app\",\"tag\":\"v1\"},\"request\":{\"host\":\"127.0.0.1:5000\"}}");
    assertThat(RegistryEvents.parse("{\"events\":[" + events + "]}"))
        .containsExactly(
            event(Kind.PUSHED, "127.0.0.1:5000"), event(Kind.DELETED, "127.0.0.1:5000"));
  }

  private static String harbor(String type, String url) {
    return "{\"type\":\"%s\",\"event_data\":{\"resources\":[{\"digest\":\"%s\",\"tag\":\"v1\",\"resource_url\":\"%s\"}],\"repository\":{\"repo_full_name\":\"team/app\"}}}"
        .formatted(type, IMAGE, url);
  }

  @Test
  void readsWebhooksOfHarbor() throws FormatException {
    var url = "harbor.example.com/team/app:v1";
    assertThat(RegistryEvents.parse(harbor("PUSH_ARTIFACT", url)))
        .containsExactly(event(Kind.PUSHED, "harbor.example.com"));
    assertThat(RegistryEvents.parse(harbor("DELETE_ARTIFACT", url)))
        .containsExactly(event(Kind.DELETED, "harbor.example.com"));
    assertThat(RegistryEvents.parse(harbor("PULL_ARTIFACT", url))).isEmpty();
    assertThatThrownBy(() -> RegistryEvents.parse(harbor("PUSH_ARTIFACT", "app:v1")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("resource_url")
        .hasMessageContaining("which registry");
  }

  @Test
  void readsWebhooksOfHarborAsCloudEvents() throws FormatException {
    var form =
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/projects/1/webhook/policies/1\",\"type\":\"%s\",\"operator\":\"admin\",\"data\":{\"resources\":[{\"digest\":\"%s\",\"tag\":\"v1\",\"resource_url\":\"harbor.example.com/team/app:v1\"}],\"repository\":{\"name\":\"app\",\"namespace\":\"team\",\"repo_full_name\":\"team/app\",\"repo_type\":\"private\"}}}";
    assertThat(RegistryEvents.parse(form.formatted("harbor.artifact.pushed", IMAGE)))
        .containsExactly(event(Kind.PUSHED, "harbor.example.com"));
    assertThat(RegistryEvents.parse(form.formatted("harbor.artifact.deleted", IMAGE)))
        .containsExactly(event(Kind.DELETED, "harbor.example.com"));
    assertThat(RegistryEvents.parse(form.formatted("harbor.artifact.pulled", IMAGE))).isEmpty();
  }

  @Test
  void refusesWhatIsNoEventWithASentence() {
    for (var text : new String[] {"", "x", "{}", "[1]", "\"\"", "{\"a\":1}}", "[[]]"}) {
      assertThatThrownBy(() -> RegistryEvents.parse(text))
          .as(text)
          .isInstanceOf(FormatException.class)
          .hasMessageStartingWith("registry event");
    }
    assertThatThrownBy(() -> RegistryEvents.parse("\"" + "x".repeat(2 << 20) + "\""))
        .hasMessageContaining("at most");
  }

  @Test
  void refusesAnEventThatLacksItsImageOrItsRegistry() {
    assertThatThrownBy(
            () ->
                RegistryEvents.parse(
                    "{\"eventType\":\"Microsoft.ContainerRegistry.ImagePushed\",\"data\":{}}"))
        .hasMessage("registry event: data.request is missing; an object is wanted");
    assertThatThrownBy(
            () ->
                RegistryEvents.parse(
                    "{\"eventType\":\"Microsoft.ContainerRegistry.ImagePushed\",\"data\":{\"request\":{\"host\":\"\"}}}"))
        .hasMessageContaining("which registry");
    assertThatThrownBy(
            () ->
                RegistryEvents.parse(
                    "{\"eventType\":\"Microsoft.ContainerRegistry.ImagePushed\",\"data\":{\"request\":{\"host\":\"h\"},\"target\":{\"repository\":\"../x\"}}}"))
        .hasMessageContaining("no repository name");
  }
}
