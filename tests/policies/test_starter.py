from dataclasses import replace

import pytest

from bench.policy_quality import facts_of, shipped_policy
from policies import starter
from policies.checking import obstacles
from policies.engine.facts import names
from policies.engine.guide import Guide, read_guide
from policies.folder import packing
from policies.folder.reading import read_files

ALL = {
    kind: f"our-{kind.replace('_', '-')}"
    for kind in (
        "marketing",
        "public_relations",
        "customer_service",
        "it",
        "hr",
        "legal",
        "product",
        "sales",
        "agency",
    )
}


def suggest(text, **known):
    return shipped_policy().suggest(replace(facts_of(text), **known))


def answer_to(text, said, **known):
    facts = replace(facts_of(text), visibility="public", department="customer_service", priority=3)
    return [
        finding.because.rule
        for finding in shipped_policy().findings(
            replace(facts, **{"answer": said, "answer_length": len(said), "answer_language": "en", **known})
        )
    ]


def rules_of(document):
    return {rule.name: rule for clause in document.clauses for rule in clause.rules}


def test_what_ships_has_nothing_wrong_and_uses_every_file():
    document = read_files(packing.read_directory(starter.FOLDER))

    assert list(obstacles(document, departments=set(ALL))) == []
    assert len(document.clauses) == 51
    assert document.clauses[0].title == "Purpose and scope"


def test_every_department_becomes_the_one_that_the_company_has():
    document = starter.fitted(starter.starter_document(), ALL)

    assert list(obstacles(document, departments=set(ALL.values()))) == []
    assert rules_of(document).keys() == rules_of(starter.starter_document()).keys()
    assert rules_of(document)["Law and authorities"].outcome["department"] == "our-legal"
    assert rules_of(document)["An agency says that it is one"].condition["department"] == "our-agency"


def test_who_stands_in_for_a_department_is_named_instead():
    rules = rules_of(starter.fitted(starter.starter_document(), {"marketing": "brand", "sales": "shop"}))

    assert rules["Press"].outcome["department"] == "brand"
    assert rules["Something does not work"].outcome["department"] == "shop"
    assert rules["Answers to the press"].outcome["asked"] == [{"department": "brand"}, {"role": "manager"}]


def test_a_company_without_departments_keeps_what_needs_none():
    document = starter.fitted(starter.starter_document(), {})
    rules = rules_of(document)

    assert list(obstacles(document, departments=set())) == []
    assert "department" not in rules["Law and authorities"].outcome
    assert rules["Law and authorities"].outcome["priority"] == 1
    assert "Answers to the press" not in rules
    assert "An agency says that it is one" not in rules
    assert rules["A public offer of money"].outcome["asked"] == [{"role": "lead"}, {"role": "manager"}]


def test_two_kinds_that_mean_the_same_department_ask_it_once():
    rules = rules_of(starter.fitted(starter.starter_document(), {"public_relations": "voice", "legal": "voice"}))

    assert rules["Answers about safety"].outcome["asked"] == [{"department": "voice"}, {"role": "manager"}]


@pytest.mark.parametrize(
    ("text", "level", "department", "visibility"),
    [
        ("The app is not working again", 1, "customer_service", "public"),
        ("The app is not working again", 2, "public_relations", "public"),
        ("I was charged twice this month", 3, "public_relations", "public"),
        ("Zzz", 1, "public_relations", "public"),
        ("Your heater caught fire tonight", 3, "customer_service", "private"),
    ],
)
def test_what_is_part_of_an_incident_is_urgent_and_from_level_2_on_public_relations(
    text, level, department, visibility
):
    suggestion = suggest(text, incident="Outage", incident_level=level)

    assert (suggestion.priority, suggestion.department, suggestion.visibility) == (1, department, visibility)
    assert "incident" in suggestion.tags


@pytest.mark.parametrize(
    ("level", "visibility", "rules"),
    [
        (1, "public", []),
        (2, "public", ["Said in public about an incident"]),
        (2, "private", []),
        (3, "private", ["Said anywhere about an incident of the whole company"]),
        (3, "public", ["Said in public about an incident", "Said anywhere about an incident of the whole company"]),
    ],
)
def test_the_graver_an_incident_the_more_must_agree_to_what_is_said(level, visibility, rules):
    said = "We are on it."

    assert answer_to("Nothing works", said, incident="Outage", incident_level=level, visibility=visibility) == rules


def test_nobody_speculates_while_an_incident_lasts():
    known = {"incident": "Outage", "incident_level": 1}

    assert answer_to("Nothing works", "It is probably a cable.", **known) == ["Speculating about an incident"]


def test_the_guide_answers_by_itself_what_is_part_of_an_incident():
    facts = replace(facts_of("Nothing works"), incident="Outage Oslo", incident_level=1)
    guide = Guide(read_guide(starter.starter_document().parts["guide"]), shipped_policy().lists)
    walked = guide.walk(facts, {"danger": "n"})

    assert [(step.question.key, step.answer.key) for step in walked.steps] == [
        ("open", "n"),
        ("danger", "n"),
        ("spike", "y"),
    ]
    assert walked.outcome.department == "public_relations"


@pytest.mark.parametrize(
    ("text", "priority", "disposition", "department", "visibility"),
    [
        ("Your heater caught fire tonight", 1, "customer_service", "customer_service", "private"),
        ("Der Akku explodiert einfach so", 1, "customer_service", "customer_service", "private"),
        ("me dio una descarga eléctrica con su lámpara", 1, "customer_service", "customer_service", "private"),
        ("I can't go on, I want to end my life", 1, "customer_service", "customer_service", "private"),
        ("You will hear from my lawyer", 1, "customer_service", "legal", "private"),
        ("Mein Anwalt meldet sich bei Ihnen", 1, "customer_service", "legal", "private"),
        ("There was a data breach and my name is in it", 1, "customer_service", "legal", "private"),
        ("I'm a reporter with the Herald, working on a story", 1, "public_response", "public_relations", "private"),
        ("Where is order 48-11923?", 2, "customer_service", "customer_service", "private"),
        ("Wo bleibt meine Bestellung Nr. 4811923", 2, "customer_service", "customer_service", "private"),
        ("I was charged twice this month", 2, "customer_service", "customer_service", "private"),
        ("The app is not working again", 2, "customer_service", "customer_service", "public"),
        ("Das Internet funktioniert nicht", 2, "customer_service", "customer_service", "public"),
        ("la app no funciona", 2, "customer_service", "customer_service", "public"),
        ("votre site ne marche pas", 2, "customer_service", "customer_service", "public"),
        ("Are you hiring in Aarhus?", 3, "public_response", "hr", "public"),
        ("How much is the large one?", 3, "public_response", "sales", "public"),
        ("Please add a dark mode", 3, "public_response", "product", "public"),
        ("Thank you, your team was wonderful today", 4, "public_response", "marketing", "public"),
        ("Do you open on Sundays?", 3, "customer_service", "customer_service", "public"),
        ("Nice weather in the harbour", 3, "", "", ""),
    ],
)
def test_what_people_write_is_sent_where_it_belongs(text, priority, disposition, department, visibility):
    found = suggest(text)

    assert (found.priority, found.disposition, found.department, found.visibility) == (
        priority,
        disposition,
        department,
        visibility,
    )


@pytest.mark.parametrize(
    "text",
    [
        "this playlist is fire",
        "the new album is on fire",
        "adding insult to injury, the cake was cold",
        "great outfit for the tennis court",
        "Ein leckeres Gericht auf der Karte",
        "the mobile data plan is fair",
        "the ship leaves in order to arrive",
    ],
)
def test_words_with_another_meaning_raise_no_alarm(text):
    assert suggest(text).priority > 1
    assert suggest(text).visibility != "private"


def test_spam_is_decided_by_its_rule_alone():
    found = suggest("Buy followers now, cheap and quick https://example.com")

    assert found.disposition == "no_response"
    assert found.decided_by is not None
    assert found.because[0].clause_label == "4.5"


@pytest.mark.parametrize(
    "known",
    [
        {"earlier": 1},
        {"author": names("customer")},
        {"author": names("press")},
        {"author": names("employee")},
    ],
)
def test_spam_is_left_to_a_person_where_more_is_known(known):
    assert suggest("Buy followers now, cheap and quick", **known).decided_by is None


def test_spam_with_a_matter_of_law_is_left_to_a_person():
    found = suggest("Buy followers, they say. My lawyer sees it differently.")

    assert (found.priority, found.decided_by) == (1, None)


def test_what_only_looks_like_advertising_is_never_decided():
    found = suggest("use my code SAVE10 at https://example.com")

    assert (found.disposition, found.decided_by) == ("no_response", None)


def test_reach_and_history_raise_the_priority():
    assert suggest("The app is not working").priority == 2
    assert suggest("The app is not working", reach=250_000, earlier=1, days_since=2.0).priority == 1
    assert suggest("The app is not working", reach=250_000, earlier=1, days_since=20.0).priority == 2


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ("We are looking into it and write again at noon.", []),
        ("Write to ada@example.com please.", ["Telephone number or e-mail address"]),
        ("Call her on +45 20 30 40 50.", ["Telephone number or e-mail address"]),
        ("Our free line is 0800 123456.", []),
        ("Your card 4111 1111 1111 1111 is fine.", ["Card or account number"]),
        ("PLEASE STOP WRITING TO US", ["Shouting"]),
        ("We promise that it arrives.", ["A promise"]),
        ("We will send you $50 today.", ["A public offer of money"]),
        ("The large one costs $50.", []),
        ("See https://bit.ly/abc", ["A link that hides where it leads"]),
        ("You are an idiot.", ["Insults"]),
        ("Long. " * 101, ["A long public answer"]),
    ],
)
def test_public_answers_are_judged_as_the_clauses_say(said, rules):
    assert answer_to("The app is not working", said) == rules


def test_answers_in_private_may_have_an_address():
    assert answer_to("The app is not working", "Write to ada@example.com please.", visibility="private") == []


def test_answers_to_the_press_and_to_lawyers_need_a_word():
    assert answer_to("I'm a reporter with the Herald", "We come back to you.") == ["Answers to the press"]
    assert answer_to("My lawyer writes to you", "We come back to you.") == ["Answers to lawyers and regulators"]


def test_an_agency_says_that_it_is_one():
    assert answer_to("Hello there", "We come back to you.", department="agency") == ["An agency says that it is one"]
    assert answer_to("Hello there", "On behalf of Nordlys: we come back.", department="agency") == []
