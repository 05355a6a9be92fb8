-- The three outputs of stage observe, by DuckDB from the same Parquet files: the yardstick of bench_observe.py.
-- {inner} and {outer} are the HMAC's padded keys in hex; {usage}, {accounts} and {out} are paths.
create macro prefix_of(ip, mark, n) as array_to_string(string_split(ip, mark)[1:n], mark);
create macro hmac(kind, v) as substr(sha256(
    unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(kind) || '\x00'::blob || encode(v)))), 1, 32);

create temp table usage as
select usage_date, account_id, organization_id, request_id, event_at, epoch_us(event_at) as micros, session_id,
    api_key_id, model, channel, capability, network_type, status_code, turn_index,
    input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    prompt_template_id as template, toolset_id as toolset, request_settings_id as settings,
    case when contains(client_ip, ':') then prefix_of(client_ip, ':', 3) || '::/48'
        when client_ip is not null then prefix_of(client_ip, '.', 3) || '.0/24' end as ip_prefix,
    coalesce(cast(asn as varchar), case when contains(client_ip, ':') then prefix_of(client_ip, ':', 2)
        else prefix_of(client_ip, '.', 2) end) as wide_network,
    nullif(concat_ws('|', header_fingerprint, tls_fingerprint, client_name, client_version), '') as client_signature
from read_parquet('{usage}', hive_partitioning = true);

create temp table parties as
select usage_date, e.account_id, coalesce(any_value(a.organization_id), max(e.organization_id), e.account_id) as party_id
from usage e left join '{accounts}' a on a.account_id = e.account_id group by usage_date, e.account_id;

create temp table hashes as
select distinct 'ip_prefix' as kind, ip_prefix as v from usage where ip_prefix is not null
union all select distinct 'wide_network', wide_network from usage where wide_network is not null
union all select distinct 'client_signature', client_signature from usage where client_signature is not null
union all select distinct 'template', template from usage where template is not null
union all select distinct 'toolset', toolset from usage where toolset is not null
union all select distinct 'settings', settings from usage where settings is not null;
create temp table hashed as select kind, v, hmac(kind, v) as h from hashes;

-- Events with hashes in place of values, and the party.
create temp table events as
select u.* exclude (template, toolset, settings, ip_prefix, wide_network, client_signature), party_id,
    t.h as template, s.h as toolset, x.h as settings, i.h as ip_prefix, w.h as wide_network, c.h as client_signature
from usage u join parties using (usage_date, account_id)
left join (from hashed where kind = 'template') t on t.v = u.template
left join (from hashed where kind = 'toolset') s on s.v = u.toolset
left join (from hashed where kind = 'settings') x on x.v = u.settings
left join (from hashed where kind = 'ip_prefix') i on i.v = u.ip_prefix
left join (from hashed where kind = 'wide_network') w on w.v = u.wide_network
left join (from hashed where kind = 'client_signature') c on c.v = u.client_signature;

create temp table tuples as
select usage_date, account_id, party_id, ip_prefix, wide_network, client_signature, template, toolset, settings,
    count(*) as n, sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) as tokens,
    min(event_at) as first_at, max(event_at) as last_at
from events group by all;

create temp table owned as
select usage_date, account_id, party_id, sum(n) as n, sum(tokens) as tokens, min(first_at) as first_at,
    max(last_at) as last_at, any_value(card) as card, any_value(issuer) as issuer, any_value(mail) as mail,
    any_value(phone) as phone, any_value(signup_hour) as signup_hour, any_value(signup_day) as signup_day
from tuples join (
    select account_id, hmac('card', payment_fingerprint) as card, hmac('issuer', payment_issuer) as issuer,
        hmac('mail_domain', lower(email_domain)) as mail, hmac('phone_prefix', phone_prefix) as phone,
        hmac('signup_hour', strftime(created_at, '%Y-%m-%d %H')) as signup_hour,
        hmac('signup_day', strftime(created_at, '%Y-%m-%d')) as signup_day
    from '{accounts}') using (account_id)
group by all;

create temp table same_request as
select usage_date, template, toolset, settings, model, input_tokens from events
where input_tokens is not null and coalesce(template, toolset, settings) is not null
group by all
having count_if(status_code in (401, 403, 429)) > 0 and count(*) <= 0.05 * 86400 / 60;
create temp table retried as
with rare as (
    select e.* from events e join same_request r on e.usage_date = r.usage_date
        and e.template is not distinct from r.template and e.toolset is not distinct from r.toolset
        and e.settings is not distinct from r.settings and e.model is not distinct from r.model
        and e.input_tokens = r.input_tokens
    where coalesce(e.template, e.toolset, e.settings) is not null),
near as (
    select r.usage_date, r.request_id, r.account_id as a, r.party_id as a_party, r.event_at as a_at,
        t.account_id as b, t.party_id as b_party, t.event_at as b_at, (t.micros - r.micros) / 1e6 as after
    from rare r join rare t on r.usage_date = t.usage_date and r.template is not distinct from t.template
        and r.toolset is not distinct from t.toolset and r.settings is not distinct from t.settings
        and r.model is not distinct from t.model and r.input_tokens = t.input_tokens
    where r.status_code in (401, 403, 429) and coalesce(t.status_code, 200) < 400
        and (t.micros - r.micros) / 1e6 between -60 and 120),
handed as (
    select usage_date, request_id, a from near group by all
    having count_if(after >= 0 and (b = a or b_party = a_party and after <= 60)) = 0
        and count_if(after <= 0 and b_party <> a_party) = 0
        and count(distinct case when after > 0 and after <= 60 then b_party end) between 1 and 2)
select n.* exclude (after) from near n join handed using (usage_date, request_id, a)
where after > 0 and after <= 60;

create temp table sessions as
select usage_date, account_id, party_id, session_id, count(*) as n,
    sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) as tokens, min(event_at) as first_at,
    max(event_at) as last_at
from events where session_id is not null group by all;

copy (
    with simple as (
        unpivot (select usage_date, account_id, party_id, n, tokens, first_at, last_at, ip_prefix, wide_network,
            client_signature, template, toolset, settings, ip_prefix || '+' || client_signature as prefix_client,
            ip_prefix || '+' || template as prefix_template, ip_prefix || '+' || toolset as prefix_toolset,
            client_signature || '+' || template as client_template,
            client_signature || '+' || toolset as client_toolset from tuples)
        on ip_prefix, wide_network, client_signature, template, toolset, settings, prefix_client, prefix_template,
            prefix_toolset, client_template, client_toolset
        into name identifier_kind value identifier_id
    ), own as (
        unpivot (select usage_date, account_id, party_id, n, tokens, first_at, last_at, card, issuer,
            mail as mail_domain, phone as phone_prefix, signup_hour, signup_day,
            issuer || '+' || signup_hour as issuer_signup_hour, mail || '+' || signup_day as mail_signup_day,
            phone || '+' || signup_day as phone_signup_day from owned)
        on card, issuer, mail_domain, phone_prefix, signup_hour, signup_day, issuer_signup_hour, mail_signup_day,
            phone_signup_day into name identifier_kind value identifier_id
    ), facets as (
        select unnest(['ip_prefix', 'wide_network', 'client_signature', 'template', 'toolset', 'settings',
            'prefix_client', 'prefix_template', 'prefix_toolset', 'client_template', 'client_toolset', 'card',
            'issuer', 'mail_domain', 'phone_prefix', 'signup_hour', 'signup_day', 'issuer_signup_hour',
            'mail_signup_day', 'phone_signup_day']) as identifier_kind,
            unnest(['network', 'network', 'client', 'workload', 'workload', 'workload', 'network+client',
            'network+workload', 'network+workload', 'client+workload', 'client+workload', 'payment', 'payment',
            'identity', 'identity', 'identity', 'identity', 'payment+identity', 'identity', 'identity']) as facet
    )
    select usage_date, account_id, party_id, facet, identifier_kind, identifier_id, sum(n)::bigint as event_count,
        sum(tokens)::bigint as token_count, min(first_at) as first_seen_at, max(last_at) as last_seen_at
    from (from simple union all by name from own) join facets using (identifier_kind) group by all
    union all
    select usage_date, account_id, party_id, 'handover', 'shared_session', hmac('shared_session', session_id), n,
        tokens::bigint, first_at, last_at
    from sessions semi join (select usage_date, session_id from sessions group by all
        having count(distinct party_id) between 2 and 20) using (usage_date, session_id)
    union all
    select usage_date, account_id, party_id, 'handover', 'failover', hmac('failover', request_id), count(*), 0,
        min(seen), max(seen)
    from (select usage_date, request_id, a as account_id, a_party as party_id, a_at as seen from retried
        union all select usage_date, request_id, b, b_party, b_at from retried)
    group by usage_date, account_id, party_id, request_id
) to '{out}/sightings.parquet' (compression snappy);

create temp table rows as
select usage_date, account_id, coalesce(template, '-') || '+' || coalesce(toolset, '-') as workload_id, party_id,
    event_at, micros, status_code, turn_index, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    network_type, model, capability, channel, wide_network, ip_prefix, client_signature, settings,
    micros / 1e6 - lag(micros / 1e6) over (partition by usage_date, account_id, template, toolset order by micros)
        as gap,
    lead(micros / 1e6) over (partition by usage_date, account_id, template, toolset order by micros) - micros / 1e6
        as next_gap
from events;
create macro counts(column_name, size) as table
select usage_date, account_id, workload_id, map_from_entries(entries[1:size]) as m from (
    select usage_date, account_id, workload_id, list((v, n) order by n desc, v) as entries from (
        select usage_date, account_id, workload_id, v, count(*) as n
        from (select usage_date, account_id, workload_id, case column_name when 'model' then coalesce(model, 'unknown')
            when 'channel' then coalesce(channel, 'unknown') when 'capability' then coalesce(capability, 'unknown')
            when 'network_type' then coalesce(network_type, 'unknown') else settings end as v from rows)
        where v is not null group by usage_date, account_id, workload_id, v)
    group by usage_date, account_id, workload_id);
create macro bins(h) as list_transform(range(24), lambda i: coalesce(h[i], 0)::bigint);
copy (
    with base as (
        select usage_date, account_id, workload_id, any_value(party_id) as party_id, count(*) as event_count,
            count(*) filter (where status_code in (401, 403, 429)) as refused_count,
            count(*) filter (where status_code >= 400) as error_count,
            count(*) filter (where turn_index > 0) as follow_up_count, count(turn_index) as turn_known_count,
            coalesce(sum(input_tokens), 0)::bigint as input_tokens,
            coalesce(sum(cached_input_tokens), 0)::bigint as cached_input_tokens,
            coalesce(sum(output_tokens), 0)::bigint as output_tokens,
            coalesce(sum(reasoning_tokens), 0)::bigint as reasoning_tokens,
            bins(histogram(hour(event_at))) as hour_counts,
            list_sort(coalesce(list((micros // 1000000 - epoch(usage_date)::bigint)::int)
                filter (where gap is null or gap >= 1800), [])) as session_start_seconds,
            list_sort(coalesce(list((micros // 1000000 - epoch(usage_date)::bigint)::int)
                filter (where next_gap is null or next_gap >= 1800), [])) as session_end_seconds,
            list_sort(coalesce(list(distinct wide_network) filter (where wide_network is not null), []))[1:64]
                as network_ids,
            list_sort(coalesce(list(distinct ip_prefix) filter (where ip_prefix is not null), []))[1:64]
                as prefix_ids,
            list_sort(coalesce(list(distinct client_signature) filter (where client_signature is not null), []))[1:64]
                as client_ids,
            bins(histogram(least(floor(log2(1 + input_tokens)), 23)::bigint)) as input_length_counts,
            bins(histogram(least(floor(log2(1 + output_tokens)), 23)::bigint)) as output_length_counts,
            bins(histogram(least(floor(log2(1 + gap)), 23)::bigint)) as gap_counts,
            min(event_at) as first_seen_at, max(event_at) as last_seen_at
        from rows group by usage_date, account_id, workload_id
    )
    select base.*, coalesce(s.m, map()) as settings_counts, t.m as network_type_counts, m.m as model_counts,
        c.m as capability_counts, h.m as channel_counts
    from base left join counts('settings', 8) s using (usage_date, account_id, workload_id)
    join counts('network_type', 1000000) t using (usage_date, account_id, workload_id)
    join counts('model', 1000000) m using (usage_date, account_id, workload_id)
    join counts('capability', 1000000) c using (usage_date, account_id, workload_id)
    join counts('channel', 1000000) h using (usage_date, account_id, workload_id)
) to '{out}/account_activity.parquet' (compression snappy);

copy (
    select usage_date, account_id, api_key_id, model, channel, count(*) as event_count,
        coalesce(sum(input_tokens), 0)::bigint as input_tokens,
        coalesce(sum(output_tokens), 0)::bigint as output_tokens,
        count(*) filter (where status_code >= 400) as error_count
    from usage group by usage_date, account_id, api_key_id, model, channel
) to '{out}/key_usage.parquet' (compression snappy);
