"""The words of the pages of a body that is the respondent of a claim."""

TEXTS: dict[str, tuple[str, str]] = {
    "served.nav": ("涉我事项", "Claims on us"),
    "served.title": ("涉及本单位的事项", "Claims on this body"),
    "served.lead": (
        "承办部门接办后，向本单位转办、送达的事项。线索来源依法保密。",
        "What was passed on to and served on this body. Where it comes from is kept secret by law.",
    ),
    "served.none": ("没有涉及本单位的事项", "No claims on this body"),
    "served.none.text": (
        "承办部门接办涉及本单位的事项后，会列在这里。",
        "What a handling body takes up about this body is listed here.",
    ),
    "served.caption": ("涉及本单位的事项", "Claims"),
    "served.matter": ("事项", "Matter"),
    "served.reference": ("转办编号", "Reference"),
    "served.state": ("状态", "State"),
    "served.since": ("状态自", "Since"),
    "served.holder": ("承办部门", "In hand of"),
    "served.due": ("本单位期限", "Our limit"),
    "served.confirmed": ("核实金额", "Confirmed"),
    "served.source": ("来源", "Source"),
    "served.contract": ("合同编号", "Contract"),
    "served.paper": ("转办摘要", "Summary sent"),
    "served.paper.none": (
        "转办摘要每日统一发送，尚未发出。",
        "Summaries are sent once a day; this one has not been sent yet.",
    ),
    "served.paper.sent": ("发送日", "Sent on"),
    "served.paper.request": ("要求", "What is asked"),
    "served.paper.enterprise": ("企业", "Enterprise"),
    "served.paper.contract_title": ("合同名称", "Title of the contract"),
    "served.paper.obligation": ("义务", "Obligation"),
    "served.paper.claimed": ("主张金额（元）", "Claimed (yuan)"),
    "served.paper.summary": ("内容摘要", "Summary"),
    "served.next": ("可以办理", "What can be done"),
    "served.next.none": (
        "目前没有需要在这里办理的步骤。陈述申辩请书面报送承办部门，由其记入下方。",
        "Nothing can be done here now. Send statements to the handling body in writing; it "
        "records them below.",
    ),
    "served.contested": (
        "本单位的异议正在由上一级复核，决定前不能再提出异议或申请信用修复。",
        "The objection is being reviewed one level above; until then nothing else is open.",
    ),
    "served.done": ("已提交：{step}", "Sent: {step}"),
    "served.course": ("已送达和已告知", "What was served"),
    "served.course.none": ("尚未送达任何文书。", "Nothing has been served yet."),
    "served.said": ("本单位的意见和申请", "What this body said"),
    "served.said.none": ("本单位尚未提出意见或申请。", "This body has said nothing yet."),
    "served.record": ("本单位信用记录", "Credit record of this body"),
    "served.record.open": ("查看本单位信用记录", "Open the credit record of this body"),
}
