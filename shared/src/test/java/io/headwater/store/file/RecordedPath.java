package io.headwater.store.file;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A path of a {@link RecordedDisk}: a real one that says it belongs to that. */
final class RecordedPath implements InvocationHandler {
  private final FileSystem disk;
  private final Path real;

  private RecordedPath(FileSystem disk, Path real) {
    this.disk = disk;
    this.real = real;
  }

  static Path of(FileSystem disk, Path real) {
    return (Path)
        Proxy.newProxyInstance(
            Path.class.getClassLoader(), new Class<?>[] {Path.class}, new RecordedPath(disk, real));
  }

  static Path real(Path path) {
    return Proxy.isProxyClass(path.getClass())
            && Proxy.getInvocationHandler(path) instanceof RecordedPath recorded
        ? recorded.real
        : path;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (method.getName().equals("getFileSystem")) {
      return disk;
    }
    var given = arguments == null ? new Object[0] : arguments.clone();
    for (int i = 0; i < given.length; i++) {
      if (given[i] instanceof Path path) {
        given[i] = real(path);
      }
    }
    try {
      var answer = method.invoke(real, given);
      return answer instanceof Path path ? of(disk, path) : answer;
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
