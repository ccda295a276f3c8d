// The private network: a subnet for each part, and the names of the private endpoints.
param name string
param location string
param secondLocation string

var zones = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  vault: 'privatelink.vaultcore.azure.net'
}

var proxyPrefix = '10.40.2.0/23'
var secondProxyPrefix = '10.41.2.0/23'

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: ['10.40.0.0/16']
    }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: '10.40.0.0/24'
          delegations: [
            {
              name: 'functions'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'proxy'
        properties: {
          addressPrefix: proxyPrefix
          delegations: [
            {
              name: 'proxy'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.40.4.0/24'
        }
      }
      {
        name: 'nodes'
        properties: {
          addressPrefix: '10.40.16.0/20'
        }
      }
    ]
  }

  resource functions 'subnets' existing = {
    name: 'functions'
  }

  resource proxy 'subnets' existing = {
    name: 'proxy'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

resource second 'Microsoft.Network/virtualNetworks@2024-07-01' = if (!empty(secondLocation)) {
  name: '${name}-2'
  location: secondLocation
  properties: {
    addressSpace: {
      addressPrefixes: ['10.41.0.0/16']
    }
    subnets: [
      {
        name: 'proxy'
        properties: {
          addressPrefix: secondProxyPrefix
          delegations: [
            {
              name: 'proxy'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
    ]
  }

  resource proxy 'subnets' existing = {
    name: 'proxy'
  }
}

resource there 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-07-01' = if (!empty(secondLocation)) {
  parent: network
  name: 'second'
  properties: {
    allowVirtualNetworkAccess: true
    remoteVirtualNetwork: {
      id: second.id
    }
  }
}

resource back 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-07-01' = if (!empty(secondLocation)) {
  parent: second
  name: 'first'
  properties: {
    allowVirtualNetworkAccess: true
    remoteVirtualNetwork: {
      id: network.id
    }
  }
}

resource dns 'Microsoft.Network/privateDnsZones@2020-06-01' = [for zone in items(zones): {
  name: zone.value
  location: 'global'
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for (zone, i) in items(zones): {
  parent: dns[i]
  name: name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

resource secondLinks 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for (zone, i) in items(zones): if (!empty(secondLocation)) {
  parent: dns[i]
  name: '${name}-2'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: second.id
    }
  }
}]

output functionsSubnetId string = network::functions.id
output proxySubnetId string = network::proxy.id
output proxySubnetPrefix string = proxyPrefix
output endpointSubnetId string = network::endpoints.id
output name string = network.name
output secondProxySubnetPrefix string = secondProxyPrefix
output secondProxySubnetId string = !empty(secondLocation) ? second::proxy.id : ''
// items() sorts by key: blob, queue, vault.
output blobZoneId string = dns[0].id
output queueZoneId string = dns[1].id
output vaultZoneId string = dns[2].id
