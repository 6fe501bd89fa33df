"""Tools/ci/steps.py github|workflow|gitlab FILE [NAME=VALUE...]: the shell script that a runner would make of FILE.

For Tools/ci/check. Only what our own files use: of an action inputs with their defaults, `env`, and `run`; of a
workflow the step that uses our action, which is in action.yml beside it; or `variables`, `before_script` and `script`.
Steps that use other actions are left out.
"""
import pathlib
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


def workflow(document, values):
    action = read(pathlib.Path(sys.argv[2]).with_name("action.yml"))
    steps = [step for job in document["jobs"].values() for step in job["steps"]]
    (ours,) = [step for step in steps if "/Tools/ci/github@" in step.get("uses", "")]
    given = set(ours["with"])
    needed = {name for name, one in action["inputs"].items() if one.get("required")}
    if needed - given or given - set(action["inputs"]):
        sys.exit(f"steps.py: {sys.argv[2]} gives {sorted(given)}, the action takes {sorted(action['inputs'])}")
    github(action, {**ours["with"], **values})


def gitlab(document, values):
    variables = {name: str(value) for name, value in document["variables"].items()}
    variables.update(values)
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    for line in document["reprise"]["before_script"] + document["reprise"]["script"]:
        print(line)


def read(path):
    with open(path, encoding="utf-8") as file:
        return YAML(typ="safe").load(file)


kinds = {"github": github, "workflow": workflow, "gitlab": gitlab}
if len(sys.argv) < 3 or sys.argv[1] not in kinds:
    sys.exit("usage: steps.py github|workflow|gitlab FILE [NAME=VALUE...]")
print("set -euo pipefail")
kinds[sys.argv[1]](read(sys.argv[2]), dict(pair.split("=", 1) for pair in sys.argv[3:]))
