// What is seen of it: logs, traces, a workbook, and alerts.
param name string
param location string
param alertEmails array

@description('Who may send traces.')
param publisherIds array

var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

var alerts = [
  {
    name: 'failed-conversions'
    description: 'Conversions failed for another reason than their image, or messages went to the poison queue.'
    severity: 2
    query: 'traces | where message startswith "Moved to the poison queue" or message has "Failed: "'
    threshold: 0
  }
  {
    name: 'storage-threshold'
    description: 'More is stored than the threshold.'
    severity: 2
    query: 'traces | where message startswith "Storage {" | extend report = parse_json(substring(message, 8)) | where tobool(report.aboveThreshold)'
    threshold: 0
  }
  {
    name: 'cache-hit-ratio'
    description: 'More than half of the chunks that nodes ask a proxy for have to be read from the store.'
    severity: 3
    query: 'ContainerAppConsoleLogs_CL | extend line = parse_json(Log_s) | parse tostring(line.formattedMessage) with "Cache hit ratio " ratio:double " " * | where ratio < 0.5'
    threshold: 3
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: name
  location: location
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 30
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource publishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for id in publisherIds: {
  scope: insights
  name: guid(insights.id, id, metricsPublisher)
  properties: {
    principalId: id
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  properties: {
    groupShortName: take(name, 12)
    enabled: true
    emailReceivers: [for (address, i) in alertEmails: {
      name: 'receiver-${i}'
      emailAddress: address
      useCommonAlertSchema: true
    }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: '${name}-${alert.name}'
  location: location
  properties: {
    displayName: '${name}: ${alert.name}'
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [alert.name == 'cache-hit-ratio' ? workspace.id : insights.id]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: alert.threshold
        }
      ]
    }
    actions: {
      actionGroups: [people.id]
    }
  }
}]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name)
  location: location
  kind: 'shared'
  properties: {
    displayName: 'Headwater'
    category: 'workbook'
    sourceId: insights.id
    serializedData: loadTextContent('workbook.json')
  }
}

output workspaceId string = workspace.id
output workspaceName string = workspace.name
output insightsName string = insights.name
