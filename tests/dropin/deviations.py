"""Where ours differs from duplicity 0.8.22 on purpose (command-line.md 13), and how that is expected.

Goldens hold what duplicity did. Compared with ours they are turned into what ours must do:

- `Instead`: for one invocation, an expectation of its own replaces the reference's transcript;
- `Edit`: for one invocation, a detail of the transcript reads otherwise;
- a number `left` marks what is no decision of command-line.md 13, but a difference that is left;
- `EVERYWHERE`: details that read otherwise wherever they occur.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Instead:
    """What ours does instead: status, the control line of its only ERROR record (None: there is none), and
    words that what it says on stderr (status 0: stdout) must hold."""

    number: int | str  # of the deviation in command-line.md 13, or the section that says so
    status: int
    error: str | None = None
    says: tuple = ()

    def check(self, outcome, transcript_lines):
        problems = []
        if outcome.status != self.status:
            problems.append(f"status {outcome.status}, not {self.status}")
        errors = [line for line in transcript_lines if re.match(r"ERROR \d", line)]
        if errors != ([self.error] if self.error else []):
            problems.append(f"ERROR records {errors}, not {self.error}")
        text = (outcome.err if self.status else outcome.out).decode("utf-8", "replace")
        problems += [f"does not say {words!r}" for words in self.says if words not in text]
        return problems


@dataclass(frozen=True)
class Edit:
    """In the reference's transcript of one invocation, `pattern` reads `replacement` with ours."""

    number: int | str
    pattern: str  # must match, or the scenario is out of date
    replacement: str

    def apply(self, text):
        edited, count = re.subn(self.pattern, self.replacement, text, flags=re.MULTILINE)
        if not count:
            raise AssertionError(f"deviation {self.number}: nothing to edit matches {self.pattern!r}")
        return edited


# (number of the deviation, pattern, replacement)
EVERYWHERE = (
    # b'...' around names is Python's; `archive-dir (. dir)` and BackendWrapper are no answers.
    (12, r"b'(New|Changed|Deleted)'$", r"   \1"),  # in a column that is right-aligned
    (12, r"b'([^'\n]*)'", r"\1"),
    (12, r"^backend BackendWrapper$", "backend file"),
    (12, r"\n\nERROR 1\n\. Could not release lockfile: .*", ""),
    (12, r"^archive-dir \(\. dir\)$((?s:.*?)^\. Archive dir: (.*)$)", r"archive-dir '\2'\1"),
)

# The sentence of a fatal exception is ours; its class is duplicity's (deviation 16).
EXCEPTION_TEXT = re.compile(r"(?m)^(ERROR 30 \w+)(?:\n\.(?: .*|·))*$")


def expected_of_ours(text):
    for _, pattern, replacement in EVERYWHERE:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return without_exception_text(text)


def without_exception_text(text):
    return EXCEPTION_TEXT.sub(r"\1\n. SENTENCE", text)
