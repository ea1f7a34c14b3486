using System.Globalization;
using System.Net;
using Migrate.Executor.Deployment;
using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;

namespace Migrate.Executor.Attachments;

/// <summary>Who a KVM host's kernel is to targets.</summary>
internal sealed record InitiatorName(string Nqn, string HostId);

/// <summary>A namespace as the host's kernel has it.</summary>
/// <param name="Uuid">The namespace.</param>
/// <param name="Device">The kernel's name, e.g. nvme0n1, which may be another one after a restart.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record AttachedNamespace(Guid Uuid, string Device, long Bytes)
{
    /// <summary>Follows from the UUID, so that a domain finds it whatever number the kernel gives the device.</summary>
    public static string PathOf(Guid uuid) => $"/dev/disk/by-id/nvme-uuid.{uuid:D}";
}

/// <summary>
/// The NVMe/TCP initiator in a KVM host's kernel, told by shell scripts over the host's login. What is there already is left as it is, so that
/// whoever goes on after a crash calls the same again.
/// </summary>
internal sealed class HostInitiator(IHostCommands commands, string root = "")
{
    private static readonly TimeSpan Login = TimeSpan.FromMinutes(1);

    public string Where => commands.Where;

    /// <summary>For a connection, a device, a read of 1 MiB or an end: each takes a second at most on a host that is well, and a target may be restarting.</summary>
    public int Seconds { get; init; } = 60;

    private string Patience => Seconds.ToString(CultureInfo.InvariantCulture);

    /// <summary>Loads the initiator, and gives a host without a name one.</summary>
    /// <exception cref="MigrateException"><c>host.not-root</c>, <c>host.nvme-cli</c>, <c>host.nvme-tcp</c>.</exception>
    public async Task<InitiatorName> IdentifyAsync(CancellationToken cancellationToken)
    {
        var said = (await RunAsync(InitiatorScripts.Identify, Login, [], cancellationToken)).ToLookup(line => line[0], line => line.Length > 1 ? line[1] : "");
        var (nqn, id) = (said["hostnqn"].FirstOrDefault(""), said["hostid"].FirstOrDefault(""));
        return Preflight.NqnCheck.Problems(nqn).Count > 0 || nqn.EndsWith($":{Guid.Empty:D}", StringComparison.Ordinal) || !Guid.TryParse(id, out var hostId) || hostId == Guid.Empty
            ? throw new MigrateException(
                "host.nqn", $"{Where} has no usable name for targets: hostnqn '{nqn}', hostid '{id}'.",
                "Write an NQN that no other host has into /etc/nvme/hostnqn and a UUID into /etc/nvme/hostid there, or remove both files and get new ones; then retry.")
            : new InitiatorName(nqn, id);
    }

    /// <summary>Connects to the subsystem; what is connected already stays as it is. Returns what could not be connected.</summary>
    /// <exception cref="MigrateException"><c>host.target-unreachable</c>: by none of the addresses.</exception>
    public async Task<IReadOnlyList<string>> ConnectAsync(InitiatorName host, string subsystemNqn, TargetWays ways, int hostCpus, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            ways.All ? "all" : "first", subsystemNqn, host.Nqn, host.HostId, Patience, NvmeHostFiles.OptionsOf(hostCpus),
            .. ways.Addresses.SelectMany(way => new[] { way.Address.ToString(), way.Port.ToString(CultureInfo.InvariantCulture) }),
        ];
        var lines = await RunAsync(InitiatorScripts.Connect, Login + (TimeSpan.FromSeconds(2 * Seconds) * ways.Addresses.Count), arguments, cancellationToken);
        List<string> failed = [.. lines.Where(line => line[0] == "failed").Select(line => $"{Shown(line)}: {Rest(line, 3)}")];
        return lines.Any(line => line[0] == "live")
            ? failed
            : throw new MigrateException(
                "host.target-unreachable", $"{Where} cannot connect to the target {subsystemNqn}: {string.Join("; ", failed)}.",
                "See that the target runs and that its port is open from that host (migrate host check HOST --target ADDRESS); then retry the run.")
            { IsTransient = true };
    }

    /// <summary>Waits until each namespace is a device under the name that domains use.</summary>
    /// <exception cref="MigrateException"><c>host.namespace-missing</c>.</exception>
    public async Task<IReadOnlyList<AttachedNamespace>> AwaitAsync(InitiatorName host, string subsystemNqn, IReadOnlyList<Guid> namespaces, CancellationToken cancellationToken)
    {
        string[] arguments = [subsystemNqn, host.Nqn, Patience, .. namespaces.Select(uuid => uuid.ToString("D"))];
        var lines = await RunAsync(InitiatorScripts.Await, Login + (TimeSpan.FromSeconds(2 * Seconds) * namespaces.Count), arguments, cancellationToken);
        var missing = lines.Where(line => line[0] == "missing").ToList();
        if (missing.Count > 0 || lines.Count(line => line[0] == "device") != namespaces.Count)
        {
            throw new MigrateException(
                "host.namespace-missing",
                $"{Where} is connected to {subsystemNqn} and has no {string.Join(", ", missing.Select(line => $"/dev/disk/by-id/nvme-uuid.{line[1]} ({Rest(line, 2)})"))}.",
                "See that the namespace is online on the target, and that udev runs on the host; then retry the run.")
            { IsTransient = true };
        }

        return [.. lines.Where(line => line[0] == "device").Select(line => new AttachedNamespace(Guid.Parse(line[1]), line[2], long.Parse(line[3], CultureInfo.InvariantCulture)))];
    }

    /// <summary>SHA-256, in lower-case hex, of each of these extents as the host's kernel reads them now.</summary>
    /// <exception cref="MigrateException"><c>host.read-failed</c>.</exception>
    public async Task<IReadOnlyDictionary<long, string>> SampleAsync(string path, IReadOnlyList<long> extents, CancellationToken cancellationToken)
    {
        string[] arguments = [path, Patience, .. extents.Select(extent => extent.ToString(CultureInfo.InvariantCulture))];
        var lines = await RunAsync(InitiatorScripts.Sample, Login + (TimeSpan.FromSeconds(Seconds) * extents.Count), arguments, cancellationToken);
        if (lines.FirstOrDefault(line => line[0] == "failed") is { } failed)
        {
            throw new MigrateException(
                "host.read-failed", $"The kernel of {Where} cannot read {path} at {failed[1]} MiB: {Rest(failed, 2)}.",
                "See the host's kernel log and the target's log, then retry the run.")
            { IsTransient = true };
        }

        return lines.Where(line => line[0] == "extent").ToDictionary(line => long.Parse(line[1], CultureInfo.InvariantCulture), line => line[2]);
    }

    /// <summary>Who uses devices of these namespaces on the host; empty when nobody does, or the host has none of them.</summary>
    public async Task<IReadOnlyList<string>> UsersAsync(IReadOnlyList<Guid> namespaces, CancellationToken cancellationToken)
    {
        var lines = await RunAsync(
            InitiatorScripts.Users, Login + (TimeSpan.FromSeconds(Seconds) * namespaces.Count), [Patience, .. namespaces.Select(uuid => uuid.ToString("D"))], cancellationToken);
        return [.. lines.Where(line => line[0] == "busy").Select(line => $"{line[2]} ({line[1]}): {Rest(line, 3)}")];
    }

    /// <summary>Ends the host's connections to the subsystem. Returns what stays, and why: something there uses a namespace.</summary>
    public async Task<IReadOnlyList<string>> DisconnectAsync(InitiatorName host, string subsystemNqn, CancellationToken cancellationToken)
    {
        string[] arguments = [subsystemNqn, host.Nqn, Patience];
        var lines = await RunAsync(InitiatorScripts.Disconnect, Login + TimeSpan.FromSeconds(20 * Seconds), arguments, cancellationToken);
        return [.. lines.Where(line => line[0] is "kept" or "stays").Select(line => $"{line[1]}: {Rest(line, 2)}")];
    }

    public async Task<IReadOnlyList<string>> MissingBridgesAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        [.. (await RunAsync(InitiatorScripts.Bridges, Login, names, cancellationToken)).Where(line => line[0] == "missing").Select(line => line[1])];

    private async Task<IReadOnlyList<string[]>> RunAsync(string script, TimeSpan limit, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var command = new HostCommand(["sh", "-s", "--", .. arguments]) { Input = InitiatorScripts.Text(script, root), Limit = limit };
        var result = await commands.RunAsync(command, cancellationToken);
        List<string[]> lines = [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(line => line.Length > 0)];
        return lines.FirstOrDefault(line => line[0] == "problem") is { } problem ? throw Problem(problem)
            : result.ExitCode == 0 ? lines
            : throw new MigrateException("host.attach-failed", $"A script on {Where} failed: {result.LastWords}.", "Mend what it says on that host, then retry the run.") { IsTransient = true };
    }

    private MigrateException Problem(string[] line) => line[1] switch
    {
        "host.not-root" => new(line[1], $"Namespaces cannot be attached on {Where}: {Rest(line, 2)}, and only root may connect to a target.", "Name root in the host's URI (qemu+ssh://root@…), then retry."),
        "host.nvme-cli" => new(line[1], $"Namespaces cannot be attached on {Where}: {Rest(line, 2)}.", "Install nvme-cli there, then retry."),
        "host.nvme-tcp" => new(line[1], $"Namespaces cannot be attached on {Where}: its kernel does not load nvme-tcp ({Rest(line, 2)}).", "Install the kernel's modules (linux-modules-extra on Ubuntu), then retry."),
        _ => new(line[1], $"A script on {Where} says: {Rest(line, 2)}.", "Mend what it says on that host, then retry."),
    };

    private static string Shown(string[] line) => IPAddress.TryParse(line[1], out var address) && int.TryParse(line[2], CultureInfo.InvariantCulture, out var port)
        ? new IPEndPoint(address, port).ToString()
        : $"{line[1]} {line[2]}";

    private static string Rest(string[] line, int from) => string.Join(' ', line.Skip(from)).TrimEnd('.', ' ');
}
