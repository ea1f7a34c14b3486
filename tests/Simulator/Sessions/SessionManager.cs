using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Sessions;

public sealed class SessionManager(Vcenter vcenter) : ManagedObject("SessionManager", "SessionManager")
{
    /// <summary>The session of the call that is being answered: currentSession depends on who asks.</summary>
    private static readonly AsyncLocal<Session?> Caller = new();

    public static Session? CurrentCaller => Caller.Value;

    public static void SetCaller(Session? session) => Caller.Value = session;

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        switch (call.Method)
        {
            case "Login":
                return Task.FromResult(Login(call));
            case "Logout":
                vcenter.Sessions.Close(call.Session);
                return Task.FromResult(Reply.Void);
            case "SessionIsActive":
                var active = vcenter.Sessions.All.Any(s => s.Key == call.Text("sessionID") && s.UserName == call.Text("userName"));
                return Task.FromResult(new Reply(active, "boolean"));
            case "TerminateSession":
                var keys = call.Arguments.Children("sessionId").Select(e => e.Value).ToHashSet(StringComparer.Ordinal);
                foreach (var session in vcenter.Sessions.All.Where(s => keys.Contains(s.Key)))
                {
                    vcenter.Sessions.Close(session);
                }

                return Task.FromResult(Reply.Void);
            default:
                return base.InvokeAsync(call, cancellationToken);
        }
    }

    protected override object? Property(string name) => name switch
    {
        "sessionList" => vcenter.Sessions.All.Select(s => s.ToUserSession()).ToList(),
        "currentSession" => Caller.Value?.ToUserSession(),
        "messageLocaleList" or "supportedLocaleList" => new[] { "en" },
        "defaultLocale" => "en",
        _ => null,
    };

    private Reply Login(SoapCall call)
    {
        if (call.SessionOrNone is not null)
        {
            throw new VimFaultException(new DataObject("InvalidState"), "The operation is not allowed in the current state: this session is logged in.");
        }

        var user = call.Text("userName") ?? "";
        if (!vcenter.Sessions.IsPassword(user, call.Text("password") ?? ""))
        {
            throw new VimFaultException(new DataObject("InvalidLogin"), "Cannot complete login due to an incorrect user name or password.");
        }

        var session = vcenter.Sessions.Open(user);
        call.Http.Response.Headers.Append("Set-Cookie", $"{SessionTable.CookieName}=\"{session.Cookie}\"; Path=/; HttpOnly; Secure;");
        return new Reply(session.ToUserSession(), "UserSession");
    }
}
