package io.headwater.proxy.auth;

import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Who may do what, from a file like
 *
 * <pre>{@code
 * {"rules": [
 *   {"who": ["user:alice", "oidc:https://login.example.com#groups=platform"], "repositories": ["team/*"], "actions": ["pull", "push"]},
 *   {"who": ["anonymous"], "repositories": ["public/*"], "actions": ["pull"]}
 * ]}
 * }</pre>
 *
 * {@code "*"} in {@code who} is every caller that is known; the rest is of {@link Identities}.
 */
record AccessRules(List<Rule> rules) {
  /**
   * One rule.
   *
   * @param callers it is for who has all names of one of them
   */
  record Rule(List<Set<String>> callers, List<Grant> grants) {
    private static final Set<String> EVERYBODY = Set.of("*");

    private static Rule read(Field field, Identities identities) throws FormatException {
      var callers = field.field("who").list(who -> who.parsed(identities::meant));
      var actions = EnumSet.noneOf(Action.class);
      field.field("actions").list(action -> action.parsed(Rule::action)).forEach(actions::addAll);
      var repositories = field.field("repositories").list(Field::text);
      return new Rule(
          callers, repositories.stream().map(name -> new Grant(name, actions)).toList());
    }

    private static Set<Action> action(String text) throws FormatException {
      var actions = Action.named(text);
      if (actions.isEmpty()) {
        throw new FormatException("'" + text + "' is no action: pull, push, delete, metadata or *");
      }
      return actions;
    }

    boolean isFor(Set<String> names) {
      return callers.stream().anyMatch(names::containsAll)
          || callers.contains(EVERYBODY) && !names.contains(Caller.ANONYMOUS);
    }
  }

  /** For htpasswd users when there is no file of rules. */
  static final AccessRules USERS_MAY_EVERYTHING = new AccessRules(List.of());

  static AccessRules read(Path file, Identities identities) throws IOException {
    var rules = Field.document(Files.readAllBytes(file), file.toString()).field("rules");
    return new AccessRules(rules.list(rule -> Rule.read(rule, identities)));
  }

  List<Grant> grantsOf(Set<String> names) {
    return rules.stream()
        .filter(rule -> rule.isFor(names))
        .flatMap(rule -> rule.grants().stream())
        .toList();
  }
}
