import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import comparing
from policies.folder import packing
from policies.folder.problems import BadFolder
from policies.folder.reading import read_files
from policies.folder.writing import write_files
from policies.folder.yaml_text import read_yaml, write_yaml
from policies.parts import PARTS

CLAUSE = "11111111-1111-4111-8111-111111111111"
MAIN = """format: 1
title: How we answer
summary: |
  Faster.
clauses:
- file: clauses/01-outages.md
  key: 11111111-1111-4111-8111-111111111111
  may_decide: [no_response]
  rules:
  - name: Outage
    key: 22222222-2222-4222-8222-222222222222
    when: {list: [outages], time: {from: 17:00, to: 09:00}, language: [no, de]}
    then: {priority: 1}
- file: clauses/01.1-kind.md
  level: 2
  substantial: false
targets:
- {priority: 1, decide: 15, claim: 15, answer: 60}
lists:
  outages: {name: Outages, file: lists/outages.csv}
"""
FILES = {
    "policy.yaml": MAIN,
    "clauses/01-outages.md": "# Answer outages first\n\nPeople sit in the dark.\n",
    "clauses/01.1-kind.md": "# Be kind\n\nThank people.\n",
    "lists/outages.csv": 'outage\n"dark, cold"\nblackout\n',
}
KNOWN = ", ".join(["format", "title", "summary", "clauses", *(part.name for part in PARTS)])


def problems(files, **change):
    with pytest.raises(BadFolder) as refusal:
        read_files({**files, **change})
    return [str(problem) for problem in refusal.value.problems]


def with_main(old, new):
    assert old in MAIN
    return {**FILES, "policy.yaml": MAIN.replace(old, new)}


def with_question(clause, *, right="Outages", answers="[Outages, Praise]"):
    question = f"{{{clause}, text: First?, answers: {answers}, right: {right}}}"
    return with_main("targets:", f"quiz:\n  questions:\n  - {question}\ntargets:")


def test_a_folder_is_read_as_it_is_meant():
    document = read_files(FILES)

    first, second = document.clauses
    assert (document.title, document.summary, document.labels()) == ("How we answer", "Faster.", ["1", "1.1"])
    assert (first.title, first.body, first.may_decide, first.is_substantial) == (
        "Answer outages first",
        "People sit in the dark.",
        ("no_response",),
        True,
    )
    assert (second.title, second.level, second.is_substantial, second.rules) == ("Be kind", 2, False, ())
    [rule] = first.rules
    # Times stay times and Norwegian stays a language.
    assert rule.condition == {
        "list": ["outages"],
        "time": {"from": "17:00", "to": "09:00"},
        "language": ["no", "de"],
    }
    assert document.parts["lists"] == {"outages": {"name": "Outages", "words": ["outage", "dark, cold", "blackout"]}}
    assert document.parts["targets"] == [{"priority": 1, "decide": 15, "claim": 15, "answer": 60, "rest": 240}]


def test_what_is_written_is_what_is_read():
    document = read_files(FILES)

    written = write_files(document)

    assert read_files(written) == document
    assert write_files(read_files(written)) == written
    assert sorted(written) == [
        "clauses/01-answer-outages-first.md",
        "clauses/01.1-be-kind.md",
        "lists/outages.csv",
        "policy.yaml",
    ]
    assert comparing.compare_documents(document, read_files(written), {}).is_empty


SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e6, 1e6) | st.text(max_size=30)
).filter(lambda value: not isinstance(value, str) or all(letter.isprintable() or letter == "\n" for letter in value))
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"\A[a-z_]{3,8}\Z"), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["when", "then"]), DATA))
def test_plain_data_survives_its_folder(data):
    assert read_yaml(write_yaml(data), "x").data == data


@pytest.mark.parametrize(
    "word", ["no", "on", "17:00", "08", "1e5", "~", "null", "0x1F", "2024-01-01", "-.5", "<<", "=", ""]
)
def test_words_stay_words(word):
    assert read_yaml(write_yaml({"word": word}), "x").data == {"word": word}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x [1]\nb: *x\n", "f.yaml:1: Anchors and aliases (& and *) are not taken. Write it out."),
        (
            "a: 1\nb: !!python/object:os.system {}\n",
            "f.yaml:2: Tags (!) are not taken. Write plain texts, numbers and lists.",
        ),
        ("a: !!set {x}\n", "f.yaml:1: Tags (!) are not taken. Write plain texts, numbers and lists."),
        ("a: 1\na: 2\n", "f.yaml:2: “a” stands here twice."),
        ("a: [1, 2\n", "f.yaml:2: This is no YAML: did not find expected ',' or ']'."),
        ("a: " + "[" * 30 + "]" * 30, "f.yaml:1: This nests more than 20 deep."),
        ('a: "\\0"\n', "f.yaml:1: This holds a character that is none."),
        ("true: 1\n", "f.yaml:1: A name must be a plain text."),
        ("---\na: 1\n---\nb: 1\n", "f.yaml:3: This is no YAML: but found another document."),
    ],
)
def test_tricks_in_yaml_are_refused(text, problem):
    with pytest.raises(BadFolder) as refusal:
        read_yaml(text, "f.yaml")

    assert [str(found) for found in refusal.value.problems] == [problem]


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
    )

    assert problems(FILES, **{"policy.yaml": bomb}) == [
        "policy.yaml:1: Anchors and aliases (& and *) are not taken. Write it out."
    ]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (
            with_main("title:", "titel:"),
            f"policy.yaml:2: “titel” is not known here. Known are: {KNOWN}.",
        ),
        (
            with_main("targets:", "grace_days: 91\ntargets:"),
            "policy.yaml:17: The days must be a whole number from 0 to 90.",
        ),
        (
            with_main("targets:", "grace_days: 7\npasses_over_thanks: maybe\ntargets:"),
            "policy.yaml:18: Say true or false.",
        ),
        (
            with_main("targets:", "quiz: {pass_mark: 0}\ntargets:"),
            "policy.yaml:17: The pass mark must be a whole number from 1 to 100.",
        ),
        (
            with_question("clause: 33333333-3333-4333-8333-333333333333"),
            "policy.yaml:1: The question “First?” is about a clause that is not there.",
        ),
        (
            with_question("clause: outages"),
            "policy.yaml:19: Give the key of the clause that it is about.",
        ),
        (
            with_question(f"clause: {CLAUSE}", right="Spam"),
            "policy.yaml:19: Say which answer is right.",
        ),
        (
            with_question(f"clause: {CLAUSE}", answers="[Outages]"),
            "policy.yaml:19: Give two to five answers.",
        ),
        (with_main("format: 1", "format: 2"), "policy.yaml:1: This folder is of another format: “format” must be 1."),
        (
            with_main("  level: 2", "  levle: 2"),
            "policy.yaml:15: “levle” is not known here. Known are: file, key, level, substantial, may_decide, rules.",
        ),
        (with_main("  level: 2", "  level: 3"), "policy.yaml:15: The level is 1 or 2."),
        (
            with_main("[no_response]", "[sing]"),
            "policy.yaml:8: Give a list of these: no_response, customer_service, public_response.",
        ),
        (with_main("priority: 1}\n- ", "priority: 9}\n- "), "policy.yaml:13: The priority must be 1, 2, 3 or 4."),
        (
            with_main("list: [outages]", "all: [{words: [a]}, {moon: full}]"),
            "policy.yaml:12: A rule does not understand “moon”.",
        ),
        (
            with_main("list: [outages]", "list: [storms]"),
            "policy.yaml:10: The rule “Outage” of clause 1 names the list “storms”, which is not there.",
        ),
        (
            with_main(
                "then: {priority: 1}",
                "then: {disposition: public_response, decides: true, department: care, visibility: public}",
            ),
            "policy.yaml:10: The rule “Outage” decides by itself, which clause 1 does not allow its rules.",
        ),
        (
            with_main("22222222-2222-4222-8222-222222222222", "11111111-1111-4111-8111-111111111111"),
            "policy.yaml:11: The same key stands on line 7. Leave it out for a new one.",
        ),
        (
            with_main("key: 22222222-2222-4222-8222-222222222222", "key: two"),
            "policy.yaml:11: The key of a clause or rule is a UUID; leave it out for a new one.",
        ),
        (
            with_main("file: clauses/01.1-kind.md", "file: ../../etc/passwd"),
            "policy.yaml:14: “../../etc/passwd” is no file of the folder “clauses”.",
        ),
        (
            with_main("decide: 15", "decide: 0"),
            "policy.yaml:18: The time to decide at priority 1 must be at least one minute.",
        ),
        (
            with_main("decide: 15", "decide: 525600000"),
            "policy.yaml:18: The time to decide at priority 1 is longer than a year; at most 525600 minutes make"
            " sense.",
        ),
        (
            {**FILES, "lists/outages.csv": "".join(f"word {n}\n" for n in range(100_001))},
            "policy.yaml:20: lists/outages.csv has more than 100,000 words: a list takes at most so many.",
        ),
        (
            {**FILES, "lists/outages.csv": "x" * 101},
            "policy.yaml:20: Line 1 of lists/outages.csv is longer than 100 characters.",
        ),
        (
            {**FILES, "clauses/02-lost.md": "# Lost\n\nText."},
            "clauses/02-lost.md: Nothing in policy.yaml names this file.",
        ),
        (
            {**FILES, "clauses/01.1-kind.md": "Be kind\n\nThank people."},
            "clauses/01.1-kind.md:1: A clause begins with a line like “# Title”, of at most 120 characters.",
        ),
        (
            {**FILES, "clauses/01.1-kind.md": "# Be kind\n"},
            "clauses/01.1-kind.md: The text of a clause has 1 to 20000 characters.",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(files, problem):
    assert problem in problems(files)


def test_all_that_is_wrong_is_told_at_once():
    files = with_main("format: 1", "format: 2")
    files["clauses/01.1-kind.md"] = "no heading"
    files["policy.yaml"] = files["policy.yaml"].replace("then: {priority: 1}", "then: {priority: 7}")

    assert len(problems(files)) == 3


@pytest.mark.parametrize(
    "main", ["", "[]", "just a text", "clauses: 7", "clauses:\n- 7\n", "clauses: {}\nlists: 7\ntargets: 7"]
)
def test_what_is_no_policy_is_refused(main):
    assert problems(FILES, **{"policy.yaml": main})


def pack(files, **other):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**files, **other}.items():
            archive.writestr(name, text)
    return packed


def unpacked(packed):
    with pytest.raises(BadFolder) as refusal:
        packing.read_zip(packed)
    return str(refusal.value.problems[0])


def test_a_packed_folder_is_read_with_and_without_its_name():
    assert packing.read_zip(pack(FILES)) == FILES
    assert packing.read_zip(pack({f"our-policy/{name}": text for name, text in FILES.items()})) == FILES
    assert packing.read_zip(io.BytesIO(packing.write_zip(FILES, name="policy-3"))) == FILES
    extra = {".git/config.yaml": "x", "README.md": "x", "__MACOSX/clauses/x.md": "x", "notes.txt": "x"}
    assert packing.read_zip(pack({**FILES, **extra})) == FILES


@pytest.mark.parametrize("name", ["../x.md", "/etc/x.md", "clauses\\..\\x.md", "c:x.md", "clauses/../../x.md"])
def test_a_path_that_leads_out_is_refused(name):
    assert unpacked(pack(FILES, **{name: "x"})).endswith("This leads out of the folder.")


def test_a_link_in_a_zip_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("policy.yaml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")

    assert unpacked(packed) == "policy.yaml: This leads out of the folder."


def test_a_zip_bomb_is_read_no_further_than_the_limit():
    assert (
        unpacked(pack(FILES, **{"lists/big.csv": "a" * 50_000_000})) == "lists/big.csv: The file is larger than 4 MB."
    )
    many = {f"lists/{n}.csv": "a" * 3_900_000 for n in range(9)}
    assert unpacked(pack(FILES, **many)) == "The files are larger than 32 MB together."
    assert unpacked(pack(FILES, **{f"lists/{n}.csv": "" for n in range(1000)})) == "There are more than 1000 files."


@pytest.mark.parametrize("raw", [b"", b"no zip", b"PK\x03\x04" + b"\x00" * 50])
def test_what_is_no_zip_is_refused(raw):
    assert unpacked(io.BytesIO(raw)) == "This is no zip file, or it is damaged or locked."


def test_files_that_are_no_text_are_refused():
    assert unpacked(pack(FILES, **{"policy.yaml": b"a\n\xff\xfe"})) == "policy.yaml:2: This is no text in UTF-8."
    assert (
        unpacked(pack(FILES, **{"policy.yaml": b"a\n\x00"})) == "policy.yaml:2: This is no text: it holds a zero byte."
    )
    assert (
        unpacked(pack({"x/policy.yaml": MAIN, "y/policy.yaml": MAIN}))
        == "There is not exactly one policy.yaml in this file."
    )


def test_a_folder_on_disk_is_written_and_read_again(tmp_path: Path):
    packing.write_directory({**FILES, "clauses/03-old.md": "# Old\n\nText."}, tmp_path)
    packing.write_directory(FILES, tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("x")
    (tmp_path / "clauses" / "link.md").symlink_to("/etc/passwd")

    assert packing.read_directory(tmp_path) == FILES


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.md").write_text("Years of work.")

    with pytest.raises(BadFolder, match="cannot be taken"):
        packing.write_directory(FILES, tmp_path)
    with pytest.raises(BadFolder):
        packing.read_directory(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.md"]
