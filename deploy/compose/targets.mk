# The installation of deploy/compose, by the names that Vocalyx' people type. See docs/operate/compose.md.
# Those that destroy something ask first; YES=1 says yes.
COMPOSE ?= $(shell docker compose version > /dev/null 2>&1 && echo docker compose || echo docker-compose)
ENV_FILE ?= .env
N ?= 2
YES ?=
BACKUPS ?= backups
BACKUPS_KEPT_DAYS ?= 30
ask = deploy/compose/ask.sh "$(YES)"

.PHONY: install up down restart setup-link logs logs-api logs-frontend logs-worker-01 ps health scale-workers celery-status \
  celery-stats celery-purge backup backup-list backup-restore db-backup db-restore db-shell init-db clean-all clean-uploads clean-logs test-compose

install: ## Draw the secrets of an installation with compose (once; it overwrites nothing) and build its images
	@python3 deploy/compose/setup.py
	@$(COMPOSE) version > /dev/null || { echo "Docker with compose is needed to go on: install it, then run this again." >&2; exit 1; }
	$(COMPOSE) build
	@echo "Next: make up, then make setup-link."

up: ## Start everything: https://localhost (DOMAIN in .env), and http://localhost:8000 on this machine
	$(COMPOSE) up -d --build

down: ## Stop everything; recordings and results stay
	$(COMPOSE) down

restart: ## Start every service again
	$(COMPOSE) restart

setup-link: ## Show the link by which the first administrator comes in
	@link=$$($(COMPOSE) exec -T api cat /data/notices.txt 2> /dev/null | grep -o 'Become its administrator.*' | tail -n 1); \
	  echo "$${link:-There is none: somebody administers this installation already, or it is not up (make ps).}"

logs: ## Follow the logs of all services
	$(COMPOSE) logs --follow --tail 100

logs-api: ## Follow the API's log
	$(COMPOSE) logs --follow --tail 100 api

logs-frontend: ## Follow the log of what serves pages: the API, behind Traefik
	$(COMPOSE) logs --follow --tail 100 traefik api

logs-worker-01: ## Follow the log of the first worker
	$(COMPOSE) logs --follow --tail 100 --index 1 worker

ps: ## Show the containers
	$(COMPOSE) ps

health: ## Say what is ready and what is not
	@$(COMPOSE) ps --format 'table {{.Service}}\t{{.Status}}'
	@$(COMPOSE) exec -T api python3 - < deploy/compose/health.py

scale-workers: ## Run N=4 workers, now and after every `make up`
	@deploy/compose/keep-workers.sh "$(ENV_FILE)" "$(N)"
	$(COMPOSE) up -d --no-recreate --scale worker=$(N) worker

celery-status: ## Show the workers
	$(COMPOSE) exec -T api surtitle workers

celery-stats: ## Show the queues
	$(COMPOSE) exec -T api surtitle queues list

celery-purge: ## Cancel every job that waits
	@$(ask) "cancel every job that waits, of all projects"
	$(COMPOSE) exec -T api surtitle queues purge --yes

db-backup: ## Back the database up into BACKUPS=backups; fit for cron
	@COMPOSE="$(COMPOSE)" deploy/compose/backup.sh "$(BACKUPS)" "$(BACKUPS_KEPT_DAYS)"

db-restore: ## Put the database back from FILE=backups/….dump, .sql or .sql.gz
	@test -f "$(FILE)" || { echo "Name the backup: make db-restore FILE=backups/….dump" >&2; exit 2; }
	@$(ask) "put the database back as it was in $(FILE); what came since is set aside"
	@COMPOSE="$(COMPOSE)" deploy/compose/restore.sh "$(FILE)"

backup: ## Back up database and files to where SURTITLE_BACKUP__STORE_URL in .env says; needs SURTITLE_BACKUP__KEY
	$(COMPOSE) exec -T api surtitle backup create

backup-list: ## Show those backups
	@$(COMPOSE) exec -T api surtitle backup list

backup-restore: ## Put database and files back from BACKUP=latest, or one that backup-list shows
	@test -n "$(BACKUP)" || { echo "Name the backup: make backup-restore BACKUP=latest" >&2; exit 2; }
	@$(ask) "put database and files back as they were in the backup $(BACKUP); what came since is lost"
	@COMPOSE="$(COMPOSE)" deploy/compose/bring-back.sh "$(BACKUP)"

db-shell: ## Open psql
	$(COMPOSE) exec db psql --username surtitle surtitle

init-db: ## Bring the database to this version (every start does the same)
	$(COMPOSE) run --rm api db upgrade

clean-all: ## Remove the installation: containers, recordings, results, database
	@$(ask) "remove the containers AND EVERYTHING IN THEM: recordings, results, accounts, database"
	$(COMPOSE) --profile gpu --profile alerts --profile logs down --volumes --rmi local --remove-orphans

clean-uploads: ## Delete recordings that no job uses, jobs that ended, and transcripts that nobody edited
	@$(ask) "delete recordings that no job uses, jobs that ended, and transcripts that nobody edited"
	$(COMPOSE) exec -T api surtitle purge --older-than 0

clean-logs: ## Drop the logs, which lie in the containers: each is made anew
	@$(ask) "make the containers anew, so that their logs are dropped; running jobs are handed back and go on"
	$(COMPOSE) up -d --force-recreate

test-compose: $(VENV)/.installed-dev ## Bring deploy/compose up for real, under podman (as root; says why where it cannot)
	SURTITLE_TEST_COMPOSE=1 $(BIN)/pytest tests/deploy/test_bring_up.py --timeout 3600 -s
