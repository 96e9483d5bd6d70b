{{/* The variables of a component as YAML, by name: what the chart sets, then the values' settings. */}}
{{- define "surtitle.settings" -}}
{{- $values := .root.Values -}}
{{- $set := dict
  "HOME" "/tmp"
  "SURTITLE_DATA_DIR" "/data"
  "SURTITLE_MODELS__DIRECTORY" "/models"
  "SURTITLE_DATABASE_URL" (required "database.url is needed: postgresql://surtitle@HOST/surtitle" $values.database.url)
  "SURTITLE_STORAGE__URL" (required "storage.url is needed: s3://BUCKET" $values.storage.url)
  "SURTITLE_SERVER__AUTH" "required"
  "SURTITLE_SERVER__HOST" "0.0.0.0"
  "SURTITLE_SERVER__PORT" "8000"
  "SURTITLE_SERVER__WORKERS" "0"
  "SURTITLE_SERVER__TRUSTED_PROXIES" (toJson $values.trustedProxies)
  "SURTITLE_JOBS__SCHEDULES" "scheduler"
  "SURTITLE_LOG__FORMAT" "json"
-}}
{{- $given := dict
  "SURTITLE_STORAGE__ENDPOINT" $values.storage.endpoint
  "SURTITLE_STORAGE__REGION" $values.storage.region
  "SURTITLE_SERVER__PUBLIC_URL" $values.publicUrl
-}}
{{- if $values.vault.address -}}
{{- $given = merge $given (dict
  "SURTITLE_VAULT__ADDRESS" $values.vault.address
  "SURTITLE_VAULT__NAMESPACE" $values.vault.namespace
  "SURTITLE_VAULT__KV_MOUNT" $values.vault.kvMount
  "SURTITLE_VAULT__KV_PATH" $values.vault.kvPath
  "SURTITLE_VAULT__DATABASE_MOUNT" $values.vault.databaseMount
  "SURTITLE_VAULT__DATABASE_ROLE" $values.vault.databaseRole
) -}}
{{- end -}}
{{- range $name, $value := $given -}}
{{- if $value -}}{{- $_ := set $set $name $value -}}{{- end -}}
{{- end -}}
{{- if $values.vault.agent.enabled -}}
{{- $_ := set $set "SURTITLE_SECRETS_DIR" "/vault/secrets" -}}
{{- else if $values.secrets.existingSecret -}}
{{- $_ := set $set "SURTITLE_SECRETS_DIR" "/etc/surtitle/secrets" -}}
{{- end -}}
{{- if or $values.backup.enabled $values.restore.enabled -}}
{{- $_ := set $set "SURTITLE_BACKUP__STORE_URL" (required "backup.storeUrl is needed: s3://ANOTHER-BUCKET" $values.backup.storeUrl) -}}
{{- /* The CronJob makes them. */ -}}
{{- $_ := set $set "SURTITLE_BACKUP__DAILY" "false" -}}
{{- end -}}
{{- if $values.gpu -}}
{{- $_ := set $set "SURTITLE_JOBS__LISTENING_QUEUE" "gpu" -}}
{{- $_ := set $set "SURTITLE_FILMS__QUEUE" "gpu" -}}
{{- end -}}
{{- mergeOverwrite $set (.own | default dict) $values.settings (.settings | default dict) | toYaml -}}
{{- end }}

{{- define "surtitle.env" -}}
{{- range $name, $value := include "surtitle.settings" . | fromYaml }}
- name: {{ $name }}
  {{- /* As JSON, or a large number would be told as 8.589934592e+09. */}}
  value: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}
{{- end }}
{{- end }}
