// Who does what: one identity for each part, so that each gets just its rights.
param name string
param location string

resource functions 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-functions'
  location: location
}

resource proxy 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-proxy'
  location: location
}

@description('The storage account\'s own, which unwraps its encryption key.')
resource storage 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-storage'
  location: location
}

output functionsId string = functions.id
output functionsClientId string = functions.properties.clientId
output functionsPrincipalId string = functions.properties.principalId
output proxyId string = proxy.id
output proxyName string = proxy.name
output proxyClientId string = proxy.properties.clientId
output proxyPrincipalId string = proxy.properties.principalId
output storageId string = storage.id
output storagePrincipalId string = storage.properties.principalId
