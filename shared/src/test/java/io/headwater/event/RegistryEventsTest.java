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
            form.formatted("delete", ""));
    assertThat(RegistryEvents.parse("{\"events\":[" + events + "]}"))
        .containsExactly(
            event(Kind.PUSHED, "127.0.0.1:5000"), event(Kind.DELETED, "127.0.0.1:5000"));
  }

  @Test
  void readsWebhooksOfHarbor() throws FormatException {
    assertThat(
            RegistryEvents.parse(
                "{\"type\":\"PUSH_ARTIFACT\",\"event_data\":{\"resources\":[{\"digest\":\""
                    + IMAGE
                    + "\",\"tag\":\"v1\",\"resource_url\":\"harbor.example.com/team/app:v1\"}],\"repository\":{\"repo_full_name\":\"team/app\"}}}"))
        .containsExactly(event(Kind.PUSHED, "harbor.example.com"));
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
