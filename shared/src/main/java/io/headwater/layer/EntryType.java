package io.headwater.layer;

/** What an entry of a tar is. */
public enum EntryType {
  FILE,
  HARD_LINK,
  SYMLINK,
  CHARACTER_DEVICE,
  BLOCK_DEVICE,
  DIRECTORY,
  FIFO
}
