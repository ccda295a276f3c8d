/**
 * What runs as Azure Functions: the triggers.
 *
 * <p>Owns Azure's annotations and bindings, each over one Spring function, no logic of their own.
 * Compiled for Java 17, because the plugin that generates their descriptions loads them into
 * whatever JVM runs Maven; so they know the JDK and Azure's library only. Open {@link
 * io.headwater.functions.ConvertImage} first, then {@code beans}.
 */
@NullMarked
package io.headwater.functions;

import org.jspecify.annotations.NullMarked;
