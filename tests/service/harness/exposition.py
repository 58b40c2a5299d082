"""Reads the text format of Prometheus, strictly: what a scraper might misread fails here."""

import math
import re

from harness import wire

NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
SAMPLE = re.compile(rf'({NAME})(?:\{{((?:{NAME}="(?:[^"\\\n]|\\[\\"n])*",?)*)\}})? (\S+)')
LABEL = re.compile(rf'({NAME})="((?:[^"\\]|\\.)*)"')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def number(text):
    assert re.fullmatch(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN", text), f"{text!r} is no number"
    return float(text.replace("Inf", "inf"))


def parse(text):
    """{(name, ((label, value), …)): number}, labels sorted by name."""
    assert text.endswith("\n")
    types, helps, samples, current = {}, set(), {}, None
    for line in text[:-1].split("\n"):
        if comment := re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line):
            kind, name, rest = comment.groups()
            if kind == "HELP":
                assert name not in helps, f"{name} is described twice"
                helps.add(name)
            else:
                assert rest in SUFFIXES and name not in types, line
                types[name] = rest
                current = name
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, f"not a sample: {line!r}"
        name, labels, value = sample.groups()
        assert any(name == current + suffix for suffix in SUFFIXES[types[current]]), f"{name} stands under {current}"
        pairs = LABEL.findall(labels or "")
        assert len({label for label, _ in pairs}) == len(pairs)
        key = name, tuple(sorted(pairs))
        assert key not in samples, f"twice: {line}"
        samples[key] = number(value)
    assert set(types) == helps, "every family has HELP and TYPE"
    for name, kind in types.items():
        assert (kind == "counter") == name.endswith("_total"), f"{name} is a {kind}"
        if kind == "histogram":
            check_histogram(name, samples)
    for (name, _), value in samples.items():
        assert types.get(name) == "gauge" or value >= 0, f"{name} is {value}"
    return samples


def check_histogram(name, samples):
    series = {}
    for (sample, labels), value in samples.items():
        if sample == name + "_bucket":
            rest = tuple(pair for pair in labels if pair[0] != "le")
            series.setdefault(rest, []).append((number(dict(labels)["le"]), value))
    assert series
    for labels, buckets in series.items():
        buckets.sort()
        assert math.isinf(buckets[-1][0]), f"{name} has no bucket for everything"
        counts = [count for _, count in buckets]
        assert counts == sorted(counts), f"{name} is not cumulative"
        assert samples[name + "_count", labels] == counts[-1]
        assert (name + "_sum", labels) in samples


def read_metrics(port):
    response = wire.get(port, "/metrics")
    assert response.status == 200 and response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    return parse(response.text)
