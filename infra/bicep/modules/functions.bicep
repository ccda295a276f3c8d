// The functions, on the Flex Consumption plan: nothing when idle, up to maxInstances when there is work.
param name string
param location string
param isPrivate bool
param subnetId string
param storageName string
param identityId string
param identityClientId string
param insightsName string
param maxInstances int
param retentionDays int
param storageThresholdGb int
param importHosts array
param upstreams array
param accountsReference string

// An instance has two gigabytes: a conversion takes 512 MB at most beside the runtime, and host.json lets one run.
var instanceMemoryMb = 2048

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: name
  location: location
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // Event Grid calls the blob triggers from outside; who may is decided by their key.
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: isPrivate ? subnetId : null
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}deployments'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'java'
        version: '21'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMb
        maximumInstanceCount: maxInstances
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: [
        { name: 'AzureWebJobsStorage__accountName', value: storage.name }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identityClientId }
        { name: 'HeadwaterStorage__blobServiceUri', value: storage.properties.primaryEndpoints.blob }
        { name: 'HeadwaterStorage__queueServiceUri', value: storage.properties.primaryEndpoints.queue }
        { name: 'HeadwaterStorage__credential', value: 'managedidentity' }
        { name: 'HeadwaterStorage__clientId', value: identityClientId }
        { name: 'AZURE_CLIENT_ID', value: identityClientId }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
        { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${identityClientId};Authorization=AAD' }
        { name: 'MAIN_CLASS', value: 'io.headwater.functions.beans.FunctionsApplication' }
        { name: 'JAVA_ENABLE_SDK_TYPES', value: 'true' }
        { name: 'languageWorkers__java__arguments', value: '-Xmx900m -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC -XX:TieredStopAtLevel=4' }
        { name: 'HEADWATER_CONTAINER', value: 'registry' }
        { name: 'HEADWATER_UPLOADS', value: 'uploads' }
        { name: 'HEADWATER_QUEUE', value: 'conversions' }
        { name: 'HEADWATER_DELETE_UPLOADS', value: 'true' }
        { name: 'HEADWATER_IMPORT_HOSTS', value: join(importHosts, ',') }
        { name: 'HEADWATER_UPSTREAMS', value: join(upstreams, ',') }
        { name: 'HEADWATER_REGISTRY_ACCOUNTS', value: empty(accountsReference) ? '' : '@Microsoft.KeyVault(SecretUri=${accountsReference})' }
        { name: 'HEADWATER_PARALLEL', value: '1' }
        { name: 'HEADWATER_RETENTION', value: '${retentionDays}d' }
        { name: 'HEADWATER_GC_GRACE', value: '24h' }
        { name: 'HEADWATER_MAX_OPERATIONS', value: '1000' }
        { name: 'HEADWATER_STORAGE_THRESHOLD', value: '${storageThresholdGb}g' }
        { name: 'HEADWATER_MAX_ARCHIVE_SIZE', value: '64g' }
        { name: 'HEADWATER_PURGE_SCHEDULE', value: '0 10 3 * * *' }
        { name: 'HEADWATER_GARBAGE_SCHEDULE', value: '0 40 3 * * *' }
        { name: 'HEADWATER_STORAGE_SCHEDULE', value: '0 0 * * * *' }
        { name: 'HEADWATER_SWEEP_SCHEDULE', value: '0 * * * * *' }
      ]
    }
  }
}

output name string = app.name
