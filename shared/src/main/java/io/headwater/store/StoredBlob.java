package io.headwater.store;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;

/**
 * A blob that is in a store.
 *
 * @param size bytes
 */
public record StoredBlob(Digest digest, long size) {
  /**
   * Reads a document that names one.
   *
   * @throws FormatException if it does not
   */
  public static StoredBlob read(Field field) throws FormatException {
    return new StoredBlob(field.field("digest").parsed(Digest::parse), field.field("size").bytes());
  }
}
