package io.headwater.proxy.auth;

import io.headwater.fault.FormatException;
import io.headwater.oci.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what, from a file like
 *
 * <pre>{@code
 * {"rules": [
 *   {"who": ["user:alice", "claim:groups=platform"], "repositories": ["team/*"], "actions": ["pull", "push"]},
 *   {"who": ["anonymous"], "repositories": ["public/*"], "actions": ["pull"]}
 * ]}
 * }</pre>
 *
 * {@code "*"} in {@code who} is every caller that is known.
 */
record AccessRules(List<Rule> rules) {
  /** What a file may have. */
  private record RulesFile(@Nullable List<Rule> rules) {}

  /** One rule. */
  record Rule(List<String> who, List<String> repositories, List<String> actions) {
    boolean isFor(Set<String> names) {
      return who.stream().anyMatch(names::contains)
          || who.contains("*") && !names.contains(Caller.ANONYMOUS);
    }
  }

  /** For htpasswd users when there is no file of rules. */
  static final AccessRules USERS_MAY_EVERYTHING = new AccessRules(List.of());

  static AccessRules read(Path file) throws IOException {
    var what = file.toString();
    var read = Json.read(Files.readAllBytes(file), RulesFile.class, what);
    if (read.rules() == null) {
      throw new FormatException(what + ": \"rules\" is missing");
    }
    for (var rule : read.rules()) {
      if (rule.who() == null || rule.repositories() == null || rule.actions() == null) {
        throw new FormatException(what + ": a rule has who, repositories and actions");
      }
      for (var action : rule.actions()) {
        if (Action.named(action).isEmpty()) {
          throw new FormatException(
              what + ": '" + action + "' is no action: pull, push, delete, metadata or *");
        }
      }
    }
    return new AccessRules(List.copyOf(read.rules()));
  }

  List<Grant> grantsOf(Set<String> names) {
    var grants = new ArrayList<Grant>();
    for (var rule : rules) {
      if (rule.isFor(names)) {
        var actions = EnumSet.noneOf(Action.class);
        rule.actions().forEach(action -> actions.addAll(Action.named(action)));
        rule.repositories().forEach(pattern -> grants.add(new Grant(pattern, actions)));
      }
    }
    return grants;
  }
}
