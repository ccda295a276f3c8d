// An Azure container registry, whose images get their streaming artifacts there. Standard will do: ACR's own feature takes Premium.
param name string
param location string
param functionsPrincipalId string

var pull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
var push = '8311e382-0749-4cb8-b61a-304f252e45ec'
var delete = 'c2f4ef07-c644-48eb-af81-4b1b4947fb11'

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: name
  location: location
  sku: {
    name: 'Standard'
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
  }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in [pull, push, delete]: {
  scope: registry
  name: guid(registry.id, functionsPrincipalId, role)
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

output name string = registry.name
output host string = registry.properties.loginServer
