"""Files to import: as many contracts as wanted, the same ones in every format.

A contract of goods is three rows of a sheet: delivery on a day, acceptance after it, payment after
that. Each bad contract is bad in all its rows, so that 5 % of the rows are.
"""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.samples.make_workbook import uscc

ROWS = 3
_BODIES, _FIRMS = 300, 2_000
_SIGNED, _DAYS = date(2025, 3, 3), 200
_HEADINGS = (
    "合同编号", "合同名称", "合同领域", "标的类型", "签订日期", "合同金额（元）", "行政区划代码",
    "政府方名称", "政府方统一社会信用代码", "政府方性质", "企业名称", "企业统一社会信用代码",
    "企业所有制", "企业规模", "义务编号", "义务类型", "义务内容", "义务方", "义务金额（元）",
    "约定履行日期", "起算事项", "期限", "期限单位",
)  # fmt: skip
#: A day that is none, in the cells of a bad row.
_NO_DAY = "2025-02-30"

Contract = dict[str, Any]


def contracts(count: int, bad: float = 0.0) -> Iterator[Contract]:
    """Contract documents, of which a part cannot be registered."""
    every = round(1 / bad) if bad else 0
    bodies = [uscc("11990321", f"9{i:07d}") for i in range(_BODIES)]
    firms = [uscc("91990321", f"MA{i:06d}") for i in range(_FIRMS)]
    for i in range(count):
        signed = _SIGNED + timedelta(days=i % _DAYS)
        yuan = f"{50_000 + i % 9_973}.00"
        yield {
            "contract_no": f"示例-2025-{i:07d}",
            "title": f"办公设备采购合同（{i}号）",
            "field": "procurement",
            "subject": "goods",
            "signed_on": signed.isoformat(),
            "amount": yuan,
            "region": "340321",
            "government": {
                "name": f"示例市某局{i % _BODIES}",
                "uscc": bodies[i % _BODIES],
                "kind": "organ",
            },
            "enterprise": {
                "name": f"示例企业{i % _FIRMS}有限公司",
                "uscc": firms[i % _FIRMS],
                "ownership": "private",
                "size": "small",
            },
            "obligations": _obligations(signed, yuan, bad=bool(every) and i % every == every // 2),
        }


def _obligations(signed: date, yuan: str, *, bad: bool) -> list[dict[str, Any]]:
    due = _NO_DAY if bad else (signed + timedelta(days=60)).isoformat()
    after = {"after": "交付", "within": {"length": 7, "unit": "day"}}
    later = {"after": "验收", "within": {"length": 30, "unit": "day"}}
    if bad:
        after, later = {"due_on": due}, {"due_on": due}
    return [
        _owed("交付", "delivery", "enterprise", due_on=due),
        _owed("验收", "acceptance", "government", **after),
        _owed("货款", "payment", "government", amount=yuan, **later),
    ]


def _owed(key: str, kind: str, obligor: str, **terms: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "title": f"{key}事项", "obligor": obligor, **terms}


_LABELS = {
    "procurement": "政府采购",
    "goods": "货物",
    "organ": "机关",
    "private": "民营",
    "small": "小型企业",
    "delivery": "交付",
    "acceptance": "验收",
    "payment": "付款",
    "enterprise": "企业方",
    "government": "政府方",
    "day": "日",
}


def _rows(contract: Contract) -> Iterator[list[Any]]:
    """The rows of a sheet that say what the document says."""
    c, body, firm = contract, contract["government"], contract["enterprise"]
    first = [
        c["contract_no"], c["title"], _LABELS[c["field"]], _LABELS[c["subject"]], c["signed_on"],
        c["amount"], c["region"], body["name"], body["uscc"], _LABELS[body["kind"]], firm["name"],
        firm["uscc"], _LABELS[firm["ownership"]], _LABELS[firm["size"]],
    ]  # fmt: skip
    for at, owed in enumerate(c["obligations"]):
        within = owed.get("within")
        length, unit = (within["length"], _LABELS[within["unit"]]) if within else ("", "")
        yield [
            *(first if at == 0 else [""] * len(first)),
            owed["key"], _LABELS[owed["kind"]], owed["title"], _LABELS[owed["obligor"]],
            owed.get("amount", ""), owed.get("due_on", ""), owed.get("after", ""), length, unit,
        ]  # fmt: skip


def write_csv(path: Path, made: Iterator[Contract]) -> None:
    """One row an obligation."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(_HEADINGS)
        for contract in made:
            sheet.writerows(_rows(contract))


def write_xlsx(path: Path, made: Iterator[Contract]) -> None:
    """The same rows; days and money as a spreadsheet keeps them."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": False}) as book:
        sheet, day = book.add_worksheet("合同"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, _HEADINGS)
        line = 0
        for contract in made:
            for cells in _rows(contract):
                line += 1
                _write_row(sheet, line, cells, day)


_DAY_COLUMNS = frozenset({_HEADINGS.index("签订日期"), _HEADINGS.index("约定履行日期")})
_MONEY = frozenset({_HEADINGS.index("合同金额（元）"), _HEADINGS.index("义务金额（元）")})


def _write_row(sheet: Any, line: int, cells: list[Any], day: Any) -> None:
    for at, value in enumerate(cells):
        if value == "":
            continue
        if at in _DAY_COLUMNS and value != _NO_DAY:
            sheet.write_datetime(line, at, date.fromisoformat(value), day)
        elif at in _MONEY:
            sheet.write_number(line, at, int(value.removesuffix(".00")))
        elif isinstance(value, int):
            sheet.write_number(line, at, value)
        else:
            sheet.write_string(line, at, value)


def write_json(path: Path, made: Iterator[Contract]) -> None:
    """A list of documents."""
    with path.open("w", encoding="utf-8") as file:
        between = "[\n"
        for contract in made:
            file.write(between + json.dumps(contract, ensure_ascii=False))
            between = ",\n"
        file.write("\n]\n")


def write_ocds(path: Path, made: Iterator[Contract]) -> None:
    """A release package: a process for each contract, its payments and deliveries milestones."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"version":"1.1","uri":"urn:example","releases":')
        between = "[\n"
        for contract in made:
            file.write(between + json.dumps(_release(contract), ensure_ascii=False))
            between = ",\n"
        file.write("\n]}\n")


def _release(c: Contract) -> dict[str, Any]:
    buyer = {"id": f"ZZ-{c['government']['uscc']}", "name": c["government"]["name"]}
    firm = {"id": f"ZZ-{c['enterprise']['uscc']}", "name": c["enterprise"]["name"]}
    signed, ocid = f"{c['signed_on']}T00:00:00+08:00", f"ocds-zz0000-{c['contract_no']}"
    due = date.fromisoformat(c["signed_on"]) + timedelta(days=60)
    milestones = [
        {
            "id": owed["key"],
            "type": kind,
            "title": owed["title"],
            "status": "scheduled",
            "dueDate": f"{due + timedelta(days=30 * at)}T00:00:00+08:00",
        }
        for at, (owed, kind) in enumerate(
            zip(c["obligations"], ("delivery", "approval", "payment"), strict=True)
        )
    ]
    money = {"amount": float(c["amount"]), "currency": "CNY"}
    return {
        "ocid": ocid,
        "id": f"{ocid}-1",
        "date": signed,
        "tag": ["contract"],
        "initiationType": "tender",
        "parties": [
            {**party, "identifier": {"scheme": "ZZ", "id": party["id"][3:]}, "roles": [role]}
            for party, role in ((buyer, "buyer"), (firm, "supplier"))
        ],
        "buyer": buyer,
        "tender": {"id": "T", "mainProcurementCategory": "goods", "procurementMethod": "open"},
        "awards": [{"id": "A", "status": "active", "suppliers": [firm], "value": money}],
        "contracts": [
            {
                "id": "C",
                "awardID": "A",
                "title": c["title"],
                "dateSigned": signed,
                "value": money,
                "implementation": {"milestones": milestones},
            }
        ],
    }


WRITERS: dict[str, Callable[[Path, Iterator[Contract]], None]] = {
    "xlsx": write_xlsx,
    "csv": write_csv,
    "json": write_json,
    "ocds": write_ocds,
}
