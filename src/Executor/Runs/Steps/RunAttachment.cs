using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Migrate.Executor.Attachments;
using Migrate.Executor.Copy;
using Migrate.Executor.Destinations;
using Migrate.Executor.Manifests;
using Migrate.Executor.Preflight.Paths;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Gives a run's namespaces to a KVM host that is not the target's machine: its kernel alone may touch them from then on, is connected, and has read a
/// sample of them before a domain does. And takes them away again. Each of it can be done again by whoever goes on after a crash.
/// </summary>
public sealed class RunAttachment(ITargetControl target, TargetFence fence, RunManifests manifests, JournalStore journals, TimeProvider time)
{
    internal const string InUse = "host.namespace-in-use";

    // Namespaces of all runs come by one connection of the host: who ends it must not do so while another run has just begun to use it.
    private readonly ConcurrentDictionary<Guid, SemaphoreSlim> _turns = new();

    /// <summary>Finds out what can be found out while the guest still serves.</summary>
    /// <exception cref="MigrateException">The host cannot attach namespaces: host.not-root, host.nvme-cli, host.nvme-tcp, host.nqn, host.target-address, host.target-unreachable.</exception>
    public async Task CheckAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!work.KvmHost.AttachesByNetwork)
        {
            return;
        }

        var commands = HostCommands.Of(work.KvmHost, time);
        await new HostInitiator(commands).IdentifyAsync(cancellationToken);
        var ways = WaysOf(work.KvmHost, await target.PlaceAsync(cancellationToken));
        List<string> closed = [];
        foreach (var way in ways.Addresses)
        {
            var port = await PortCheck.TryAsync(commands, way.Address.ToString(), way.Port, cancellationToken);
            if (port.Outcome == PortOutcome.Nvme)
            {
                return;
            }

            closed.Add($"{way}: {port.Words}");
        }

        throw new MigrateException(
            "host.target-unreachable", $"The host '{work.KvmHost.Name}' does not reach the target: {string.Join("; ", closed)}.",
            "Open the target's port for that host, or add the host with --target ADDRESS[:PORT]; then retry the run.")
        { IsTransient = true };
    }

    /// <summary>Attaches all disks of the run; returns when the host's kernel has read from each what was copied.</summary>
    public async Task AttachAsync(RunWork work, CancellationToken cancellationToken)
    {
        var initiator = new HostInitiator(HostCommands.Of(work.KvmHost, time));
        var place = await target.PlaceAsync(cancellationToken);
        var ways = WaysOf(work.KvmHost, place);
        IReadOnlyList<Guid> uuids = [.. work.PlannedDisks.Select(disk => disk.NamespaceUuid)];
        var name = await initiator.IdentifyAsync(cancellationToken);
        IReadOnlyList<AttachedNamespace> attached;
        using (await TakeTurnAsync(work.KvmHost.Id, cancellationToken))
        {
            foreach (var disk in work.PlannedDisks)
            {
                var found = await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken)
                    ?? throw new MigrateException(
                        "target.namespace-missing", $"The namespace {disk.NamespaceUuid} of {disk.Label} is no longer on the target.",
                        "Roll the run back and start it again: its data has to be copied anew.");
                await fence.GrantAsync(work.Lease, disk.NamespaceUuid, name.Nqn, cancellationToken); // No worker that slept since the copy may write behind the domain.
                if (!found.Online)
                {
                    await target.BringOnlineAsync(disk.NamespaceUuid, cancellationToken);
                }
            }

            await work.LogAsync(RunLog.Info, $"The namespaces are granted to {name.Nqn}, the initiator of '{work.KvmHost.Name}', alone.", cancellationToken);
            foreach (var failed in await initiator.ConnectAsync(name, place.SubsystemNqn, ways, CpusOf(work.KvmHost), cancellationToken))
            {
                await work.LogAsync(RunLog.Warning, $"One way from '{work.KvmHost.Name}' to the target is not connected: {failed}.", cancellationToken);
            }

            attached = await initiator.AwaitAsync(name, place.SubsystemNqn, uuids, cancellationToken);
        }

        foreach (var disk in await work.DisksAsync(cancellationToken))
        {
            await CompareAsync(work, initiator, disk, attached.First(one => one.Uuid == disk.NamespaceUuid), cancellationToken);
        }
    }

    /// <summary>
    /// Takes the namespaces from the host: nothing there uses them any more, and they may be written by the run's lease alone. The connection is ended
    /// when no other run's namespace comes by it. A failed attach and a roll-back come here.
    /// </summary>
    /// <param name="work">The run.</param>
    /// <param name="fenceFirst">False in the lease that granted them, whose epoch the host has: the caller takes them off line.</param>
    /// <param name="cancellationToken">Of the step.</param>
    /// <exception cref="MigrateException"><c>host.namespace-in-use</c>: something on the host still has one of them open. Nothing is taken away then.</exception>
    public async Task DetachAsync(RunWork work, bool fenceFirst, CancellationToken cancellationToken)
    {
        var initiator = new HostInitiator(HostCommands.Of(work.KvmHost, time));
        IReadOnlyList<Guid> uuids = [.. work.PlannedDisks.Select(disk => disk.NamespaceUuid)];
        var name = await initiator.IdentifyAsync(cancellationToken);
        using var turn = await TakeTurnAsync(work.KvmHost.Id, cancellationToken);
        if (await initiator.UsersAsync(uuids, cancellationToken) is { Count: > 0 } users)
        {
            throw new MigrateException(
                InUse, $"Disks of '{work.Run.VmName}' are in use on '{work.KvmHost.Name}': {string.Join("; ", users)}.",
                "End what uses them (a domain that was renamed, a mount, a volume group that LVM activated); then roll back or retry again.");
        }

        foreach (var uuid in uuids)
        {
            if (await target.FindNamespaceAsync(uuid, cancellationToken) is null)
            {
                continue;
            }

            if (fenceFirst)
            {
                await fence.GrantAsync(work.Lease, uuid, cancellationToken);
            }
            else
            {
                await target.TakeOfflineAsync(uuid, cancellationToken);
            }
        }

        var others = (await target.ListNamespacesAsync(cancellationToken)).Count(one => one.Online && one.GrantedHostNqn == name.Nqn && !uuids.Contains(one.Uuid));
        if (others > 0)
        {
            await work.LogAsync(RunLog.Info, $"'{work.KvmHost.Name}' stays connected to the target: {others} other {(others == 1 ? "namespace is" : "namespaces are")} granted to it.", cancellationToken);
            return;
        }

        var kept = await initiator.DisconnectAsync(name, (await target.PlaceAsync(cancellationToken)).SubsystemNqn, cancellationToken);
        await work.LogAsync(
            kept.Count == 0 ? RunLog.Info : RunLog.Warning,
            kept.Count == 0 ? $"'{work.KvmHost.Name}' is disconnected from the target." : $"'{work.KvmHost.Name}' stays connected to the target: {string.Join("; ", kept)}.",
            cancellationToken);
    }

    /// <summary>What a domain may have written since is no longer what was copied, and then there is nothing to compare.</summary>
    private async Task CompareAsync(RunWork work, HostInitiator initiator, RunDisk disk, AttachedNamespace attached, CancellationToken cancellationToken)
    {
        var path = AttachedNamespace.PathOf(disk.NamespaceUuid);
        if (attached.Bytes != disk.CapacityBytes)
        {
            throw Differs(work, disk, $"{path} ({attached.Device}) has {attached.Bytes} bytes there, and the disk {disk.CapacityBytes}");
        }

        if (work.Run.HandedOverAt is { } since)
        {
            await work.LogAsync(RunLog.Info, $"{disk.Label} is {path} ({attached.Device}) on '{work.KvmHost.Name}'; its domain may have written to it since {since:u}, so it is not compared with the copy again.", cancellationToken);
            return;
        }

        var expected = await SampleOfAsync(work, disk, cancellationToken);
        if (expected.Count == 0)
        {
            await work.LogAsync(RunLog.Warning, $"{disk.Label} is {path} ({attached.Device}) on '{work.KvmHost.Name}'; what its kernel reads was not compared, since there is neither manifest nor journal of the copy.", cancellationToken);
            return;
        }

        var read = await initiator.SampleAsync(path, [.. expected.Select(one => one.Extent)], cancellationToken);
        var different = expected.Where(one => read.GetValueOrDefault(one.Extent) != one.Hash).Select(one => one.Extent).ToList();
        if (different.Count > 0)
        {
            throw Differs(
                work, disk,
                string.Create(CultureInfo.InvariantCulture, $"{different.Count} of {expected.Count} extents that its kernel reads from {path} are not what was copied, the first at {different[0]} MiB"));
        }

        await work.LogAsync(
            RunLog.Info, $"{disk.Label} is {path} ({attached.Device}) on '{work.KvmHost.Name}': {expected.Count} extents that its kernel reads are what was copied (SHA-256).", cancellationToken);
    }

    private async Task<IReadOnlyList<(long Extent, string Hash)>> SampleOfAsync(RunWork work, RunDisk disk, CancellationToken cancellationToken)
    {
        var path = manifests.PathOf(work.Run.Id, disk.DiskKey);
        if (File.Exists(path))
        {
            using var manifest = ManifestFile.Open(path);
            return await Task.Run(() => AttachSample.Of(manifest, Random.Shared), cancellationToken);
        }

        if (!await journals.ExistsAsync(disk.Id, cancellationToken))
        {
            return [];
        }

        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        return journal.IsComplete ? await Task.Run(() => AttachSample.Of(journal.Hashes, disk.CapacityBytes, Random.Shared), cancellationToken) : [];
    }

    private static MigrateException Differs(RunWork work, RunDisk disk, string what) => new(
        "host.data-differs", $"{disk.Label} of '{work.Run.VmName}' is not the same on '{work.KvmHost.Name}': {what}.",
        "Nothing was started. Look for another target with the same namespaces, and at the network between (checksums of its cards); then retry the run, or roll it back.");

    private TargetWays WaysOf(KvmHost host, TargetPlace place) =>
        TargetAddresses.Of(host, place.EndPoint, isHere: target.Local is not null, FactsOf(host)?.Nics ?? [], TargetAddresses.OfThisMachine());

    private static int CpusOf(KvmHost host) => FactsOf(host)?.Cpus ?? 1;

    private static KvmHostFacts? FactsOf(KvmHost host)
    {
        try
        {
            return StoredFacts.Read(host);
        }
        catch (JsonException)
        {
            return null; // Never read, or by an older release: the kernel's routes will do.
        }
    }

    private async Task<IDisposable> TakeTurnAsync(Guid hostId, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(hostId, _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken);
        return new Turn(turn);
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
