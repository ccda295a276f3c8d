using 'main.bicep'

// Private network, own key, zones, a second region, an Azure container registry converted where it is.
param name = 'headwater'
param proxyImage = 'registry.example.com/headwater/proxy:0.1.0'
param secondLocation = 'westeurope'
param isPrivate = true
param zoneRedundant = true
param customerManagedKey = true
param withContainerRegistry = true
param withAks = true
param maxInstances = 200
param minProxies = 3
param maxProxies = 30
param retentionDays = 30
param storageThresholdGb = 20000
param alertEmails = ['platform@example.com']
