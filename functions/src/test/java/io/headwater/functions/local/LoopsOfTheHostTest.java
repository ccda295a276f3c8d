package io.headwater.functions.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import io.headwater.loop.Loop;
import io.headwater.store.azure.AzureQueue;
import io.headwater.tool.Azurite;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an Error in one function does to the others. */
class LoopsOfTheHostTest {
  @Test
  @Tag("tools")
  void messageThatEndsInAnErrorIsTakenFiveTimesAndTheOthersOnce() throws Exception {
    var account = Azurite.start().connectionString();
    var name = "loops-" + Long.toHexString(System.nanoTime());
    var queue = AzureQueue.open(account, name);
    var poison = AzureQueue.open(account, name + "-poison");
    var taken = new ConcurrentHashMap<String, Integer>();
    var settings = new HostSettings(1, 5, Duration.ofMillis(10), Duration.ofSeconds(30));
    var loop =
        new QueueLoop(
            name,
            queue,
            poison,
            settings,
            message -> {
              taken.merge(message.text(), 1, Integer::sum);
              if (message.text().equals("bad")) {
                throw new StackOverflowError();
              }
            });
    queue.send("bad");
    queue.send("good");
    try (var running = Loop.start(name, loop::take)) {
      while (poison.size() == 0 || queue.size() > 0) {
        Thread.sleep(20);
      }
      assertThat(running.hasEnded()).isFalse();
    }
    assertThat(taken).isEqualTo(Map.of("bad", 5, "good", 1));
    assertThat(poison.peek(2)).containsExactly("bad");
  }

  /** A function that never answers. */
  public static final class Breaking {
    /** Ends in an Error. */
    @FunctionName("Breaking")
    public HttpResponseMessage run(
        @HttpTrigger(name = "request", route = "breaking/{*path}", methods = HttpMethod.GET)
            HttpRequestMessage<Optional<String>> request) {
      return deeper(request, 0);
    }

    private static HttpResponseMessage deeper(HttpRequestMessage<Optional<String>> request, int n) {
      if (n >= 0) {
        throw new StackOverflowError();
      }
      return request.createResponseBuilder(HttpStatus.OK).build();
    }
  }

  @Test
  void requestThatEndsInAnErrorIsAnsweredAndSoAreTheNextOnes() throws Exception {
    var storage = new LocalStorage("UseDevelopmentStorage=true", new AppSettings(Map.of()));
    try (var http = LocalHttp.start(0, BoundFunction.of(new Breaking()), List.of(), storage);
        var client = HttpClient.newHttpClient()) {
      var address = URI.create("http://127.0.0.1:" + http.port() + "/breaking/x");
      for (int i = 0; i < 3; i++) {
        var answer = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("the function failed; the log says why");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      }
    }
  }
}
