package io.headwater.proxy.auth;

import java.util.Set;

/**
 * A right.
 *
 * @param repositories a repository's name, a prefix with an asterisk behind ({@code team/*}), or
 *     {@code *} for all
 * @param actions that are allowed there
 */
record Grant(String repositories, Set<Action> actions) {
  static final Grant EVERYTHING = new Grant("*", Set.of(Action.values()));
  static final Grant PULL_EVERYTHING = new Grant("*", Set.of(Action.PULL));

  boolean covers(String repository, Action action) {
    return actions.contains(action) && matches(repository);
  }

  private boolean matches(String repository) {
    return repositories.endsWith("*")
        ? repository.startsWith(repositories.substring(0, repositories.length() - 1))
        : repository.equals(repositories);
  }
}
