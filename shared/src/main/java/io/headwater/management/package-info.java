/**
 * The management of streaming, of what was deleted and of what is stored, for whichever server has
 * its routes.
 *
 * <p>Owns which routes there are (formats/acr-contract.md, "Management routes"), what each takes
 * and what it does; who may ask is the server's affair. Open {@link
 * io.headwater.management.ManagementRoutes} first.
 */
@NullMarked
package io.headwater.management;

import org.jspecify.annotations.NullMarked;
