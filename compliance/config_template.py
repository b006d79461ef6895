"""The adcheck.toml that `adcheck config init` writes: valid as it stands, with every setting explained."""

TEMPLATE = """\
# Adcheck: what holds for the posts in this folder and below. `adcheck config show FILE` says what holds for a file, and why.
# Options of the command line win over this file; what a post says of itself wins over both.

# The markets that the posts reach.
reach = ["nl"]

# Where they are posted, if all in one place.
# platform = "instagram"
# surface = "reel"
# language = "nl"
# as-of = "2026-11-23"
# bio = ""
# campaign = "Spring"         # where a post names none; for overrides and suppressions by campaign
# incomplete = false          # true: the platform may have shown more than is given
# interface = "en"            # language of the report: en or nl

# Exit code 1 from this severity on: minor, moderate, serious, critical or never. strict: what needs review counts too.
fail-on = "minor"
strict = false

# Which files of a folder are checked, written as in .gitignore; all that Adcheck reads if not given.
# include = ["campaigns/**"]
exclude = ["README.md", "drafts/**"]

# Folders of your own rules, in the format of Adcheck's (duties/, labels/, lexicon/).
# packs = ["house-rules"]

# What you know of the posts.
# [declared]
# relationship = "paid"       # paid gifted affiliate discount trip ambassador employee family own_brand contest none
# persona = "human"           # synthetic human
# ai_content = "none"         # generated modified none

# Which duties are judged: ids, topic:… or jurisdiction:….
# [rules]
# select = ["nl.*", "topic:ai-persona"]
# ignore = ["eu.trader-identity"]

# Which column of a calendar holds what, where Adcheck guesses wrong, and what its values mean.
# [mapping]
# text = "Final copy"
# [mapping.values.relationship]
# "barter deal" = "gifted"

# Other settings for some files (paths, as in .gitignore), or for some campaigns (the calendar's column). Later ones win.
# [[overrides]]
# paths = ["tiktok/**"]
# platform = "tiktok"
#
# [[overrides]]
# campaigns = ["Spring"]
# declared = {relationship = "gifted", brand = "Acme"}
"""
