package io.headwater.proxy.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option that is not given on the command line comes from: {@code --streaming-port} from
 * the environment's {@code HEADWATER_STREAMING_PORT}, else from {@code streaming-port} in the
 * properties file that {@code HEADWATER_CONFIG} names ({@code headwater.properties} in the current
 * folder when it names none), else it has its default.
 */
final class Settings implements IDefaultValueProvider {
  private final Map<String, String> environment;
  private final Properties file;

  Settings(Map<String, String> environment, Properties file) {
    this.environment = environment;
    this.file = file;
  }

  static Settings load() {
    var named = System.getenv("HEADWATER_CONFIG");
    var path = Path.of(named == null ? "headwater.properties" : named);
    var properties = new Properties();
    if (named != null || Files.exists(path)) {
      try (var in = Files.newInputStream(path)) {
        properties.load(in);
      } catch (IOException e) {
        throw new IllegalArgumentException("the settings file " + path + " cannot be read", e);
      }
    }
    return new Settings(System.getenv(), properties);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return null;
    }
    var name = option.longestName().replaceFirst("^-+", "");
    var variable = "HEADWATER_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    var value = environment.get(variable);
    return value != null ? value : file.getProperty(name);
  }
}
