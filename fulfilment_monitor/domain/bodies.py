"""Public bodies among themselves: on which level they stand, and what they are competent for."""

from enum import StrEnum

from .contracts import FIELD_CHINESE


class Level(StrEnum):
    """The level of government a body belongs to."""

    NATIONAL = "national"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


LEVEL_CHINESE = {
    Level.NATIONAL: "国家级",
    Level.PROVINCE: "省级",
    Level.CITY: "市级",
    Level.COUNTY: "县级",
    Level.TOWNSHIP: "乡级",
}


class Matter(StrEnum):
    """What a body of a region can be competent for: one of the six fields, or a duty of its own."""

    PROCUREMENT = "procurement"
    BIDDING = "bidding"
    INVESTMENT_ATTRACTION = "investment_attraction"
    PPP = "ppp"
    INDUSTRY_SUPPORT = "industry_support"
    GOVERNMENT_INVESTMENT = "government_investment"
    #: 社会信用体系建设牵头部门: leads the mechanism in its region (发改财金〔2023〕1103号).
    CREDIT_LEAD = "credit_lead"
    #: 负责中小企业促进工作综合管理的部门: payment complaints (保障中小企业款项支付条例 第五条).
    SME_PAYMENT = "sme_payment"


MATTER_CHINESE = {Matter(f.value): name for f, name in FIELD_CHINESE.items()} | {
    Matter.CREDIT_LEAD: "信用体系建设牵头",
    Matter.SME_PAYMENT: "中小企业款项支付",
}
