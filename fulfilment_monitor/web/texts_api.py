"""Words of the page about the API: Chinese, then English."""

TEXTS = {
    "api.title": ("开放接口", "The API"),
    "api.about": (
        "供各单位业务系统和共享交换平台调用。金额为元的字符串，日期为北京时间的日历日。"
        "访问需要接口密钥（Authorization: Bearer …）或者登录会话。机器可读的说明：",
        "For systems of departments and of exchange platforms. Amounts are strings of yuan, days "
        "are Beijing civil days. It takes a key (Authorization: Bearer …) or a session. "
        "For machines:",
    ),
    "api.contracts": ("合同", "Contracts"),
    "api.fulfilment": ("履约事实", "Fulfilment"),
    "api.monitoring": ("预警与线索", "Alerts and leads"),
    "api.cases": ("投诉与办理", "Complaints and cases"),
    "api.organisations": ("信用与限制", "Credit and restrictions"),
    "api.exports": ("导出与开放数据", "Exports and open data"),
    "api.document": ("接口说明", "This document"),
    "api.parameters": ("参数", "Parameters"),
    "api.name": ("名称", "Name"),
    "api.in": ("位置", "In"),
    "api.takes": ("取值", "Takes"),
    "api.body": ("请求示例", "Example of the body"),
    "api.answers": ("应答：", "Answers:"),
}
