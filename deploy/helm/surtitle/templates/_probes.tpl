{{/* By its own command, which asks on the pod's loopback: no port stands open for it. */}}
{{- define "surtitle.workerProbes" -}}
startupProbe:
  exec: { command: [surtitle, {{ . }}, health, --live] }
  periodSeconds: 5
  timeoutSeconds: 20
  failureThreshold: 36
livenessProbe:
  exec: { command: [surtitle, {{ . }}, health, --live] }
  periodSeconds: 30
  timeoutSeconds: 20
  failureThreshold: 4
readinessProbe:
  exec: { command: [surtitle, {{ . }}, health] }
  periodSeconds: 30
  timeoutSeconds: 20
  failureThreshold: 2
{{- end }}
