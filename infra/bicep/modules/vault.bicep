// Keys and secrets: the key that encrypts the registry's signing keys in the store, the storage account's own encryption key,
// and the accounts of other registries.
param name string
param location string
param isPrivate bool
param endpointSubnetId string
param dnsZoneId string
param encryptionPrincipalId string
param readerPrincipalId string

@description('Identity of the proxies, which sign tokens.')
param signerPrincipalId string
param customerManagedKey bool

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var encryptionUser = 'e147488a-f6f5-4113-8e2d-b22465e65bf6'

// Old versions still decrypt after they have expired.
var rotation = {
  attributes: {
    expiryTime: 'P2Y'
  }
  lifetimeActions: [
    {
      action: {
        type: 'rotate'
      }
      trigger: {
        timeAfterCreate: 'P1Y'
      }
    }
  ]
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

// Every proxy keeps its keys in the store, encrypted by this one: --vault-key.
resource signing 'Microsoft.KeyVault/vaults/keys@2024-11-01' = {
  parent: vault
  name: 'signing'
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: ['wrapKey', 'unwrapKey']
    rotationPolicy: rotation
  }
}

resource signs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: signing
  name: guid(vault.id, signerPrincipalId, encryptionUser)
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', encryptionUser)
  }
}

resource key 'Microsoft.KeyVault/vaults/keys@2024-11-01' = if (customerManagedKey) {
  parent: vault
  name: 'storage'
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: ['wrapKey', 'unwrapKey']
    rotationPolicy: rotation
  }
}

resource encrypts 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (customerManagedKey) {
  scope: key
  name: guid(vault.id, encryptionPrincipalId, encryptionUser)
  properties: {
    principalId: encryptionPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', encryptionUser)
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, readerPrincipalId, secretsUser)
  properties: {
    principalId: readerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

module endpoint 'endpoint.bicep' = if (isPrivate) {
  name: 'vaultEndpoint'
  params: {
    name: '${name}-vault'
    location: location
    targetId: vault.id
    groupId: 'vault'
    subnetId: endpointSubnetId
    dnsZoneId: dnsZoneId
  }
}

// Without its version: the newest one encrypts.
output signingKey string = '${vault.properties.vaultUri}keys/${signing.name}'
output uri string = vault.properties.vaultUri
output keyName string = customerManagedKey ? key.name : ''
