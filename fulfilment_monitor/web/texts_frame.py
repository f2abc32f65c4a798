"""The words around every page and inside every form."""

TEXTS: dict[str, tuple[str, str]] = {
    # the frame
    "frame.tools": ("账户、语言与显示", "Account, language and display"),
    "frame.signed_in": ("{name}，代表 {body}", "{name}, for {body}"),
    "frame.sign_in": ("登录", "Sign in"),
    "frame.sign_out": ("退出登录", "Sign out"),
    "frame.theme": ("外观", "Colours"),
    "frame.text": ("字号", "Text size"),
    "frame.crumbs": ("当前位置", "You are here"),
    "frame.steps": ("步骤", "Steps"),
    "frame.tabs": ("分栏", "Views"),
    "frame.printed": ("打印自 {site}", "Printed from {site}"),
    "frame.address": ("网址 {address}", "Address {address}"),
    # forms
    "form.must": ("必填", "required"),
    "form.choose": ("请选择", "Please choose"),
    "form.errors": ("有内容需要更正", "Something needs to be corrected"),
    "form.yuan": ("元", "yuan"),
    "form.submit": ("提交", "Submit"),
    "form.save": ("保存", "Save"),
    "form.back": ("返回", "Back"),
    "form.cancel": ("取消", "Cancel"),
    "form.sure": (
        "此操作会被记录，且不能撤销。确定继续吗？",
        "This is recorded and cannot be undone. Go on?",
    ),
    "form.sure.box": ("我已核对以上内容", "I have checked the above"),
    # parts
    "part.why": ("为什么是这一天", "Why this day"),
    "part.progress": ("{done} / {of}", "{done} of {of}"),
    "part.copy": ("复制", "Copy"),
    "part.copied": ("已复制", "Copied"),
    # charts
    "chart.table": ("查看数据表", "The figures as a table"),
    "chart.obligations": ("履行时间图", "The obligations in time"),
    "chart.obligations.text": (
        "{n} 项义务自起算日至到期日的时间，其中 {late} 项超出到期日；竖虚线为 {day}。",
        "{n} obligations from the day they are counted from to the day they are due; {late} ran "
        "over it. The dashed line is {day}.",
    ),
    "chart.from": ("起算日或签订日", "Counted from, or signed"),
    "chart.allowed": ("约定或法定期间", "Time allowed"),
    "chart.over": ("超出到期日", "Time run over"),
    "chart.today": ("查看日期", "Day shown"),
    "part.by": ("{who} 办理", "by {who}"),
}
