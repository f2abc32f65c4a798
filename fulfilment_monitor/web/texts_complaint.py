"""The words of the complaint form and its receipt: Chinese, then English."""

TEXTS: dict[str, tuple[str, str]] = {
    "complain.title": ("提出投诉", "Complain"),
    "complain.lead": (
        "投诉机关、事业单位不履行合同或者承诺、拖欠账款。只有标“必填”的三项必须填写，其余知道多少写"
        "多少，缺少材料不会被拒收。",
        "Complain of a public body that keeps no contract or promise, or owes you money. Only what "
        "is marked “required” has to be filled in; missing proof is no reason to refuse.",
    ),
    "complain.secret": (
        "涉及国家秘密的合同不要在这里填写。",
        "Never enter contracts that are state secrets here.",
    ),
    "complain.required": ("必填", "required"),
    "complain.optional": ("选填", "optional"),
    "complain.errors": ("还不能提交，请更正以下内容", "Not sent yet: please correct the following"),
    "complain.kept": ("您填写的内容都在，没有丢失。", "Everything you typed is still here."),
    "complain.whom": ("投诉谁", "Whom it is about"),
    "complain.whom.hint": (
        "名称和统一社会信用代码，知道一项即可。",
        "The name or the unified social credit code: one of them is enough.",
    ),
    "complain.respondent_name": ("单位名称", "Name of the body"),
    "complain.respondent_name.hint": (
        "请写全称，例如“示例县财政局”。",
        "The full name, such as 示例县财政局.",
    ),
    "complain.respondent_uscc": ("统一社会信用代码", "Unified social credit code"),
    "complain.region": ("所在地区", "Region"),
    "complain.region.hint": (
        "县、市的名称或者六位行政区划代码。我们的名录中没有这个单位时才需要。",
        "Name of the county or city, or six digits; needed only if we do not know the body yet.",
    ),
    "complain.what": ("什么事", "What it is about"),
    "complain.contract_no": ("合同编号", "Contract number"),
    "complain.field": ("领域", "Field"),
    "complain.unsure": ("不清楚", "not sure"),
    "complain.promise": ("对方应当做什么", "What the body was to do"),
    "complain.promise.hint": (
        "一句话，例如“支付2024年设备采购尾款”。请不要写出您的名称。",
        "One sentence, such as “pay the balance for equipment bought in 2024”. Leave out your "
        "own name.",
    ),
    "complain.due_on": ("应当在哪一天之前", "By which day"),
    "complain.amount": ("涉及金额（元）", "Amount (yuan)"),
    "complain.amount.hint": ("例如 1200000.00", "Such as 1200000.00"),
    "complain.breach": ("属于哪种情形", "What kind of breach"),
    "complain.choose": ("— 请选择 —", "— choose —"),
    "complain.words": ("事情经过", "What happened"),
    "complain.words.hint": (
        "时间、地点、经过，对方怎么说。加密存放，经批准才能查看。",
        "When, where, how, and what the body says. Kept sealed; opened only with approval.",
    ),
    "complain.demand": ("希望怎样解决", "What you ask for"),
    "complain.classified": ("这份合同涉及国家秘密", "The contract is a state secret"),
    "complain.court": ("是否已进入诉讼、仲裁、复议", "Is it before a court or arbitrator already?"),
    "complain.court.hint": (
        "已进入的也可以投诉：照常登记，转入跟踪。",
        "You may complain all the same; it is then followed.",
    ),
    "complain.route": ("程序", "Procedure"),
    "complain.route.none": ("没有", "no"),
    "complain.organ": ("法院、仲裁机构或者复议机关", "Court, arbitrator or authority"),
    "complain.number": ("案号", "Case number"),
    "complain.who": ("您是谁（可以不填）", "Who you are (you need not say)"),
    "complain.who.why": (
        "身份信息加密存放在保险库，办案人员只看到代号；查看须写明理由、经另一人批准，并会显示给您。"
        "写明企业名称和代码的，按合同当事人办理，结果会答复您；不写的，按提供线索处理，只告知收到，"
        "您仍可凭查询码看进度。",
        "It is sealed in a vault, and officers see a pseudonym; opening it takes a reason and a "
        "second person's approval, and is shown to you. With the name and code of your enterprise "
        "you are heard as the party and answered; without, it is taken as information, "
        "acknowledged only, and you can still follow it with your code.",
    ),
    "complain.name": ("企业名称", "Name of your enterprise"),
    "complain.uscc": ("企业统一社会信用代码", "Code of your enterprise"),
    "complain.contact": ("联系方式", "Contact"),
    "complain.contact.hint": (
        "电话或者邮箱，用于核实和补发查询码。",
        "Telephone or e-mail, to verify and to replace a lost code.",
    ),
    "complain.ownership": ("企业类型", "Ownership"),
    "complain.size": ("企业规模", "Size"),
    "complain.informant": (
        "我不是合同当事人，只是提供线索",
        "I am not the party; I only pass on information",
    ),
    "complain.confidential": (
        "对被投诉单位保密：不让它知道有人投诉、是谁投诉",
        "Keep it from the body that, and by whom, it is complained of",
    ),
    "complain.refuses_contact": (
        "不要联系我，我自己凭查询码查看",
        "Do not contact me; I shall look it up myself",
    ),
    "complain.send": ("提交投诉", "Send the complaint"),
    "complain.send.note": (
        "提交后立即显示查询码，只显示一次。",
        "Your lookup code is shown at once, and only once.",
    ),
    # faults
    "complain.error.form": (
        "投诉暂时不能登记，请核对内容后再提交一次。",
        "It could not be registered; please check it and send it again.",
    ),
    "complain.error.respondent_name": (
        "请填写单位名称或者统一社会信用代码（名称不超过300字）。",
        "Give the name of the body or its code (a name of at most 300 characters).",
    ),
    "complain.error.respondent_name.unknown": (
        "名录中没有这个名称的单位。请核对全称，或者填写统一社会信用代码和所在地区。",
        "We know no body of this name. Check the full name, or give the code and the region.",
    ),
    "complain.error.respondent_name.ambiguous": (
        "有多个单位使用这个名称，请填写统一社会信用代码。",
        "Several bodies have this name; please give the code.",
    ),
    "complain.error.respondent_name.missing-field": (
        "名录中没有这个代码，请同时填写单位名称。",
        "We do not know this code; please give the name as well.",
    ),
    "complain.error.respondent_uscc": (
        "统一社会信用代码是18位数字和字母，请核对。",
        "A unified social credit code has 18 digits and letters; please check it.",
    ),
    "complain.error.region": ("请填写所在地区。", "Please give the region."),
    "complain.error.region.missing-field": (
        "我们的名录中没有这个单位所在的地区，请填写。",
        "We do not know the region of this body; please give it.",
    ),
    "complain.error.region.unknown": (
        "没有这个地区。请填写县、市的全称或者六位行政区划代码。",
        "There is no such region. Give the full name of the county or city, or six digits.",
    ),
    "complain.error.region.ambiguous": (
        "有多个地方叫这个名字，请填写六位行政区划代码。",
        "Several places have this name; please give the six digits.",
    ),
    "complain.error.contract_no": (
        "合同编号不超过100字，不含特殊控制字符。",
        "A contract number has at most 100 characters.",
    ),
    "complain.error.contract_no.ambiguous": (
        "有多份合同使用这个编号，请写完整，或者先留空。",
        "Several contracts have this number; give it in full, or leave it empty.",
    ),
    "complain.error.field": ("请从列表中选择领域。", "Choose a field from the list."),
    "complain.error.promise": (
        "请用一句话写明对方应当做什么（不超过180字）。",
        "Say in one sentence what the body was to do (at most 180 characters).",
    ),
    "complain.error.due_on": (
        "请填写日期，例如 2025-06-01，不知道就留空。",
        "Give a day such as 2025-06-01, or leave it empty.",
    ),
    "complain.error.amount": (
        "请填写大于零的人民币元金额，最多两位小数，例如 1200000.00。",
        "An amount of yuan above zero with at most two decimals, such as 1200000.00.",
    ),
    "complain.error.breach": ("请选择属于哪种情形。", "Choose what kind of breach it is."),
    "complain.error.words": (
        "事情经过不超过20000字，不含特殊控制字符。",
        "At most 20,000 characters, without control characters.",
    ),
    "complain.error.demand": (
        "不超过4000字，不含特殊控制字符。",
        "At most 4,000 characters, without control characters.",
    ),
    "complain.error.route": (
        "请选择是诉讼、仲裁还是复议。",
        "Say whether it is a lawsuit, an arbitration or a review.",
    ),
    "complain.error.organ": (
        "请填写法院、仲裁机构或者复议机关的名称。",
        "Name the court, arbitrator or authority.",
    ),
    "complain.error.number": ("请填写案号。", "Give the case number."),
    "complain.error.classified": (
        "涉及国家秘密的合同不得在本平台登记、投诉，请通过保密渠道反映。您填写的内容没有保存。",
        "State secrets must not be entered here; use a channel for secrets. Nothing was kept.",
    ),
    "complain.error.name": (
        "企业名称不超过300字，不含特殊控制字符。",
        "A name has at most 300 characters.",
    ),
    "complain.error.uscc": (
        "统一社会信用代码是18位数字和字母，请核对，或者留空。",
        "A code has 18 digits and letters; please check it, or leave it empty.",
    ),
    "complain.error.contact": ("联系方式不超过300字。", "A contact has at most 300 characters."),
    "complain.error.ownership": ("请从列表中选择企业类型。", "Choose from the list."),
    "complain.error.size": ("请从列表中选择企业规模。", "Choose from the list."),
    # receipt
    "receipt.title": ("投诉已收到", "Your complaint has been received"),
    "receipt.again": (
        "这份投诉此前已经收到，没有重复登记。以下是一个新的查询码，以前的仍然有效。",
        "This complaint had been received before and was not entered twice. Here is a further "
        "code; an earlier one stays good.",
    ),
    "receipt.code": ("查询码", "Lookup code"),
    "receipt.once": (
        "只显示这一次。请抄下或者打印本页；凭它查进度、撤回、提出异议。任何人不会向您索要。",
        "It is shown this once. Write it down or print this page; it is all you need to look up, "
        "withdraw or object. Nobody will ever ask you for it.",
    ),
    "receipt.received": ("收到日期", "Received on"),
    "receipt.channel": ("渠道", "Channel"),
    "receipt.next": ("接下来", "What happens next"),
    "receipt.holder": (
        "现由“{holder}”审查是否受理。",
        "Now with {holder}, to decide on taking it in.",
    ),
    "receipt.holder.none": (
        "正在确定受理单位。",
        "The office that takes it in is being determined.",
    ),
    "receipt.due": ("这一步的期限：{day}", "Limit of this step: {day}"),
    "receipt.due.none": (
        "这一步没有法定天数，从今天起逐日计时。",
        "The law sets no number of days for this step; the time is measured from today.",
    ),
    "receipt.informant": (
        "您没有写明企业名称和代码，按提供线索处理：只告知收到，进度凭查询码查看。",
        "You gave no enterprise with its code, so it is taken as information: acknowledged only; "
        "follow it with your code.",
    ),
    "receipt.limits": (
        "属于中小企业款项支付投诉的，自受理、收到材料之日起适用以下法定期限：",
        "Where it is a complaint of an SME about payment, these limits run from acceptance and "
        "from receipt of the material:",
    ),
    "receipt.lookup": ("查询进度", "Look it up"),
    "receipt.print": (
        "打印：使用浏览器的打印功能（Ctrl+P）。",
        "To print, use the browser (Ctrl+P).",
    ),
}
