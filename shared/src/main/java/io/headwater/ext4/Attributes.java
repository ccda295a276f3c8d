package io.headwater.ext4;

import java.time.Instant;
import java.util.Map;

/**
 * What every file has besides its content.
 *
 * @param permissions the low twelve bits of the mode
 * @param uid owner, unsigned 32 bits
 * @param gid group, unsigned 32 bits
 * @param accessed nanoseconds are kept; times before 1901 or after 2446 become the nearest that
 *     ext4 has
 * @param modified likewise
 * @param xattrs extended attributes by full name ("user.note"), values as the kernel gives them to
 *     programs
 */
public record Attributes(
    int permissions,
    int uid,
    int gid,
    Instant accessed,
    Instant modified,
    Map<String, byte[]> xattrs) {

  /** What a directory gets that no entry describes: 0755, root, the given time. */
  public static Attributes implicitDirectory(Instant time) {
    return new Attributes(0755, 0, 0, time, time, Map.of());
  }
}
