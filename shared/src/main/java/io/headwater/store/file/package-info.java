/** The store in a folder. Open {@link io.headwater.store.file.FileStore} first. */
@NullMarked
package io.headwater.store.file;

import org.jspecify.annotations.NullMarked;
