package io.headwater.ext4;

import io.headwater.fault.FormatException;
import java.time.Instant;

/**
 * What an inode says of its file.
 *
 * @param inode its number
 * @param type what it is
 * @param permissions the low twelve bits of the mode
 * @param uid owner
 * @param gid group
 * @param links names that it has
 * @param sizeBytes length of its content
 * @param sectors space taken, in units of 512 bytes
 * @param modified time of the last change of its content
 * @param deviceMajor for devices
 * @param deviceMinor for devices
 */
public record FileStatus(
    long inode,
    FileType type,
    int permissions,
    long uid,
    long gid,
    int links,
    long sizeBytes,
    long sectors,
    Instant modified,
    int deviceMajor,
    int deviceMinor) {

  static FileStatus of(long number, Inode inode) throws FormatException {
    var type = FileType.ofMode(inode.mode());
    return new FileStatus(
        number,
        type,
        inode.mode() & 07777,
        inode.uid(),
        inode.gid(),
        inode.links(),
        inode.fileSize(),
        inode.sectors(),
        inode.modified(),
        type.isDevice() ? inode.deviceMajor() : 0,
        type.isDevice() ? inode.deviceMinor() : 0);
  }
}
