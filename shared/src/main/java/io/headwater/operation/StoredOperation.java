package io.headwater.operation;

import io.headwater.convert.FailureCode;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.RepositoryName;

/** Reads an operation's document. */
final class StoredOperation {
  private static final int MAX_TRIES = 1_000_000;

  private StoredOperation() {}

  /**
   * Reads one.
   *
   * @throws FormatException if it is none
   */
  static Operation read(byte[] bytes, String id) throws FormatException {
    var field = Field.document(bytes, "operation " + id);
    return new Operation(
        field.field("id").text(),
        field.field("name").text(),
        field.field("resource").parsed(StoredOperation::resource),
        field.field("status").oneOf(Operation.Status.class),
        field.field("progress").parsed(StoredOperation::percent),
        field.field("startTime").text(),
        field.field("details").text(),
        field.field("code").optional(code -> code.oneOf(FailureCode.class)).orElse(null),
        field.field("endTime").optional(Field::text).orElse(null),
        field.field("layers").optional(list -> list.list(StoredOperation::layer)).orElse(null),
        field.field("parts").optional(list -> list.list(StoredOperation::part)).orElse(null),
        field.field("leftOut").optional(list -> list.list(Field::text)).orElse(null),
        field.field("work").optional(StoredOperation::work).orElse(null));
  }

  private static String resource(String text) throws FormatException {
    var at = text.indexOf('@');
    if (at < 0) {
      throw new FormatException("'" + text + "' is no image: <repository>@<digest> is wanted");
    }
    return RepositoryName.parse(text.substring(0, at)) + "@" + Digest.parse(text.substring(at + 1));
  }

  private static String percent(String text) throws FormatException {
    if (!text.matches("(100|[1-9]?[0-9])%")) {
      throw new FormatException("'" + text + "' is no progress: 0% to 100% is wanted");
    }
    return text;
  }

  private static Operation.LayerEntry layer(Field field) throws FormatException {
    return new Operation.LayerEntry(
        field.field("layer").text(),
        field.field("digest").parsed(Digest::parse),
        field.field("bytes").bytes(),
        field.field("convertedBytes").bytes(),
        field.field("reused").flag());
  }

  private static Operation.Part part(Field field) throws FormatException {
    return new Operation.Part(
        field.field("digest").parsed(Digest::parse).toString(),
        field.field("id").text(),
        field.field("own").flag());
  }

  private static Operation.Work work(Field field) throws FormatException {
    return new Operation.Work(
        field.field("sign").text(),
        field.field("free").flag(),
        field.field("queued").flag(),
        (int) field.field("tries").number(0, MAX_TRIES),
        field.field("partOf").text(),
        field.field("cause").optional(Field::text).orElse(null));
  }
}
