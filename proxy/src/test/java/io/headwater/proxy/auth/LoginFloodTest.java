package io.headwater.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Json;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.login.LoginOptions;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attackers fail as often as they like, and whoever has the right password or token gets in. */
class LoginFloodTest {
  private static final int ATTACKERS = 12;

  @TempDir private Path folder = Path.of("");

  /** Sends one request of an attack, the n-th. */
  private interface Shot {
    HttpResponse<byte[]> fire(int n) throws IOException, InterruptedException;
  }

  /** What the good user does meanwhile. */
  private interface Work {
    void run() throws Exception;
  }

  private RunningProxy start() throws IOException {
    var logins = new LoginOptions(3, 0, 256, Duration.ofMillis(100), List.of("127.0.0.0/8"));
    return new RunningProxy(
        FileStore.open(folder.resolve("store")), Login.options(folder).withLogins(logins));
  }

  /** Statuses that the attackers got. */
  private static Queue<Integer> under(Shot shot, Work work) throws Exception {
    var statuses = new ConcurrentLinkedQueue<Integer>();
    var over = new AtomicBoolean();
    var shots = new AtomicInteger();
    try (var attackers = Executors.newFixedThreadPool(ATTACKERS)) {
      Callable<Integer> attacker =
          () -> {
            while (!over.get()) {
              statuses.add(shot.fire(shots.incrementAndGet()).statusCode());
            }
            return 0;
          };
      var running = new ArrayList<java.util.concurrent.Future<Integer>>();
      for (int i = 0; i < ATTACKERS; i++) {
        running.add(attackers.submit(attacker));
      }
      try {
        while (shots.get() < 100) {
          Thread.sleep(10);
        }
        work.run();
      } finally {
        over.set(true);
      }
      for (var one : running) {
        one.get();
      }
    }
    return statuses;
  }

  private static HttpResponse<byte[]> from(RunningProxy proxy, String address, String authorization)
      throws IOException, InterruptedException {
    return proxy.get("/v2/", "Authorization", authorization, "X-Forwarded-For", address);
  }

  private static HttpResponse<byte[]> form(RunningProxy proxy, String address, String form)
      throws IOException, InterruptedException {
    return proxy.send(
        "POST",
        "/oauth2/token",
        form.getBytes(StandardCharsets.UTF_8),
        "Content-Type",
        "application/x-www-form-urlencoded",
        "X-Forwarded-For",
        address);
  }

  private static String password(String password) {
    return "grant_type=password&access_type=offline&username="
        + Login.USER
        + "&password="
        + URLEncoder.encode(password, StandardCharsets.UTF_8);
  }

  private static String refresh(String token) {
    return "grant_type=refresh_token&refresh_token=" + token;
  }

  /** By password, by access token, by refresh token, and by that as a password. */
  private static void logsInEveryWay(RunningProxy proxy, String address) throws Exception {
    assertThat(from(proxy, address, Login.header()).statusCode()).isEqualTo(200);
    var answer = form(proxy, address, password(Login.PASSWORD));
    assertThat(answer.statusCode()).isEqualTo(200);
    var tokens = Json.object(answer.body(), "tokens");
    var access = "Bearer " + tokens.path("access_token").asString();
    assertThat(from(proxy, address, access).statusCode()).isEqualTo(200);
    var refresh = tokens.path("refresh_token").asString();
    assertThat(form(proxy, address, refresh(refresh)).statusCode()).isEqualTo(200);
    var asPassword = Login.basic("00000000-0000-0000-0000-000000000000", refresh);
    assertThat(from(proxy, address, asPassword).statusCode()).isEqualTo(200);
  }

  @Test
  void wrongPasswordsThroughOneAddressKeepNobodyBehindItOut() throws Exception {
    try (var proxy = start()) {
      var seen =
          under(
              n ->
                  from(
                      proxy,
                      "192.0.2.7",
                      Login.basic(n % 3 == 0 ? Login.USER : "user" + n, "guess" + n)),
              () -> logsInEveryWay(proxy, "192.0.2.7"));
      assertThat(seen).contains(401, 429).doesNotContain(200, 500);
    }
  }

  @Test
  void wrongPasswordsForAUserFromManyAddressesLockThatUserOutNowhere() throws Exception {
    try (var proxy = start()) {
      var seen =
          under(
              n ->
                  from(
                      proxy, "198.18." + n / 250 + "." + n % 250, Login.basic(Login.USER, "x" + n)),
              () -> logsInEveryWay(proxy, "203.0.113.9"));
      assertThat(seen).contains(401).doesNotContain(200, 500);
    }
  }

  @Test
  void forgedTokensOfAnyKindKeepNoTokenOut() throws Exception {
    try (var proxy = start()) {
      var answer = form(proxy, "203.0.113.9", password(Login.PASSWORD));
      var good = Json.object(answer.body(), "tokens").path("refresh_token").asString();
      var forged = good.substring(0, good.length() - 8) + "AAAAAAAA";
      Shot shot =
          n ->
              switch (n % 4) {
                case 0 -> form(proxy, "192.0.2.7", refresh(forged));
                case 1 -> from(proxy, "192.0.2.7", "Bearer " + forged);
                case 2 ->
                    from(
                        proxy,
                        "198.18.0." + n % 250,
                        Login.basic("00000000-0000-0000-0000-000000000000", "junk" + n));
                default -> form(proxy, "198.18.1." + n % 250, refresh("junk" + n));
              };
      var seen =
          under(
              shot,
              () -> {
                logsInEveryWay(proxy, "192.0.2.7");
                logsInEveryWay(proxy, "203.0.113.9");
              });
      assertThat(seen).contains(401, 429).doesNotContain(200, 500);
    }
  }

  /** What is genuine was no attempt to guess: however often it comes, nobody is slowed for it. */
  @Test
  void tokenThatIsForSomethingElseIsNotCounted() throws Exception {
    try (var proxy = start()) {
      var answer = form(proxy, "192.0.2.7", password(Login.PASSWORD));
      var refresh = Json.object(answer.body(), "tokens").path("refresh_token").asString();
      for (int i = 0; i < 100; i++) {
        assertThat(from(proxy, "192.0.2.7", "Bearer " + refresh).statusCode()).isEqualTo(401);
      }
      assertThat(new String(proxy.get("/metrics").body(), StandardCharsets.UTF_8))
          .contains("headwater_logins_failed_total{by=\"token\"} 0.0");
    }
  }

  @Test
  void soManyOfConcurrentWrongPasswordsAreAnsweredAndTheRestSlowedByAddress() throws Exception {
    try (var proxy = start()) {
      var began = Instant.now();
      var asks = new ArrayList<Callable<Integer>>();
      for (int i = 0; i < 40; i++) {
        var password = "guess" + i;
        // Two addresses of one /64 are one customer.
        var address = "2001:db8:1:2::" + i;
        asks.add(() -> from(proxy, address, Login.basic("user" + password, password)).statusCode());
      }
      var statuses = new ArrayList<Integer>();
      try (var threads = Executors.newFixedThreadPool(40)) {
        for (var status : threads.invokeAll(asks)) {
          statuses.add(status.get());
        }
      }
      var given =
          Duration.between(began, Instant.now()).toSeconds() / 20; // three a minute come back
      assertThat(statuses).containsOnly(401, 429);
      assertThat(statuses.stream().filter(status -> status == 401).count())
          .isBetween(3L, 3L + given);
      assertThat(from(proxy, "2001:db8:1:3::1", Login.basic("a", "b")).statusCode()).isEqualTo(401);
      var metrics = new String(proxy.get("/metrics").body(), StandardCharsets.UTF_8);
      assertThat(metrics)
          .contains("headwater_logins_failed_total{by=\"password\"} 41.0")
          .containsPattern("headwater_logins_slowed_total\\{by=\"password\"} 3\\d\\.0")
          .contains("headwater_logins_waiting 0.0")
          .contains("headwater_logins_addresses 2.0");
    }
  }

  @Test
  void anonymousPullsOnThisMachineAskForTheRealClient() throws Exception {
    try (var proxy = start()) {
      var digest = proxy.putBlob("team/app", new byte[] {1});
      var path = "/v2/team/app/blobs/" + digest;
      assertThat(proxy.get(path).statusCode()).isEqualTo(200);
      assertThat(proxy.get(path, "X-Forwarded-For", "127.0.0.1").statusCode()).isEqualTo(200);
      for (var other : List.of("192.0.2.7", "127.0.0.1, 192.0.2.7", "unknown", "127.0.0.1,")) {
        assertThat(proxy.get(path, "X-Forwarded-For", other).statusCode()).isEqualTo(401);
      }
    }
  }
}
