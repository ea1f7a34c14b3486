using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;

namespace Migrate.Executor.Destinations;

/// <summary>
/// A libvirt connection URI, as far as it is allowed here: driver qemu; on this machine, by SSH, or by TLS with certificates.
/// libvirt.org, "Connection URIs" and "Remote support".
/// </summary>
public sealed record LibvirtUri
{
    private static readonly string[] Transports = ["", "unix", "ssh", "tls"];
    private static readonly string[] Parameters = ["keyfile", "known_hosts", "socket", "netcat", "proxy", "mode", "pkipath", "tls_priority", "name"];


    private LibvirtUri(string text) => Text = text;

    public string Text { get; }
    private IReadOnlyList<KeyValuePair<string, string>> Given { get; init; } = [];
    /// <summary>"" (this machine, or TLS when a host is named), unix, ssh or tls.</summary>
    public string Transport { get; private init; } = "";
    public string Host { get; private init; } = "";
    public string? User { get; private init; }
    public int? Port { get; private init; }

    public bool IsThisMachine => Host.Length == 0;

    /// <summary>The login behind an SSH transport; null for the others.</summary>
    public SshAddress? Ssh => Transport == "ssh" && Host.Length > 0
        ? new SshAddress(Host, User, Port) { KeyFile = Parameter("keyfile"), KnownHosts = Parameter("known_hosts") }
        : null;

    /// <exception cref="MigrateException">host.uri: all that is wrong with it.</exception>
    public static LibvirtUri Parse(string text)
    {
        var problems = new List<string>();
        var parsed = TryParse(text, problems);
        return parsed is not null && problems.Count == 0
            ? parsed
            : throw new MigrateException(
                "host.uri", $"'{Shown(text)}' is no libvirt URI that can be used: {string.Join("; ", problems)}.",
                "Give qemu:///system for this machine, qemu+ssh://user@host/system or qemu+tls://host/system.");
    }

    /// <summary>Null when it is no URI at all; else what was understood, with all problems.</summary>
    public static LibvirtUri? TryParse(string text, List<string> problems)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !text.Contains("://", StringComparison.Ordinal))
        {
            problems.Add("it is not of the form driver+transport://user@host:port/path");
            return null;
        }

        var scheme = uri.Scheme.Split('+', 2);
        var transport = scheme.Length == 2 ? scheme[1] : "";
        if (scheme[0] != "qemu")
        {
            problems.Add($"the driver is '{scheme[0]}', and VMs move to qemu");
        }

        if (!Transports.Contains(transport))
        {
            problems.Add(transport == "tcp" ? "tcp is neither encrypted nor authenticated: use ssh or tls" : $"the transport '{transport}' is not used: use ssh or tls");
        }

        if (uri.Host.Length == 0 && transport is "ssh" or "tls")
        {
            problems.Add($"{transport} needs the name of a host");
        }

        if (uri.Host.Length > 0 && transport == "unix")
        {
            problems.Add("a UNIX socket is on this machine and has no host");
        }

        if (uri.UserInfo.Contains(':'))
        {
            problems.Add("a password does not belong into a URI: log in with a key or a certificate");
        }

        if (uri.Host.StartsWith('-') || uri.UserInfo.StartsWith('-'))
        {
            problems.Add("the names of users and hosts do not begin with '-'");
        }

        if (uri.AbsolutePath is not ("/system" or "/session"))
        {
            problems.Add($"the path is '{uri.AbsolutePath}', and /system is meant (or /session)");
        }

        var parameters = ParametersOf(uri.Query);
        foreach (var (name, _) in parameters.Where(p => !Parameters.Contains(p.Key)))
        {
            problems.Add(name switch
            {
                "no_verify" => "no_verify would accept any host's key or certificate",
                "command" or "no_tty" => $"{name} is set by Migrate itself",
                _ => $"the parameter '{name}' is not known",
            });
        }

        return new LibvirtUri(text)
        {
            Given = parameters,
            Transport = transport,
            Host = uri.Host.Trim('[', ']'),
            User = uri.UserInfo.Length == 0 ? null : Uri.UnescapeDataString(uri.UserInfo),
            Port = uri.Port > 0 ? uri.Port : null,
        };
    }

    /// <summary>What libvirt is given: by SSH with a client of ours that asks nobody and accepts no unknown key.</summary>
    internal string ForLibvirt(string? sshClient)
    {
        if (Ssh is null || sshClient is null)
        {
            return Text;
        }

        // What the client takes itself stays out: libvirt would only hand it on.
        var parameters = Given.Where(p => p.Key is not ("keyfile" or "known_hosts")).Append(new("no_tty", "1")).Append(new("command", sshClient));
        return $"{Text.Split('?')[0]}?{string.Join('&', parameters.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"))}";
    }

    private string? Parameter(string name) => Given.Where(p => p.Key == name).Select(p => p.Value).FirstOrDefault();

    private static List<KeyValuePair<string, string>> ParametersOf(string query) =>
    [
        .. query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('=', 2))
            .Select(pair => KeyValuePair.Create(pair[0], pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : "")),
    ];

    /// <summary>Without what may be a password.</summary>
    private static string Shown(string text) => text.IndexOf('@') is > 0 and var at && text.IndexOf("://", StringComparison.Ordinal) is > 0 and var begin && begin + 3 < at && text.IndexOf(':', begin + 3, at - begin - 3) is > 0 and var colon
        ? text[..(colon + 1)] + "…" + text[at..]
        : text;
}
