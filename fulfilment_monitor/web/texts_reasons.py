"""The reasoning of dates and rates, line by line: as it is written, and in English."""

#: What a line says, and its English. `on`, `start` and `last` are days, `free` is left as it is.
LINES = {
    # what it counts from
    "合同于 {on} 订立": "The contract was signed on {on}",
    "所依据的义务尚未订立": "The obligation it counts from has not been agreed yet",
    "待“{title}”完成后起算": "Counts from the day “{title}” is done, which it is not yet",
    "“{title}”于 {on} 完成": "“{title}” was done on {on}",
    "交付于 {on}": "Delivered on {on}",
    "验收于 {on} 未通过，待通过后起算": "Acceptance failed on {on}; counts from the day it passes",
    "买方未在验收期限内完成验收，付款期限自验收期满之日 {on} 起算（{source}）；不视为验收合格": (
        "The buyer did not finish the acceptance in its time, so the payment term runs from the "
        "day that ended, {on} ({source}); this does not count as a passed acceptance"
    ),
    # what was agreed
    "合同约定日期 {on}": "The contract names the day {on}",
    "合同约定期限{period}": "The contract allows {period}",
    "{on} 为休息日；约定的具体日期按原文，不顺延": (
        "{on} is a day of rest; a day the contract names is kept and does not move"
    ),
    "原定日期 {on}；{changes}": "First agreed for {on}; {changes}",
    # what the law says
    "未约定付款期限，适用法定期限{period}（{source}）": (
        "No payment term was agreed: the statutory term is {period} ({source})"
    ),
    "约定的 {on} 晚于法定最长期限{period}（{source}）；"
    "条款不因此改写，两个日期并列显示，以法定日期监测": (
        "The agreed {on} is later than the statutory maximum of {period} ({source}); the clause is "
        "not rewritten, both dates are shown, and the statutory one is watched"
    ),
    "未约定期限：请补录履行日期": "No term was agreed: please enter a date",
    "未约定期限，亦无适用的法定期限：请补录履行日期": (
        "No term was agreed and no statutory one applies: please enter a date"
    ),
    # how it is counted
    "自 {start} 起{period}，当日不计入，至 {last}": (
        "{period} from {start}, that day not counted, end on {last}"
    ),
    "自 {start} 起{period}，当日不计入，至 {last}（{source}）": (
        "{period} from {start}, that day not counted, end on {last} ({source})"
    ),
    "{start} 为休息日，顺延至 {last}（{source}）": (
        "{start} is a day of rest, so it moves on to {last} ({source})"
    ),
    "该年度放假安排尚未公布（或未录入），按周末和日期固定的节日推算，公布后重算": (
        "The holidays of that year are not published (or not entered) yet: reckoned by weekends "
        "and holidays with a fixed day, and again when they are published"
    ),
    # what ended it
    "审核期限于 {on} 届满未答复，按合同约定视为认可结算文件": (
        "The time to review ended on {on} without an answer: by the contract the settlement "
        "counts as approved"
    ),
    "合同于 {on} 经双方同意终止，未届期义务不再履行": (
        "Both sides ended the contract on {on}: what was not yet due is owed no more"
    ),
    # at what rate
    "约定年利率，按一年{number}日折算": "The agreed rate a year, of {number} days",
    "法定日利率万分之五": "The statutory rate of 0.05 % a day",
    # limits of cases
    "法律、行政法规未规定期限，本机关也未设定，仅记录用时": (
        "Neither law nor this office sets a limit: only the time it takes is kept"
    ),
    "本机关期限：{period}（{free}）": "Limit set by this office: {period} ({free})",
    "按挂牌督办要求，每{period}报告一次进展": (
        "Listed for supervision: progress is to be reported every {period}"
    ),
    "办理中确定的日期": "A day that was set while the case was handled",
    "总期限最长至 {on}": "In all at most until {on}",
    "经负责人批准延长至 {on}：{free}": "Extended to {on} with the head's approval: {free}",
    "受理投诉部门自正式受理之日起将投诉转交处理投诉部门：{period}（{source}）": (
        "The receiving body passes the complaint on within {period} of formal acceptance ({source})"
    ),
    "处理投诉部门自收到投诉材料之日起形成书面处理结果，"
    "反馈投诉人和受理投诉部门：{period}（{source}）": (
        "The handling body gives its written result to the complainant and the receiving body "
        "within {period} of receiving the file ({source})"
    ),
    "经处理投诉部门负责人批准延长的，"
    "自收到投诉材料之日起处理总期限最长不得超过的期限（含原期限）：{period}（{source}）": (
        "With an extension approved by its head, the handling body has at most {period} in all "
        "from receiving the file ({source})"
    ),
    "省级以上中小企业促进工作综合管理部门自收到款项支付投诉之日起进行审查：{period}（{source}）": (
        "The provincial or national department for SMEs reviews a payment complaint within "
        "{period} of receiving it ({source})"
    ),
}
#: Statutes by the name they are cited with.
STATUTES = {
    "民法典": "Civil Code",
    "保障中小企业款项支付条例（国务院令第802号）": (
        "Regulation on Payments to SMEs, State Council Decree 802"
    ),
    "保障中小企业款项支付条例（国务院令第728号）": (
        "Regulation on Payments to SMEs, State Council Decree 728"
    ),
    "保障中小企业款项支付投诉处理暂行办法（工信部企业〔2021〕224号）": (
        "Interim Measures on Complaints about Payments to SMEs, MIIT 2021 No. 224"
    ),
    "民营经济促进法": "Private Economy Promotion Law",
}
