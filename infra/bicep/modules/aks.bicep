// A cluster whose nodes pull through the proxy that runs in it (infra/aks).
param name string
param location string
param subnetId string
param zoneRedundant bool
param workspaceId string
param proxyIdentityName string

@description('Size and number of the nodes.')
param nodeSize string = 'Standard_D4ds_v5'
param minNodes int = 1
param maxNodes int = 10

resource proxyIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: proxyIdentityName
}

resource cluster 'Microsoft.ContainerService/managedClusters@2025-05-01' = {
  name: name
  location: location
  identity: {
    type: 'SystemAssigned'
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
        vnetSubnetID: subnetId
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
