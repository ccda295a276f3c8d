// A cluster whose nodes pull through the proxy that runs in it (infra/aks).
param name string
param location string
param networkName string
param zoneRedundant bool
param workspaceId string
param proxyIdentityName string

@description('An Azure container registry that the nodes may pull from; empty for none.')
param containerRegistryName string

@description('Size and number of the nodes.')
param nodeSize string = 'Standard_D4ds_v5'
param minNodes int = 1
param maxNodes int = 10

var networkContributor = '4d97b98b-1d4f-4787-a291-c67834d212e7'
var pull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' existing = {
  name: networkName

  resource nodes 'subnets' existing = {
    name: 'nodes'
  }
}

resource proxyIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: proxyIdentityName
}

// An identity that is there before the cluster: one that the cluster makes itself would have no right to the subnet yet.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-cluster'
  location: location
}

resource joins 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: network::nodes
  name: guid(network::nodes.id, identity.id, networkContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', networkContributor)
  }
}

resource cluster 'Microsoft.ContainerService/managedClusters@2025-05-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  sku: {
    name: 'Base'
    tier: zoneRedundant ? 'Standard' : 'Free'
  }
  properties: {
    dnsPrefix: name
    disableLocalAccounts: true
    aadProfile: {
      managed: true
      enableAzureRBAC: true
    }
    oidcIssuerProfile: {
      enabled: true
    }
    securityProfile: {
      workloadIdentity: {
        enabled: true
      }
    }
    agentPoolProfiles: [
      {
        name: 'nodes'
        mode: 'System'
        vmSize: nodeSize
        osSKU: 'AzureLinux'
        enableAutoScaling: true
        minCount: minNodes
        maxCount: maxNodes
        count: minNodes
        vnetSubnetID: network::nodes.id
        availabilityZones: zoneRedundant ? ['1', '2', '3'] : null
      }
    ]
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
    }
    addonProfiles: {
      omsagent: {
        enabled: true
        config: {
          logAnalyticsWorkspaceResourceID: workspaceId
        }
      }
    }
  }
  dependsOn: [joins]
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = if (!empty(containerRegistryName)) {
  name: containerRegistryName
}

// Images whose artifacts lie in the container registry are streamed from there.
resource pulls 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(containerRegistryName)) {
  scope: registry
  name: guid(registry.id, cluster.id, pull)
  properties: {
    principalId: cluster.properties.identityProfile.kubeletidentity.objectId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', pull)
  }
}

// The proxy's pods act as its identity.
resource federated 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: proxyIdentity
  name: name
  properties: {
    issuer: cluster.properties.oidcIssuerProfile.issuerURL
    subject: 'system:serviceaccount:headwater:proxy'
    audiences: ['api://AzureADTokenExchange']
  }
}
