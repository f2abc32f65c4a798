"""The words of the pages of subscribers."""

TEXTS: dict[str, tuple[str, str]] = {
    "admin.webhooks": ("推送订阅", "Webhooks"),
    "admin.webhooks.lead": (
        "有变更时通知其他系统。新建须双人；每个订阅按顺序逐条推送，互不影响。",
        "Other systems are told what changed. Two people make a subscriber; each is told in "
        "order, and none holds up another.",
    ),
    "admin.webhooks.none": ("还没有订阅", "No subscriber yet"),
    "webhooks.letters": ("推送未达", "Webhooks not delivered"),
    "webhooks.letters.lead": (
        "多次推送未成的事件。查明原因后重新推送；对方按编号识别，不会重复生效。",
        "Events that were tried too often. Send one again once its cause is mended; the other "
        "side knows it again by its id.",
    ),
    "webhooks.letters.none": ("没有未送达的事件", "Everything was delivered"),
    "webhooks.kinds": ("内容", "Changes"),
    "webhooks.kind.contracts": ("合同变更", "Contracts"),
    "webhooks.kind.leads": ("线索的产生和结束", "Leads"),
    "webhooks.kind.records": ("信用记录", "Credit records"),
    "webhooks.kind.notices": ("告知本单位的结果和措施", "What the body is told"),
    "webhooks.told": ("推送", "Told"),
    "webhooks.counts": (
        "已送达 {told}，待推送 {waiting}，未送达 {dead}",
        "{told} delivered, {waiting} waiting, {dead} laid aside",
    ),
    "webhooks.last": ("最近成功", "Last success"),
    "webhooks.fault": ("上次失败：{fault}", "Last failure: {fault}"),
    "webhooks.again": ("{at} 再试", "tried again at {at}"),
    "webhooks.rotate": ("轮换", "Rotate"),
    "webhooks.fetch": ("领取", "Fetch"),
    "webhooks.disable": ("停用", "Disable"),
    "webhooks.disable.sure": (
        "停用后不再推送，待推送的保留。确定吗？",
        "It is told nothing more; what waits is kept. Sure?",
    ),
    "webhooks.resume": ("恢复", "Resume"),
    "webhooks.secret": ("签名密钥", "The secret"),
    "webhooks.secret.lead": (
        "请经安全渠道交给对方，用来核对签名。轮换后十四天内新旧密钥同时签名。",
        "Hand it over by a safe way; signatures are checked with it. After rotating, both "
        "secrets sign for fourteen days.",
    ),
    "webhooks.ask": ("申请新订阅", "Ask for a subscriber"),
    "webhooks.url.hint": (
        "https 网址，不含用户名。内网地址须先由运维列入 FM_OUTWARD_ALLOW。",
        "An https address without a user. One on an intranet has to stand in FM_OUTWARD_ALLOW.",
    ),
    "webhooks.body.hint": (
        "部门系统填本部门代码，可见范围同该部门经办人；其他平台留空，只能订阅信用记录。",
        "For the system of a body, its code: it sees what its clerks see. Empty for another "
        "platform, which is told of credit records only.",
    ),
    "webhooks.event": ("事件", "Event"),
    "webhooks.tries": ("次数", "Tries"),
    "webhooks.cause": ("原因", "Cause"),
    "webhooks.written": ("产生", "Since"),
    "webhooks.replay": ("重新推送", "Send again"),
    "asked.url": ("网址", "Address"),
    "asked.kinds": ("内容", "Changes"),
}
