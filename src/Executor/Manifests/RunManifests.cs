using System.Reflection;
using Migrate.Executor.Conversion;
using Migrate.Executor.Copy;
using Migrate.Executor.Runs;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Manifests;

/// <summary>The manifests of runs' disks, in the server's data directory: manifests/RUN/disk-KEY.manifest.</summary>
public sealed class RunManifests(JournalStore journals, RunStore runs, ITargetControl target, ExecutorOptions options, TimeProvider time) : IDisposable
{
    private readonly Lazy<InstallationKey> _key = new(() => InstallationKey.ReadOrCreate(options.DataDirectory));

    /// <summary>Made at the first use, so at the server's start.</summary>
    public InstallationKey Key => _key.Value;

    public string PathOf(Guid runId, int diskKey) => Path.Combine(options.DataDirectory, "manifests", $"{runId:D}", $"disk-{diskKey}.manifest");

    /// <summary>
    /// Makes those of all disks of the run, from their journals: before anybody else writes to the namespaces. A disk whose journal is gone had its
    /// manifest made before it was deleted.
    /// </summary>
    public async Task MakeAsync(RunWork work, CancellationToken cancellationToken)
    {
        foreach (var disk in await work.DisksAsync(cancellationToken))
        {
            if (disk.SourceHash is null || disk.SourceHash != disk.DestinationHash || !await journals.ExistsAsync(disk.Id, cancellationToken))
            {
                continue;
            }

            await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
            if (!journal.IsComplete || DiskHash.Of(journal.Hashes) != disk.SourceHash)
            {
                // A manifest must not say more than was proven.
                await work.LogAsync(RunLog.Warning, $"{disk.Label} gets no manifest: its journal is not of the copy that was read back.", cancellationToken);
                continue;
            }

            var path = PathOf(work.Run.Id, disk.DiskKey);
            try
            {
                await Task.Run(() => ManifestFile.Write(path, Of(work, disk, journal.Hashes), journal.Hashes, Key, cancellationToken), cancellationToken); // Minutes for the largest disks.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new MigrateException(
                    "manifest.unwritable", $"The manifest of {disk.Label} of '{work.Run.VmName}' cannot be written to {path}: {e.Message}",
                    "Make room in the data directory and let the service write there; then retry the run. The copy itself is complete and proven.", e)
                { IsTransient = true };
            }

            await work.LogAsync(RunLog.Info, $"The manifest of {disk.Label} is signed with the key {Key.Id}: {path}.", cancellationToken);
        }
    }

    /// <summary>
    /// Makes what is missing, and lets go of the journals only when all of it is there. Called again, it goes on: what a manifest says is what was proven
    /// of the copy, whoever writes to the disk since.
    /// </summary>
    /// <exception cref="MigrateException"><c>manifest.unwritable</c>, transient; <c>manifest.key-unusable</c>.</exception>
    public async Task FinishAsync(RunWork work, CancellationToken cancellationToken)
    {
        await MakeAsync(work, cancellationToken);
        await journals.DeleteAsync(work.Lease.Claim, cancellationToken);
    }

    /// <summary>Reads a namespace's backing, which is on this machine, against the manifest.</summary>
    /// <exception cref="MigrateException"><c>manifest.none</c>, <c>manifest.forged</c>, <c>target.namespace-missing</c> and those of the check.</exception>
    public Task<ManifestFindings> VerifyAsync(Guid runId, int diskKey, CancellationToken cancellationToken) => VerifyAsync(runId, diskKey, progress: null, cancellationToken);

    /// <summary>The same, telling how many bytes were read so far.</summary>
    public async Task<ManifestFindings> VerifyAsync(Guid runId, int diskKey, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using var manifest = ManifestFile.Open(await ExistingAsync(runId, diskKey, cancellationToken));
        manifest.CheckSignature(Key.PublicPem);
        var found = await target.FindNamespaceAsync(manifest.Manifest.Namespace, cancellationToken)
            ?? throw new MigrateException(
                "target.namespace-missing", $"The namespace {manifest.Manifest.Namespace} of {manifest.Manifest.Label} is no longer on the target.",
                "Verify a copy of it with 'migrate verify FILE.manifest --device PATH'.");
        var changed = await ChangedAsync(runId, diskKey, cancellationToken);
        return await ManifestCheck.RunAsync(manifest, found.BackingPath, extent => changed?.Contains(extent) == true, progress, time, cancellationToken);
    }

    /// <summary>What a conversion wrote to the disk since its manifest was made; null when there was none.</summary>
    private async Task<ChangedExtents?> ChangedAsync(Guid runId, int diskKey, CancellationToken cancellationToken)
    {
        var record = ConversionRecord.Read((await runs.FindAsync(runId, cancellationToken))?.Conversion);
        return record is { State: ConversionState.Committing or ConversionState.Converted } && record.Disks.FirstOrDefault(x => x.DiskKey == diskKey) is { } disk && File.Exists(disk.Changed)
            ? ChangedExtents.ReadFrom(disk.Changed)
            : null;
    }

    /// <summary>Path of a manifest that is there.</summary>
    public async Task<string> ExistingAsync(Guid runId, int diskKey, CancellationToken cancellationToken)
    {
        var path = PathOf(runId, diskKey);
        if (File.Exists(path))
        {
            return path;
        }

        _ = await runs.FindAsync(runId, cancellationToken) ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "List the runs and use one of their ids.");
        throw new MigrateException(
            "manifest.none", $"The run {runId} has no manifest of disk {diskKey}.",
            "It is made at the cutover, for disks that were copied and read back.");
    }

    public void Dispose()
    {
        if (_key.IsValueCreated)
        {
            _key.Value.Dispose();
        }
    }

    private DiskManifest Of(RunWork work, RunDisk disk, ExtentHashes hashes)
    {
        var data = 0L;
        for (var index = 0L; index < hashes.Count; index++)
        {
            data += hashes.IsZero(index) ? 0 : 1;
        }

        return new DiskManifest
        {
            Run = work.Run.Id,
            Vm = work.Run.VmName,
            DiskKey = disk.DiskKey,
            Label = disk.Label,
            Namespace = disk.NamespaceUuid,
            CapacityBytes = disk.CapacityBytes,
            ExtentBytes = Extent.Size,
            DataExtents = data,
            SourceHash = disk.SourceHash!,
            DestinationHash = disk.DestinationHash!,
            VerifiedAt = disk.VerifiedAt,
            Verify = $"{work.Policy.Verify}",
            ReadBackBy = disk.ReadBackBy,
            CreatedAt = time.GetUtcNow().UtcDateTime,
            Program = typeof(RunManifests).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            KeyId = Key.Id,
        };
    }
}
