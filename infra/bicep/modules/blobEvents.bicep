// Event Grid tells the functions of new blobs: the blob triggers' only source on Flex Consumption.
param location string
param storageName string

@description('Each: name, functionName, prefix of the blobs.')
param subscriptions array
param functionHost string
param functionAppId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: storageName
  location: location
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }

  resource subscription 'eventSubscriptions' = [for item in subscriptions: {
    name: item.name
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: {
          endpointUrl: 'https://${functionHost}/runtime/webhooks/blobs?functionName=Host.Functions.${item.functionName}&code=${listKeys('${functionAppId}/host/default', '2024-11-01').systemKeys.blobs_extension}'
        }
      }
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: item.prefix
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: 1440
      }
    }
  }]
}
