"""Every column of every table, defined once: type, unit and meaning.

A column means the same thing in every table that has it. Types are Spark SQL type strings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column's definition.

    Attributes:
        name: snake_case name.
        type: Spark SQL type string.
        unit: What one unit of the value is (``text``, ``hash``, ``tokens``, ``exchanges``, ``bits`` ...).
        description: What the value says.
    """

    name: str
    type: str
    unit: str
    description: str


_DEFINITIONS: tuple[tuple[str, str, str, str], ...] = (
    # -- time
    ("usage_date", "date", "UTC day", "Day on which the usage happened."),
    ("run_date", "date", "UTC day", "Logical date of the run: the last usage_date in its window."),
    ("event_at", "timestamp", "UTC instant", "When the exchange was received."),
    ("first_seen_at", "timestamp", "UTC instant", "First time the fact was seen in the row's scope."),
    ("last_seen_at", "timestamp", "UTC instant", "Last time the fact was seen in the row's scope."),
    ("first_seen_date", "date", "UTC day", "First day of the candidate's attributed activity in the window."),
    ("last_seen_date", "date", "UTC day", "Last day of the candidate's attributed activity in the window."),
    ("created_at", "timestamp", "UTC instant", "When the account was opened."),
    ("closed_at", "timestamp", "UTC instant", "When the account was closed; null while open."),
    ("action_at", "timestamp", "UTC instant", "When the enforcement action took effect."),
    ("released_at", "timestamp", "UTC instant", "When the model became available to customers."),
    ("decided_at", "timestamp", "UTC instant", "When the analyst decided."),
    ("started_at", "timestamp", "UTC instant", "When the stage started."),
    ("published_at", "timestamp", "UTC instant", "When the run date was revealed to readers."),
    ("erased_at", "timestamp", "UTC instant", "When the account was erased first."),
    # -- who
    ("request_id", "string", "id", "Unique id of the exchange, as the gateway minted it."),
    ("account_id", "string", "id", "Account the exchange is billed to."),
    ("account_hash", "string", "hash", "Keyed hash of an erased account's id."),
    ("organization_id", "string", "id", "Organisation the account belongs to; null for personal accounts."),
    ("party_id", "string", "id", "Independent owner: the organisation, or the account itself where there is none."),
    ("api_key_id", "string", "id", "API key that signed the request (an id, never the key)."),
    ("plan", "string", "text", "Commercial plan of the account."),
    ("payment_fingerprint", "string", "hash", "Fingerprint of the payment instrument, made upstream."),
    ("payment_issuer", "string", "text", "Bank or wallet that issued the instrument."),
    ("billing_country", "string", "ISO 3166 alpha-2", "Country of the billing address."),
    ("email_domain", "string", "text", "Domain of the account's e-mail address."),
    ("phone_prefix", "string", "text", "Leading digits of the verified phone number."),
    ("signup_ip", "string", "IP address", "Address from which the account was opened."),
    # -- the request
    ("channel", "string", "text", "Way in: api, batch, subscription, console or cloud_resale."),
    ("operation", "string", "text", "API operation, for instance messages or responses."),
    ("model", "string", "text", "Model that answered."),
    ("capability", "string", "text", "Kind of work the provider's classifier saw, for instance coding."),
    ("input_tokens", "bigint", "tokens", "Tokens in the request, cached ones included."),
    ("cached_input_tokens", "bigint", "tokens", "Input tokens served from the prompt cache."),
    ("output_tokens", "bigint", "tokens", "Tokens in the answer, reasoning included."),
    ("reasoning_tokens", "bigint", "tokens", "Output tokens spent on reasoning."),
    ("status_code", "int", "HTTP status", "Status the client received."),
    ("duration_ms", "bigint", "milliseconds", "Time from request to the end of the answer."),
    ("session_id", "string", "id", "Conversation or session the exchange belongs to."),
    ("turn_index", "int", "turns", "Position of the exchange in its conversation, from 0."),
    ("prompt_template_id", "string", "hash", "Hash of the prompt's fixed part, made upstream; no text."),
    ("toolset_id", "string", "hash", "Hash of the tool definitions, made upstream."),
    ("request_settings_id", "string", "hash", "Hash of sampling settings and options, made upstream."),
    ("client_name", "string", "text", "Client library or application name."),
    ("client_version", "string", "text", "Client library or application version."),
    ("header_fingerprint", "string", "hash", "Fingerprint of header names and order."),
    ("tls_fingerprint", "string", "hash", "Fingerprint of the TLS hello."),
    ("client_ip", "string", "IP address", "Address the request came from, v4 or v6."),
    ("asn", "bigint", "AS number", "Autonomous system that announces the address."),
    ("ip_country", "string", "ISO 3166 alpha-2", "Country of the address."),
    ("network_type", "string", "text", "residential, mobile, hosting, vpn, relay, business or education."),
    # -- context tables
    ("action", "string", "text", "ban, suspend, rate_limit or reinstate."),
    ("reason", "string", "text", "Why, in words."),
    ("cidr", "string", "CIDR block", "Network range."),
    ("label", "string", "text", "What the range is known as, for instance cgnat or vpn."),
    ("subject_kind", "string", "text", "campaign, account or identifier."),
    ("subject_id", "string", "id", "Id of the judged subject."),
    ("decided_by", "string", "text", "Who decided."),
    ("note", "string", "text", "Free words of the analyst."),
    # -- observed facts
    ("_errors", "array<string>", "text", "Every row rule the row broke, in words."),
    ("facet", "string", "text", "Independent group the identifier belongs to; two joined by + for a composite."),
    ("identifier_kind", "string", "text", "Kind of identifier, as named in the configuration."),
    ("identifier_id", "string", "hash", "Keyed hash of the value; a composite joins its parts' hashes with +."),
    ("event_count", "bigint", "exchanges", "Exchanges behind the row."),
    ("token_count", "bigint", "tokens", "Input plus output tokens behind the row."),
    ("workload_id", "string", "hash", "Template hash + tool set hash; - stands for a missing part."),
    ("refused_count", "bigint", "exchanges", "Exchanges answered 401, 403 or 429."),
    ("error_count", "bigint", "exchanges", "Exchanges answered with any status of 400 or above."),
    ("follow_up_count", "bigint", "exchanges", "Exchanges that continue a conversation (turn_index above 0)."),
    ("turn_known_count", "bigint", "exchanges", "Exchanges whose turn_index is known."),
    ("hour_counts", "array<bigint>", "exchanges", "Exchanges in each UTC hour, 24 entries."),
    ("session_start_seconds", "array<int>", "seconds of the UTC day", "Starts of activity after 30 idle minutes."),
    ("network_ids", "array<string>", "hash", "Distinct autonomous systems (wide prefixes where unknown), at most 64."),
    ("prefix_ids", "array<string>", "hash", "Distinct network prefixes, at most 64."),
    (
        "client_ids",
        "array<string>",
        "hash",
        "Distinct client identities (header set, or name and version), at most 64.",
    ),
    ("settings_counts", "map<string,bigint>", "exchanges", "Exchanges by hashed request settings, most used 8."),
    ("network_type_counts", "map<string,bigint>", "exchanges", "Exchanges by network type; unknown where missing."),
    ("model_counts", "map<string,bigint>", "exchanges", "Exchanges by model."),
    ("capability_counts", "map<string,bigint>", "exchanges", "Exchanges by capability."),
    ("channel_counts", "map<string,bigint>", "exchanges", "Exchanges by channel."),
    ("input_length_counts", "array<bigint>", "exchanges", "Exchanges by floor(log2(1 + input_tokens)), 24 entries."),
    ("output_length_counts", "array<bigint>", "exchanges", "Exchanges by floor(log2(1 + output_tokens)), 24 entries."),
    (
        "gap_counts",
        "array<bigint>",
        "gaps",
        "Gaps to the account's previous exchange by floor(log2(1 + s)), 24 entries.",
    ),
    # -- links and pools
    ("node_id", "string", "hash", "Link node: the composite value that accounts share."),
    ("node_kind", "string", "text", "Kind of the link node."),
    ("party_count", "bigint", "parties", "Distinct parties behind the row."),
    ("account_count", "bigint", "accounts", "Distinct accounts behind the row."),
    ("expected_party_count", "double", "parties", "Parties that independence of the two facets would put there."),
    ("lift", "double", "ratio", "party_count over expected_party_count."),
    ("tail_bits", "double", "bits", "-log2 of the Poisson chance of at least party_count parties."),
    ("evidence_bits", "double", "bits", "Evidence the link adds to its account: log2 of the lift, capped."),
    (
        "membership_bits",
        "double",
        "bits",
        "Sum of the account's evidence over facet pairs, plus shared cards and sessions.",
    ),
    ("required_bits", "double", "bits", "Sum an account needed to join on that day."),
    ("facet_count", "int", "facets", "Distinct facets in which the account has evidence."),
    ("day_count", "int", "days", "Distinct days on which the link was seen."),
    ("is_member", "boolean", "", "Whether the account passed the membership bar, so that the link counts."),
    ("merged_account_count", "bigint", "accounts", "Accounts the value would have merged had it been allowed to link."),
    ("pool_id", "string", "id", "Label of the pool on that run date; not lasting."),
    ("component_id", "bigint", "id", "Smallest vertex id of the connected component."),
    ("vertex_id", "bigint", "id", "Deterministic number of the vertex in the link graph."),
    ("cohesion", "double", "share", "Share of the pool's accounts held by its widest link node."),
    ("cut_level", "int", "levels", "How often the guard re-cut the component at stricter evidence."),
    # -- campaigns
    ("rank", "int", "position", "Position in the day's ranking, from 1."),
    ("campaign_id", "string", "id", "Lasting id of the campaign."),
    ("source", "string", "text", "Origin: pool or cohort for a candidate; who says so for a label."),
    ("verdict", "string", "text", "campaign, watch or cleared by the job; confirmed, benign or unsure by an analyst."),
    ("probability", "double", "probability", "Calibrated chance that the candidate is a coordinated campaign."),
    ("exchange_count", "bigint", "exchanges", "Exchanges attributed to the candidate in the window."),
    ("input_token_count", "bigint", "tokens", "Input tokens attributed to the candidate in the window."),
    ("output_token_count", "bigint", "tokens", "Output tokens attributed to the candidate in the window."),
    ("expected_output_token_count", "double", "tokens", "probability times output_token_count; the ranking's key."),
    ("top_evidence", "array<string>", "text", "The heaviest findings as sentences."),
    ("model_shares", "map<string,double>", "share", "Share of the exchanges by model."),
    ("capability_shares", "map<string,double>", "share", "Share of the exchanges by capability."),
    ("verdict_reason", "string", "text", "Why this verdict and no other, in one sentence."),
    ("resembles", "string", "text", "Honest look-alike class it resembles; null for campaigns."),
    ("score_bits", "double", "bits", "Log-odds of the candidate before calibration."),
    ("relatedness_bits", "double", "bits", "Evidence that the accounts are related; never convicts."),
    ("physics_bits", "double", "bits", "Evidence that a program drives the accounts."),
    ("concealment_bits", "double", "bits", "Evidence that somebody hides that these accounts are one."),
    ("harvest_bits", "double", "bits", "Evidence that answers are being collected."),
    ("against_bits", "double", "bits", "Evidence for an honest explanation (zero or negative)."),
    ("workload_ids", "array<string>", "hash", "Workloads of the candidate, at most 64."),
    ("exchange_share", "double", "share", "Attributed exchanges over all of the account's own."),
    ("output_token_share", "double", "share", "Attributed output tokens over all of the account's own."),
    ("role", "string", "text", "member or suspected."),
    ("why", "string", "text", "Why the account belongs, in one sentence."),
    ("evidence_group", "string", "text", "relatedness, physics, concealment, harvest or against."),
    ("signal", "string", "text", "Name of the finding."),
    ("value", "double", "as the sentence says", "Measured value."),
    ("baseline_value", "double", "as the sentence says", "The same measure over the population at hand."),
    ("weight_bits", "double", "bits", "What the finding adds to the score."),
    ("sentence", "string", "text", "The finding in words."),
    ("is_bridge", "boolean", "", "Whether removing the link would split the pool."),
    ("lineage_event", "string", "text", "mint, survive, merge, split or retire."),
    ("related_campaign_id", "string", "id", "The other campaign of a merge or split."),
    ("overlap_share", "double", "share", "Accounts in common over the smaller side."),
    # -- runs
    ("run_id", "string", "id", "Id of the run."),
    ("stage", "string", "text", "Stage of the run."),
    ("table_name", "string", "text", "Table written."),
    ("row_count", "bigint", "rows", "Rows written."),
    ("duration_seconds", "double", "seconds", "Wall time of the stage."),
    ("warnings", "array<string>", "text", "Warn-severity findings."),
    ("config_fingerprint", "string", "hash", "Fingerprint of the effective configuration."),
    ("package_version", "string", "text", "Version of Revenuer that wrote the row."),
    ("table_versions", "map<string,bigint>", "Delta version", "Versions of the tables involved."),
    ("missing_evidence", "array<string>", "text", "Evidence the run could not compute, and why."),
    ("touched_counts", "map<string,bigint>", "rows", "Rows removed or pseudonymised, by table."),
    ("is_complete", "boolean", "", "Whether the work was done to its end; otherwise it is to be run again."),
    (
        "measures",
        "map<string,double>",
        "as the name says",
        "Figures of the stage by name: input_row_count; null_share.COLUMN, verdict_count.VERDICT and so on.",
    ),
)

COLUMNS: dict[str, Column] = {name: Column(name, type_, unit, text) for name, type_, unit, text in _DEFINITIONS}
