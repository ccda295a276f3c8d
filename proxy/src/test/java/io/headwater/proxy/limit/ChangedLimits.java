package io.headwater.proxy.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;

/** The default limits but for some that a test needs to be others. */
public final class ChangedLimits {
  private ChangedLimits() {}

  /** Limits of which those have another value, by the names that {@link Limits} gives them. */
  public static Limits with(Map<String, ?> changed) {
    var components = Limits.class.getRecordComponents();
    assertThat(components).extracting(RecordComponent::getName).containsAll(changed.keySet());
    try {
      var values = new Object[components.length];
      for (int i = 0; i < values.length; i++) {
        var standard = components[i].getAccessor().invoke(Limits.DEFAULT);
        var value = changed.get(components[i].getName());
        values[i] = value == null ? standard : value;
      }
      var types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new);
      return Limits.class.getConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("limits cannot be made with " + changed, e);
    }
  }
}
