"""A page with every shared piece, added to an application under test."""

from flask import Flask, g, render_template, request

from fulfilment_monitor.web.charts import Bar, Chart, Frame, ageing, bars, funnel, sparkline
from fulfilment_monitor.web.frame import Visitor
from fulfilment_monitor.web.guard import opens_to

ADDRESS = "/styleguide"

_CONTRACTS = (
    {
        "title": "示例市公共厕所改造工程合同",
        "no": "示城建-2025-0016",
        "body": "示例市城市管理局",
        "on": "2025-06-10",
        "amount": "1600000.00",
        "light": "orange",
    },
    {
        "title": "样例县疾控冷链设备采购合同",
        "no": "样采-2025-0702",
        "body": "样例县卫生健康局",
        "on": "2025-03-02",
        "amount": "486500.00",
        "light": "done",
    },
)
_VALUES = {"name": "示例市样匠装饰工程有限公司", "with": ["contract"], "kind": ""}
_ERRORS = {
    "amount": "请填写金额，例如 120000.00",
    "kind": "请选择事项类型",
    "promise": "请确认承诺",
}


def _charts() -> list[Chart]:
    fields = [
        Bar("政府采购", 128_600_000, "128,600.00 元"),
        Bar("招商引资与产业园区配套基础设施建设承诺", 64_000_000, "64,000.00 元"),
        Bar("政府和社会资本合作", 0, "0.00 元"),
    ]
    stages = [("收到", 412, ""), ("受理", 388, "中位 2 个工作日"), ("办结", 301, "中位 41 日")]
    bands = ("1–30 日", "31–90 日", "91–180 日", "181–365 日", "一年以上")
    months = [(f"{n} 月", value) for n, value in enumerate((3, 8, 5, 9, 14, 12), start=1)]
    return [
        bars(Frame("fields", "逾期金额，按领域", "政府采购最多。", ("领域", "金额")), fields),
        ageing(
            Frame("ages", "逾期时长", "多数不足 90 日。", ("时长", "项")),
            [3, 9, 44, 200, 801],
            bands,
        ),
        funnel(Frame("stages", "案件各阶段", "四分之三已办结。", ("阶段", "件", "用时")), stages),
        sparkline(Frame("months", "每月新收", "自一月起上升。", ("月份", "件")), months),
    ]


def add_styleguide(app: Flask) -> None:
    """Show the style guide at `/styleguide`, as somebody who is signed in."""
    app.add_url_rule(ADDRESS, "styleguide", _show, methods=["GET", "POST"])


@opens_to()
def _show() -> str:
    g.visitor = Visitor("经办人", "示例市发展和改革委员会", "/styleguide")
    # Whatever is sent is refused, with what was wrong with it.
    errors = _ERRORS if request.method == "POST" or "refused" in request.args else {}
    return render_template(
        "styleguide.html", contracts=_CONTRACTS, values=_VALUES, errors=errors, charts=_charts()
    )
