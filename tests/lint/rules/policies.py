"""What is shipped for the daemon to read passes the daemon's own check."""

import tree


def check(root, options):
    faults = []
    for path in tree.files(root, ".yaml", under="packaging"):
        status, output = tree.run(options["daemon"], "--check", path, cwd=root)
        if status:
            faults += output.splitlines() or [f"{path}:1: refused with status {status}"]
    return faults


POLICY = """site: www.example.org
validity: {given: 6 months, refused: 6 months}
categories:
  necessary: {basis: necessary, title: Necessary cookies}
services:
  - id: session
    provider: Example
    function: Session
    category: necessary
    cookies:
      - {name: sessionid, purpose: To remember the visitor}
"""

CLEAN = {"packaging/policies/a.yaml": POLICY}

PLANTED = {
    "a policy whose service is in no category": (
        {"packaging/policies/a.yaml": POLICY.replace("category: necessary", "category: other")},
        "packaging/policies/a.yaml:9:"),
    "a configuration with a key that there is none of": (
        {"packaging/consentd.yaml": "sockett: /run/x\n"}, "packaging/consentd.yaml:1:"),
}
