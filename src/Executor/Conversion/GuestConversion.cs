using Migrate.Executor.Manifests;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Conversion;

/// <summary>What comes next of a run's conversion.</summary>
public enum ConversionTask
{
    None,
    Convert,
    Commit,
}

/// <summary>
/// Lets virt-v2v make a copied guest start on KVM. It works on overlays: what fails is thrown away with them, and the disks stay as they were copied. What
/// succeeded is committed, which can be begun again as often as it is interrupted, since the overlays stay whole until it is through.
/// </summary>
public sealed class GuestConversion(ITargetControl target, RunFiles files, ExecutorOptions options, TimeProvider time)
{
    private static readonly IReadOnlyList<ConversionState> Through = [ConversionState.Skipped, ConversionState.Converted];

    public static ConversionTask NextOf(RunWork work) => ConversionRecord.Read(work.Run.Conversion)?.State switch
    {
        ConversionState.Committing => ConversionTask.Commit,
        { } state when Through.Contains(state) => ConversionTask.None,
        _ => work.Policy.Convert == ConvertGuests.Auto ? ConversionTask.Convert : ConversionTask.None,
    };

    /// <summary>The run's disks are no longer what was copied, or may be half of it.</summary>
    public static bool HasChangedDisks(Run run) => ConversionRecord.Read(run.Conversion) is { State: ConversionState.Committing or ConversionState.Converted };

    /// <summary>Long before anything depends on it: the programs are here, and so are the disks.</summary>
    /// <exception cref="MigrateException"><c>conversion.host-elsewhere</c>, <c>conversion.tool-missing</c>, <c>conversion.disk-elsewhere</c>.</exception>
    public async Task CheckAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.Policy.Convert == ConvertGuests.Auto)
        {
            MustBeHere(work);
            ConversionPrograms.MustBeThere(work.Run.VmName);
            await DisksAsync(work, cancellationToken);
        }
    }

    /// <summary>
    /// Of a warm run, while the service is still up: whether something stands in the way of converting what was copied so far. The target serves the disks, and
    /// nobody writes to them meanwhile but this run.
    /// </summary>
    /// <exception cref="MigrateException">As of <see cref="Obstacles"/>.</exception>
    public async Task LookAheadAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.Policy.Convert != ConvertGuests.Auto)
        {
            return;
        }

        var tool = await BeginAsync(work, "look", cancellationToken);
        try
        {
            var guest = await InspectAsync(tool, work, await DisksAsync(work, cancellationToken), cancellationToken);
            if (Obstacles.In(guest, work.Run.VmName) is { } obstacle)
            {
                throw obstacle;
            }

            _ = Rename(guest);
            await work.LogAsync(RunLog.Info, $"Nothing stands in the way of converting {guest.Product}, as far as it is copied.", cancellationToken);
        }
        finally
        {
            Remove(tool.Directory);
        }
    }

    /// <summary>
    /// Makes the overlays and lets virt-v2v change them. When it returns they are whole and durable and the run's row says that they are to be committed; or
    /// the guest needs no conversion, and the row says why. Begun again from its beginning by whoever calls it after a crash. The namespaces must be offline.
    /// </summary>
    public async Task ConvertAsync(RunWork work, CancellationToken cancellationToken)
    {
        var tool = await BeginAsync(work, $"attempt-{work.Lease.Epoch}", cancellationToken);
        var record = new ConversionRecord
        {
            State = ConversionState.Converting,
            StartedAt = time.GetUtcNow().UtcDateTime,
            Machine = Environment.MachineName,
            Directory = tool.Directory,
            Log = files.ConversionLogOf(work.Run.Id),
        };
        await WriteAsync(work, record, cancellationToken);
        try
        {
            var disks = await DisksAsync(work, cancellationToken);
            var guest = await InspectAsync(tool, work, disks, cancellationToken);
            record = record with { Guest = guest.Product };
            if (Obstacles.In(guest, work.Run.VmName) is { } obstacle)
            {
                throw obstacle;
            }

            var (inside, why) = guest.Type == "linux" ? VirtioInside.Of(guest.Kernels) : (false, "whether Windows starts on vioscsi is not looked at");
            if (inside)
            {
                await WriteAsync(work, await EndedAsync(record with { State = ConversionState.Skipped, Reason = why }, cancellationToken), cancellationToken);
                await work.LogAsync(RunLog.Info, $"{guest.Product} needs no conversion: {why}. Its disks stay as they were copied.", cancellationToken);
                Remove(tool.Directory);
                return;
            }

            await work.LogAsync(RunLog.Info, $"{guest.Product} is converted by virt-v2v, on overlays of its disks: {why}. What it says is in {record.Log}.", cancellationToken);
            record = await ConvertAsync(tool, work, guest, disks, record, cancellationToken);
            await WriteAsync(work, await EndedAsync(record with { State = ConversionState.Committing }, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (e is MigrateException or IOException or UnauthorizedAccessException)
        {
            Remove(tool.Directory);
            await WriteAsync(work, await EndedAsync(record with { State = ConversionState.Failed, Reason = e.Message }, cancellationToken), cancellationToken);
            throw e as MigrateException ?? new MigrateException(
                "conversion.files", $"Conversion of '{work.Run.VmName}' could not read or write its files in {tool.Directory}: {e.Message}",
                "Make room in the data directory and let the service write there, then retry the run; the copied data is as it was.", e);
        }
    }

    /// <summary>Writes the overlays to their disks, from the beginning, whoever began it before. Nobody else may have the disks open.</summary>
    public async Task CommitAsync(RunWork work, CancellationToken cancellationToken)
    {
        var record = ConversionRecord.Read(work.Run.Conversion)!;
        await ProcessGroup.EndAllAsync(record.Directory, time, cancellationToken);
        if (record.Disks.FirstOrDefault(x => !File.Exists(x.Overlay)) is { } lost)
        {
            throw new MigrateException(
                "conversion.overlay-missing",
                $"The overlay {lost.Overlay} of {lost.Label}, which {record.Machine} made, is not on this machine ({Environment.MachineName}), and the disk may have only a part of it.",
                "Retry the run where that file is; or roll it back with its data deleted and start it again.");
        }

        var tool = ToolOf(work, record.Directory);
        await work.Lease.EnsureHeldAsync(cancellationToken);
        foreach (var disk in record.Disks)
        {
            await Overlays.CommitAsync(tool, disk, options.Conversion.Limit, cancellationToken);
        }

        await WriteAsync(work, record with { State = ConversionState.Converted, FinishedAt = time.GetUtcNow().UtcDateTime }, cancellationToken);
        Remove(record.Directory);
        await work.LogAsync(
            RunLog.Info,
            $"The conversion is committed: {string.Join(", ", record.Disks.Select(x => $"{x.ChangedBytes} bytes of {x.Label} (overlay's SHA-256 {x.OverlaySha256})"))} are no longer what the source sent, and the manifests say what that was.",
            cancellationToken);
    }

    /// <summary>Ends what is still at work and removes the overlays: the disks are about to be given up or copied again.</summary>
    public async Task ThrowAwayAsync(RunWork work, CancellationToken cancellationToken)
    {
        var directory = files.ConversionOf(work.Run.Id);
        await ProcessGroup.EndAllAsync(directory, time, cancellationToken);
        if (Directory.Exists(directory))
        {
            foreach (var attempt in Directory.GetDirectories(directory))
            {
                Remove(attempt);
            }
        }
    }

    /// <summary>
    /// Overlays of the run's disks as a cutover would convert them, which nobody commits: for starting the guest from them. The namespaces must be offline. What it
    /// leaves is removed by <see cref="ThrowAwayAsync"/>; the overlays are the caller's.
    /// </summary>
    /// <param name="work">The run.</param>
    /// <param name="directory">Where the overlays go.</param>
    /// <param name="cancellationToken">Ends the tools.</param>
    /// <returns>The overlays, the guest's system (null where the plan wants no conversion, and nobody looked), and whether it was converted.</returns>
    public async Task<(IReadOnlyList<(int DiskKey, string Overlay)> Overlays, string? Guest, bool IsConverted)> RehearseAsync(RunWork work, string directory, CancellationToken cancellationToken)
    {
        var tool = await BeginAsync(work, "rehearsal", cancellationToken);
        var disks = await DisksAsync(work, cancellationToken);
        GuestFacts? guest = null;
        var wanted = false;
        if (work.Policy.Convert == ConvertGuests.Auto)
        {
            guest = await InspectAsync(tool, work, disks, cancellationToken);
            if (Obstacles.In(guest, work.Run.VmName) is { } obstacle)
            {
                throw obstacle;
            }

            wanted = !(guest.Type == "linux" && VirtioInside.Of(guest.Kernels).Inside);
        }

        var overlays = await OverlaysAsync(tool, directory, disks, cancellationToken);
        if (wanted)
        {
            await ChangeAsync(tool, work, guest!, overlays, cancellationToken);
        }

        return ([.. disks.Select(x => x.Key).Zip(overlays)], guest?.Product, wanted);
    }

    private async Task<ConversionRecord> ConvertAsync(
        ConversionTool tool, RunWork work, GuestFacts guest, IReadOnlyList<CopiedDisk> disks, ConversionRecord record, CancellationToken cancellationToken)
    {
        var overlays = await OverlaysAsync(tool, tool.Directory, disks, cancellationToken);
        var (version, changes, warnings) = await ChangeAsync(tool, work, guest, overlays, cancellationToken);
        List<ConvertedDisk> converted = [];
        foreach (var (disk, overlay) in disks.Zip(overlays))
        {
            await Overlays.SyncAsync(overlay, cancellationToken);
            var (extents, bytes) = await Overlays.ChangesAsync(tool, overlay, options.Conversion.InspectionLimit, cancellationToken);
            var list = files.ChangedExtentsOf(work.Run.Id, disk.Key);
            extents.WriteTo(list);
            converted.Add(new ConvertedDisk(disk.Key, disk.Label, disk.Backing, overlay, await Overlays.HashAsync(overlay, cancellationToken), bytes, list));
        }

        Durable.SyncDirectory(tool.Directory);
        Durable.SyncDirectory(files.ConversionOf(work.Run.Id));
        return record with { Tool = version, Renamed = changes, Warnings = warnings, Disks = converted };
    }

    private async Task<IReadOnlyList<string>> OverlaysAsync(ConversionTool tool, string directory, IReadOnlyList<CopiedDisk> disks, CancellationToken cancellationToken)
    {
        List<string> overlays = [];
        foreach (var disk in disks)
        {
            overlays.Add(Path.Combine(directory, $"disk-{disk.Key}.qcow2"));
            await Overlays.CreateAsync(tool, overlays[^1], disk.Backing, isServed: false, options.Conversion.InspectionLimit, cancellationToken);
        }

        return overlays;
    }

    /// <returns>The version of virt-v2v, which device names became UUIDs, and what to look at.</returns>
    private async Task<(string Version, IReadOnlyList<string> Renamed, IReadOnlyList<string> Warnings)> ChangeAsync(
        ConversionTool tool, RunWork work, GuestFacts guest, IReadOnlyList<string> overlays, CancellationToken cancellationToken)
    {
        var limits = options.Conversion;
        // virt-v2v would make other device names of them.
        var renamed = Rename(guest);
        var changed = renamed.Where(x => x.Value.Changes.Count > 0).ToDictionary(x => x.Key, x => x.Value.Text);
        if (changed.Count > 0 && await GuestInspection.WriteAsync(tool, overlays, changed, limits.InspectionLimit, cancellationToken) is { ExitCode: not 0 } failed)
        {
            throw new MigrateException(
                "conversion.rename-failed", $"UUIDs could not be written into {string.Join(", ", changed.Keys)} of '{work.Run.VmName}': {failed.LastWords}",
                "See the conversion's log and the guest's file systems, then retry the run; the copied data is as it was.");
        }

        List<string> changes = [.. renamed.Values.SelectMany(x => x.Changes)], warnings = [.. renamed.Values.SelectMany(x => x.Warnings).Distinct()];
        foreach (var warning in warnings)
        {
            await work.LogAsync(RunLog.Warning, warning, cancellationToken);
        }

        if (changes.Count > 0)
        {
            await work.LogAsync(RunLog.Info, $"Device names became UUIDs: {string.Join("; ", changes)}.", cancellationToken);
        }

        var version = await VirtV2v.RunAsync(tool, work.Run.VmName, guest.Type == "windows", overlays, limits, cancellationToken);
        return (version, changes, warnings);
    }

    private static Dictionary<string, RenamedText> Rename(GuestFacts guest) => guest.Type != "linux" ? []
        : guest.Files.ToDictionary(x => x.Key, x => DeviceNames.Replace(x.Key, x.Value, guest.Devices));

    private async Task<GuestFacts> InspectAsync(ConversionTool tool, RunWork work, IReadOnlyList<CopiedDisk> disks, CancellationToken cancellationToken)
    {
        List<string> looks = [];
        foreach (var disk in disks)
        {
            looks.Add(Path.Combine(tool.Directory, $"look-{disk.Key}.qcow2"));
            await Overlays.CreateAsync(tool, looks[^1], disk.Backing, isServed: true, options.Conversion.InspectionLimit, cancellationToken);
        }

        return await GuestInspection.RunAsync(tool, looks, options.Conversion.InspectionLimit, cancellationToken);
    }

    /// <summary>A directory of its own with nothing in it; what a worker that was killed left is ended and removed first.</summary>
    private async Task<ConversionTool> BeginAsync(RunWork work, string name, CancellationToken cancellationToken)
    {
        await ThrowAwayAsync(work, cancellationToken);
        var directory = Path.Combine(files.ConversionOf(work.Run.Id), name);
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); // What is taken out of a guest is nobody else's.
        return ToolOf(work, directory);
    }

    private ConversionTool ToolOf(RunWork work, string directory) =>
        new(directory, files.ConversionLogOf(work.Run.Id), options.Conversion, withoutKvm: RunDomains.DomainTypeOf(work.KvmHost) == "qemu", time);

    /// <summary>A host that attaches namespaces compares what its kernel reads with the manifests, and these are of the disk before it is converted.</summary>
    private static void MustBeHere(RunWork work)
    {
        if (work.KvmHost.AttachesByNetwork)
        {
            throw new MigrateException(
                "conversion.host-elsewhere",
                $"The plan wants the guest of '{work.Run.VmName}' converted, and its host '{work.KvmHost.Name}' attaches the disks by NVMe/TCP: guests are converted only for the machine that has the disks.",
                "Plan the VM with --convert never, with virtio drivers put into its guest before the move; or move it to the machine of the target.");
        }
    }

    private async Task<IReadOnlyList<CopiedDisk>> DisksAsync(RunWork work, CancellationToken cancellationToken)
    {
        List<CopiedDisk> disks = [];
        foreach (var disk in work.PlannedDisks)
        {
            var found = await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken);
            if (found is null || !File.Exists(found.BackingPath))
            {
                throw new MigrateException(
                    "conversion.disk-elsewhere",
                    $"{disk.Label} of '{work.Run.VmName}' is {(found is null ? "not on the target" : $"in {found.BackingPath} on the target's machine, which is not this one ({Environment.MachineName})")}: virt-v2v works on disks of its own machine.",
                    "Let the server that has the target run this plan; or plan the VM with --convert never.");
            }

            disks.Add(new CopiedDisk(disk.Key, disk.Label, found.BackingPath));
        }

        return disks;
    }

    private async Task<ConversionRecord> EndedAsync(ConversionRecord record, CancellationToken cancellationToken) => record with
    {
        FinishedAt = record.State == ConversionState.Committing ? null : time.GetUtcNow().UtcDateTime,
        LogSha256 = File.Exists(record.Log) ? await Overlays.HashAsync(record.Log, cancellationToken) : null,
    };

    private static Task WriteAsync(RunWork work, ConversionRecord record, CancellationToken cancellationToken)
    {
        var json = record.Write();
        return work.UpdateDurablyAsync(set => set.SetProperty(x => x.Conversion, json), cancellationToken);
    }

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private sealed record CopiedDisk(int Key, string Label, string Backing);
}
