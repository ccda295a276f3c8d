package io.headwater.proxy.auth;

import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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
  /** One rule. */
  record Rule(List<String> who, List<String> repositories, List<String> actions) {
    private static Rule read(Field field) throws FormatException {
      return new Rule(
          field.field("who").list(Field::text),
          field.field("repositories").list(Field::text),
          field.field("actions").list(action -> action.parsed(Rule::action)));
    }

    private static String action(String text) throws FormatException {
      if (Action.named(text).isEmpty()) {
        throw new FormatException("'" + text + "' is no action: pull, push, delete, metadata or *");
      }
      return text;
    }

    boolean isFor(Set<String> names) {
      return who.stream().anyMatch(names::contains)
          || who.contains("*") && !names.contains(Caller.ANONYMOUS);
    }
  }

  /** For htpasswd users when there is no file of rules. */
  static final AccessRules USERS_MAY_EVERYTHING = new AccessRules(List.of());

  static AccessRules read(Path file) throws IOException {
    var rules = Field.document(Files.readAllBytes(file), file.toString()).field("rules");
    return new AccessRules(rules.list(Rule::read));
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
