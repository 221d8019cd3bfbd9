"""What beat sends, and when. Only wake-ups: which work is due stands in the tables. Each entry expires before its next tick."""

ENTRIES = {
    "tick": {"task": "dunning.tasks.tick", "schedule": 60.0, "options": {"expires": 55}},
    "papers": {"task": "dunning.tasks.send_papers", "schedule": 300.0, "options": {"expires": 280}},
    "agency-reports": {"task": "dunning.tasks.fetch_agency_reports", "schedule": 900.0, "options": {"expires": 600}},
    "agency-calls": {"task": "dunning.tasks.take_agency_calls", "schedule": 30.0, "options": {"expires": 25}},
    "credit": {"task": "receivables.credit.tasks.follow", "schedule": 300.0, "options": {"expires": 280}},
    "webhooks": {"task": "receivables.api.tasks.deliver", "schedule": 30.0, "options": {"expires": 25}},
    "shop-calls": {"task": "receivables.shops.tasks.take", "schedule": 30.0, "options": {"expires": 25}},
    "shops": {"task": "receivables.shops.tasks.poll", "schedule": 900.0, "options": {"expires": 600}},
    "pull-invoices": {"task": "invoices.tasks.pull", "schedule": 1800.0, "options": {"expires": 1500}},  # where a source has keys
    "watch-papers": {"task": "invoices.tasks.watch", "schedule": 60.0, "options": {"expires": 55}},  # where WATCH_DIR is set
    "watch-statements": {"task": "invoices.tasks.watch_statements", "schedule": 60.0, "options": {"expires": 55}},  # the same
    "statement-mail": {"task": "invoices.tasks.fetch_statements", "schedule": 120.0, "options": {"expires": 110}},  # STATEMENT_IMAP_URL
    "returns": {"task": "receivables.messaging.tasks.apply_returns", "schedule": 30.0, "options": {"expires": 25}},
    "replies": {"task": "receivables.messaging.tasks.fetch_replies", "schedule": 60.0, "options": {"expires": 55}},
    "print": {"task": "receivables.messaging.tasks.follow_print", "schedule": 60.0, "options": {"expires": 55}},
    "trial": {"task": "receivables.messaging.tasks.end_trial", "schedule": 3600.0, "options": {"expires": 3000}},
    "portal-answer": {"task": "receivables.portal.tasks.answer", "schedule": 20.0, "options": {"expires": 15}},
    "portal-tidy": {"task": "receivables.portal.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3000}},
    "exchange-rates": {"task": "invoices.tasks.take_exchange_rates", "schedule": 7200.0, "options": {"expires": 6000}},  # EXCHANGE_RATES
    "rates-update": {
        "task": "receivables.rates.tasks.update",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },  # where RATES_UPDATE is on
}
