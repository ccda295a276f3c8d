// Headwater in one resource group: storage, functions that convert, a registry for nodes, and what watches them.
//   az deployment group create -g GROUP -p infra/bicep/small.bicepparam
// The subscriptions to events follow once the functions' code is there: events.bicep.
targetScope = 'resourceGroup'

@description('Begins the name of every resource: lower-case letters and digits.')
@minLength(3)
@maxLength(10)
param name string

@description('Region of everything but the second proxy.')
param location string = resourceGroup().location

@description('A second region with a proxy over the same registry; empty for none.')
param secondLocation string = ''

@description('Image of the proxy (infra/images/proxy), in a registry that can be pulled from without credentials or with the proxy\'s identity.')
param proxyImage string

@description('Keeps storage, key vault and functions off the public network.')
param isPrivate bool = true

@description('Spreads proxy and storage over the zones of the region.')
param zoneRedundant bool = false

@description('Encrypts the storage account with a key of ours.')
param customerManagedKey bool = false

@description('Makes an Azure container registry whose images are converted where they are.')
param withContainerRegistry bool = false

@description('Makes an AKS cluster whose nodes pull through the proxy.')
param withAks bool = false

@description('Addresses that hear of failed conversions and full storage.')
param alertEmails array = []

@description('Instances of the functions at most: so many conversions at once.')
@minValue(1)
@maxValue(1000)
param maxInstances int = 40

@description('Proxies at least and at most.')
param minProxies int = 1
param maxProxies int = 10

@description('Deleted images can be restored for so many days.')
@minValue(1)
@maxValue(90)
param retentionDays int = 7

@description('More than so many gigabytes stored raises an alert.')
param storageThresholdGb int = 500

@description('Registries that images may be imported from.')
param importHosts array = []

@description('Whether the key vault has a secret "registry-accounts": credentials of other registries, as the setting HEADWATER_REGISTRY_ACCOUNTS takes them.')
param withRegistryAccounts bool = false

@description('Issuer of the tokens that the proxy takes, besides its own: Entra ID\'s of this tenant.')
param oidcIssuer string = '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'

var unique = take(uniqueString(resourceGroup().id, name), 6)

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: {
    name: name
    location: location
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: name
    location: location
    secondLocation: secondLocation
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: name
    location: location
    alertEmails: alertEmails
    publisherIds: [identities.outputs.functionsPrincipalId]
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: '${name}-${unique}'
    location: location
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    dnsZoneId: network.outputs.vaultZoneId
    encryptionPrincipalId: identities.outputs.storagePrincipalId
    readerPrincipalId: identities.outputs.functionsPrincipalId
    signerPrincipalId: identities.outputs.proxyPrincipalId
    customerManagedKey: customerManagedKey
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: '${name}${unique}'
    location: location
    isPrivate: isPrivate
    zoneRedundant: zoneRedundant
    endpointSubnetId: network.outputs.endpointSubnetId
    blobZoneId: network.outputs.blobZoneId
    queueZoneId: network.outputs.queueZoneId
    retentionDays: retentionDays
    encryptionKeyName: customerManagedKey ? vault.outputs.keyName : ''
    vaultUri: vault.outputs.uri
    storageIdentityId: identities.outputs.storageId
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    proxyPrincipalId: identities.outputs.proxyPrincipalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module registry 'modules/registry.bicep' = if (withContainerRegistry) {
  name: 'registry'
  params: {
    name: '${name}${unique}'
    location: location
    functionsPrincipalId: identities.outputs.functionsPrincipalId
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  params: {
    name: '${name}-${unique}'
    location: location
    isPrivate: isPrivate
    subnetId: network.outputs.functionsSubnetId
    storageName: storage.outputs.name
    identityId: identities.outputs.functionsId
    identityClientId: identities.outputs.functionsClientId
    insightsName: monitoring.outputs.insightsName
    maxInstances: maxInstances
    retentionDays: retentionDays
    storageThresholdGb: storageThresholdGb
    importHosts: importHosts
    upstreams: withContainerRegistry ? [registry!.outputs.host] : []
    accountsReference: withRegistryAccounts ? '${vault.outputs.uri}secrets/registry-accounts' : ''
  }
}

module proxy 'modules/proxy.bicep' = {
  name: 'proxy'
  params: {
    name: name
    location: location
    image: proxyImage
    subnetId: network.outputs.proxySubnetId
    subnetPrefix: network.outputs.proxySubnetPrefix
    zoneRedundant: zoneRedundant
    storageBlobEndpoint: storage.outputs.blobEndpoint
    identityId: identities.outputs.proxyId
    identityClientId: identities.outputs.proxyClientId
    workspaceName: monitoring.outputs.workspaceName
    minReplicas: minProxies
    maxReplicas: maxProxies
    oidcIssuer: oidcIssuer
    vaultKey: vault.outputs.signingKey
  }
}

module secondProxy 'modules/proxy.bicep' = if (!empty(secondLocation)) {
  name: 'secondProxy'
  params: {
    name: '${name}-2'
    location: secondLocation
    image: proxyImage
    subnetId: network.outputs.secondProxySubnetId
    subnetPrefix: network.outputs.secondProxySubnetPrefix
    zoneRedundant: zoneRedundant
    storageBlobEndpoint: storage.outputs.blobEndpoint
    identityId: identities.outputs.proxyId
    identityClientId: identities.outputs.proxyClientId
    workspaceName: monitoring.outputs.workspaceName
    minReplicas: minProxies
    maxReplicas: maxProxies
    oidcIssuer: oidcIssuer
    vaultKey: vault.outputs.signingKey
  }
}

module aks 'modules/aks.bicep' = if (withAks) {
  name: 'aks'
  params: {
    name: name
    location: location
    networkName: network.outputs.name
    zoneRedundant: zoneRedundant
    workspaceId: monitoring.outputs.workspaceId
    proxyIdentityName: identities.outputs.proxyName
    containerRegistryName: withContainerRegistry ? registry!.outputs.name : ''
  }
}

@description('Where images are pushed to and pulled from.')
output registryUrl string = proxy.outputs.url

@description('What events.bicep asks for.')
output functionAppName string = functions.outputs.name
output storageName string = storage.outputs.name
output containerRegistryName string = withContainerRegistry ? registry!.outputs.name : ''

@description('What infra/aks/proxy.yaml asks for.')
output proxyClientId string = identities.outputs.proxyClientId
output storageBlobEndpoint string = storage.outputs.blobEndpoint
output vaultKey string = vault.outputs.signingKey
