package io.headwater.layer;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a tar. Names are raw bytes, one a character (ISO 8859-1).
 *
 * @param name as it stands there
 * @param size bytes of the file, holes included; 0 for all but files
 * @param permissions the low twelve bits of the mode
 * @param uid owner
 * @param gid group
 * @param linkName target of a link; empty for the others
 * @param xattrs extended attributes by full name
 * @param segments where a sparse file has data; null when it is not sparse
 */
public record TarEntry(
    String name,
    EntryType type,
    long size,
    int permissions,
    int uid,
    int gid,
    Instant modified,
    Instant accessed,
    String linkName,
    int deviceMajor,
    int deviceMinor,
    Map<String, byte[]> xattrs,
    @Nullable List<Segment> segments) {}
