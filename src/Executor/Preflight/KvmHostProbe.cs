using Migrate.Executor.Destinations;
using Migrate.Executor.Probes;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Preflight;

/// <summary>Judges the plan's KVM host by what it is like now: part of a plan's check, so that what blocks stops a wave before anything is copied.</summary>
public sealed class KvmHostProbe(HostPreflight preflight) : IConcernProbe
{
    internal static ProbeDescription Asking { get; } = new(
        "probe.kvm-host", "KVM host cannot be asked", "Critical when libvirt on the plan's KVM host cannot be reached.",
        ConcernSeverity.Critical, "Every run defines and starts its domain there",
        "Nothing is known of the host as it is now, and a run would find that out after everything was copied.",
        "Mend what the message says (address, login, host key, libvirtd), and check again.", CanBeOverridden: false);

    public ProbeDescription Description => Asking;

    public bool NeedsSource => false;

    public async Task<ProbeResult> RunAsync(ProbeContext context, CancellationToken cancellationToken) => context.Host is { } host
        ? new ProbeResult(1, (await AskAsync(context, host, cancellationToken)).Findings)
        : new ProbeResult(0, []);

    /// <summary>Reads the host, and judges it with the VMs. No facts: it could not be asked, which is the finding.</summary>
    public async Task<(KvmHostFacts? Facts, IReadOnlyList<ProbeFinding> Findings)> AskAsync(ProbeContext context, KvmHost host, CancellationToken cancellationToken)
    {
        List<PreflightVm> vms = [.. context.Vms.Select(one => new PreflightVm(one.Vm, EvcModeOf(context, one)))];
        try
        {
            var read = await preflight.ReadAsync(host, vms, asked: null, nqn: null, cancellationToken) with { Converts = context.Policy.Convert == ConvertGuests.Auto };
            var keys = vms.Select(one => one.Vm).GroupBy(vm => vm.Name).ToDictionary(same => same.Key, same => same.First().Key);
            return (read.Facts, [.. PreflightRules.JudgeBesidePlan(read).Select(concern => new ProbeFinding(keys.GetValueOrDefault(concern.Subject), concern))]);
        }
        catch (MigrateException e)
        {
            return (null, [new ProbeFinding(null, Asking.Find(
                ConcernSeverity.Critical, host.Name, $"The KVM host {host.Name} cannot be asked: {e.Message}", e.Remedy ?? Asking.Remedy))]);
        }
    }

    /// <summary>Whether a finding of a stored check is one of this probe's, which <see cref="AskAsync"/> finds anew.</summary>
    internal static bool Finds(string concernId) => concernId == Asking.Id || PreflightRules.All.Any(rule => rule.Id == concernId);

    /// <summary>The cluster's mode holds for its hosts; one outside of a cluster has its own.</summary>
    private static string? EvcModeOf(ProbeContext context, ProbedVm one)
    {
        var host = context.Inventory.Hosts.FirstOrDefault(host => host.Key == one.Vm.HostKey);
        return context.Inventory.Clusters.FirstOrDefault(cluster => cluster.Key == host?.ClusterKey)?.EvcMode ?? host?.EvcMode;
    }
}
