"""Why something was refused, by the code of the refusal; the detail in English stands below it."""

TEXTS: dict[str, tuple[str, str]] = {
    "refused.ambiguous": (
        "这个编号对应不止一项，请写得更完整。",
        "More than one thing answers to this; please name it in full.",
    ),
    "refused.amendment.after-breach": (
        "这项义务已经逾期，逾期之后不能再变更期限。",
        "This date has already been missed; it cannot be moved any more.",
    ),
    "refused.case.changed": (
        "在您查看之后，这件事项已由他人办理。请返回查看最新情况后再办理。",
        "Somebody has taken a step since you looked. Go back, see how it stands, and try again.",
    ),
    "refused.contract.changed": (
        "在您查看之后，这份合同有了新的登记。请返回查看最新情况后再提交。",
        "The contract has changed since you looked. Go back, see how it stands, and send it again.",
    ),
    "refused.determination.fulfilled": (
        "义务事实上已经履行，不能认定。",
        "The obligation has been fulfilled in fact; there is nothing to determine.",
    ),
    "refused.evidence.damaged": (
        "留存的文件已损坏，无法提供。请联系系统管理员。",
        "The stored file is damaged. Please tell the system administrator.",
    ),
    "refused.evidence.missing": (
        "留存的文件已不存在，无法提供。请联系系统管理员。",
        "The stored file is gone. Please tell the system administrator.",
    ),
    "refused.export.too-many": (
        "符合条件的记录超过一次导出的上限，请缩小筛选范围后再导出。",
        "There are more rows than one file may have; narrow the list and export again.",
    ),
    "refused.intake.again": (
        "同一事项刚刚被登记，请再提交一次，将并入该事项。",
        "The same matter was opened at this moment; send it again and it joins that one.",
    ),
    "refused.invalid": (
        "提交的内容有误，请返回检查。",
        "Something in what was sent is not valid; please go back and check.",
    ),
    "refused.needs-counterparty": (
        "需要双方同意：请确认对方也已同意，并上传双方签署的文件。",
        "Both sides have to agree; say that the other side did, and add the signed paper.",
    ),
    "refused.not-signed-in": (
        "刚才提交的内容没有保存。请登录后重新办理。",
        "What you sent was not kept. Sign in, then do it again.",
    ),
    "refused.typed": ("您刚才填写的内容", "What you had typed"),
    "refused.typed.note": (
        "只显示在这里，离开本页就没有了；需要的请先复制。",
        "It is shown here only and gone when you leave; copy what you need.",
    ),
    "refused.origin.foreign": (
        "这个表单不是从本站页面提交的，没有执行。请从本站页面重新填写。",
        "This form was not sent from a page of this site; nothing was done. Fill it in here again.",
    ),
    "refused.password.due": ("密码到期，请先更换密码。", "The password has to be changed first."),
    "refused.query.invalid": (
        "地址中的日期、筛选条件或页码无法识别，请检查后重试。",
        "A date, filter or page in the address cannot be read; please check it.",
    ),
    "refused.refused": ("没有办理，原因见下。", "This was refused; the reason is given below."),
    "refused.sign-in.refused": ("登录未成功。", "You are not signed in."),
    "refused.sso.not-fresh": (
        "请先再次输入动态口令，再绑定统一身份认证账号。",
        "Give the second factor again before you bind another sign-in.",
    ),
    "refused.sso.not-vouched": (
        "统一身份认证没有确认您的身份，请重试或改用密码登录。",
        "The other service did not vouch for you; try again or use your password.",
    ),
    "refused.sso.taken": (
        "这个统一身份认证账号已绑定另一个账户。",
        "That sign-in is bound to another account.",
    ),
    "refused.statute.rate-unknown": (
        "该日的贷款市场报价利率尚未载入，暂时无法计算。",
        "The rate for that day has not been loaded yet; it cannot be reckoned.",
    ),
    "refused.statute.unknown-term": (
        "该日没有生效的这一期限规定。",
        "No such term was in force on that day.",
    ),
    "refused.step-up-needed": (
        "请先再次输入动态口令。",
        "Give the second factor again first.",
    ),
    "refused.too-often": (
        "尝试次数过多，请稍候再试。",
        "Tried too often; please wait a while.",
    ),
    "refused.vault.damaged": (
        "封存的内容无法打开，请联系安全管理员。",
        "What was sealed cannot be opened. Please tell the security administrator.",
    ),
}
