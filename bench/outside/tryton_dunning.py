"""Tryton's `account_dunning` over open receivables: `tryton_dunning.py LINES OVERDUE DAY`.

The database is SQLite in memory, the cheapest there is for it. Printed as JSON: the seconds of one
daily run, of a second one of the same day, and how many dunnings each left.
"""

import datetime as dt
import json
import sys
import time
from decimal import Decimal

from proteus import Model
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.company.tests.tools import create_company
from trytond.pool import Pool
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction

_PAGE = 500
_STEPS = (1, 7, 30)


def office():
    """A company with a chart of accounts, a fiscal year and a customer on a dunning procedure."""
    config = activate_modules("account_dunning", create_company, create_chart)
    year = create_fiscalyear()
    year.click("create_period")
    procedure = Model.get("account.dunning.procedure")(name="ladder")
    for number, days in enumerate(_STEPS, 1):
        level = procedure.levels.new()
        level.sequence, level.overdue = number, dt.timedelta(days)
    procedure.save()
    party = Model.get("party.party")(name="Customer")
    party.dunning_procedure = procedure
    party.save()
    (journal,) = Model.get("account.journal").find([("code", "=", "REV")])
    (company,) = Model.get("company.company").find()
    return {
        "database": config.database_name,
        "company": company.id,
        "journal": journal.id,
        "party": party.id,
        "account": get_accounts()["receivable"].id,
        "period": year.periods[0].id,
        "start": year.periods[0].start_date,
    }


def fill(transaction, ids, lines, overdue, day):
    """Open lines, evenly mixed: so many past the first step on the day, the others in time."""
    pool = Pool()
    move, line = pool.get("account.move"), pool.get("account.move.line")
    names = {"period": "period", "journal": "journal", "date": "start", "company": "company"}
    (made,) = move.create([{name: ids[key] for name, key in names.items()}])
    every = lines // overdue
    rows = []
    for n in range(lines):
        late = n % every == 0 and n // every < overdue
        due_on = day - dt.timedelta(2) if late else day + dt.timedelta(1 + n % 400)
        money = (Decimal(100), Decimal(0))
        rows.append([made.id, ids["account"], *money, ids["party"], due_on, "valid"])
    table = line.__table__()
    columns = [table.move, table.account, table.debit, table.credit, table.party]
    columns += [table.maturity_date, table.state]
    cursor = transaction.connection.cursor()
    for start in range(0, lines, _PAGE):
        cursor.execute(*table.insert(columns, rows[start : start + _PAGE]))
    transaction.commit()


def main():
    lines, overdue = int(sys.argv[1]), int(sys.argv[2])
    day = dt.date.fromisoformat(sys.argv[3])
    ids = office()
    found = {}
    with Transaction().start(
        ids["database"], 1, context={"company": ids["company"]}
    ) as transaction:
        fill(transaction, ids, lines, overdue, day)
        dunning = Pool().get("account.dunning")
        for turn in ("first", "second"):
            began = time.perf_counter()
            dunning.generate_dunnings(day)
            transaction.commit()
            found[turn] = time.perf_counter() - began
            found[f"{turn}_left"] = dunning.search([], count=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
