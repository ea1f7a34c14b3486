using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Probes;

/// <summary>
/// Resolves the names of the ESXi hosts that the plan's VMs run on, or may be on when their time comes, and connects to their ports. What
/// the rest of an inventory offers is no matter of the plan.
/// </summary>
public sealed class HostProbes : IConcernProbe
{
    private const int AtOnce = 16;
    private const int Https = 443;
    private const int Nfc = 902;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Tests stand in for names and ports that this machine does not have.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    internal Func<IPAddress, int, CancellationToken, Task> Connect { get; init; } = ConnectAsync;

    public ProbeDescription Description => ProbeDescriptions.HostPort;

    public bool NeedsSource => false;

    public async Task<ProbeResult> RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        // Data comes from a host by its name in an export and through VDDK; /folder goes through the server that we are logged in to.
        var leased = HostsOf(context, ReaderChoice.ExportLease);
        var vddk = HostsOf(context, ReaderChoice.Vddk);
        var findings = new ConcurrentBag<ProbeFinding>();
        var hosts = HostsOf(context);
        await Parallel.ForEachAsync(
            hosts,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (host, ct) =>
            {
                foreach (var concern in await ProbeAsync(host, leased.Contains(host.Key), vddk.Contains(host.Key), ct))
                {
                    foreach (var key in KeysFor(context, host, concern))
                    {
                        findings.Add(new ProbeFinding(key, concern));
                    }
                }
            });
        return new ProbeResult(hosts.Count, [.. findings.OrderBy(x => x.Concern.Subject, StringComparer.Ordinal).ThenBy(x => x.VmKey, StringComparer.Ordinal)]);
    }

    /// <summary>A Critical finding is about the VMs whose data comes from the host; any other about the plan.</summary>
    private static IEnumerable<string?> KeysFor(ProbeContext context, EsxHost host, Concern concern) => concern.Severity == ConcernSeverity.Critical
        ? context.Vms.Where(x => x.Vm.HostKey == host.Key && x.Disks.Any(disk => disk.Reader is ReaderChoice.ExportLease or ReaderChoice.Vddk)).Select(x => (string?)x.Vm.Key)
        : [null];

    /// <summary>Where the VMs are, and the other hosts of clusters that move VMs by themselves, but for those that a mandatory rule keeps all of them from.</summary>
    internal static IReadOnlyList<EsxHost> HostsOf(ProbeContext context)
    {
        var clusters = context.Inventory.Clusters.Where(cluster => cluster.DrsEnabled || cluster.HaEnabled).ToDictionary(cluster => cluster.Key);
        var hosts = context.Inventory.Hosts.ToDictionary(host => host.Key);
        var reached = new HashSet<string>(StringComparer.Ordinal);
        foreach (var vm in context.Vms.Select(one => one.Vm).Where(vm => vm.HostKey is not null))
        {
            reached.Add(vm.HostKey!);
            if (hosts.GetValueOrDefault(vm.HostKey!)?.ClusterKey is { } key && clusters.TryGetValue(key, out var cluster))
            {
                reached.UnionWith(cluster.HostKeys.Where(host => cluster.Rules.All(rule => Allows(rule, vm.Key, host))));
            }
        }

        return [.. context.Inventory.Hosts.Where(host => reached.Contains(host.Key))];
    }

    private static bool Allows(DrsRule rule, string vm, string host) => !rule.Enabled || !rule.Mandatory || !rule.VmKeys.Contains(vm) || rule.Kind switch
    {
        DrsRuleKind.VmHostAffinity => rule.HostKeys.Contains(host),
        DrsRuleKind.VmHostAntiAffinity => !rule.HostKeys.Contains(host),
        _ => true,
    };

    private static HashSet<string> HostsOf(ProbeContext context, string reader) =>
        [.. context.Vms.Where(x => x.Disks.Any(disk => disk.Reader == reader)).Select(x => x.Vm.HostKey ?? "")];

    private async Task<IReadOnlyList<Concern>> ProbeAsync(EsxHost host, bool leased, bool vddk, CancellationToken cancellationToken)
    {
        var severity = leased || vddk ? ConcernSeverity.Critical : ConcernSeverity.Warning;
        IPAddress[] addresses;
        try
        {
            addresses = await WithPatienceAsync(ct => Resolve(host.Name, ct), cancellationToken);
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ArgumentException)
        {
            return
            [
                ProbeDescriptions.HostName.Find(severity, host.Name, $"The name {host.Name} cannot be resolved here ({e.Message}); an export from this host is given by that name.",
                    "Enter the host in the name server that this machine uses, or in its /etc/hosts."),
            ];
        }

        return
        [
            .. await PortAsync(host, addresses, Https, severity, "exports come from it", cancellationToken),
            .. await PortAsync(
                host, addresses, Nfc, vddk ? ConcernSeverity.Critical : ConcernSeverity.Information,
                vddk ? "VDDK reads through it" : "only VDDK needs it, and no disk of the plan on this host is read by it", cancellationToken),
        ];
    }

    private async Task<IReadOnlyList<Concern>> PortAsync(
        EsxHost host, IPAddress[] addresses, int port, ConcernSeverity severity, string need, CancellationToken cancellationToken)
    {
        var last = "it has no address";
        foreach (var address in addresses)
        {
            try
            {
                await WithPatienceAsync(async ct => { await Connect(address, port, ct); return true; }, cancellationToken);
                return [];
            }
            catch (Exception e) when (e is SocketException or TimeoutException)
            {
                last = $"{address}: {e.Message}";
            }
        }

        return
        [
            ProbeDescriptions.HostPort.Find(severity, $"{host.Name}:{port}", $"Port {port} of {host.Name} cannot be reached from here ({last}); {need}.",
                "Open the port in the firewalls between this machine and the host, or give the host a route."),
        ];
    }

    private static async Task<T> WithPatienceAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return await ask(limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {Patience.TotalSeconds:0} s");
        }
    }

    private static async Task ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient(address.AddressFamily);
        await client.ConnectAsync(address, port, cancellationToken);
    }
}
