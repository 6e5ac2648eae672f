#!/usr/bin/env python3
"""A reviewer in another language: it reports each bare "except:" that a change adds to a Python file.

It reads a task on standard input and writes an answer on standard output, both JSON; package agents/command has the protocol.
Run it with:  deepreview --reviewer exec:'python3 reviewer.py'
"""
import json
import sys

task = json.load(sys.stdin)
files = [f for f in task["files"] if f["path"].endswith(".py") and not f.get("unreadable")]
if not files:
    print(json.dumps({"skip": "the change has no Python files"}))
    sys.exit()
findings, coverage = [], []
for f in files:
    bare = [l for l in f["lines"] if l["op"] == "+" and l["text"].strip() == "except:"]
    findings += [{"title": "A bare except hides every error", "severity": "important", "category": "regression",
                  "detail": "It catches KeyboardInterrupt and SystemExit, too. Name the exceptions.", "quote": l["text"],
                  "locations": [{"path": f["path"], "start": l["new"]}]} for l in bare]
    coverage.append({"path": f["path"], "status": "findings" if bare else "clean"})
json.dump({"findings": findings, "coverage": coverage}, sys.stdout)
