"""The words around every page and inside every form."""

TEXTS: dict[str, tuple[str, str]] = {
    # the frame
    "find.title": ("搜索", "Search"),
    "find.label": ("搜索合同、案件、单位", "Search contracts, cases, bodies"),
    "find.hint": ("合同、案件、单位", "Contracts, cases, bodies"),
    "find.go": ("搜索", "Search"),
    "find.lead": (
        "只在您能查看的范围内查找。",
        "Only what you may see is searched.",
    ),
    "find.how": (
        "可以输入合同名称或编号、当事人名称、案件编号、单位名称或统一社会信用代码；两个汉字即可查找。",
        "Words of a contract's title, number or parties, the number of a case, the name or code of"
        " a body; two Chinese characters are enough.",
    ),
    "find.none": ("没有找到“{text}”。", "Nothing speaks of “{text}”."),
    "find.contracts": ("找到的合同，新登记的在前", "Contracts found, the newest first"),
    "find.cases": ("案件", "Cases"),
    "find.bodies": ("单位", "Bodies"),
    "find.respondent": ("被投诉主体与事项", "Respondent and matter"),
    "find.state": ("状态", "State"),
    "find.holder": ("承办单位", "Held by"),
    "find.opened": ("立案日", "Opened"),
    "find.more": ("仅列出前 {n} 项。", "The first {n}."),
    "find.all": ("查看全部", "Show all"),
    "export.as": ("导出为文件：", "As a file:"),
    "export.xlsx": ("Excel", "Excel"),
    "export.csv": ("CSV", "CSV"),
    "export.limit": (
        "（按当前筛选条件，最多 {n} 行；导出会留下记录）",
        "(as filtered, at most {n} rows; that it was taken out is on record)",
    ),
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
    "busy": (
        "正在处理，较大的文件可能需要半分钟，请不要关闭或重复提交……",
        "Working on it. A large file may take half a minute; please leave the page open …",
    ),
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
