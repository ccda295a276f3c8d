using 'main.bicep'

// One region, public endpoints behind identities, everything at zero when idle but one small proxy.
param name = 'headwater'
param proxyImage = 'registry.example.com/headwater/proxy:0.1.0'
param isPrivate = false
param maxInstances = 10
param minProxies = 1
param maxProxies = 3
