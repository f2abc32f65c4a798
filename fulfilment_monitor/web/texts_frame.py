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
    "part.by": ("{who} 办理", "by {who}"),
}
