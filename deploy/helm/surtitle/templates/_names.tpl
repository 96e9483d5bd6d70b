{{- define "surtitle.namespace" -}}
{{ .Values.namespace | default .Release.Namespace }}
{{- end }}

{{/* What identifies a component's pods: it may never change, or a Deployment could not be upgraded. */}}
{{- define "surtitle.selector" -}}
app.kubernetes.io/name: surtitle
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "surtitle.labels" -}}
{{ include "surtitle.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: surtitle
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* metadata: (dict "root" $ "component" "api" "name" "api-deployment") */}}
{{- define "surtitle.metadata" -}}
name: {{ .root.Values.namePrefix }}{{ .name }}
namespace: {{ include "surtitle.namespace" .root }}
labels:
  {{- include "surtitle.labels" . | nindent 2 }}
{{- end }}

{{- define "surtitle.image" -}}
{{- $image := .root.Values.image -}}
{{- $own := .image | default dict -}}
{{- $repository := $own.repository | default $image.repository -}}
{{- $digest := $own.digest | default (ternary "" $image.digest (not (empty (printf "%s%s" ($own.repository | default "") ($own.tag | default ""))))) -}}
{{- if $digest -}}
{{ $repository }}@{{ $digest }}
{{- else -}}
{{ $repository }}:{{ $own.tag | default $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "surtitle.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (printf "%ssurtitle" .Values.namePrefix) }}
{{- end }}

{{- define "surtitle.host" -}}
{{ .Values.ingress.host | default (urlParse .Values.publicUrl).hostname }}
{{- end }}
