// The registry and the nodes' view, on Azure Container Apps.
param name string
param location string
param image string
param subnetId string

@description('Network of that subnet.')
param subnetPrefix string
param zoneRedundant bool
param storageBlobEndpoint string
param identityId string
param identityClientId string
param workspaceName string
param minReplicas int
param maxReplicas int
param oidcIssuer string
param vaultKey string

@description('Requests at the same time that one proxy is given.')
param requestsPerReplica int = 200

@description('Of the cache on each proxy\'s own disk, of which an app of one vCPU has 4 GiB.')
param cacheSize string = '3g'

// The ingress of the environment, which adds whom it was asked by to X-Forwarded-For: it has addresses of the subnet, and of
// the range that Container Apps reserves for itself.
var ingress = '${subnetPrefix},100.100.0.0/16'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: name
  location: location
  properties: {
    zoneRedundant: zoneRedundant
    vnetConfiguration: {
      infrastructureSubnetId: subnetId
      internal: false
    }
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: workspace.properties.customerId
        sharedKey: workspace.listKeys().primarySharedKey
      }
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
  }
}

resource proxy 'Microsoft.App/containerApps@2025-01-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: 5000
        transport: 'auto'
        allowInsecure: false
        additionalPortMappings: [
          {
            external: false
            targetPort: 8578
            exposedPort: 8578
          }
        ]
      }
    }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'proxy'
          image: image
          resources: {
            cpu: 1
            memory: '2Gi'
          }
          env: [
            { name: 'HEADWATER_ADDRESS', value: '0.0.0.0' }
            { name: 'HEADWATER_AZURE_STORAGE', value: storageBlobEndpoint }
            { name: 'HEADWATER_CONTAINER', value: 'registry' }
            { name: 'HEADWATER_CONVERT', value: 'functions' }
            { name: 'HEADWATER_QUEUE', value: 'conversions' }
            { name: 'HEADWATER_ANONYMOUS', value: 'none' }
            { name: 'HEADWATER_OIDC_ISSUER', value: oidcIssuer }
            { name: 'HEADWATER_TRUSTED_PROXIES', value: ingress }
            { name: 'HEADWATER_VAULT_KEY', value: vaultKey }
            { name: 'HEADWATER_REALM', value: 'https://${name}.${environment.properties.defaultDomain}/oauth2/token' }
            // All connections come from the ingress, which has few addresses.
            { name: 'HEADWATER_MAX_CONNECTIONS_PER_ADDRESS', value: '0' }
            { name: 'HEADWATER_CACHE_FOLDER', value: '/cache' }
            { name: 'HEADWATER_CACHE_FOLDER_SIZE', value: cacheSize }
            { name: 'HEADWATER_MAINTENANCE', value: '15m' }
            { name: 'HEADWATER_LOG_FORMAT', value: 'json' }
            { name: 'AZURE_CLIENT_ID', value: identityClientId }
          ]
          volumeMounts: [
            {
              volumeName: 'cache'
              mountPath: '/cache'
            }
          ]
          probes: [
            {
              type: 'Liveness'
              httpGet: {
                path: '/healthz'
                port: 5000
              }
            }
            {
              type: 'Readiness'
              httpGet: {
                path: '/readyz'
                port: 5000
              }
            }
          ]
        }
      ]
      volumes: [
        {
          name: 'cache'
          storageType: 'EmptyDir'
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [
          {
            name: 'requests'
            http: {
              metadata: {
                concurrentRequests: string(requestsPerReplica)
              }
            }
          }
        ]
      }
    }
  }
}

output url string = 'https://${proxy.properties.configuration.ingress.fqdn}'
