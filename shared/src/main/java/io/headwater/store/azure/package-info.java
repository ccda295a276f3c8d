/**
 * The store in a container of an Azure storage account. Open {@link
 * io.headwater.store.azure.AzureStore} first.
 */
@NullMarked
package io.headwater.store.azure;

import org.jspecify.annotations.NullMarked;
