// Event Grid tells the functions what is pushed to and deleted from the Azure container registry.
param location string
param registryName string
param functionAppId string

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: '${registryName}-images'
  location: location
  properties: {
    source: registry.id
    topicType: 'Microsoft.ContainerRegistry.Registries'
  }

  resource images 'eventSubscriptions' = {
    name: 'images'
    properties: {
      destination: {
        endpointType: 'AzureFunction'
        properties: {
          resourceId: '${functionAppId}/functions/OnRegistryEvent'
          maxEventsPerBatch: 1
        }
      }
      filter: {
        includedEventTypes: [
          'Microsoft.ContainerRegistry.ImagePushed'
          'Microsoft.ContainerRegistry.ImageDeleted'
        ]
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: 1440
      }
    }
  }
}
