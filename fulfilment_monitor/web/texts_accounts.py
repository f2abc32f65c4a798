"""The words of sign-in, of the own account and of the administrators' pages."""

TEXTS: dict[str, tuple[str, str]] = {
    "handle": ("账号", "Account"),
    "handle.hint": ("工号，或企业管理员给您的账号。", "Staff number, or what your firm gave you."),
    "password": ("密码", "Password"),
    "password.old": ("原密码", "Present password"),
    "password.new": ("新密码", "New password"),
    "password.again": ("再输入一次新密码", "New password once more"),
    "password.hint": (
        "{shortest} 至 {longest} 个字符，可以是一句话；请避开账号、单位名称、电话和常用词。",
        "{shortest} to {longest} characters, a sentence if you like; not your account, your body's "
        "name, a phone number or a common word.",
    ),
    "password.differs": ("两次输入的新密码不一致", "The two new passwords differ"),
    "password.wrong": ("原密码不正确", "The present password is not right"),
    "code": ("动态验证码", "Code"),
    "code.hint": (
        "身份验证器上的六位数字；手机不在身边时，可用一个备用码。没有第二因素的企业账号留空。",
        "Six digits from your authenticator, or a recovery code if the phone is not at hand. Leave "
        "it empty if your firm's account has no second factor.",
    ),
    "code.wrong": ("验证码不正确，或已使用过", "The code is not right, or was used already"),
    "factor": ("第二因素", "Second factor"),
    "factor.how": (
        "打开手机上的身份验证器，添加账户时选择手动输入，填入下面的密钥（基于时间）：",
        "Open the authenticator on your phone, add an account by hand, and type this key "
        "(time-based):",
    ),
    "factor.seed": ("密钥", "Key"),
    "factor.link": ("验证器就在这台设备上：直接打开", "The authenticator is on this device: open"),
    "factor.first_code": ("验证器显示的六位数字", "The six digits it shows"),
    "factor.optional": (
        "可以留空，以后再设；未设第二因素的账号不能办理敏感事项。",
        "May be left empty; without a second factor nothing sensitive can be done.",
    ),
    "factor.old_code": ("现用的动态验证码", "Code of the present factor"),
    "entrance.title": ("登录", "Sign in"),
    "entrance.lead": (
        "供政府部门工作人员和已开通账号的企业使用。投诉和查询进度不需要登录。",
        "For staff of public bodies and firms with an account. Complaining and looking up progress "
        "need none.",
    ),
    "entrance.enter": ("登录", "Sign in"),
    "entrance.first": ("第一次登录，或密码已重置", "First time, or the password was reset"),
    "entrance.lost": (
        "忘记密码，请联系系统管理员；手机遗失且没有备用码，请本人到场向安全管理员说明。",
        "Forgot the password: ask a system administrator. Lost the phone and all recovery codes: "
        "see a security administrator in person.",
    ),
    "entrance.refused": (
        "账号、密码或验证码不正确，或尝试过多。请核对后再试。",
        "The account, the password or the code is not right, or there were too many tries.",
    ),
    "entrance.due": (
        "密码使用已超过规定期限，请同时设置新密码后登录。",
        "The password is older than allowed: set a new one to sign in.",
    ),
    "entrance.wait": ("尝试过多，请 {n} 秒后再试。", "Too many tries; wait {n} seconds."),
    "entrance.wait.minutes": ("尝试过多，请 {n} 分钟后再试。", "Too many tries; wait {n} minutes."),
    "entrance.demo": ("演示账号", "Accounts of the demonstration"),
    "entrance.demo.note": (
        "点一下即可进入。演示没有密码和第二因素，数据均为样例，正式运行时没有这些账号。",
        "One click enters. There is no password and no second factor here; all data are samples, "
        "and no such account exists in earnest.",
    ),
    "sso.title": ("统一身份认证", "Single sign-on"),
    "sso.note": (
        "绑定后可用统一身份认证登录；敏感操作仍需本平台的动态验证码。",
        "Once bound it signs you in; what is sensitive still asks for your code here.",
    ),
    "sso.enter": ("使用统一身份认证登录", "Sign in with single sign-on"),
    "sso.refused": (
        "统一身份认证没有成功，或者该身份尚未绑定本平台的账户。请用账号登录后，在“我的账户”中绑定。",
        "It did not work, or this identity is bound to no account here. Sign in with your account "
        "and bind it under “My account”.",
    ),
    "sso.taken": ("该身份已绑定另一个账户。", "This identity is bound to another account."),
    "sso.away": ("统一身份认证暂时不能使用，请用账号登录。", "It is away; sign in here."),
    "sso.again": ("再试一次", "Try again"),
    "sso.here": ("用账号登录", "Sign in here"),
    "sso.bound": ("已于 {at} 绑定", "Bound on {at}"),
    "sso.unbound": ("未绑定", "Not bound"),
    "sso.bind": ("绑定统一身份", "Bind an identity"),
    "sso.unbind": ("解除绑定", "Unbind"),
    "step_up.title": ("再次验证", "Once more: who are you?"),
    "step_up.lead": (
        "接下来的操作比较敏感，需要五分钟内的动态验证码。每个验证码只能用一次。",
        "What comes next is sensitive and asks for a code of the last five minutes. Each code "
        "counts once.",
    ),
    "step_up.go": ("验证", "Go on"),
    "first.title": ("第一次登录", "First sign-in"),
    "first.lead": (
        "请输入管理员交给您的账号和一次性代码。代码三天内有效，用过即失效。",
        "Type the account and the one-time code an administrator gave you. The code counts once, "
        "within three days.",
    ),
    "first.refused": (
        "账号或一次性代码不正确，或代码已过期、已使用。",
        "The account or the one-time code is not right, or the code is too old or used.",
    ),
    "one_time": ("一次性代码", "One-time code"),
    "one_time.hint": ("不分大小写，横线可以省略。", "Capitals and dashes do not matter."),
    "first.go": ("下一步", "Next"),
    "first.step.code": ("一次性代码", "One-time code"),
    "first.step.choose": ("密码和第二因素", "Password and second factor"),
    "first.step.keep": ("保存备用码", "Keep the recovery codes"),
    "first.welcome": ("{name}，您好", "Welcome, {name}"),
    "first.choose": (
        "请设置密码，并在手机上添加第二因素。全部完成后账户才会开通。",
        "Choose a password and add the second factor on your phone; then the account opens.",
    ),
    "first.open": ("开通账户", "Open the account"),
    "recovery.title": ("备用码", "Recovery codes"),
    "recovery.lead": (
        "手机不在身边时，每个备用码可代替动态验证码使用一次。",
        "When the phone is not at hand, each of these stands in for a code once.",
    ),
    "recovery.once": (
        "只显示这一次。请抄写或打印，与手机分开保管。",
        "Shown only now. Write them down or print them, and keep them apart from the phone.",
    ),
    "recovery.kept": ("已保存，继续", "Kept; go on"),
    "own.title": ("我的账户", "My account"),
    "own.who": ("身份", "Who I am"),
    "own.body": ("代表", "Acting for"),
    "own.roles": ("职务", "Capacities"),
    "own.no_roles": (
        "目前没有职务。请联系安全管理员。",
        "No post at present. Ask a security administrator.",
    ),
    "own.switch": ("切换代表的单位", "Act for another body"),
    "own.switch.hint": (
        "切换后敏感操作需再次验证。",
        "Sensitive acts ask for the code again afterwards.",
    ),
    "own.switch.go": ("切换", "Switch"),
    "own.means": ("密码与第二因素", "Password and second factor"),
    "own.password": ("修改密码", "Change the password"),
    "own.password.lead": (
        "修改后其他登录全部退出。没有必要定期更换；怀疑泄露时请立即更换。",
        "All other sessions end. There is no need to change it by date; do so at once if you doubt "
        "that it is secret.",
    ),
    "own.factor": ("更换第二因素", "Another second factor"),
    "own.factor.lead": (
        "更换后原手机上的验证码和原备用码失效，其他登录全部退出。",
        "Codes of the old phone and old recovery codes stop counting; all other sessions end.",
    ),
    "own.factor.yes": ("已设置", "in place"),
    "own.factor.no": ("未设置", "none"),
    "own.recovery": ("重新生成备用码", "New recovery codes"),
    "own.recovery.left": ("还有 {n} 个未用", "{n} left"),
    "own.recovery.sure": ("原备用码将全部失效。", "All old recovery codes will stop counting."),
    "own.sessions": ("正在使用的登录", "Sessions"),
    "own.sessions.note": (
        "不认识的登录，请立即退出其他登录并修改密码。",
        "If one is not yours, end the others at once and change the password.",
    ),
    "own.network": ("网段", "Network"),
    "own.opened": ("登录于", "Opened"),
    "own.seen": ("最近使用", "Last used"),
    "own.this": ("本次登录", "this one"),
    "own.end_others": ("退出其他登录", "End all others"),
    "own.save": ("保存", "Save"),
}
