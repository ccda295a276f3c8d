// The storage account: the registry, uploads, the queue of conversions, the functions' code.
param name string
param location string
param isPrivate bool
param zoneRedundant bool
param endpointSubnetId string
param blobZoneId string
param queueZoneId string
param retentionDays int
param encryptionKeyName string
param vaultUri string
param storageIdentityId string
param functionsPrincipalId string
param proxyPrincipalId string
param workspaceId string

var blobOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var queueContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var queueSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${storageIdentityId}': {}
    }
  }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
    encryption: empty(encryptionKeyName) ? null : {
      keySource: 'Microsoft.Keyvault'
      requireInfrastructureEncryption: true
      identity: {
        userAssignedIdentity: storageIdentityId
      }
      keyvaultproperties: {
        keyname: encryptionKeyName
        keyvaulturi: vaultUri
      }
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: {
        enabled: true
        days: retentionDays
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: retentionDays
      }
    }

    resource registry 'containers' = {
      name: 'registry'
      properties: {
        publicAccess: 'None'
      }
    }

    resource uploads 'containers' = {
      name: 'uploads'
      properties: {
        publicAccess: 'None'
      }
    }

    resource code 'containers' = {
      name: 'deployments'
      properties: {
        publicAccess: 'None'
      }
    }
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource conversions 'queues' = {
      name: 'conversions'
    }

    resource poison 'queues' = {
      name: 'conversions-poison'
    }
  }

  // What an interrupted writer left behind, uploads that nobody fetched, and old versions of the code.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'staging'
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob']
                prefixMatch: ['registry/staging/']
              }
              actions: {
                baseBlob: {
                  delete: {
                    daysAfterModificationGreaterThan: 7
                  }
                }
              }
            }
          }
          {
            name: 'uploads'
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob', 'appendBlob']
                prefixMatch: ['uploads/']
              }
              actions: {
                baseBlob: {
                  delete: {
                    daysAfterModificationGreaterThan: 30
                  }
                }
              }
            }
          }
        ]
      }
    }
  }
}

module blobEndpoint 'endpoint.bicep' = if (isPrivate) {
  name: 'blobEndpoint'
  params: {
    name: '${name}-blob'
    location: location
    targetId: account.id
    groupId: 'blob'
    subnetId: endpointSubnetId
    dnsZoneId: blobZoneId
  }
}

module queueEndpoint 'endpoint.bicep' = if (isPrivate) {
  name: 'queueEndpoint'
  params: {
    name: '${name}-queue'
    location: location
    targetId: account.id
    groupId: 'queue'
    subnetId: endpointSubnetId
    dnsZoneId: queueZoneId
  }
}

// The functions' host keeps locks, receipts and keys in containers of its own, so that its right is for the account.
resource functionsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, functionsPrincipalId, blobOwner)
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobOwner)
  }
}

resource functionsQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, functionsPrincipalId, queueContributor)
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueContributor)
  }
}

resource proxyBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account::blobs::registry
  name: guid(account.id, proxyPrincipalId, blobContributor)
  properties: {
    principalId: proxyPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
  }
}

resource proxyQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account::queues::conversions
  name: guid(account.id, proxyPrincipalId, queueSender)
  properties: {
    principalId: proxyPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueSender)
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account::blobs
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
