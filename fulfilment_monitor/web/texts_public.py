"""The words of the public pages but the complaint's: Chinese, then English."""

TEXTS: dict[str, tuple[str, str]] = {
    "public.nav.portal": ("首页", "Home"),
    "public.nav.complain": ("投诉", "Complain"),
    "public.nav.lookup": ("查进度", "Look up"),
    "public.nav.published": ("公开记录", "Published"),
    "public.nav.calculators": ("计算器", "Calculators"),
    "public.nav.channels": ("渠道", "Channels"),
    "public.nav.open_data": ("数据", "Open data"),
    "error.prefix": ("有误：", "Error: "),
    # portal
    "portal.title": (
        "政府部门没有按约履行？在这里反映",
        "Has a public body not kept its contract? Say so here",
    ),
    "portal.what": (
        "本平台监测机关、事业单位与企业所签合同和所作承诺的履行情况，受理企业对违约、拖欠的投诉，"
        "转交上级或者主管部门核实处理。",
        "This service follows contracts and promises of public bodies to enterprises, takes in "
        "complaints of breach and arrears, and passes them to a superior or competent body.",
    ),
    "portal.free": (
        "投诉免费，不需要账号；凭查询码随时查看进度。",
        "Complaining is free and needs no account; a lookup code shows how it stands at any time.",
    ),
    "portal.doors": ("您要办什么", "What would you like to do"),
    "door.complain": ("提出投诉", "Complain"),
    "door.complain.what": (
        "拖欠账款、拒不履行、承诺不兑现、保证金不退等。约需十分钟。",
        "Arrears, non-performance, promises unkept, deposits kept. About ten minutes.",
    ),
    "door.lookup": ("查询进度", "Look up a complaint"),
    "door.lookup.what": (
        "输入查询码，查看办到哪一步、由谁承办、期限到哪一天；可以撤回、提出异议。",
        "With your code: where it stands, who holds it, by when; withdraw or object.",
    ),
    "door.published": ("公开的违约记录", "Published breaches"),
    "door.published.what": (
        "依法认定、已经生效的违约记录和正在执行的措施。",
        "Breaches that were determined and have effect, and the measures in force.",
    ),
    "door.calculators": ("期限与利息计算器", "Deadlines and interest"),
    "door.calculators.what": (
        "法定期限到哪一天、逾期利息是多少，逐步说明依据。",
        "The last day of a statutory term, late interest, and why, step by step.",
    ),
    "door.channels": ("投诉渠道名录", "Channels"),
    "door.channels.what": (
        "各渠道由谁运营、受理什么、地址电话。",
        "Who runs each channel, what it takes, where it is.",
    ),
    "door.open_data": ("数据下载", "Open data"),
    "door.open_data.what": (
        "合同公开数据与统计表。",
        "Published contracts and figures.",
    ),
    "door.login": ("工作人员登录", "Staff sign-in"),
    "door.login.what": (
        "机关、事业单位经办人和受理、认定、督办人员。",
        "For officers who register, take in, determine and supervise.",
    ),
    "portal.steps": ("一件投诉怎样办理", "How a complaint goes"),
    "step.sent": ("提交，立即得到查询码", "You send it and get a lookup code at once"),
    "step.sent.what": (
        "不因缺少证明材料而拒收；已在诉讼、仲裁的也收，转入跟踪。",
        "Missing proof is no reason to refuse it; nor is a lawsuit, which is then followed.",
    ),
    "step.accepted": ("受理单位审查是否受理", "The intake office decides whether it is competent"),
    "step.accepted.what": (
        "不受理的，书面告知理由和该找谁。",
        "If not, you are told in writing why, and whom to turn to.",
    ),
    "step.passed": ("转交上级或者主管部门", "It goes to a superior or competent body"),
    "step.passed.what": (
        "从不转给被投诉单位自己办理；与其有利害关系的人员回避。",
        "Never to the body complained of; whoever stands too near to it steps aside.",
    ),
    "step.verified": ("核实，责令整改或者答复", "It is verified; the wrong is righted or answered"),
    "step.verified.what": (
        "属实的责令限期整改；有分歧的协商、调解或者走法律途径；不属实的向您说明理由。",
        "If true, the body has to put it right by a date; a dispute is negotiated or goes to law; "
        "if not, you are told the reasons.",
    ),
    "step.determined": ("拒不整改的，依法认定", "Refusal leads to a determination"),
    "step.determined.what": (
        "先告知、听取陈述申辩，再作出书面认定，记入信用记录并采取限制措施；整改后可以修复。",
        "After notice and a hearing, in writing; it is entered in the credit record and draws "
        "measures, until the breach is repaired.",
    ),
    "portal.limits": ("法定期限", "Limits set by law"),
    "portal.limits.note": (
        "以下期限适用于中小企业的款项支付投诉；其他投诉，国家文件没有规定天数，本平台逐日计时并公开"
        "给您看。",
        "These hold for complaints of small and medium enterprises about payment. For others no "
        "number of days is set; the time taken is measured and shown to you.",
    ),
    "portal.safe": ("担心被报复？", "Afraid of retaliation?"),
    "portal.safe.1": (
        "可以不写姓名。写了的，身份信息加密存放在保险库，办案人员看到的只有代号。",
        "You need not give a name. If you do, it is sealed in a vault; officers see a pseudonym.",
    ),
    "portal.safe.2": (
        "要看身份，须写明理由并经另一人批准；每次查看都记录在案，您凭查询码就能看到。",
        "To open it takes a reason and a second person's approval; every look is on record and "
        "shown to you with your code.",
    ),
    "portal.safe.3": (
        "可以要求对被投诉单位保密：转交材料只写“线索来源依法保密”。",
        "You can ask for confidentiality: what is passed on names no source.",
    ),
    "portal.safe.4": (
        "投诉之后，平台继续关注该单位对您企业的处罚、检查、合同变更，发现异常即提示督办。",
        "Afterwards we keep watching what the body does to your enterprise, and raise an alarm "
        "when something is odd.",
    ),
    # lookup
    "lookup.title": ("查询投诉进度", "Look up a complaint"),
    "lookup.code": ("查询码", "Lookup code"),
    "lookup.code.hint": (
        "提交投诉时显示的 24 位码。大小写、空格、连字符都不影响。",
        "The 24 characters shown when you complained. Case, spaces and hyphens do not matter.",
    ),
    "lookup.go": ("查询", "Look up"),
    "lookup.lost": (
        "查询码遗失的，只能由身份保管人通过您留下的联系方式重新发放；没有留联系方式的无法找回。",
        "A lost code can only be replaced by the custodian over the contact you left; without one "
        "it stays lost.",
    ),
    "lookup.rests": (
        "输入错误的查询码过多，请在{n}分钟后再试。",
        "Too many wrong codes were entered; please come again in {n} minutes.",
    ),
    "lookup.rests.right": (
        "正确的查询码随时可以查询，不受此限；投诉也不受此限。",
        "A right code is answered at any time all the same, and complaints are always taken.",
    ),
    "lookup.another": ("查询另一件", "Look up another"),
    "progress.title": ("办理进度", "How it stands"),
    "progress.received": ("收到日期", "Received on"),
    "progress.withdrawn": ("撤回日期", "Withdrawn on"),
    "progress.confidential": ("保密", "Confidential"),
    "progress.matter": ("投诉事项", "Matter complained of"),
    "progress.state": ("状态", "State"),
    "progress.since": ("自", "Since"),
    "progress.holder": ("承办", "Held by"),
    "progress.due": ("下一期限", "Next limit"),
    "progress.due.none": ("未设定期限，逐日计时", "no limit set; the time is measured"),
    "progress.basis": ("期限的依据", "Why this limit"),
    "progress.answers": ("给您的答复", "Answers to you"),
    "progress.answered": ("已按您投诉的渠道答复", "Answered over the channel you used"),
    "progress.remedies": ("救济途径", "Remedies"),
    "progress.record": ("存证", "Proof that it is on record"),
    "progress.record.what": (
        "您的投诉是操作记录的第 {seq} 条。下面这段文字由本平台签名，请保存：投诉一旦被删去，凭它"
        "可以证明。",
        "Your complaint is entry {seq} of the record of acts. The text below is signed; keep it: "
        "it proves the removal if the complaint is ever taken out.",
    ),
    "progress.accesses": ("谁看过您的信息", "Who has looked at your information"),
    "progress.accesses.none": ("没有人查看过您的身份信息。", "Nobody has opened your identity."),
    "lookup.object": ("对结果提出异议", "Object to the result"),
    "lookup.object.grounds": ("异议理由", "Your grounds"),
    "lookup.object.go": ("提出异议", "Object"),
    "lookup.object.empty": ("请写明异议理由。", "Please give your grounds."),
    "lookup.objected": ("异议已收到，由上一级部门复核。", "Your objection has been received."),
    "lookup.withdraw": ("撤回投诉", "Withdraw the complaint"),
    "lookup.withdraw.note": (
        "撤回只代表您退出。其他投诉人提出的、登记显示确有逾期的和已经核实的事项，继续依职权办理。",
        "Withdrawing removes you alone. What others complain of, what the register shows as "
        "overdue and what was found goes on.",
    ),
    "lookup.withdraw.reason": ("原因（可不填）", "Reason (optional)"),
    "lookup.withdraw.sure": ("我确认撤回", "I am sure"),
    "lookup.withdraw.go": ("撤回", "Withdraw"),
    "lookup.withdraw.unsure": ("请勾选“我确认撤回”。", "Please tick “I am sure”."),
    "lookup.withdrawn": ("投诉已撤回。", "The complaint has been withdrawn."),
    "lookup.refused": (
        "现在不能办理这一步，可能已经办理过。",
        "This step is not open now; perhaps it was taken already.",
    ),
    # published
    "published.title": ("公开的违约记录", "Published breaches"),
    "published.lead": (
        "只公开依法认定、已经送达生效且没有异议的违约；不公开金额、企业和投诉人。已修复的按规定撤下。",
        "Only breaches that were determined and served and that nobody contests; never amounts, "
        "enterprises or complainants. Repaired ones are taken down as the rules say.",
    ),
    "published.off": (
        "本单位尚未决定向社会公开违约记录，因此这里没有内容。国家文件要求的是部门间共享，向社会公开"
        "须另行决定。",
        "This office has not decided to publish breaches, so nothing is shown here. The notices "
        "order sharing among offices; showing records to everybody is a decision of its own.",
    ),
    "published.decision": ("公开依据：{decision}", "Published under: {decision}"),
    "published.search": ("单位名称", "Name of the body"),
    "published.none": ("没有公开的记录。", "Nothing is published."),
    "published.what": ("认定的违约", "Breach determined"),
    "published.article": ("依据", "Basis"),
    "published.document": ("认定文书号", "Decision no."),
    "published.by": ("认定部门", "Determined by"),
    "published.since": ("生效日期", "In effect since"),
    "published.repaired": ("已于 {day} 修复", "Repaired on {day}"),
    "published.effective": ("未修复", "Not repaired"),
    "published.measures": ("正在执行的措施", "Measures in force"),
    "published.measures.none": ("目前没有正在执行的措施。", "No measure is in force at present."),
    "published.imposed": ("{imposer} 自 {day} 起", "{imposer}, since {day}"),
    "published.body.none": (
        "截至 {day}，没有公开该单位的违约记录。",
        "As of {day} no breach of this body is published.",
    ),
    "published.all": ("全部公开记录", "All published breaches"),
    "published.taken_over": ("原属 {name}", "taken over from {name}"),
    # calculators
    "calc.title": ("计算器", "Calculators"),
    "calc.lead": (
        "依据随本平台发布的法律条款、国务院放假安排和贷款市场报价利率推算；结果有自己的网址，可以保存。",
        "Reckoned from the statutes, holidays and loan prime rates that ship with this service; "
        "each result has an address you can keep.",
    ),
    "calc.deadline": ("期限计算", "Deadline"),
    "calc.deadline.what": (
        "从某一天起，法定或者约定的期限到哪一天届满。",
        "The last day of a statutory term or of an agreed period.",
    ),
    "calc.interest": ("逾期利息测算", "Late interest"),
    "calc.interest.what": (
        "逾期付款的利息，按约定利率或者法定日利率万分之五，可扣除部分付款。",
        "Interest on a late payment, at the agreed or the statutory rate, with part payments.",
    ),
    "calc.go": ("计算", "Reckon"),
    "calc.term": ("法定期限", "Statutory term"),
    "calc.term.choose": ("— 请选择，或在下面填写约定期限 —", "— choose, or give a period below —"),
    "calc.start": ("起算日", "Counted from"),
    "calc.start.hint": ("当日不计入，自次日起算。", "That day itself is not counted."),
    "calc.signed": ("合同签订日（可不填）", "Signing day (optional)"),
    "calc.signed.hint": (
        "法律修订前后期限不同的，按签订日选用版本。",
        "Chooses the version of the law where the signing does.",
    ),
    "calc.length": ("约定期限（填了就不用法定期限）", "Agreed period (instead of a term)"),
    "calc.unit": ("单位", "Unit"),
    "calc.no_roll": ("最后一日为休息日的不顺延", "A last day of rest stays where it is"),
    "calc.due": ("届满日", "Last day"),
    "calc.why": ("为什么是这一天", "Why this day"),
    "calc.address": ("这个结果的网址可以保存、转发。", "The address of this result can be kept."),
    "calc.principal": ("应付未付金额（元）", "Amount owed (yuan)"),
    "calc.due_on": ("应付款日", "Due on"),
    "calc.until": ("算至", "Until"),
    "calc.until.hint": ("这一天计入。", "That day is counted."),
    "calc.signed.on": ("合同签订日", "Signed on"),
    "calc.annual_rate": ("约定逾期年利率（%，未约定不填）", "Agreed yearly rate (%, if any)"),
    "calc.basis": ("一年按多少日", "Days in a year"),
    "calc.out_of_scope": (
        "不是中小企业销售货物、工程、服务（不适用法定利率）",
        "Not an SME selling goods, works or services (no statutory rate)",
    ),
    "calc.paid": ("部分付款（可不填）", "Part payments (optional)"),
    "calc.paid.on": ("第 {number} 笔日期", "Payment {number}: day"),
    "calc.paid.amount": ("第 {number} 笔金额（元）", "Payment {number}: yuan"),
    "calc.total": ("测算利息", "Interest, computed"),
    "calc.rate": ("利率", "Rate"),
    "calc.segments": (
        "分段计算；各段分别四舍五入，合计只舍入一次",
        "By stretches of days; each is rounded for itself, the total once",
    ),
    "calc.from": ("自", "From"),
    "calc.to": ("至", "To"),
    "calc.days": ("天数", "Days"),
    "calc.remaining": ("未付金额", "Still owed"),
    "calc.part": ("利息", "Interest"),
    "calc.nothing": ("到这一天为止没有逾期。", "Nothing was late by that day."),
    "calc.law": (
        "依据：《保障中小企业款项支付条例》第十七条（2025年6月1日前订立的合同为国务院令第728号第十五条）："
        "约定利率不低于订立时一年期贷款市场报价利率；未约定的按每日利率万分之五。结果为测算，不构成付款主张。",
        "Source: Regulation on Payments to SMEs, art. 17 (of contracts signed before 1 June 2025, "
        "art. 15 of Decree 728): the agreed rate, not below the one-year loan prime rate at "
        "signing; else the statutory daily rate. A computation, not a claim.",
    ),
    "calc.error": ("有些内容需要更正", "Something has to be corrected"),
    "calc.error.day": (
        "请填写 2000 至 2099 年之间的日期，例如 2025-06-01。",
        "A day of the years 2000 to 2099, such as 2025-06-01.",
    ),
    "calc.error.amount": (
        "请填写大于零的人民币元金额，最多两位小数。",
        "An amount of yuan above zero, with at most two decimals.",
    ),
    "calc.error.rate": (
        "请填写 0 至 100 之间的百分数，例如 3.65。",
        "A percentage from 0 to 100, such as 3.65.",
    ),
    "calc.error.length": ("请填写整数，最多四位。", "A whole number of at most four digits."),
    "calc.error.term": (
        "请选择法定期限，或者填写约定期限。",
        "Choose a statutory term, or give an agreed period.",
    ),
    "calc.error.term.then": (
        "没有这项期限，或者那时还没有施行。",
        "There is no such term, or it was not in force then.",
    ),
    "calc.error.unit": ("请选择单位。", "Choose a unit."),
    "calc.error.basis": ("请选择一年的天数。", "Choose the days of a year."),
    "calc.error.beyond": ("超出了日历的范围。", "That is beyond the calendar."),
    # channels
    "channels.title": ("投诉渠道名录", "Channels for complaints"),
    "channels.lead": (
        "从任何一个渠道提出的投诉，都进入同一个登记簿，同一件事只办一次。",
        "Whatever channel a complaint comes by, it enters one register and is handled once.",
    ),
    "channels.region": ("地区名称或者六位代码", "Name of a region, or six digits"),
    "channels.of": ("{name}（{code}）的运营单位", "Who runs them in {name} ({code})"),
    "channels.ambiguous": ("有多个地方叫这个名字，请用代码：", "Several places have that name:"),
    "channels.unknown": ("没有找到这个地区。", "No such region was found."),
    "channels.operator": ("运营单位", "Run by"),
    "channels.operator.none": (
        "未登记；由主管单位受理",
        "not registered; the competent body takes it",
    ),
    "channels.takes": ("受理", "Takes"),
    "channels.takes.sme": (
        "中小企业款项支付投诉（适用法定办理期限）",
        "payment complaints of SMEs (statutory limits run)",
    ),
    "channels.takes.all": (
        "机关、事业单位违约、拖欠、承诺不兑现",
        "breach, arrears and promises unkept of public bodies",
    ),
    "channels.form": ("在本站填写", "Fill in the form here"),
    "channels.since": ("启用", "Since"),
    "channels.source": ("依据", "Ordered by"),
    "channels.region.short": ("地区", "Region"),
    "channels.columns": ("各地投诉专栏", "Columns of the regions"),
    "channels.columns.caption": (
        "截至 {day} 正在运行的专栏，大区在前",
        "Columns that run as of {day}, the wider region first",
    ),
    "channels.address": ("地址", "Address"),
    "channels.telephone": ("电话", "Telephone"),
    # open data
    "open.title": ("数据下载", "Open data"),
    "open.lead": (
        "只提供本单位已经决定公开的数据；不公开任何一条线索和投诉。",
        "Only what this office has decided to publish; never a single lead or complaint.",
    ),
    "open.figures": ("统计表（CSV）", "Figures (CSV)"),
    "open.figures.what": (
        "登记的合同数、未结和已结线索数，按市或者按领域。线索未经核实，不是认定。只有件数，没有金额、"
        "单位和企业；小于 {smallest} 的数不公布，只有一个数不公布时，次小的数一并不公布，以防"
        "反推。",
        "Contracts on the register, leads open and closed, by city or by field. Leads are "
        "unverified. Counts only: no amounts, bodies or enterprises; counts below {smallest} are "
        "withheld, and where only one would be, the next smallest with it.",
    ),
    "open.by.region": ("按地区", "By region"),
    "open.by.field": ("按领域", "By field"),
    "open.contracts": ("合同公开数据（OCDS 1.1）", "Contracts (OCDS 1.1)"),
    "open.contracts.what": (
        "政府采购、招标投标、政府和社会资本合作、政府投资四个领域的合同，逐页提供，下一页见"
        "links.next；跨页的同一过程编号相同。",
        "Contracts of procurement, bidding, PPP and government investment, page by page; the next "
        "page is in links.next. A process on two pages has the same id on both.",
    ),
    "open.contracts.get": ("下载第一页", "Download the first page"),
    "open.off": (
        "本单位尚未决定公开这项数据。",
        "This office has not decided to publish this.",
    ),
    "open.api": ("接口", "Interface"),
    "open.api.what": (
        "其他系统可以用 REST 接口读写其有权处理的内容；接口说明对所有人公开。",
        "Other systems read and write what is theirs over a REST interface; "
        "its description is open to all.",
    ),
    "open.api.get": ("接口说明", "Description of the interface"),
    "open.licence": ("使用说明", "Terms of use"),
    "open.licence.what": (
        "使用时请注明来源和下载日期，不得用于识别投诉人或者个人。数据如有更正，以最新下载为准。"
        "公开许可协议由发布单位另行确定；未确定前，请在合理使用范围内引用。",
        "Name the source and the day of download; do not use it to identify complainants or "
        "persons. Corrections are in the newest download. A licence is for the publishing office "
        "to choose; until it has, cite within fair use.",
    ),
    "open.decision": ("公开依据：{decision}", "Published under: {decision}"),
}
