package io.headwater.store;

import java.util.regex.Pattern;

/**
 * A number of 64 bits that stands for texts: the same for those that differ only in when they were
 * written just now, or in an id made up by chance.
 */
public final class Fingerprint {
  /** Times of this run. Older ones, which were put there on purpose, are not alike. */
  private static final Pattern NOW = Pattern.compile("20(2[3-9]|[3-9]\\d)-\\d\\d-\\d\\dT[0-9:.]+Z");

  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private Fingerprint() {}

  public static long of(String... texts) {
    var hash = 0xcbf29ce484222325L;
    for (var text : texts) {
      var plain = text;
      if (plain.indexOf('-') >= 0) {
        plain = UUID.matcher(NOW.matcher(plain).replaceAll("NOW")).replaceAll("ID");
      }
      for (int i = 0; i < plain.length(); i++) {
        hash = (hash ^ plain.charAt(i)) * 0x100000001b3L;
      }
      hash = (hash ^ 0x1ff) * 0x100000001b3L;
    }
    // The last steps of MurmurHash3: sums of such numbers may be compared.
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }
}
