"""Examples of documents, as the OpenAPI document shows them; the codes are made up."""

from typing import Any

CONTRACT: dict[str, Any] = {
    "contract_no": "SL-CG-2025-014",
    "title": "办公设备采购合同",
    "field": "procurement",
    "subject": "goods",
    "signed_on": "2025-07-01",
    "amount": "100000.00",
    "region": "340321",
    "government": {"name": "示例县财政局", "uscc": "11340321003000014D", "kind": "organ"},
    "enterprise": {
        "name": "示例科技有限公司",
        "uscc": "91340321MA2000000L",
        "ownership": "private",
        "size": "small",
    },
    "obligations": [
        {
            "key": "delivery",
            "kind": "delivery",
            "title": "交付设备",
            "obligor": "enterprise",
            "due_on": "2025-08-01",
        },
        {
            "key": "payment",
            "kind": "payment",
            "title": "支付货款",
            "obligor": "government",
            "amount": "100000.00",
            "after": "delivery",
            "within": {"length": 30, "unit": "day"},
        },
    ],
}
AMENDMENT: dict[str, Any] = {
    "agreed_on": "2025-08-20",
    "reason": "mutual_agreement",
    "agreed_by": ["government", "enterprise"],
    "changes": [{"obligation": "delivery", "due_on": "2025-08-25"}],
}
STATEMENT: dict[str, Any] = {
    "kind": "paid",
    "on": "2025-09-10",
    "by": "government",
    "amount": "40000.00",
    "ref": "PZ-2025-0910-7",
}
COMPLAINT: dict[str, Any] = {
    "channel": "credit-site",
    "source_no": "TS-2025-1103-1",
    "respondent": {"uscc": "11340321003000014D"},
    "complainant": {"name": "示例科技有限公司", "uscc": "91340321MA2000000L"},
    "contract_no": "SL-CG-2025-014",
    "items": [{"obligation": "payment", "breach": "arrears", "amount": "60000.00"}],
    "words": "验收合格后仍欠货款六万元。",
}
TICKET: dict[str, Any] = {
    "ticketNo": "20251021-000123",
    "revision": 1,
    "acceptance": {"day": "2025-10-21", "unit": "示例市12345政务服务便民热线"},
    "respondent": {"code": "11340321003000014D", "name": "示例县财政局"},
    "complainant": {"name": "示例科技有限公司", "code": "91340321MA2000000L"},
    "contract": {"no": "SL-CG-2025-014"},
    "matters": [{"obligation": "payment", "matter": "货款", "breach": "01", "amount": "60000.00"}],
    "content": "验收合格后仍欠货款六万元。",
}
EVENT: dict[str, Any] = {"event": "take_up", "handler": "handler-1"}
