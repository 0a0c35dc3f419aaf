"""Where ours differs from duplicity 0.8.22 on purpose, and how that is expected.

Each difference has a name, under which "Known differences" of ctl/duplicity/README.md tells it and why;
differences_test.py holds that list against the names in here and in scenarios/.

Goldens hold what duplicity did. Compared with ours they are turned into what ours must do:

- `Instead`: for one invocation, an expectation of its own replaces the reference's transcript;
- `Edit`: for one invocation, a detail of the transcript reads otherwise;
- `EVERYWHERE`: details that read otherwise wherever they occur;
- `ELSEWHERE`: differences that no transcript shows, and the tests that hold them.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Instead:
    """What ours does instead: status, the control line of its only ERROR record (None: there is none), and
    words that what it says on stderr (status 0: stdout) must hold."""

    name: str
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

    name: str
    pattern: str  # must match, or the scenario is out of date
    replacement: str

    def apply(self, text):
        edited, count = re.subn(self.pattern, self.replacement, text, flags=re.MULTILINE)
        if not count:
            raise AssertionError(f"{self.name}: nothing to edit matches {self.pattern!r}")
        return edited


# (name, pattern, replacement)
EVERYWHERE = (
    # b'...' around names is Python's; `archive-dir (. dir)` and BackendWrapper are no answers.
    ("clean-values", r"b'(New|Changed|Deleted)'$", r"   \1"),  # in a column that is right-aligned
    ("clean-values", r"b'([^'\n]*)'", r"\1"),
    ("clean-values", r"^backend BackendWrapper$", "backend file"),
    ("clean-values", r"\n\nERROR 1\n\. Could not release lockfile: .*", ""),
    ("clean-values", r"^archive-dir \(\. dir\)$((?s:.*?)^\. Archive dir: (.*)$)", r"archive-dir '\2'\1"),
)

# The sentence of a fatal exception is ours; its class is duplicity's ("one-sentence").
EXCEPTION_TEXT = re.compile(r"(?m)^(ERROR 30 \w+)(?:\n\.(?: .*|·))*$")

FAULT = "tests/fault/"
UNIT = "tests/unit/"
# Name: the file of the test, and a test or a piece of it; or where it is left out of the comparison.
ELSEWHERE = {
    "case-of-the-base": ("tests/dropin/vectors_test.py", 'DEVIATION = "sel-160"'),
    "escapes-on-terminals": ("tests/dropin/scenarios/progress.py", "an escape sequence in a pipe"),
    "four-slashes": (UNIT + "storage/remote/url_test.cpp", '{"file:////abs", {{"path", "/abs"}}}'),
    "held-locks": ("tests/dropin/front_ends_test.py", "test_cancelling_is_sigkill_and_cleanup"),
    "one-sentence": ("tests/dropin/deviations.py", "EXCEPTION_TEXT"),
    "options-without-effect": ("tests/dropin/options_test.py", "test_what_has_no_effect_is_told_of"),
    "order-of-records": ("tests/dropin/transcript.py", "def in_order"),
    "other-runs": (FAULT + "left_increment_test.py", "test_the_volumes_of_its_first_run_are_kept"),
    "own-steps": ("tests/dropin/masks.py", "DROPPED = ("),
    "pauses-between-attempts": (UNIT + "storage/remote/retry_test.cpp",
                                "pauses double from one second up to the limit"),
    "progress-of-reading": (UNIT + "ctl/duplicity/progress_line_test.cpp",
                            "the share never goes back, and is never all before the end"),
    "put-aside": (FAULT + "resume_test.py", "test_what_duplicity_went_on_with_and_left_again_is_put_aside"),
    "signals": ("tests/dropin/front_ends_test.py", "test_sigterm_ends_with_143_and_leaves_a_set_to_resume"),
    "volume-borders": (UNIT + "engine/operation/backup_restore_test.cpp", "file.bytes <= request.volume_bytes"),
}


def expected_of_ours(text):
    for _, pattern, replacement in EVERYWHERE:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return without_exception_text(text)


def without_exception_text(text):
    return EXCEPTION_TEXT.sub(r"\1\n. SENTENCE", text)
