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
    "act": {
        "post.give": ("授予职务", "Give a post"),
        "factor.drop": ("清除遗失的第二因素", "Forget a lost second factor"),
        "api-key.create": ("新建接口密钥", "Make an API key"),
        "calendar.load": ("导入放假安排", "Load a year's holidays"),
        "lpr.load": ("导入贷款市场报价利率", "Load loan prime rates"),
    },
    "day_kind": {"off_adjusted": ("放假", "Off"), "workday_makeup": ("上班", "Worked")},
}
