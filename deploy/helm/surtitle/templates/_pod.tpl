{{/* What every container of ours may do: nothing but read its image and write its volumes. */}}
{{- define "surtitle.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "surtitle.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* The pod's own metadata: (dict "root" $ "component" "api") */}}
{{- define "surtitle.podMetadata" -}}
labels:
  {{- include "surtitle.labels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- $agent := .root.Values.vault.agent }}
{{- if or $agent.enabled .root.Values.podAnnotations }}
annotations:
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- if $agent.enabled }}
  vault.hashicorp.com/agent-inject: "true"
  vault.hashicorp.com/role: {{ $agent.role | quote }}
  {{- if .once }}
  vault.hashicorp.com/agent-pre-populate-only: "true"
  {{- end }}
  {{- range $agent.secrets }}
  vault.hashicorp.com/agent-inject-secret-{{ .file }}: {{ .path | quote }}
  vault.hashicorp.com/agent-inject-template-{{ .file }}: |
    {{ printf "{{- with secret %q -}}{{ .Data.data.%s }}{{- end -}}" .path .key }}
  {{- end }}
  {{- with $agent.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The head of every pod: who it is, where it may run. */}}
{{- define "surtitle.podHead" -}}
serviceAccountName: {{ .serviceAccount | default (include "surtitle.serviceAccount" .root) }}
automountServiceAccountToken: {{ .root.Values.vault.agent.enabled }}
# Or Kubernetes would set variables for each Service, and one called surtitle would look like our settings.
enableServiceLinks: false
securityContext:
  {{- include "surtitle.podSecurity" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .place }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "surtitle.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "surtitle.selector" . | nindent 8 }}
{{- end }}

{{- define "surtitle.containerHead" -}}
image: {{ include "surtitle.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- include "surtitle.containerSecurity" . | nindent 2 }}
{{- end }}

{{- define "surtitle.mounts" -}}
volumeMounts:
  - { name: data, mountPath: /data }
  - { name: tmp, mountPath: /tmp }
  - { name: models, mountPath: /models }
  {{- if and .root.Values.secrets.existingSecret (not .root.Values.vault.agent.enabled) }}
  - { name: secrets, mountPath: /etc/surtitle/secrets, readOnly: true }
  {{- end }}
  {{- if .uploadsClaim }}
  - { name: uploads, mountPath: /data/uploads }
  {{- end }}
{{- end }}

{{/* Those keys that can come from nowhere but the Secret, as {"keys": […]}. */}}
{{- define "surtitle.requiredKeys" -}}
{{- $keys := .Values.secrets.required -}}
{{- $settingsInVault := and .Values.vault.address .Values.vault.kvPath -}}
{{- if kindIs "invalid" $keys -}}
{{- $keys = ternary (list "surtitle_vault__role_id" "surtitle_vault__secret_id") list (not (empty .Values.vault.address)) -}}
{{- if not $settingsInVault -}}{{- $keys = append $keys "surtitle_accounts__secret_key" -}}{{- end -}}
{{- end -}}
{{- /* Prometheus cannot ask Vault. */ -}}
{{- if and .Values.metrics.enabled (or (not $settingsInVault) .Values.metrics.serviceMonitor.enabled) -}}
{{- $keys = append $keys "surtitle_server__metrics_token" -}}
{{- end -}}
{{- dict "keys" (uniq $keys) | toYaml -}}
{{- end }}

{{/* (dict "root" $ "sizeLimit" "20Gi" "uploadsClaim" "") */}}
{{- define "surtitle.volumes" -}}
volumes:
  - name: data
    emptyDir: { sizeLimit: {{ .sizeLimit }} }
  - name: tmp
    emptyDir: { sizeLimit: 2Gi }
  - name: models
    {{- if .root.Values.models.existingClaim }}
    persistentVolumeClaim: { claimName: {{ .root.Values.models.existingClaim }} }
    {{- else }}
    emptyDir: { sizeLimit: {{ .root.Values.models.sizeLimit }} }
    {{- end }}
  {{- $agent := .root.Values.vault.agent.enabled }}
  {{- $required := (include "surtitle.requiredKeys" .root | fromYaml).keys }}
  {{- with .root.Values.secrets }}
  {{- if and .existingSecret (not $agent) }}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        - secret: { name: {{ .existingSecret }} }
        {{- with $required }}
        # Once more by name: the volume cannot be mounted while one of them is missing.
        - secret:
            name: {{ $.root.Values.secrets.existingSecret }}
            items:
              {{- range . }}
              - { key: {{ . }}, path: {{ . }} }
              {{- end }}
        {{- end }}
  {{- end }}
  {{- end }}
  {{- if .uploadsClaim }}
  - name: uploads
    persistentVolumeClaim: { claimName: {{ .uploadsClaim }} }
  {{- end }}
{{- end }}

{{/* A pod that runs one command and ends: (dict "root" $ "component" "backup" "command" (list …) "resources" … "sizeLimit" …) */}}
{{- define "surtitle.commandPod" -}}
{{- include "surtitle.podHead" . }}
restartPolicy: Never
containers:
  - name: {{ .component }}
    {{- include "surtitle.containerHead" . | nindent 4 }}
    args: {{ toJson .command }}
    env:
      {{- include "surtitle.env" . | trim | nindent 6 }}
    {{- include "surtitle.mounts" . | nindent 4 }}
    resources:
      {{- toYaml .resources | nindent 6 }}
{{- include "surtitle.volumes" . | nindent 0 }}
{{- end }}
