# The verbs of this project. Each works alone from a clean clone.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup up down preview test

STACK ?= prod
# Size of the clinic that `make up` loads, e.g. `make up PATIENTS=10000 APPOINTMENTS=50000`; empty means plinth's own default.
PATIENTS ?=
APPOINTMENTS ?=
# Further options for plinth, e.g. `make down ARGS=--delete`.
ARGS ?=

help: ## Show the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s  %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install what is missing: Debian packages, npm packages, the Pulumi CLI
	@scripts/setup.sh

up: setup ## Run the production stack on this machine and load a clinic (PATIENTS=n APPOINTMENTS=n)
	@bin/plinth.js up --clinic $(if $(PATIENTS),--patients $(PATIENTS)) $(if $(APPOINTMENTS),--appointments $(APPOINTMENTS)) $(ARGS)

down: ## Stop everything that `make up` started; its data stays (ARGS=--delete removes it)
	@bin/plinth.js down $(ARGS)

preview: setup ## Show what a deployment would change, without credentials (STACK=dev|prod)
	@bin/plinth.js preview $(STACK) $(ARGS)

test: setup ## Check types, lint, format and import rules, then run all tests
	@scripts/test.sh
