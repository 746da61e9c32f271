from zoneinfo import ZoneInfo

from policies.engine.conditions import read_condition, terms_in
from policies.engine.guide import read_guide, unreached
from policies.engine.outcomes import Routing, read_outcome
from socialhub.demo import company, policy
from teams.roles import COMPANY_ROLES, DEPARTMENT_ROLES


def test_company_has_eight_departments_and_twenty_people():
    assert len(company.DEPARTMENTS) == 8
    assert len(company.PEOPLE) == 20
    assert len({person.email for person in company.PEOPLE}) == 20


def test_every_role_is_one_that_the_product_knows():
    for person in company.PEOPLE:
        assert set(person.company_roles) <= COMPANY_ROLES
        assert {role for _, role in person.memberships} <= DEPARTMENT_ROLES
        assert person.company_roles or person.memberships
        ZoneInfo(person.time_zone)


def test_every_role_is_held_by_somebody():
    roles = {role for person in company.PEOPLE for role in person.company_roles}
    roles |= {role for person in company.PEOPLE for _, role in person.memberships}

    assert roles == COMPANY_ROLES | DEPARTMENT_ROLES


def test_every_department_is_represented_by_one_of_its_members():
    for department in company.DEPARTMENTS:
        assert department.representative in {person.key for person in company.members(department.slug)}
        assert company.responders(department.slug)


def test_the_proponent_holds_a_seat():
    assert company.PROPONENT in {department.representative for department in company.DEPARTMENTS}


def test_personas_are_people_of_the_company():
    assert {persona.person for persona in company.PERSONAS} <= {person.key for person in company.PEOPLE}


def test_channels_share_everything_that_is_heard():
    assert round(sum(channel.share for channel in company.CHANNELS), 6) == 1


def test_policy_has_six_clauses_of_a_useful_length():
    assert [clause.number for clause in policy.CLAUSES] == [1, 2, 3, 4, 5, 6]
    assert [clause.number for clause in policy.CLAUSES if not 75 <= len(clause.body.split()) <= 170] == []


def test_every_clause_said_something_else_before():
    assert [clause.number for clause in policy.CLAUSES if clause.earlier_body == clause.body] == []


def test_every_rule_has_a_condition_and_says_something():
    departments = {department.slug for department in company.DEPARTMENTS}
    for rule in policy.RULES:
        outcome = read_outcome("routing", rule.outcome)
        assert isinstance(outcome, Routing)
        assert list(terms_in(read_condition(rule.condition))) != []
        assert outcome.priority or outcome.disposition
        assert outcome.department in {"", *departments}


def test_targets_rise_from_urgent_to_low():
    answers = [target.answer for target in policy.TARGETS]

    assert answers == sorted(answers)


def test_the_guide_leads_to_departments_and_stands_on_clauses_that_there_are():
    questions = read_guide([{**question, "clause": ""} for question in policy.GUIDE])
    outcomes = [answer.outcome for question in questions for answer in question.answers if answer.outcome is not None]

    assert unreached(questions) == []
    assert {question["clause"] for question in policy.GUIDE} <= {clause.number for clause in policy.CLAUSES}
    assert {one.department for one in outcomes} <= {"", *(department.slug for department in company.DEPARTMENTS)}
