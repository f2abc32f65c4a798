"""A page with every shared piece, added to an application under test."""

from flask import Flask, g, render_template, request

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


def add_styleguide(app: Flask) -> None:
    """Show the style guide at `/styleguide`, as somebody who is signed in."""
    app.add_url_rule(ADDRESS, "styleguide", _show, methods=["GET", "POST"])


@opens_to()
def _show() -> str:
    g.visitor = Visitor("经办人", "示例市发展和改革委员会", "/styleguide")
    # Whatever is sent is refused, with what was wrong with it.
    errors = _ERRORS if request.method == "POST" or "refused" in request.args else {}
    return render_template("styleguide.html", contracts=_CONTRACTS, values=_VALUES, errors=errors)
