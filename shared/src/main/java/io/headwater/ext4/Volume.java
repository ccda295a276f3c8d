package io.headwater.ext4;

/**
 * What the parts of a file system being written share.
 *
 * @param geometry where things lie
 * @param cache the metadata blocks
 * @param allocator the free blocks and inodes
 * @param hash the names' hash
 */
record Volume(Geometry geometry, MetadataCache cache, Allocator allocator, NameHash hash) {}
