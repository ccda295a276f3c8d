package io.headwater.proxy;

import io.headwater.proxy.auth.AccessOptions;
import io.headwater.proxy.auth.Htpasswd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;

/** A user who may do everything, for tests. */
public final class Login {
  public static final String USER = "admin";
  public static final String PASSWORD = "correct horse";

  private Login() {}

  /** Access for that user, and for anonymous pulls. */
  public static AccessOptions options(Path folder) throws IOException {
    var file = folder.resolve("htpasswd");
    Htpasswd.put(file, USER, PASSWORD);
    return AccessOptions.DEFAULT.withHtpasswd(file);
  }

  /** The user's Authorization header. */
  public static String header() {
    return basic(USER, PASSWORD);
  }

  public static String basic(String user, String password) {
    var text = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
