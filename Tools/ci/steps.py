"""Tools/ci/steps.py github|gitlab FILE [NAME=VALUE...]: the shell script that a runner would make of FILE's steps.

For Tools/ci/check. Only what our own files use: inputs with their defaults, `env`, `run` and `uses` of an action, or
`variables`, `before_script` and `script`. Steps that use another action are left out.
"""
import re
import shlex
import sys

from ruamel.yaml import YAML


def github(document, values):
    inputs = {name: str(one.get("default", "")) for name, one in document["inputs"].items()}
    inputs.update(values)
    for step in document["runs"]["steps"]:
        if "run" not in step:
            continue
        print("(")
        for name, value in step.get("env", {}).items():
            value = re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], value)
            assert "${{" not in value, value
            print(f"export {name}={shlex.quote(value)}")
        print(step["run"].rstrip())
        print(")")


def gitlab(document, values):
    variables = {name: str(value) for name, value in document["variables"].items()}
    variables.update(values)
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    for line in document["reprise"]["before_script"] + document["reprise"]["script"]:
        print(line)


if len(sys.argv) < 3 or sys.argv[1] not in ("github", "gitlab"):
    sys.exit("usage: steps.py github|gitlab FILE [NAME=VALUE...]")
with open(sys.argv[2], encoding="utf-8") as file:
    content = YAML(typ="safe").load(file)
print("set -euo pipefail")
{"github": github, "gitlab": gitlab}[sys.argv[1]](content, dict(pair.split("=", 1) for pair in sys.argv[3:]))
