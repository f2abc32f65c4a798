"""The names of roles, and of the states of accounts, keys and approvals."""

from ..domain.authority import ROLE_CHINESE

_ROLE_ENGLISH = {
    "clerk": "Clerk",
    "head": "Head of the body",
    "intake": "Intake",
    "handler": "Handler",
    "director": "Head of the handling body",
    "credit_lead": "Credit lead",
    "supervisor": "Supervisor",
    "reviewer": "Reviewer, one level up",
    "custodian": "Custodian of identities",
    "complainant": "Complainant",
    "respondent": "Respondent",
    "system": "The service",
    "system_admin": "System administrator",
    "security_admin": "Security administrator",
    "audit_admin": "Audit administrator",
    "enterprise": "Enterprise",
    "partner": "Another platform",
    "public": "The public",
}

LABELS: dict[str, dict[str, tuple[str, str]]] = {
    "role": {role.value: (zh, _ROLE_ENGLISH[role.value]) for role, zh in ROLE_CHINESE.items()},
    "account_state": {
        "open": ("使用中", "Open"),
        "waiting": ("待启用", "Waiting for its code"),
        "closed": ("已停用", "Closed"),
    },
    "key_state": {
        "waiting": ("待领取", "Token not fetched"),
        "open": ("使用中", "In use"),
        "expired": ("已到期", "Expired"),
        "revoked": ("已吊销", "Revoked"),
    },
    "subscription_state": {
        "waiting": ("待领取密钥", "Secret not fetched"),
        "active": ("推送中", "Told"),
        "disabled": ("已停用", "Disabled"),
    },
    "act": {
        "post.give": ("授予职务", "Give a post"),
        "factor.drop": ("清除遗失的第二因素", "Forget a lost second factor"),
        "api-key.create": ("新建接口密钥", "Make an API key"),
        "webhook.create": ("新建推送订阅", "Make a webhook subscriber"),
        "partner.register": ("登记伙伴平台", "Register a partner platform"),
        "partner.change": ("变更伙伴平台", "Change a partner platform"),
        "partner-key.create": ("新建平台共享密钥", "Make a key shared with a platform"),
        "dead-letter.replay": ("重发死信", "Send dead letters again"),
        "contact.change": ("更换企业联系方式", "Change the contact of an enterprise"),
        "calendar.load": ("导入放假安排", "Load a year's holidays"),
        "lpr.load": ("导入贷款市场报价利率", "Load loan prime rates"),
    },
    "partner_kind": {
        "platform": ("信用平台", "Credit platform"),
        "channel": ("投诉渠道", "Channel of complaints"),
        "body": ("单位系统", "System of a body"),
    },
    "waits_why": {
        "queued": ("排队中", "in the queue"),
        "not-available": ("对方平台不可用，持续重试", "not available, tried again"),
        "receipt-to-come": ("对方已接收，等待回执", "taken in, receipt to come"),
        "mapping-not-in-force": ("归集标准尚未生效", "the standard is not in force yet"),
        "refused": ("被退回，将再次发送", "refused, tried again"),
        "missing-there": ("对账发现缺失，补发", "found missing there, sent again"),
    },
    "day_kind": {"off_adjusted": ("放假", "Off"), "workday_makeup": ("上班", "Worked")},
}
