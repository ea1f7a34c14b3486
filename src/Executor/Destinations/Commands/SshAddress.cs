using System.Globalization;

namespace Migrate.Executor.Destinations.Commands;

/// <summary>A login on another machine by the system's ssh client, which reads the server user's own configuration and keys.</summary>
public sealed record SshAddress(string Host, string? User = null, int? Port = null)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    /// <summary>A private key to come with; null: what ssh's configuration or agent has.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Host keys to trust in place of the user's and the system's known_hosts.</summary>
    public string? KnownHosts { get; init; }

    public override string ToString() => $"{(User is null ? "" : User + "@")}{(Host.Contains(':') ? $"[{Host}]" : Host)}{(Port is { } port ? string.Create(CultureInfo.InvariantCulture, $":{port}") : "")}";

    /// <summary>As known_hosts names it.</summary>
    internal string KnownName => Port is { } port and not 22 ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{port}") : Host;

    /// <summary>
    /// What holds for every login: it asks nobody (BatchMode), and a host key that is not known is refused, whatever ssh's configuration
    /// says: ssh takes the first value that it is given.
    /// </summary>
    internal IReadOnlyList<string> Options =>
    [
        "-o", "BatchMode=yes",
        "-o", "StrictHostKeyChecking=yes",
        "-o", string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={ConnectLimit.TotalSeconds:0}"),
        "-o", "ServerAliveInterval=5",
        "-o", "ServerAliveCountMax=4",
        "-o", "ForwardAgent=no",
        "-o", "ForwardX11=no",
        .. KeyFile is null ? Array.Empty<string>() : ["-i", KeyFile, "-o", "IdentitiesOnly=yes"],
        .. KnownHosts is null ? Array.Empty<string>() : ["-o", $"UserKnownHostsFile={KnownHosts}", "-o", "GlobalKnownHostsFile=/dev/null"],
    ];

    /// <summary>The machine itself, behind a "--": a name can be no option.</summary>
    internal IReadOnlyList<string> Destination =>
    [
        .. Port is { } port ? ["-p", port.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        .. User is null ? Array.Empty<string>() : ["-l", User],
        "-T", "--", Host,
    ];
}
