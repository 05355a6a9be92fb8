"""Configuration: layers, complaints that help, and a fingerprint that means something."""

from __future__ import annotations

from inspect import signature
from operator import setitem
from pathlib import Path

import pytest

from revenuer.config import Config, load_config
from revenuer.errors import ConfigError
from revenuer.stages.validate import validate


def written(tmp_path: Path, text: str, name: str = "site.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def complaint(*overrides: str, files: tuple[Path, ...] = ()) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(files, overrides)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_load_config__has_every_default() -> None:
    config = load_config()
    assert config.value("validate.recent_days") == 7
    assert config.section("validate")["recent_days"] == 7


def test_load_config__lets_later_layers_win(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "[validate]\nrecent_days = 9\nmin_recent_days = 4\n"),
        written(tmp_path, "[validate]\nrecent_days = 10\n", "more.toml"),
    ]
    layered = load_config(files)
    assert (layered.value("validate.recent_days"), layered.value("validate.min_recent_days")) == (10, 4)
    assert load_config(files, ["validate.recent_days=11"]).value("validate.recent_days") == 11
    assert layered.value("validate.warn_null_share") == load_config().value("validate.warn_null_share")


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("validate.recent_days=5", "validate.recent_days", 5),
        ("validate.warn_null_share=1", "validate.warn_null_share", 1.0),  # a whole number where a float is meant
        ("lake.mode=catalog", "lake.mode", "catalog"),  # plain text needs no quotes
        ('lake.mode="catalog"', "lake.mode", "catalog"),  # but may have them
        ("lake.uri=s3a://bucket/a=b", "lake.uri", "s3a://bucket/a=b"),  # only the first = separates
        ('validate.null_share_columns=["asn"]', "validate.null_share_columns", ["asn"]),
    ],
)
def test_load_config__parses_overrides(override: str, path: str, value: object) -> None:
    found = load_config((), [override]).value(path)
    assert found == value and type(found) is type(value)


def test_load_config__names_the_nearest_key(tmp_path: Path) -> None:
    assert "did you mean validate.recent_days?" in complaint("validate.recent_dais=3")
    assert "did you mean validate?" in complaint("validat.recent_days=3")
    site = written(tmp_path, "[validate]\nwarn_nul_share = 0.4\n")
    text = complaint(files=(site,))
    assert "did you mean validate.warn_null_share?" in text and "site.toml" in text


def test_load_config__complains_of_everything_at_once(tmp_path: Path) -> None:
    text = complaint(
        "validate.recent_dais=3", "recent_days", "validate.recent_days=soon", files=(tmp_path / "absent.toml",)
    )
    assert "recent_dais" in text and "section.key=value" in text and "must be int" in text and "no such file" in text


@pytest.mark.parametrize(
    "override",
    [
        "validate.recent_days=true",  # a truth value is no number
        "validate.recent_days=2.5",
        "validate=3",  # a whole table
        "validate.recent_days.x=3",  # a key below a value
        "validate.null_share_columns=asn",  # a list of one is still a list
        "validate.max_quarantined_share=5",  # per cent
        "rank.overlap_share=50",
        "window.days=0",  # a window that ends before it begins
        "link.min_lift=-1",
    ],
)
def test_load_config__refuses_values_of_another_kind(override: str) -> None:
    complaint(override)


def test_load_config__refuses_broken_toml(tmp_path: Path) -> None:
    assert "broken.toml" in complaint(files=(written(tmp_path, "[validate", "broken.toml"),))


def test_load_config__accepts_a_new_identifier_kind(tmp_path: Path) -> None:
    kind = '[identifiers.key]\nfacet="client"\ngrain="event"\nstrength="common"\nexpression="api_key_id"\n'
    assert load_config([written(tmp_path, kind)]).value("identifiers.key")["facet"] == "client"
    assert "starsign" in complaint("identifiers.ip_prefix.facet=starsign")


def test_load_config__refuses_a_composite_that_would_let_a_common_kind_link() -> None:
    text = complaint('composites.bad.parts=["settings", "ip_prefix"]')
    assert "composites.bad.parts: identifiers.settings is common" in text and "ip_prefix is" not in text
    assert "composites.issuer_signup_hour.parts: identifiers.issuer is common" in complaint(
        "identifiers.issuer.strength=common"
    )


def test_load_config__accepts_a_kind_that_is_switched_off() -> None:
    assert load_config((), ['identifiers.issuer.expression="null"']).value("identifiers.issuer.strength") == "strong"


def test_fingerprint__is_stable_and_follows_the_settings() -> None:
    plain = load_config().fingerprint
    assert plain == load_config().fingerprint
    assert len(plain) == 16 and int(plain, 16) >= 0
    assert load_config((), ["window.days=8"]).fingerprint != plain


def test_fingerprint__ignores_where_the_lake_lies() -> None:
    assert load_config((), ["lake.uri=elsewhere", "spark.master=local[1]"]).fingerprint == load_config().fingerprint


@pytest.mark.parametrize("section", ["validate", "drift"])
def test_fingerprint__ignores_what_only_warns_or_stops(section: str) -> None:
    config = load_config()
    for key in config.section(section):
        changed = {section: {**config.section(section), key: "another value"}}
        assert config.changed(changed).fingerprint == config.fingerprint, f"{section}.{key} changes no row"


def test_fingerprint__leaves_out_validates_settings_since_its_rows_know_none() -> None:
    assert list(signature(validate).parameters) == ["events", "day"]


def test_fingerprint__depends_on_values_not_on_their_order() -> None:
    assert Config({"a": {"x": 1, "y": 2}}).fingerprint == Config({"a": {"y": 2, "x": 1}}).fingerprint


def test_section__cannot_be_changed() -> None:
    section = load_config().section("validate")
    with pytest.raises(TypeError):
        setitem(section, "recent_days", 1)
