// Subscriptions to events, for when the functions' code is there (its host makes the key that blob triggers are called with).
//   az deployment group create -g GROUP -f infra/bicep/events.bicep -p functionAppName=… storageName=… containerRegistryName=…
targetScope = 'resourceGroup'

param location string = resourceGroup().location

@description('Outputs of main.bicep.')
param functionAppName string
param storageName string
param containerRegistryName string = ''

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: functionAppName
}

module uploads 'modules/blobEvents.bicep' = {
  name: 'uploads'
  params: {
    location: location
    storageName: storageName
    subscriptions: [
      {
        name: 'uploads'
        functionName: 'ImportUploadedImage'
        prefix: '/blobServices/default/containers/uploads/'
      }
      {
        name: 'pushes'
        functionName: 'OnImagePushed'
        prefix: '/blobServices/default/containers/registry/blobs/pushed/'
      }
    ]
    functionHost: app.properties.defaultHostName
    functionAppId: app.id
  }
}

module pushes 'modules/registryEvents.bicep' = if (!empty(containerRegistryName)) {
  name: 'registryEvents'
  params: {
    location: location
    registryName: containerRegistryName
    functionAppId: app.id
  }
}
