package io.headwater.proxy.auth;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a token is asked for: {@code repository:team/app:pull,push} (distribution's token
 * specification, "Requesting a token").
 */
record Scope(String type, String name, List<String> actions) {
  private static final int MAX_SCOPES = 100;

  /** What can be listed: repositories, and (as ACR has it) those in which something was deleted. */
  static final Set<String> CATALOGS = Set.of("catalog", "deleted_catalog");

  static final Scope CATALOG = new Scope("registry", "catalog", List.of("*"));

  /** Reads scopes, several in one text or in several; what is malformed is passed over. */
  static List<Scope> parse(List<String> texts) {
    var scopes = new ArrayList<Scope>();
    for (var text : texts) {
      for (var part : text.split(" ")) {
        var first = part.indexOf(':');
        var last = part.lastIndexOf(':');
        if (first > 0 && last > first && scopes.size() < MAX_SCOPES) {
          scopes.add(
              new Scope(
                  part.substring(0, first),
                  part.substring(first + 1, last),
                  Arrays.asList(part.substring(last + 1).split(","))));
        }
      }
    }
    return scopes;
  }

  @Override
  public String toString() {
    return type + ":" + name + ":" + String.join(",", actions);
  }
}
