using System.Xml.Linq;
using Migrate.Executor.Attachments;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>The domain that a run makes of its VM, on the plan's KVM host.</summary>
public sealed class RunDomains(ITargetControl target, RunFiles files, BaselineStore baselines, TimeProvider time)
{
    public Task<LibvirtConnection> OpenAsync(RunWork work, CancellationToken cancellationToken) =>
        LibvirtConnection.OpenAsync(work.KvmHost.Uri, time, cancellationToken);

    /// <summary>kvm | qemu: the operator's word, or what the probe found; never a guess.</summary>
    public static string DomainTypeOf(KvmHost host) => (host.DomainType, host.ProbedDomainType) switch
    {
        ("kvm" or "qemu", _) => host.DomainType,
        (_, { } probed) => probed,
        _ => throw new MigrateException(
            "host.not-probed",
            $"Nobody knows yet whether KVM works on the host '{host.Name}': it was never probed and its domain type is auto.",
            "Probe the host, or set its domain type to kvm or qemu."),
    };

    /// <summary>Needs the namespaces: the design names their backing files.</summary>
    public async Task<DomainXml> DesignAsync(LibvirtConnection connection, RunWork work, Vm vm, CancellationToken cancellationToken)
    {
        var facts = await HostProbe.ProbeAsync(connection, cancellationToken);
        List<DiskAttachment> attachments = [];
        foreach (var disk in work.PlannedDisks)
        {
            attachments.Add(await AttachmentOfAsync(work.KvmHost, disk, cancellationToken));
        }

        return DomainDesign.For(new DomainRequest
        {
            Vm = vm,
            Disks = attachments,
            Host = facts,
            Policy = work.Policy,
            DomainType = DomainTypeOf(work.KvmHost),
            ConsoleLogPath = files.ConsoleOf(work.Run.Id, work.KvmHost),
            RunId = work.Run.Id,
            MeanIops = await MeanIopsAsync(work, cancellationToken),
            Claims = CpuClaims.Of(await connection.ListDefinitionsAsync(cancellationToken), work.Run.Id),
        });
    }

    private async Task<IReadOnlyDictionary<int, double>> MeanIopsAsync(RunWork work, CancellationToken cancellationToken)
    {
        var baseline = work.Run.BaselineId is { } id
            ? await baselines.LoadAsync(id, cancellationToken)
            : await baselines.LoadLatestAsync(work.Source.Id, work.Run.VmKey, cancellationToken);
        return DiskLoads.MeanIops(baseline);
    }

    /// <summary>Designs the domain and looks whether its name is free, its bridges and networks are there and QEMU reaches its disks, long before anything depends on it.</summary>
    public async Task CheckAsync(RunWork work, Vm vm, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(work, cancellationToken);
        var design = await DesignAsync(connection, work, vm, cancellationToken);
        await MustNotBelongToOthersAsync(connection, work, design.Name, cancellationToken);
        await MustHaveBridgesAsync(work, design, cancellationToken);
        await MustHaveNetworksAsync(connection, work, design, cancellationToken);
        await MustReachBackingAsync(connection, work, cancellationToken);
    }

    private async Task MustReachBackingAsync(LibvirtConnection connection, RunWork work, CancellationToken cancellationToken)
    {
        if (!work.KvmHost.AttachesByNetwork
            && QemuUser.Of(XElement.Parse(await connection.HostCapabilitiesAsync(cancellationToken))) is { } user
            && (await target.PlaceAsync(cancellationToken)).Directory is var directory
            && await user.FirstClosedAsync(directory, cancellationToken) is { } closed)
        {
            throw new MigrateException(
                "host.backing-unreachable",
                $"QEMU on the host '{work.KvmHost.Name}' runs as user {user.Uid}, who may not enter {closed} and so cannot open disks in {directory}.",
                $"Let that user through (chmod o+x {closed}, or setfacl), or serve from a data directory elsewhere; then retry the run.");
        }
    }

    private async Task MustHaveBridgesAsync(RunWork work, DomainXml design, CancellationToken cancellationToken)
    {
        List<string> bridges = [.. XElement.Parse(design.Xml).Descendants("interface").Elements("source").Attributes("bridge").Select(x => x.Value).Distinct()];
        var missing = HostProbe.IsThisMachine(work.KvmHost.Uri) ? HostBridges.Missing(bridges)
            : await new HostInitiator(HostCommands.Of(work.KvmHost, time)).MissingBridgesAsync(bridges, cancellationToken);
        if (missing.Count > 0)
        {
            throw new MigrateException(
                "host.bridge-missing",
                $"The host '{work.KvmHost.Name}' has no bridge {string.Join(", ", missing)}, to which the plan maps networks of '{work.Run.VmName}'.",
                "Make the bridge on the host, or map the network to another one ('migrate plan mappings set'); then retry the run.");
        }
    }

    /// <summary>libvirt starts no domain on a network of its own that it does not know, or that does not run.</summary>
    private static async Task MustHaveNetworksAsync(LibvirtConnection connection, RunWork work, DomainXml design, CancellationToken cancellationToken)
    {
        List<string> networks = [.. XElement.Parse(design.Xml).Descendants("interface").Elements("source").Attributes("network").Select(x => x.Value).Distinct()];
        if (networks.Count == 0)
        {
            return;
        }

        var there = await connection.NetworksAsync(cancellationToken);
        if (networks.FirstOrDefault(x => !there.Any(y => y.Name == x && y.Active)) is { } missing)
        {
            throw new MigrateException(
                "host.network-missing",
                $"The host '{work.KvmHost.Name}' has {(there.Any(x => x.Name == missing) ? "a libvirt network" : "no libvirt network")} '{missing}'{(there.Any(x => x.Name == missing) ? " that does not run" : "")}, to which the plan maps networks of '{work.Run.VmName}'.",
                $"Start the network (virsh net-start {missing}) or define it, or map to another one ('migrate plan mappings set'); then retry the run.");
        }
    }

    /// <summary>True when the domain exists and this run made it; throws <c>libvirt.name-taken</c> when somebody else did.</summary>
    public static async Task<bool> MustNotBelongToOthersAsync(
        LibvirtConnection connection, RunWork work, string name, CancellationToken cancellationToken)
    {
        if (!await connection.ExistsAsync(name, cancellationToken))
        {
            return false;
        }

        if (await IsOfRunAsync(connection, name, work.Run.Id, cancellationToken))
        {
            return true;
        }

        throw new MigrateException(
            "libvirt.name-taken",
            $"The host '{work.KvmHost.Name}' already has a domain named '{name}', and this run did not make it.",
            $"Rename or undefine it (virsh undefine {name}) if it is not needed; then retry the run.");
    }

    /// <summary>Ends and undefines the run's domain; somebody else's of the same name is left alone. True when there was one.</summary>
    public async Task<bool> RemoveAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.Run.DomainName is not { } name)
        {
            return false; // Written before the domain is defined, so there is none.
        }

        await using var connection = await OpenAsync(work, cancellationToken);
        if (!await connection.ExistsAsync(name, cancellationToken) || !await IsOfRunAsync(connection, name, work.Run.Id, cancellationToken))
        {
            return false;
        }

        await connection.DestroyAsync(name, cancellationToken);
        await connection.UndefineAsync(name, removeNvram: true, cancellationToken);
        return true;
    }

    public static async Task<bool> IsOfRunAsync(LibvirtConnection connection, string name, Guid runId, CancellationToken cancellationToken) =>
        DomainDesign.IsOfRun(XElement.Parse(await connection.ReadXmlAsync(name, inactive: true, cancellationToken)), runId);

    /// <summary>The files that the design names, by the disks' keys; of a host that has the target.</summary>
    public async Task<IReadOnlyDictionary<int, string>> BackingsAsync(RunWork work, CancellationToken cancellationToken)
    {
        var paths = new Dictionary<int, string>();
        foreach (var disk in work.PlannedDisks)
        {
            paths[disk.Key] = (await AttachmentOfAsync(work.KvmHost, disk, cancellationToken)).Path;
        }

        return paths;
    }

    private async Task<DiskAttachment> AttachmentOfAsync(KvmHost host, Planner.Plans.PlannedDisk disk, CancellationToken cancellationToken)
    {
        var made = await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken)
            ?? throw new MigrateException(
                "target.namespace-missing",
                $"The namespace {disk.NamespaceUuid} of {disk.Label} is no longer on the target.",
                "Roll the run back and start it again: its data has to be copied anew.");
        return host.AttachesByNetwork
            ? DiskAttachment.NvmeTcp(disk.Key, disk.NamespaceUuid)
            : DiskAttachment.Backing(disk.Key, made.BackingPath, HostProbe.IsRotational(made.BackingPath), HostProbe.FileSystemOf(made.BackingPath));
    }
}
