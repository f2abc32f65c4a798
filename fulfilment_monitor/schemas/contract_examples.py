"""The worked examples of the template: one contract of each field. All parties are made up."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

Cell = str | Decimal | date
#: Rows of a contract: by heading, as a clerk would write them; later rows leave the contract out.
Example = tuple[Mapping[str, Cell], ...]


def _contract(
    number: str, title: str, field: str, subject: str, signed_on: date, amount: str, region: str
) -> dict[str, Cell]:
    return {
        "合同编号": number,
        "合同名称": title,
        "合同领域": field,
        "标的类型": subject,
        "签订日期": signed_on,
        "合同金额（元）": Decimal(amount),
        "行政区划代码": region,
    }


def _parties(body: str, code: str, kind: str, firm: str, uscc: str, *what: str) -> dict[str, Cell]:
    ownership, size = what
    return {
        "政府方名称": body,
        "政府方统一社会信用代码": code,
        "政府方性质": kind,
        "企业名称": firm,
        "企业统一社会信用代码": uscc,
        "企业所有制": ownership,
        "企业规模": size,
    }


def _owed(key: str, kind: str, title: str, by: str, **more: Cell) -> dict[str, Cell]:
    return {"义务编号": key, "义务类型": kind, "义务内容": title, "义务方": by, **more}


def _yuan(amount: str) -> dict[str, Cell]:
    return {"义务金额（元）": Decimal(amount)}


def _after(key: str, length: int, unit: str) -> dict[str, Cell]:
    return {"起算事项": key, "期限": Decimal(length), "期限单位": unit}


def _on(day: date) -> dict[str, Cell]:
    return {"约定履行日期": day}


def _done(day: date) -> dict[str, Cell]:
    return {"实际履行日期": day, "企业是否确认": "是"}


def _paid(amount: str, day: date) -> dict[str, Cell]:
    return {"已付金额（元）": Decimal(amount), "付款日期": day, "企业是否确认": "是"}


#: By the code of the field.
EXAMPLES: Mapping[str, Example] = {
    "procurement": (
        {
            **_contract(
                "示采-2025-001", "政务数据目录系统开发合同", "政府采购", "服务",
                date(2025, 6, 20), "558000", "340300",
            ),
            **_parties(
                "示例市大数据中心", "129901009900000687", "事业单位",
                "示例市样云软件有限公司", "91990100MAEX000618", "民营", "小型企业",
            ),
            "约定逾期年利率": "5%",
            **_owed("交付", "交付", "系统上线并交付源代码", "企业方", **_on(date(2025, 8, 15))),
            **_done(date(2025, 8, 15)),
        },
        _owed("验收", "验收", "系统验收", "政府方", **_after("交付", 10, "工作日"))
        | _done(date(2025, 8, 26)),
        _owed("货款", "付款", "开发费", "政府方", **_yuan("530100"), **_after("验收", 30, "日"))
        | _paid("530100", date(2025, 9, 22)),
        _owed(
            "尾款", "付款", "运行一年后的尾款", "政府方",
            **_yuan("27900"), **_after("验收", 12, "月"),
        ),
    ),
    "bidding": (
        {
            **_contract(
                "示标-2025-012", "供水管网阀门采购合同", "招标投标", "货物",
                date(2025, 9, 15), "640000", "340300",
            ),
            **_parties(
                "示例市水务局", "119902009900000845", "机关",
                "示例市样阀机械有限公司", "91990200MAEX001336", "民营", "小型企业",
            ),
            **_owed(
                "投标保证金", "退还保证金", "退还投标保证金", "政府方",
                **_yuan("12000"), **_after("签订", 5, "日"),
            ),
            **_paid("12000", date(2025, 9, 19)),
        },
        _owed("交付", "交付", "交付阀门", "企业方", **_on(date(2025, 10, 24)))
        | _done(date(2025, 10, 21)),
        _owed("验收", "验收", "到货验收", "政府方", **_after("交付", 7, "日")),
        _owed("货款", "付款", "货款", "政府方", **_yuan("640000"), **_after("验收", 30, "日")),
    ),
    "investment_attraction": (
        {
            **_contract(
                "示招-2025-002", "食品产业园投资协议", "招商引资", "政策承诺",
                date(2025, 5, 22), "1000000", "340321",
            ),
            **_parties(
                "示例县人民政府", "11990121990000148B", "机关",
                "示例县禾样食品工业有限公司", "91990121MAEX002057", "民营", "大型企业",
            ),
            **_owed("供地", "交付土地或场地", "交付标准地", "政府方", **_on(date(2025, 8, 29))),
            **_done(date(2025, 8, 27)),
        },
        _owed("许可", "办理许可", "办结施工许可", "政府方", **_after("供地", 30, "工作日")),
        _owed(
            "奖励", "付款", "投产奖励", "政府方", **_yuan("1000000"), **_on(date(2026, 3, 31))
        ),
    ),
    "ppp": (
        {
            **_contract(
                "示特-2025-003", "垃圾转运站项目合同", "政府与社会资本合作", "服务",
                date(2025, 4, 11), "5000000", "340300",
            ),
            **_parties(
                "示例市城市管理局", "11990200990000076A", "机关",
                "示例市样洁环保项目有限公司", "91990200MAEX002642", "民营", "大型企业",
            ),
            **_owed("移交", "交付土地或场地", "移交项目用地", "政府方", **_on(date(2025, 6, 30))),
            **_done(date(2025, 6, 27)),
        },
        _owed(
            "服务费", "付款", "季度可用性服务费", "政府方",
            **_yuan("1250000"), **_on(date(2025, 9, 30)),
        )
        | {"重复间隔": Decimal(3), "间隔单位": "月", "重复次数": Decimal(4)},
    ),
    "industry_support": (
        {
            **_contract(
                "示扶-2025-022", "专精特新培育扶持协议", "产业扶持", "政策承诺",
                date(2025, 7, 3), "250000", "340300",
            ),
            **_parties(
                "示例市经济和信息化局", "11990100990000164K", "机关",
                "示例市样智传感技术有限公司", "91990100MAEX0031XT", "民营", "微型企业",
            ),
            **_owed("入库", "政策兑现", "纳入市级培育库", "政府方", **_on(date(2025, 8, 29))),
            **_done(date(2025, 8, 22)),
        },
        _owed(
            "首期", "付款", "首期扶持资金", "政府方",
            **_yuan("150000"), **_on(date(2025, 10, 31)),
        ),
        _owed("中期报告", "其他履约事项", "提交中期报告", "企业方", **_on(date(2026, 1, 30))),
        _owed(
            "二期", "付款", "二期扶持资金", "政府方",
            **_yuan("100000"), **_after("中期报告", 30, "日"),
        ),
    ),
    "government_investment": (
        {
            **_contract(
                "示建-2025-010", "社区文化中心工程合同", "政府投资", "工程",
                date(2025, 5, 26), "4850000", "340300",
            ),
            **_parties(
                "示例市政府投资项目建设中心", "129901009900001213", "事业单位",
                "示例市样建建筑工程有限公司", "91990100MAEX00352B", "民营", "中型企业",
            ),
            **_owed(
                "进度款", "付款", "进度款（60%）", "政府方",
                **_yuan("2910000"), **_on(date(2025, 7, 31)),
            ),
            **_paid("2910000", date(2025, 7, 30)),
        },
        _owed("完工", "交付", "完工交付", "企业方", **_on(date(2025, 8, 29))),
        _owed("验收", "验收", "竣工验收", "政府方", **_after("完工", 28, "日")),
        _owed("结算", "结算审核", "竣工结算审核", "政府方", **_after("验收", 28, "日")),
        _owed("结算款", "付款", "结算款", "政府方", **_yuan("1794500"), 起算事项="结算"),
        _owed(
            "质保金", "付款", "工程质量保证金（3%）", "政府方",
            **_yuan("145500"), **_after("验收", 12, "月"), 质量保证金="是",
        ),
    ),
}  # fmt: skip
