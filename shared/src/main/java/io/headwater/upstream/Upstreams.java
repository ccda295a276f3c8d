package io.headwater.upstream;

import io.headwater.fault.FormatException;
import io.headwater.oci.RepositoryName;
import io.headwater.source.RegistryAccounts;
import java.util.Optional;
import java.util.Set;

/**
 * The registries whose images are converted here. A repository of theirs is known here as {@code
 * upstream/<host>/<repository>}, a port behind an underscore: operations and converted layers are
 * kept under that name, and its images nowhere but there.
 */
public final class Upstreams {
  private static final String FOLDER = "upstream/";

  /** None at all. */
  public static final Upstreams NONE = new Upstreams(Set.of(), RegistryAccounts.NONE);

  private final Set<String> hosts;
  private final RegistryAccounts accounts;

  /**
   * Upstreams.
   *
   * @param hosts with their ports
   * @param accounts as whom they are asked
   */
  public Upstreams(Set<String> hosts, RegistryAccounts accounts) {
    this.hosts = Set.copyOf(hosts);
    this.accounts = accounts;
  }

  /**
   * The name here of a repository there.
   *
   * @throws FormatException if that registry is none of ours to work for, or the name gets too long
   */
  public RepositoryName nameHere(String host, RepositoryName repository) throws FormatException {
    if (!hosts.contains(host)) {
      throw new FormatException(
          "'" + host + "' is not among the registries whose images are converted here");
    }
    return RepositoryName.parse(FOLDER + host.replace(':', '_') + "/" + repository);
  }

  /** The repository there that a name here stands for; empty for a repository of our own. */
  public Optional<Upstream> of(RepositoryName here) {
    var name = here.value();
    var slash = name.indexOf('/', FOLDER.length());
    if (!name.startsWith(FOLDER) || slash < 0) {
      return Optional.empty();
    }
    var host = name.substring(FOLDER.length(), slash).replace('_', ':');
    return hosts.contains(host)
        ? Optional.of(
            new Upstream(host, new RepositoryName(name.substring(slash + 1)), accounts.of(host)))
        : Optional.empty();
  }
}
